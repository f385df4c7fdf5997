//! Health, readiness, figures.

use axum::body::Body;
use http::Request;
use serde_json::json;

use crate::harness::{Server, from, local, request};

fn get(path: &str) -> Request<Body> {
    Request::get(path).body(Body::empty()).unwrap()
}

#[tokio::test]
async fn it_says_how_it_is() {
    let server = Server::start().await;
    let health = server.send(get("/health")).await.json();
    assert_eq!(
        health,
        json!({"status": "healthy", "version": env!("CARGO_PKG_VERSION"), "environment": "development"})
    );
    let ready = server.send(local(get("/ready"))).await;
    assert_eq!((ready.status.as_u16(), &ready.json()["status"]), (200, &json!("ready")));
    for check in ["database", "cache", "blob_store"] {
        assert_eq!(ready.json()["checks"][check]["status"], "ok", "{check}");
    }
}

#[tokio::test]
async fn a_lost_data_directory_makes_it_not_ready() {
    let server = Server::start().await;
    std::fs::remove_dir_all(&server.settings.data_dir).unwrap();
    let ready = server.send(local(get("/ready"))).await;
    assert_eq!(ready.status, 503);
    assert_eq!(ready.json()["checks"]["blob_store"]["status"], "down");
}

#[tokio::test]
async fn requests_are_counted_by_route() {
    let server = Server::start().await;
    let token = server.user("a@example.com").await;
    let conversation = server.conversation(&token).await;
    server.get(&token, &format!("/api/v1/conversations/{conversation}")).await;
    let figures = server.send(local(get("/metrics"))).await;
    assert!(figures.header("content-type").starts_with("text/plain; version=0.0.4"));
    let line = "http_requests_total{method=\"GET\",route=\"/api/v1/conversations/{id}\",status=\"200\"}";
    assert!(figures.body.contains(line), "{}", figures.body);
    assert!(figures.body.contains("http_request_duration_seconds_bucket"));
    assert!(!figures.body.contains(&conversation));
}

#[tokio::test]
async fn strangers_hear_whether_it_is_ready_and_nothing_else() {
    let server = Server::start().await;
    let (user, admin) = (server.user("u@example.com").await, server.admin("a@example.com").await);
    let token = |token: &str, path: &str| from("192.0.2.1", request("GET", token, path, None));
    let mut proxied = local(get("/metrics"));
    proxied.headers_mut().insert("x-forwarded-for", "192.0.2.1".parse().unwrap());
    let mut foreign = local(get("/metrics"));
    foreign.headers_mut().insert("host", "chat.example.com".parse().unwrap());
    for (request, status, code) in [
        (from("192.0.2.1", get("/metrics")), 401, "unauthenticated"),
        (proxied, 401, "unauthenticated"),
        (foreign, 401, "unauthenticated"),
        (token("vtk_nope", "/metrics"), 401, "unauthenticated"),
        (token(&user, "/metrics"), 403, "admin_only"),
    ] {
        let refused = server.send(request).await;
        assert_eq!((refused.status.as_u16(), &refused.json()["code"]), (status, &json!(code)));
    }
    let told = server.send(token(&admin, "/metrics")).await;
    assert!(told.status == 200 && told.body.contains("http_requests_total"), "{told:?}");

    for stranger in [from("192.0.2.1", get("/ready")), token(&user, "/ready"), token("vtk_nope", "/ready")] {
        let ready = server.send(stranger).await;
        assert_eq!((ready.status.as_u16(), ready.json()), (200, json!({"status": "ready"})));
    }
    assert!(server.send(token(&admin, "/ready")).await.json()["checks"]["database"].is_object());
}

#[tokio::test]
async fn asking_whether_it_is_ready_writes_nothing() {
    let server = Server::start().await;
    let listed = || std::fs::metadata(&server.settings.data_dir).unwrap().modified().unwrap();
    let before = listed();
    for _ in 0..200 {
        assert_eq!(server.send(local(get("/ready"))).await.status, 200);
    }
    assert_eq!(listed(), before, "no file was made or removed");
}
