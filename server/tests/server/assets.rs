//! Files of the site. Debug builds may be without one, so that only what holds without files is shown here.

use axum::body::Body;
use http::Request;

use crate::harness::Server;

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
