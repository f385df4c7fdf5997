//! The scripted upstream over real sockets: which script a request gets, and what it reports.

use axum::http::StatusCode;
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};
use vertice_testkit::{Fault, Script, Upstream};

/// Sends a request, gives status and body. A client of this size keeps HTTP libraries out of the test kit.
async fn post(upstream: &Upstream, path: &str, body: &Value) -> (StatusCode, String) {
    let address = upstream.url().trim_start_matches("http://").to_owned();
    let body = body.to_string();
    let length = body.len();
    let request = format!(
        "POST {path} HTTP/1.0\r\nhost: {address}\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}"
    );
    let mut socket = TcpStream::connect(address).await.expect("it listens");
    socket.write_all(request.as_bytes()).await.expect("it reads");
    let mut answer = String::new();
    socket.read_to_string(&mut answer).await.expect("it answers in UTF-8");
    let (head, body) = answer.split_once("\r\n\r\n").expect("the answer has a head");
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("it has a status");
    (status, body.to_owned())
}

fn messages(text: &str) -> Value {
    json!({"model": "claude-opus-5-5", "max_tokens": 9, "messages": [{"role": "user", "content": text}]})
}

fn json_of(body: &str) -> Value {
    serde_json::from_str(body).expect("it is JSON")
}

const CHAT: &str = "/v1/chat/completions";
const MESSAGES: &str = "/v1/messages";

#[tokio::test]
async fn one_provider_fails_while_another_answers() {
    let upstream = Upstream::start().await;
    upstream.always("anthropic", Some(Script::fault(Fault::Overloaded)));
    upstream.script_for("openai", Script::text("Instead."));
    for _ in 0..2 {
        let (status, body) = post(&upstream, MESSAGES, &messages("hi")).await;
        assert_eq!(
            (status.as_u16(), json_of(&body)["error"]["type"].as_str()),
            (529, Some("overloaded_error"))
        );
    }
    let (status, body) = post(&upstream, CHAT, &messages("hi")).await;
    assert_eq!(status, 200);
    assert_eq!(json_of(&body)["choices"][0]["message"]["content"], "Instead.");
    upstream.always("anthropic", None);
    assert_eq!(post(&upstream, MESSAGES, &messages("[[echo back every=0ms]]")).await.0, 200);
    assert_eq!(upstream.requests().len(), 4);
}

#[tokio::test]
async fn keys_are_refused_once_the_good_ones_are_named() {
    let upstream = Upstream::start().await;
    assert_eq!(post(&upstream, MESSAGES, &messages("[[echo hi]]")).await.0, 200);
    upstream.accept_keys(&["sk-good"]);
    assert_eq!(post(&upstream, MESSAGES, &messages("[[echo hi]]")).await.0, 401);
    assert_eq!(post(&upstream, "/v1beta/models/m:generateContent", &json!({})).await.0, 400);
    assert_eq!(post(&upstream, "/v1beta/models/m:generateContent?key=sk-good", &json!({})).await.0, 400);
    let body = json!({"contents": [{"parts": [{"text": "[[echo hi]]"}]}]});
    assert_eq!(post(&upstream, "/v1beta/models/m:generateContent?key=sk-good", &body).await.0, 200);
}

#[tokio::test]
async fn the_simulated_cache_gives_the_figures() {
    let upstream = Upstream::start().await;
    upstream.simulate_cache();
    let mut body = messages("[[echo hi]]");
    body["system"] =
        json!([{"type": "text", "text": "abcd".repeat(1_000), "cache_control": {"type": "ephemeral"}}]);
    let usage = async |body: &Value| json_of(&post(&upstream, MESSAGES, body).await.1)["usage"].clone();
    let written = usage(&body).await;
    assert!(written["cache_creation_input_tokens"].as_u64() > Some(1_000), "{written}");
    let read = usage(&body).await;
    assert_eq!(read["cache_read_input_tokens"], written["cache_creation_input_tokens"]);
    body["stream"] = true.into();
    let (_, frames) = post(&upstream, MESSAGES, &body).await;
    assert!(frames.contains(&format!(r#""cache_read_input_tokens":{}"#, read["cache_read_input_tokens"])));
    upstream.advance(std::time::Duration::from_secs(301));
    body["stream"] = false.into();
    assert_eq!(usage(&body).await["cache_read_input_tokens"], 0);
    body["system"][0]["cache_control"]["ttl"] = "2h".into();
    let (status, refusal) = post(&upstream, MESSAGES, &body).await;
    assert!(status == 400 && refusal.contains("ttl"), "{refusal}");
}

#[tokio::test]
async fn a_whole_answer_can_be_cut_and_broken_off() {
    let upstream = Upstream::start().await;
    upstream.script(Script::text("a b c").end_after(1));
    let (status, body) = post(&upstream, CHAT, &messages("hi")).await;
    assert_eq!(status, 200);
    serde_json::from_str::<Value>(&body).expect_err("half of it is missing");
    upstream.script(Script::text("a b c").fault_after(1, Fault::Server));
    assert_eq!(post(&upstream, CHAT, &messages("hi")).await.0, 500);
}

#[tokio::test]
async fn gemini_streams_an_array_to_who_does_not_want_events() {
    let upstream = Upstream::start().await;
    let body = json!({"contents": [{"role": "user", "parts": [{"text": "[[echo hi]]"}]}]});
    let (_, array) = post(&upstream, "/v1beta/models/m:streamGenerateContent", &body).await;
    assert_eq!(json_of(&array)[0]["candidates"][0]["content"]["parts"][0]["text"], "hi");
    let (_, events) = post(&upstream, "/v1beta/models/m:streamGenerateContent?alt=sse", &body).await;
    assert!(events.starts_with("data: {"), "{events}");
    assert_eq!(upstream.requests()[0].path, "/v1beta/models/m:streamGenerateContent");
}
