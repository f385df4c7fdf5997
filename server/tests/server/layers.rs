//! What every request passes: ids, credentials, scopes, other sites, limits, headers.

use axum::body::Body;
use http::Request;
use serde_json::json;
use vertice_domain::Scope;

use crate::harness::{Server, request};

#[tokio::test]
async fn every_response_has_a_request_id() {
    let server = Server::start().await;
    let get =
        |id: &str| Request::get("/api/v1/nothing").header("x-request-id", id).body(Body::empty()).unwrap();
    let reply = server.send(get("trace-1.a_B")).await;
    assert_eq!(reply.header("x-request-id"), "trace-1.a_B");
    assert_eq!(reply.json()["request_id"], "trace-1.a_B");
    let reply = server.send(get("not sane")).await;
    assert_eq!(reply.header("x-request-id").len(), 36);
    for path in ["/health", "/ready", "/metrics", "/", "/nothing", "/pkg/x/y"] {
        let reply = server.send(Request::get(path).body(Body::empty()).unwrap()).await;
        assert_eq!(reply.header("x-request-id").len(), 36, "{path}");
        assert_eq!(reply.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(reply.header("x-frame-options"), "DENY", "{path}");
    }
}

#[tokio::test]
async fn bad_credentials_are_401_and_say_how() {
    let server = Server::start().await;
    for authorization in ["Bearer vtk_nope", "Bearer", "Basic YTpi", "Bearer eyJ.x.y"] {
        let get = Request::get("/api/v1/users/me").header("authorization", authorization);
        let reply = server.send(get.body(Body::empty()).unwrap()).await;
        assert_eq!(reply.status, 401, "{authorization}");
        assert_eq!(reply.header("www-authenticate"), "Bearer");
        assert_eq!(reply.json()["code"], "unauthenticated");
    }
}

#[tokio::test]
async fn a_token_does_what_its_scopes_say() {
    let server = Server::start().await;
    let reader = server.user_with("r@example.com", &[Scope::Read]).await;
    let chatter = server.user_with("c@example.com", &[Scope::Chat]).await;
    assert_eq!(server.get(&reader, "/api/v1/conversations").await.status, 200);
    let chat = json!({"messages": [{"role": "user", "content": "hi"}]});
    for (token, method, path, body) in [
        (&reader, "POST", "/api/v1/conversations", Some(json!({}))),
        (&reader, "POST", "/api/v1/chat", Some(chat.clone())),
        (&chatter, "GET", "/api/v1/conversations", None),
    ] {
        let reply = server.send(request(method, token, path, body)).await;
        assert_eq!(reply.status, 403, "{method} {path}");
        assert_eq!(reply.json()["code"], "insufficient_scope");
    }
    assert_eq!(server.post(&chatter, "/api/v1/chat", chat).await.status, 200);
}

#[tokio::test]
async fn another_sites_page_cannot_use_the_cookie() {
    let server = Server::start().await;
    server.user("a@example.com").await;
    let cookie = server.cookie("a@example.com").await;
    let post = |headers: &[(&str, &str)]| {
        let mut builder = Request::post("/api/v1/conversations").header("cookie", &cookie);
        for (name, value) in
            headers.iter().chain(&[("content-type", "application/json"), ("host", "chat.test")])
        {
            builder = builder.header(*name, *value);
        }
        builder.body(Body::from("{}")).unwrap()
    };
    for own in
        [("sec-fetch-site", "same-origin"), ("sec-fetch-site", "none"), ("origin", "https://chat.test")]
    {
        assert_eq!(server.send(post(&[own])).await.status, 201, "{own:?}");
    }
    let foreign =
        [("sec-fetch-site", "cross-site"), ("sec-fetch-site", "same-site"), ("origin", "https://evil.test")];
    for foreign in foreign.iter().map(std::slice::from_ref).chain([&[][..]]) {
        let reply = server.send(post(foreign)).await;
        assert_eq!(
            (reply.status.as_u16(), &reply.json()["code"]),
            (403, &json!("cross_site")),
            "{foreign:?}"
        );
    }
    let read =
        Request::get("/api/v1/users/me").header("cookie", &cookie).header("sec-fetch-site", "cross-site");
    assert_eq!(server.send(read.body(Body::empty()).unwrap()).await.status, 200);
}

#[tokio::test]
async fn each_user_has_a_limit_of_their_own() {
    let limits = [("RATE_LIMIT_REQUESTS_PER_MINUTE", "6"), ("RATE_LIMIT_BURST", "2")];
    let server = Server::with(&limits).await;
    let (alice, bob) = (server.user("a@example.com").await, server.user("b@example.com").await);
    let first = server.get(&alice, "/api/v1/users/me").await;
    assert_eq!((first.header("ratelimit-limit"), first.header("ratelimit-remaining")), ("2", "1"));
    assert_eq!(first.header("ratelimit-reset"), "10");
    server.get(&alice, "/api/v1/users/me").await;
    let refused = server.get(&alice, "/api/v1/users/me").await;
    assert_eq!((refused.status.as_u16(), &refused.json()["code"]), (429, &json!("rate_limited")));
    let wait: u64 = refused.header("retry-after").parse().unwrap();
    assert!((1..=10).contains(&wait), "{wait}");
    assert_eq!(refused.header("ratelimit-remaining"), "0");
    assert_eq!(server.get(&bob, "/api/v1/users/me").await.status, 200);
    for _ in 0..5 {
        assert_eq!(server.get(&alice, "/health").await.status, 200);
    }
}

#[tokio::test]
async fn other_origins_are_named() {
    let server = Server::with(&[("CORS_ORIGINS", "https://friend.test")]).await;
    let preflight = |origin: &str| {
        let builder = Request::options("/api/v1/chat").header("origin", origin);
        builder.header("access-control-request-method", "POST").body(Body::empty()).unwrap()
    };
    let reply = server.send(preflight("https://friend.test")).await;
    assert_eq!(reply.header("access-control-allow-origin"), "https://friend.test");
    assert!(reply.header("access-control-allow-headers").contains("authorization"));
    assert_eq!(server.send(preflight("https://evil.test")).await.header("access-control-allow-origin"), "");
}
