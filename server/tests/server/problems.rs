//! Bad input: always a problem document that names the field, never a 500.

use axum::body::Body;
use http::Request;
use serde_json::{Value, json};

use crate::harness::{Server, request};

fn raw(method: &str, token: &str, path: &str, media_type: &str, body: impl Into<Body>) -> Request<Body> {
    Request::builder()
        .method(method)
        .uri(path)
        .header("authorization", format!("Bearer {token}"))
        .header("content-type", media_type)
        .body(body.into())
        .unwrap()
}

const NOBODY: &str = "01931f6e-0000-7000-8000-000000000000";

fn chat_cases(token: &str) -> Vec<(&'static str, Request<Body>)> {
    let ask = |body: Value| request("POST", token, "/api/v1/chat", Some(body));
    let user = |content: Value| json!([{"role": "user", "content": content}]);
    let json_type = "application/json";
    let text = |body: &'static str| raw("POST", token, "/api/v1/chat/stream", json_type, body);
    vec![
        ("no credentials", Request::post("/api/v1/chat").body(Body::empty()).unwrap()),
        ("a bad token", request("POST", "vtk_nope", "/api/v1/chat", Some(json!({})))),
        ("no messages", ask(json!({}))),
        ("an empty list", ask(json!({"messages": []}))),
        ("a blank message", ask(json!({"messages": user(json!("  "))}))),
        ("a NUL", ask(json!({"messages": user(json!("a\u{0}b"))}))),
        ("a long message", ask(json!({"messages": user(json!("x".repeat(32_001)))}))),
        ("the last not the user's", ask(json!({"messages": [{"role": "assistant", "content": "a"}]}))),
        ("an unknown role", ask(json!({"messages": [{"role": "root", "content": "a"}]}))),
        ("an unknown field", ask(json!({"messages": user(json!("a")), "colour": 1}))),
        ("an unknown inner field", ask(json!({"messages": [{"role": "user", "content": "a", "x": 1}]}))),
        ("a wrong type", ask(json!({"messages": user(json!("a")), "max_tokens": "many"}))),
        ("too many tokens", ask(json!({"messages": user(json!("a")), "max_tokens": 8193}))),
        ("too hot", ask(json!({"messages": user(json!("a")), "temperature": 1.1}))),
        ("an unknown model", ask(json!({"messages": user(json!("a")), "model": "gpt-0"}))),
        ("an unknown tool", ask(json!({"messages": user(json!("a")), "tools": ["rm"]}))),
        ("a strange conversation", ask(json!({"messages": user(json!("a")), "conversation_id": NOBODY}))),
        ("no id at all", ask(json!({"messages": user(json!("a")), "conversation_id": "../x"}))),
        ("an unknown block", ask(json!({"messages": user(json!([{"type": "video"}]))}))),
        ("bad JSON", text("{\"messages\":")),
        ("an empty body", text("")),
        ("two values", text(r#"{"messages":[{"role":"user","content":"a"}]}{}"#)),
        ("a list for an object", text("[[]]")),
        ("a field twice", text(r#"{"messages":[],"model":"a","model":"b"}"#)),
        ("deep nesting", raw("POST", token, "/api/v1/chat", json_type, "[".repeat(10_000))),
        ("invalid UTF-8", raw("POST", token, "/api/v1/chat", json_type, b"{\"model\":\"\xff\"}".to_vec())),
        ("the wrong media type", raw("POST", token, "/api/v1/chat", "text/plain", "{}")),
        ("a form", raw("POST", token, "/api/v1/chat", "application/x-www-form-urlencoded", "a=b")),
        (
            "a large body",
            raw("POST", token, "/api/v1/conversations", json_type, vec![b' '; 2 * 1024 * 1024 + 1]),
        ),
        (
            "a large body of nobody",
            raw("POST", "vtk_nope", "/api/v1/chat", json_type, vec![b' '; 2 * 1024 * 1024 + 1]),
        ),
    ]
}

fn other_cases(token: &str) -> Vec<(&'static str, Request<Body>)> {
    let get = |path: &str| request("GET", token, path, None);
    let send = |method: &str, path: &str, body: Value| request(method, token, path, Some(body));
    let follow = format!("/api/v1/chat/turns/{NOBODY}/stream");
    let mut bad_last_id = get(&follow);
    bad_last_id.headers_mut().insert("last-event-id", "x1".parse().unwrap());
    vec![
        ("an unknown path", get("/api/v1/nothing")),
        ("an unknown root", get("/api/nothing")),
        ("an unknown post", send("POST", "/nothing", json!({}))),
        ("a wrong method", send("PUT", "/api/v1/chat", json!({}))),
        ("a wrong method on an id", send("POST", &format!("/api/v1/conversations/{NOBODY}"), json!({}))),
        ("limit 0", get("/api/v1/conversations?limit=0")),
        ("limit 101", get("/api/v1/models?limit=101")),
        ("limit x", get("/api/v1/conversations?limit=x")),
        ("a bad cursor", get("/api/v1/conversations?cursor=zzz")),
        ("a bad cursor of models", get("/api/v1/models?cursor=zzz")),
        ("a bad cursor of tokens", get("/api/v1/users/me/tokens?cursor=%00")),
        ("a long search", get(&format!("/api/v1/conversations?q={}", "x".repeat(501)))),
        ("no such conversation", get(&format!("/api/v1/conversations/{NOBODY}"))),
        ("no id", get("/api/v1/conversations/%ff")),
        ("no such turn", get(&follow)),
        ("a bad Last-Event-ID", bad_last_id),
        ("a bad after", get(&format!("{follow}?after=-1"))),
        ("a bad export", get(&format!("/api/v1/conversations/{NOBODY}/export?format=pdf"))),
        ("an empty title", send("POST", "/api/v1/conversations", json!({"title": " "}))),
        ("a bad mode", send("POST", "/api/v1/conversations", json!({"mode": "wild"}))),
        ("a model that is none", send("POST", "/api/v1/conversations", json!({"model": "gpt-0"}))),
        ("a wrong method on an open path", send("POST", "/health", json!({}))),
        ("a patch of ids", send("PATCH", &format!("/api/v1/conversations/{NOBODY}"), json!({"id": 1}))),
        ("a fork of nothing", send("POST", &format!("/api/v1/conversations/{NOBODY}/fork"), json!({}))),
        ("a nameless token", send("POST", "/api/v1/users/me/tokens", json!({"name": ""}))),
        ("a bad scope", send("POST", "/api/v1/users/me/tokens", json!({"name": "a", "scopes": ["all"]}))),
        ("a bad time", send("POST", "/api/v1/users/me/tokens", json!({"name": "a", "expires_at": "soon"}))),
    ]
}

#[tokio::test]
async fn bad_input_is_refused_by_name() {
    let server = Server::start().await;
    let token = server.user("a@example.com").await;
    let mut lines = Vec::new();
    for (name, request) in chat_cases(&token).into_iter().chain(other_cases(&token)) {
        let reply = server.send(request).await;
        assert_eq!(reply.header("content-type"), "application/problem+json", "{name}: {reply:?}");
        let problem = reply.json();
        assert_eq!(problem["status"], reply.status.as_u16(), "{name}");
        assert_eq!(problem["request_id"], reply.header("x-request-id"), "{name}");
        for member in ["type", "title", "detail", "code"] {
            assert!(problem[member].as_str().is_some_and(|text| !text.is_empty()), "{name}: {member}");
        }
        let errors = problem["errors"].as_array().cloned().unwrap_or_default();
        let told: Vec<String> = errors
            .iter()
            .map(|e| format!("\n    {}: {}", e["field"].as_str().unwrap(), e["message"].as_str().unwrap()))
            .collect();
        lines.push(format!(
            "{name}: {} {}{}",
            reply.status.as_u16(),
            problem["code"].as_str().unwrap(),
            told.concat()
        ));
    }
    insta::assert_snapshot!(lines.join("\n"));
}

#[tokio::test]
async fn a_wrong_method_says_which_are_right() {
    let server = Server::start().await;
    let token = server.user("a@example.com").await;
    let reply = server.send(request("DELETE", &token, "/api/v1/conversations", None)).await;
    assert_eq!(reply.status, 405);
    assert_eq!(reply.header("allow"), "GET,HEAD,POST");
    assert_eq!(reply.json()["code"], "method_not_allowed");
}
