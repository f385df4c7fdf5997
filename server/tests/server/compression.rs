//! What is compressed, and what never is.

use std::io::Read as _;

use axum::body::{Body, to_bytes};
use flate2::read::GzDecoder;
use http::{HeaderValue, Request, Response, header};
use serde_json::{Value, json};
use tower::ServiceExt as _;

use crate::{
    client::write_site,
    harness::{Server, form, request},
};

async fn taking(server: &Server, encodings: &'static str, mut request: Request<Body>) -> Response<Body> {
    request.headers_mut().insert(header::ACCEPT_ENCODING, HeaderValue::from_static(encodings));
    server.router.clone().oneshot(request).await.unwrap()
}

fn encoding(response: &Response<Body>) -> Option<&HeaderValue> {
    response.headers().get(header::CONTENT_ENCODING)
}

#[tokio::test]
async fn pages_and_documents_are_compressed_for_whoever_takes_that() {
    let server = Server::start().await;
    let token = server.user("a@example.com").await;
    let get = |path: &str| match path.strip_prefix("/api") {
        Some(_) => request("GET", &token, path, None),
        None => Request::get(path).body(Body::empty()).unwrap(),
    };
    for path in ["/sign-in", "/api/openapi.json", "/api/v1/models"] {
        for encodings in ["br, gzip", "gzip"] {
            let reply = taking(&server, encodings, get(path)).await;
            let best = encodings.split(',').next();
            assert_eq!(encoding(&reply).map(|value| value.to_str().unwrap()), best, "{path}: {reply:?}");
            assert_eq!(reply.headers()[header::VARY], "accept-encoding", "{path}");
        }
        let plain = taking(&server, "identity", get(path)).await;
        assert_eq!(encoding(&plain), None, "{path}");
    }
    let packed = taking(&server, "gzip", request("GET", &token, "/api/openapi.json", None)).await;
    let bytes = to_bytes(packed.into_body(), usize::MAX).await.unwrap();
    let mut text = String::new();
    GzDecoder::new(&bytes[..]).read_to_string(&mut text).unwrap();
    let document: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(document, server.get(&token, "/api/openapi.json").await.json());
}

#[tokio::test]
async fn streams_are_passed_on_as_they_come() {
    let server = Server::start().await;
    let token = server.user("a@example.com").await;
    let ask = json!({"messages": [{"role": "user", "content": "hi"}], "model": "demo", "stream": true});
    for path in ["/api/v1/chat/stream", "/v1/chat/completions"] {
        let reply = taking(&server, "br, gzip", request("POST", &token, path, Some(ask.clone()))).await;
        assert_eq!((reply.status().as_u16(), encoding(&reply)), (200, None), "{path}");
    }
    let cookie = server.cookie("a@example.com").await;
    let mut feed = form("feed", &cookie, "{}");
    feed.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    let reply = taking(&server, "br, gzip", feed).await;
    assert_eq!(reply.headers()[header::CONTENT_TYPE], "application/x-ndjson");
    assert_eq!(encoding(&reply), None);
}

#[tokio::test]
async fn files_of_the_site_keep_the_form_that_the_build_gave_them() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().join("site");
    write_site(&root);
    let server = Server::with(&[("LEPTOS_SITE_ROOT", root.to_str().unwrap())]).await;
    let style = Request::get("/pkg/dev/vertice.css").body(Body::empty()).unwrap();
    let style = taking(&server, "br, gzip", style).await;
    assert_eq!(encoding(&style).unwrap(), "br");
    let body = to_bytes(style.into_body(), usize::MAX).await.unwrap();
    assert_eq!(body, "this is vertice.css.br".as_bytes());
}
