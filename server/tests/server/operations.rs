//! Health, readiness, figures.

use axum::body::Body;
use http::Request;
use serde_json::json;

use crate::harness::Server;

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
    let ready = server.send(get("/ready")).await;
    assert_eq!((ready.status.as_u16(), &ready.json()["status"]), (200, &json!("ready")));
    for check in ["database", "cache", "blob_store"] {
        assert_eq!(ready.json()["checks"][check]["status"], "ok", "{check}");
    }
}

#[tokio::test]
async fn a_lost_data_directory_makes_it_not_ready() {
    let server = Server::start().await;
    std::fs::remove_dir_all(&server.settings.data_dir).unwrap();
    let ready = server.send(get("/ready")).await;
    assert_eq!(ready.status, 503);
    assert_eq!(ready.json()["checks"]["blob_store"]["status"], "down");
}

#[tokio::test]
async fn requests_are_counted_by_route() {
    let server = Server::start().await;
    let token = server.user("a@example.com").await;
    let conversation = server.conversation(&token).await;
    server.get(&token, &format!("/api/v1/conversations/{conversation}")).await;
    let figures = server.send(get("/metrics")).await;
    assert!(figures.header("content-type").starts_with("text/plain; version=0.0.4"));
    let line = "http_requests_total{method=\"GET\",route=\"/api/v1/conversations/{id}\",status=\"200\"}";
    assert!(figures.body.contains(line), "{}", figures.body);
    assert!(figures.body.contains("http_request_duration_seconds_bucket"));
    assert!(!figures.body.contains(&conversation));
}
