//! Pictures of other hosts: fetched for who is signed in at our own pages, from the public internet alone.

use axum::body::Body;
use http::Request;

use crate::harness::{Reply, Server};

async fn ask(server: &Server, headers: &[(&str, &str)], url: &str) -> Reply {
    let mut request = Request::post("/api/ui/remote-picture").header("content-type", "application/json");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    server.send(request.body(Body::from(format!("{{\"url\":\"{url}\"}}"))).unwrap()).await
}

#[tokio::test]
async fn nobody_else_has_pictures_fetched() {
    let server = Server::start().await;
    server.user("ada@example.com").await;
    let cookie = server.cookie("ada@example.com").await;
    let url = "https://10.0.0.1/p.png";
    assert_eq!(ask(&server, &[("sec-fetch-site", "same-origin")], url).await.status, 401);
    let foreign = [("cookie", cookie.as_str()), ("sec-fetch-site", "cross-site")];
    assert_eq!(ask(&server, &foreign, url).await.status, 403);
    let linked = Request::get(format!("/api/ui/remote-picture?url={url}")).header("cookie", &cookie);
    assert!(
        !server.send(linked.body(Body::empty()).unwrap()).await.status.is_success(),
        "no link fetches anything"
    );
}

#[tokio::test]
async fn nothing_inside_can_be_asked_for() {
    let server = Server::start().await;
    server.user("ada@example.com").await;
    let cookie = server.cookie("ada@example.com").await;
    let own = [("cookie", cookie.as_str()), ("sec-fetch-site", "same-origin")];
    for url in [
        "https://127.0.0.1/p.png",
        "https://169.254.169.254/latest/meta-data/",
        "https://[::1]/p.png",
        "https://[::ffff:10.0.0.1]/",
        "http://example.org/p.png",
        "file:///etc/passwd",
    ] {
        let reply = ask(&server, &own, url).await;
        assert!(reply.status.is_client_error() || reply.status.is_server_error(), "{url}: {reply:?}");
        assert!(reply.body.contains("invalid"), "{url}: {reply:?}");
        assert_eq!(reply.header("x-content-type-options"), "nosniff");
        assert!(reply.header("content-security-policy").contains("default-src 'none'"), "{reply:?}");
        assert!(reply.header("content-security-policy").contains("sandbox"), "{reply:?}");
    }
}
