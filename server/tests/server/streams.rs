//! Turns over HTTP: the stream's form, resuming, stopping, and what a disconnect does.

use http::StatusCode;
use serde_json::{Value, json};
use vertice_testkit::Upstream;

use crate::{
    client::Place,
    harness::{Event, Server, answer_of, request},
};

fn ask(text: &str, conversation: Option<&str>) -> Value {
    let mut body = json!({"messages": [{"role": "user", "content": text}], "model": "demo"});
    if let Some(id) = conversation {
        body["conversation_id"] = json!(id);
    }
    body
}

fn text_of(events: &[Event]) -> String {
    events.iter().filter(|e| e.name == "token").map(|e| e.data["token"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn a_stream_has_the_contracts_form() {
    let server = Server::start().await;
    let token = server.user("a@example.com").await;
    let mut stream =
        server.listen(request("POST", &token, "/api/v1/chat/stream", Some(ask("hi", None)))).await;
    assert_eq!(stream.headers["content-type"], "text/event-stream");
    assert_eq!(stream.headers["cache-control"], "no-cache");
    assert_eq!(stream.headers["x-accel-buffering"], "no");
    let events = stream.rest().await;
    let ids: Vec<u64> = events.iter().map(|event| event.id).collect();
    assert_eq!(ids, (1..=events.len() as u64).collect::<Vec<_>>());
    assert_eq!(events[0].name, "metadata");
    assert_eq!(events[0].data["conversation_id"], Value::Null);
    assert!(!text_of(&events).is_empty() && events.iter().any(|event| event.name == "usage"));
    let last = events.last().unwrap();
    assert_eq!((last.name.as_str(), &last.data["finish_reason"]), ("done", &json!("stop")));
    assert_eq!(server.get(&token, "/api/v1/conversations").await.json()["items"], json!([]));
}

#[tokio::test]
async fn a_spoken_message_is_routed_for_a_listener() {
    let server = Server::start().await;
    let token = server.user("a@example.com").await;
    let mut body = ask("Prove that there are infinitely many primes.", None);
    body["spoken"] = json!(true);
    let events = server.listen(request("POST", &token, "/api/v1/chat/stream", Some(body))).await.rest().await;
    assert_eq!(events[0].data["intent"], "voice");
}

#[tokio::test]
async fn how_hard_to_think_reaches_the_model() {
    let upstream = Upstream::start().await;
    let server =
        Server::with(&[("ANTHROPIC_API_KEY", "sk-scripted"), ("ANTHROPIC_BASE_URL", &upstream.url())]).await;
    let token = server.user("a@example.com").await;
    let mut body = ask("Prove it.", None);
    body["model"] = json!("claude-opus-4-8");
    server.post(&token, "/api/v1/chat", body.clone()).await;
    body["effort"] = json!("high");
    server.post(&token, "/api/v1/chat", body.clone()).await;
    let [plain, hard] = upstream.requests().try_into().unwrap();
    assert!(plain.body.get("thinking").is_none() && plain.body.get("output_config").is_none());
    assert_eq!(hard.body["thinking"]["type"], "adaptive");
    assert_eq!(hard.body["output_config"]["effort"], "high");
    body["effort"] = json!("utmost");
    assert_eq!(server.post(&token, "/api/v1/chat", body).await.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn the_answer_is_the_stream_folded() {
    let server = Server::start().await;
    let token = server.user("a@example.com").await;
    let conversation = server.conversation(&token).await;
    let answer = server.post(&token, "/api/v1/chat", ask("hi", Some(&conversation))).await.json();
    let replay = format!("/api/v1/chat/turns/{}/stream", answer["turn_id"].as_str().unwrap());
    let events = server.listen(request("GET", &token, &replay, None)).await.rest().await;
    assert_eq!(answer["content"], text_of(&events));
    assert_eq!(answer["message_id"], events.last().unwrap().data["message_id"]);
    for field in ["model", "provider", "finish_reason", "tokens", "cost_usd", "saved_usd", "tool_calls"] {
        assert!(answer.get(field).is_some(), "{field}: {answer}");
    }
    assert!(answer["tokens"]["output"].as_u64().unwrap() > 0);
    let messages = server.get(&token, &format!("/api/v1/conversations/{conversation}/messages")).await.json();
    assert_eq!(answer_of(&messages)["content"], answer["content"]);
    assert_eq!(answer_of(&messages)["status"], "complete");
}

#[tokio::test]
async fn a_listener_resumes_where_it_was() {
    let server = Server::start().await;
    let token = server.user("a@example.com").await;
    let conversation = server.conversation(&token).await;
    let start = request("POST", &token, "/api/v1/chat/stream", Some(ask("long", Some(&conversation))));
    let mut first = server.listen(start).await;
    let seen = first.take(4).await;
    drop(first);
    let path = format!("/api/v1/chat/turns/{}/stream", seen[0].data["turn_id"].as_str().unwrap());
    let mut resume = request("GET", &token, &path, None);
    resume.headers_mut().insert("last-event-id", "4".parse().unwrap());
    let rest = server.listen(resume).await.rest().await;
    let all = server.listen(request("GET", &token, &path, None)).await.rest().await;
    let later = server.listen(request("GET", &token, &format!("{path}?after=4"), None)).await.rest().await;
    assert_eq!([seen, rest.clone()].concat(), all);
    assert_eq!(rest, later);
    let known = all.len();
    let none =
        server.listen(request("GET", &token, &format!("{path}?after={known}"), None)).await.rest().await;
    assert_eq!(none, [], "what is known is not told again");
    assert_eq!(all.last().unwrap().data["finish_reason"], "stop");
}

#[tokio::test]
async fn the_messages_show_the_text_so_far() {
    let server = Server::start().await;
    let token = server.user("a@example.com").await;
    let conversation = server.conversation(&token).await;
    let start = request("POST", &token, "/api/v1/chat/stream", Some(ask("long", Some(&conversation))));
    let mut stream = server.listen(start).await;
    let seen = stream.take(6).await;
    let text: String = seen.iter().filter_map(|event| event.data["token"].as_str()).collect();
    let messages = server.get(&token, &format!("/api/v1/conversations/{conversation}/messages")).await.json();
    let answer = answer_of(&messages);
    assert_eq!(answer["status"], "streaming");
    assert!(!text.is_empty() && answer["content"].as_str().unwrap().starts_with(&text), "{answer}");
}

#[tokio::test]
async fn stopping_ends_the_turn_for_all() {
    let server = Server::start().await;
    let token = server.user("a@example.com").await;
    let conversation = server.conversation(&token).await;
    let start = request("POST", &token, "/api/v1/chat/stream", Some(ask("long", Some(&conversation))));
    let mut stream = server.listen(start).await;
    let turn = stream.take(3).await[0].data["turn_id"].as_str().unwrap().to_owned();
    let cancel = format!("/api/v1/chat/turns/{turn}/cancel");
    assert_eq!(server.send(request("POST", &token, &cancel, None)).await.status, 204);
    let events = stream.rest().await;
    assert_eq!(events.last().unwrap().data["finish_reason"], "cancelled");
    assert_eq!(server.send(request("POST", &token, &cancel, None)).await.status, 204);
    let messages = server.get(&token, &format!("/api/v1/conversations/{conversation}/messages")).await.json();
    assert_eq!(answer_of(&messages)["status"], "cancelled");
}

/// A scripted answer that goes on for a minute if nobody stops it.
const ENDLESS: &str = "[[tokens=3000 every=20ms]]";

async fn provider() -> (Upstream, Place) {
    let upstream = Upstream::start().await;
    let place =
        Place::new().set("ANTHROPIC_API_KEY", "sk-ant-test").set("ANTHROPIC_BASE_URL", &upstream.url());
    (upstream, place)
}

#[tokio::test]
async fn a_disconnect_cancels_a_stateless_call() {
    let (upstream, place) = provider().await;
    let token = place.token("a@example.com").await;
    let server = place.serve().await;
    let body = json!({"messages": [{"role": "user", "content": ENDLESS}]});
    for path in ["/api/v1/chat/stream", "/api/v1/chat"] {
        if path.ends_with("stream") {
            let mut stream = server.open("POST", &token, path, Some(body.clone())).await;
            assert_eq!(stream.status, 200);
            while stream.event().await.unwrap().name != "token" {}
            drop(stream);
        } else {
            let asked = upstream.requests().len();
            let call = server.open("POST", &token, path, Some(body.clone()));
            let arrived = upstream.wait_for_requests(asked + 1);
            tokio::select! {
                _ = call => panic!("the answer goes on for a minute"),
                _ = arrived => {}
            }
        }
        upstream.wait_for_disconnect().await;
    }
}

#[tokio::test]
async fn a_disconnect_does_not_stop_a_turn() {
    let (upstream, place) = provider().await;
    let token = place.token("a@example.com").await;
    let server = place.serve().await;
    let conversation = server.json("POST", &token, "/api/v1/conversations", Some(json!({}))).await;
    let body = json!({"messages": [{"role": "user", "content": "[[tokens=60 every=20ms]]"}],
        "conversation_id": conversation["id"]});
    let mut stream = server.open("POST", &token, "/api/v1/chat/stream", Some(body)).await;
    let metadata = stream.event().await.unwrap();
    while stream.event().await.unwrap().name != "token" {}
    drop(stream);
    let path = format!("/api/v1/chat/turns/{}/stream", metadata.data["turn_id"].as_str().unwrap());
    let mut resumed = server.open("GET", &token, &path, None).await;
    let mut last = None;
    while let Some(event) = resumed.event().await {
        last = Some(event);
    }
    assert_eq!(last.unwrap().data["finish_reason"], "stop");
    assert_eq!(upstream.requests().len(), 1);
}

#[tokio::test]
async fn a_provider_that_fails_is_a_problem_with_its_status() {
    let (_upstream, place) = provider().await;
    let token = place.token("a@example.com").await;
    let server = place.serve().await;
    for (directive, status) in
        [("[[status=401]]", 502..=502), ("[[cut=5]]", 500..=504), ("[[html]]", 500..=504)]
    {
        let body = json!({"messages": [{"role": "user", "content": directive}]});
        let problem = server.json("POST", &token, "/api/v1/chat", Some(body)).await;
        let told = problem["status"].as_u64().unwrap();
        assert!(status.contains(&told), "{directive}: {problem}");
        assert!(!problem["detail"].as_str().unwrap().is_empty() && problem["request_id"].is_string());
    }
}
