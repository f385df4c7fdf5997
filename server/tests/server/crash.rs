//! The process ends: by force in the middle of an answer, or asked to.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use vertice_testkit::{Script, Upstream};

use crate::{client::Place, harness::answer_of};

/// What a listener heard longer ago than this is there after a crash. It is more than the promise, since the disk may be busy.
const AT_RISK: Duration = Duration::from_secs(1);

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
    // How much had been heard when.
    let mut heard = Vec::new();
    let begun = Instant::now();
    // More text than may be lost.
    while begun.elapsed() < AT_RISK + Duration::from_millis(500) {
        let event = stream.event().await.expect("the long answer is longer than this");
        match event.name.as_str() {
            "metadata" => event.data["turn_id"].as_str().unwrap().clone_into(&mut turn),
            "token" => {
                tokens.push_str(event.data["token"].as_str().unwrap());
                heard.push((Instant::now(), tokens.len()));
            }
            _ => {}
        }
    }
    let killed = Instant::now();
    server.kill().await;

    let server = place.serve().await;
    let messages = server.json("GET", &token, &format!("/api/v1/conversations/{id}/messages"), None).await;
    let answer = answer_of(&messages);
    assert_eq!((&answer["status"], &answer["finish_reason"]), (&json!("interrupted"), &json!("interrupted")));
    let kept = answer["content"].as_str().unwrap();
    assert!(tokens.starts_with(kept) || kept.starts_with(&tokens), "{kept:?} {tokens:?}");
    let safe = heard.iter().rfind(|(at, _)| killed - *at >= AT_RISK).unwrap().1;
    assert!(
        safe > 0 && kept.len() >= safe,
        "of {} bytes, {safe} of them safe, {} are left",
        tokens.len(),
        kept.len()
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
    let server = place.serve().await;
    let conversation = server.json("POST", &token, "/api/v1/conversations", Some(json!({}))).await;
    let ask = json!({"messages": [{"role": "user", "content": "a long answer, please"}],
        "conversation_id": conversation["id"], "model": "demo"});
    let mut stream = server.open("POST", &token, "/api/v1/chat/stream", Some(ask)).await;
    stream.event().await.unwrap();
    server.terminate();
    let mut last = None;
    while let Some(event) = stream.event().await {
        last = Some(event);
    }
    assert_eq!(last.unwrap().data["finish_reason"], "interrupted");
    server.gone().await;
}

const COMPLETIONS: &str = "/v1/chat/completions";

async fn provider() -> (Upstream, Place) {
    let upstream = Upstream::start().await;
    let place = Place::new().set("ANTHROPIC_API_KEY", "sk-scripted");
    let place = place.set("ANTHROPIC_BASE_URL", &upstream.url());
    (upstream, place)
}

fn completion(stream: bool) -> Option<Value> {
    let messages = json!([{"role": "user", "content": "hi"}]);
    Some(json!({"model": "claude-opus-5-5", "messages": messages, "stream": stream}))
}

/// What the ledger holds of one call that was stopped, once the server is up again.
async fn entered(place: &Place, token: &str) -> u64 {
    let server = place.serve().await;
    let usage = server.json("GET", token, "/api/v1/users/me/usage", None).await;
    assert_eq!(usage["total"]["calls"], 1, "{usage}");
    usage["total"]["output_tokens"].as_u64().unwrap()
}

#[tokio::test]
async fn asked_to_stop_it_ends_the_streams_of_openais_clients() {
    let (upstream, place) = provider().await;
    let token = place.token("a@example.com").await;
    let server = place.serve().await;
    upstream.script(Script::text("One two three").stall_after(2));
    let mut stream = server.open("POST", &token, COMPLETIONS, completion(true)).await;
    while !stream.block().await.unwrap().contains("two") {}
    server.terminate();
    let mut blocks = Vec::new();
    while let Some(block) = stream.block().await {
        blocks.push(block);
    }
    let [last] = blocks.as_slice() else { panic!("{blocks:?}") };
    let last: Value = serde_json::from_str(last.strip_prefix("data: ").unwrap()).unwrap();
    assert_eq!(
        (&last["error"]["type"], &last["error"]["code"]),
        (&json!("server_error"), &json!("shutting_down"))
    );
    upstream.wait_for_disconnect().await;
    server.gone().await;
    assert!(entered(&place, &token).await > 0, "what was said is paid for");
}

#[tokio::test]
async fn asked_to_stop_it_refuses_the_completions_that_have_not_come_to_an_end() {
    for words in [0, 2] {
        let (upstream, place) = provider().await;
        let token = place.token("a@example.com").await;
        let server = place.serve().await;
        upstream.script(Script::text("One two three").stall_after(words));
        let asked = server.open("POST", &token, COMPLETIONS, completion(false));
        let (answer, ()) = tokio::join!(asked, async {
            upstream.wait_for_requests(1).await;
            server.terminate();
        });
        assert_eq!(answer.status, 503, "{words}");
        assert_eq!(answer.json().await["error"]["code"], "shutting_down", "{words}");
        upstream.wait_for_disconnect().await;
        server.gone().await;
        entered(&place, &token).await;
    }
}

/// The report and the quota of the day after a kill: one call, by estimate, however often the server starts.
async fn billed_by_estimate(place: &Place, token: &str) {
    for start in 1..=2 {
        let server = place.serve().await;
        let usage = server.json("GET", token, "/api/v1/users/me/usage", None).await;
        let total = &usage["total"];
        assert_eq!((&total["calls"], &total["estimated_calls"]), (&json!(1), &json!(1)), "{start}: {usage}");
        let tokens = total["input_tokens"].as_u64().unwrap() + total["output_tokens"].as_u64().unwrap();
        assert!(total["input_tokens"] != 0 && total["output_tokens"] != 0, "{usage}");
        assert!(total["cost_usd"].as_str().unwrap().parse::<f64>().unwrap() > 0.0, "{usage}");
        let quota = server.json("GET", token, "/api/v1/users/me/quota", None).await;
        assert_eq!((&quota["tokens_used"], &quota["cost_usd"]), (&json!(tokens), &total["cost_usd"]));
        server.kill().await;
    }
}

#[tokio::test]
async fn after_a_kill_what_was_being_spent_is_in_the_report_and_in_the_quota() {
    let (upstream, place) = provider().await;
    let token = place.token("a@example.com").await;
    let server = place.serve().await;
    upstream.script(Script::text("One two three").stall_after(2));
    let mut stream = server.open("POST", &token, COMPLETIONS, completion(true)).await;
    while !stream.block().await.unwrap().contains("two") {}
    server.kill().await;
    billed_by_estimate(&place, &token).await;
}

#[tokio::test]
async fn after_a_kill_the_turn_of_a_conversation_is_paid_for_said_a_word_or_not() {
    for words in [0, 2] {
        let (upstream, place) = provider().await;
        let token = place.token("a@example.com").await;
        let server = place.serve().await;
        let conversation = server.json("POST", &token, "/api/v1/conversations", Some(json!({}))).await;
        upstream.script(Script::text("One two three").stall_after(words));
        let ask = json!({"messages": [{"role": "user", "content": "hi"}],
            "conversation_id": conversation["id"], "model": "claude-opus-5-5"});
        let mut stream = server.open("POST", &token, "/api/v1/chat/stream", Some(ask)).await;
        upstream.wait_for_requests(1).await;
        while words > 0 && stream.event().await.unwrap().name != "token" {}
        // While it runs, nothing of it is told: the quota holds it back.
        let usage = server.json("GET", &token, "/api/v1/users/me/usage", None).await;
        assert_eq!(usage["total"]["calls"], 0, "{usage}");
        server.kill().await;
        billed_by_estimate(&place, &token).await;
    }
}

/// A long answer that is killed half way, and a short one, cost what was heard of them.
#[tokio::test]
async fn after_a_kill_an_answer_is_paid_for_by_what_was_heard_of_it() {
    for (words, asked) in [(1_500, "[[tokens=100000 every=1ms]]"), (8, "[[tokens=3000 every=100ms]]")] {
        let (_upstream, place) = provider().await;
        let token = place.token("a@example.com").await;
        let server = place.serve().await;
        let conversation = server.json("POST", &token, "/api/v1/conversations", Some(json!({}))).await;
        let ask = json!({"messages": [{"role": "user", "content": asked}],
            "conversation_id": conversation["id"], "model": "claude-opus-5-5"});
        let mut stream = server.open("POST", &token, "/api/v1/chat/stream", Some(ask)).await;
        let mut heard = String::new();
        while heard.split_whitespace().count() < words {
            let event = stream.event().await.unwrap();
            heard.push_str(event.data["token"].as_str().unwrap_or_default());
        }
        server.kill().await;

        let server = place.serve().await;
        let path = format!("/api/v1/conversations/{}/messages", conversation["id"].as_str().unwrap());
        let messages = server.json("GET", &token, &path, None).await;
        let kept = answer_of(&messages)["content"].as_str().unwrap().chars().count() as u64;
        assert!(kept > 0);
        let usage = server.json("GET", &token, "/api/v1/users/me/usage", None).await;
        let total = &usage["total"];
        assert_eq!(total["output_tokens"], kept.div_ceil(4), "{words}: {usage}");
        // Of the input as it was estimated, at 4 dollars a million, and the output at 20.
        let input = total["input_tokens"].as_u64().unwrap();
        let cost = total["cost_usd"].as_str().unwrap().parse::<f64>().unwrap();
        let wanted = (input as f64).mul_add(4e-6, kept.div_ceil(4) as f64 * 20e-6);
        assert!(input > 0 && (cost - wanted).abs() < 2e-6, "{cost} {wanted}");
    }
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
    // At a port of its own: what stops it is that the data is served already.
    let second = place.run(&["serve"], "").await;
    assert_eq!(second.code, Some(1), "{second:?}");
    assert!(second.stderr.contains("another vertice serves this database"), "{second:?}");
    // And at the same one, before it has looked at the data.
    let place = place.set("VERTICE_ADDR", &server.address);
    let third = place.run(&["serve"], "").await;
    assert!(third.code == Some(1) && third.stderr.contains("VERTICE_ADDR"), "{third:?}");
    let path = format!("/api/v1/conversations/{}/messages", conversation["id"].as_str().unwrap());
    let messages = server.json("GET", &token, &path, None).await;
    assert_eq!(answer_of(&messages)["status"], "streaming");
}
