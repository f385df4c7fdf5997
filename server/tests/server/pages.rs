//! Pages and server functions, as the router serves them.

use axum::body::Body;
use http::Request;

use crate::harness::{Server, form};

#[tokio::test]
async fn pages_are_never_cached_and_carry_a_policy() {
    let server = Server::start().await;
    server.user("a@example.com").await;
    let cookie = server.cookie("a@example.com").await;
    let reply = server.send(Request::get("/").header("cookie", cookie).body(Body::empty()).unwrap()).await;
    assert!(reply.header("content-type").starts_with("text/html"), "{reply:?}");
    assert!(reply.header("cache-control").contains("no-store"), "{reply:?}");
    assert!(reply.header("content-security-policy").contains("script-src 'self' 'nonce-"), "{reply:?}");
    assert!(reply.body.contains("/pkg/dev/vertice.js"), "{}", reply.body);
}

#[tokio::test]
async fn an_unknown_page_is_a_page_with_404() {
    let server = Server::start().await;
    let reply = server.send(Request::get("/no/such/page").body(Body::empty()).unwrap()).await;
    assert_eq!(reply.status, 404);
    assert!(reply.header("content-type").starts_with("text/html"), "{reply:?}");
}

#[tokio::test]
async fn a_failed_server_function_has_its_own_status() {
    let server = Server::start().await;
    let reply = server.send(form("sign-out", "", "")).await;
    assert_eq!(reply.status, 401, "{reply:?}");
    let foreign = Request::post("/api/ui/sign-out").header("sec-fetch-site", "cross-site");
    let reply = server.send(foreign.body(Body::empty()).unwrap()).await;
    assert_eq!(reply.status, 403);
    assert_eq!(reply.json()["kind"], "forbidden", "server functions read the domain's error");
}
