//! The process ends: by force in the middle of an answer, or asked to.

use serde_json::json;

use crate::{
    client::{PATIENCE, Place},
    harness::answer_of,
};

#[tokio::test]
async fn after_a_kill_the_text_so_far_is_there() {
    let place = Place::new();
    let token = place.token("a@example.com").await;
    let server = place.serve().await;
    let conversation = server.json("POST", &token, "/api/v1/conversations", Some(json!({}))).await;
    let id = conversation["id"].as_str().unwrap().to_owned();
    let ask = json!({"messages": [{"role": "user", "content": "a long answer, please"}], "conversation_id": id, "model": "demo"});
    let mut stream = server.open("POST", &token, "/api/v1/chat/stream", Some(ask)).await;
    let mut tokens = String::new();
    let mut turn = String::new();
    let begun = std::time::Instant::now();
    // Half a second of text: more than what may be at risk.
    while begun.elapsed().as_millis() < 500 {
        let event = stream.event().await.expect("the demo's long answer is longer than this");
        match event.name.as_str() {
            "metadata" => event.data["turn_id"].as_str().unwrap().clone_into(&mut turn),
            "token" => tokens.push_str(event.data["token"].as_str().unwrap()),
            _ => {}
        }
    }
    server.kill().await;

    let server = place.serve().await;
    let messages = server.json("GET", &token, &format!("/api/v1/conversations/{id}/messages"), None).await;
    let answer = answer_of(&messages);
    assert_eq!((&answer["status"], &answer["finish_reason"]), (&json!("interrupted"), &json!("interrupted")));
    let kept = answer["content"].as_str().unwrap();
    assert!(
        !kept.is_empty() && (tokens.starts_with(kept) || kept.starts_with(&tokens)),
        "{kept:?} {tokens:?}"
    );
    let mut replay = server.open("GET", &token, &format!("/api/v1/chat/turns/{turn}/stream"), None).await;
    let mut ids = Vec::new();
    while let Some(event) = replay.event().await {
        ids.push(event.id);
    }
    assert_eq!(ids, (1..=ids.len() as u64).collect::<Vec<_>>());
}

#[tokio::test]
async fn asked_to_stop_it_ends_its_turns_and_goes() {
    let place = Place::new();
    let token = place.token("a@example.com").await;
    let mut server = place.serve().await;
    let conversation = server.json("POST", &token, "/api/v1/conversations", Some(json!({}))).await;
    let ask = json!({"messages": [{"role": "user", "content": "a long answer, please"}],
        "conversation_id": conversation["id"], "model": "demo"});
    let mut stream = server.open("POST", &token, "/api/v1/chat/stream", Some(ask)).await;
    stream.event().await.unwrap();
    let id = server.child.id().unwrap().to_string();
    assert!(std::process::Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
    let mut last = None;
    while let Some(event) = stream.event().await {
        last = Some(event);
    }
    assert_eq!(last.unwrap().data["finish_reason"], "interrupted");
    let status = tokio::time::timeout(PATIENCE, server.child.wait()).await.unwrap().unwrap();
    assert_eq!(status.code(), Some(0));
}

#[tokio::test]
async fn a_second_start_by_mistake_leaves_the_running_turns_alone() {
    let place = Place::new();
    let token = place.token("a@example.com").await;
    let server = place.serve().await;
    let conversation = server.json("POST", &token, "/api/v1/conversations", Some(json!({}))).await;
    let ask = json!({"messages": [{"role": "user", "content": "a long answer, please"}],
        "conversation_id": conversation["id"], "model": "demo"});
    let mut stream = server.open("POST", &token, "/api/v1/chat/stream", Some(ask)).await;
    stream.event().await.unwrap();
    let place = place.set("VERTICE_ADDR", &server.address);
    assert_eq!(place.run(&["serve"], "").await.code, Some(1));
    let path = format!("/api/v1/conversations/{}/messages", conversation["id"].as_str().unwrap());
    let messages = server.json("GET", &token, &path, None).await;
    assert_eq!(answer_of(&messages)["status"], "streaming");
}
