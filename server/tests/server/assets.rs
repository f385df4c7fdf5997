//! Files of the site, read from a directory. Those that a release binary holds are shown by the browser tests.

use axum::body::Body;
use http::Request;

use crate::{client::write_site, harness::Server};

#[tokio::test]
async fn the_site_root_is_served_and_nothing_beside_it() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().join("site");
    write_site(&root);
    let server = Server::with(&[("LEPTOS_SITE_ROOT", root.to_str().unwrap())]).await;
    let get = |path: &'static str, header: &'static str, value: &str| {
        server.send(Request::get(path).header(header, value).body(Body::empty()).unwrap())
    };
    let wasm = get("/pkg/dev/vertice.wasm", "accept", "*/*").await;
    assert_eq!(wasm.body, "this is vertice.wasm", "{wasm:?}");
    assert_eq!(wasm.header("content-type"), "application/wasm");
    assert_eq!(wasm.header("cache-control"), "no-cache");
    assert_eq!(get("/pkg/dev/vertice.wasm", "if-none-match", wasm.header("etag")).await.status, 304);
    let style = get("/pkg/dev/vertice.css", "accept-encoding", "gzip, br").await;
    assert_eq!(style.body, "this is vertice.css.br", "{style:?}");
    assert_eq!(style.header("content-encoding"), "br");
    assert_eq!(get("/icon.svg", "accept", "*/*").await.body, "<svg/>");
    for path in ["/pkg/dev/../secret.txt", "/pkg/dev/%2e%2e/secret.txt", "/%2e%2e/secret.txt"] {
        let reply = get(path, "accept", "*/*").await;
        assert!(!reply.body.contains("not for you"), "{path}: {reply:?}");
    }
}

#[tokio::test]
async fn what_is_not_there_is_not_found() {
    let server = Server::start().await;
    let other_build = "/pkg/0123456789abcdef/vertice.js";
    for path in
        [other_build, "/pkg/dev/nothing.js", "/pkg/dev/../Cargo.toml", "/pkg/dev/%2e%2e/%2e%2e/Cargo.toml"]
    {
        let reply = server.send(Request::get(path).body(Body::empty()).unwrap()).await;
        assert_eq!(reply.status, 404, "{path}: {}", reply.body);
        assert_eq!(reply.header("cache-control"), "no-store", "{path}");
    }
}
