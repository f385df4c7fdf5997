//! The doors of previews, and what pages may frame.

use axum::body::{Body, to_bytes};
use http::{Request, header};
use tower::ServiceExt as _;
use vertice_bundles::HASH;

use crate::harness::{Reply, Server};

async fn get(server: &Server, path: &str, pairs: &[(&str, &str)]) -> Reply {
    let mut builder = Request::get(path);
    for (name, value) in pairs {
        builder = builder.header(*name, *value);
    }
    server.send(builder.body(Body::empty()).unwrap()).await
}

/// The policy of a frame on this origin, a word at a time.
fn policy(origin: &str) -> String {
    format!(
        "sandbox allow-scripts; default-src 'none'; script-src 'unsafe-inline' {origin}/rt/; style-src 'unsafe-inline' \
         {origin}/rt/; img-src data: blob:; font-src data:; media-src data: blob:; connect-src 'none'; worker-src 'none'; \
         frame-src 'none'; object-src 'none'; form-action 'none'; base-uri 'none'; frame-ancestors {origin}; \
         require-trusted-types-for 'script'; trusted-types default; webrtc 'block'"
    )
}

#[tokio::test]
async fn the_shell_belongs_to_nobody_and_may_reach_nobody() {
    let server = Server::start().await;
    for (host, origin) in [("chat.test", "https://chat.test"), ("127.0.0.1:3000", "http://127.0.0.1:3000")] {
        let reply = get(&server, "/preview/shell", &[("host", host), ("sec-fetch-dest", "iframe")]).await;
        assert_eq!(reply.status, 200, "{reply:?}");
        assert_eq!(reply.header("content-security-policy"), policy(origin));
        assert_eq!(reply.header("connection-allowlist"), format!("(\"{origin}/rt/*\")"));
        assert_eq!(reply.header("content-type"), "text/html; charset=utf-8");
        assert_eq!(reply.header("x-dns-prefetch-control"), "off");
        assert_eq!(reply.header("referrer-policy"), "no-referrer");
        assert_eq!(reply.header("x-content-type-options"), "nosniff");
        assert_eq!(reply.header("x-frame-options"), "SAMEORIGIN");
        assert!(reply.header("permissions-policy").contains("clipboard-read=(), clipboard-write=(),"));
        assert_eq!(reply.header("set-cookie"), "");
        assert_eq!(reply.body, vertice_bundles::shell());
    }
}

#[tokio::test]
async fn the_shell_opens_in_a_frame_alone() {
    let server = Server::start().await;
    for dest in ["document", "empty", "object", "embed", "frame", "script", ""] {
        let reply = get(&server, "/preview/shell", &[("host", "chat.test"), ("sec-fetch-dest", dest)]).await;
        assert_eq!(reply.status, 403, "{dest}");
        assert_eq!(reply.json()["code"], "not_framed", "{dest}");
    }
    assert_eq!(get(&server, "/preview/shell", &[("host", "chat.test")]).await.status, 200, "older browsers");
}

#[tokio::test]
async fn whatever_is_answered_there_is_confined() {
    let server = Server::start().await;
    let host = ("host", "chat.test");
    for (path, dest, status) in [
        ("/preview/shell", "document", 403),
        ("/preview/nothing", "iframe", 404),
        ("/preview/../sign-in", "iframe", 404),
        ("/preview/%2e%2e/sign-in", "iframe", 404),
        ("/preview/", "iframe", 404),
        ("/preview", "iframe", 404),
    ] {
        let reply = get(&server, path, &[host, ("sec-fetch-dest", dest)]).await;
        assert_eq!(reply.status, status, "{path}");
        assert_eq!(reply.header("content-security-policy"), policy("https://chat.test"), "{path}");
    }
    let post = Request::post("/preview/shell").header("host", "chat.test").body(Body::empty()).unwrap();
    let reply = server.send(post).await;
    assert_eq!(reply.status, 405);
    assert_eq!(reply.header("content-security-policy"), policy("https://chat.test"));
    let nameless = get(&server, "/preview/shell", &[("host", "a b")]).await;
    assert_eq!(nameless.status, 422);
    let policy = nameless.header("content-security-policy");
    assert!(policy.starts_with("sandbox allow-scripts; default-src 'none'; "), "{policy}");
    assert!(policy.contains("frame-ancestors 'none';"), "{policy}");
}

#[tokio::test]
async fn the_runtime_is_for_frames_without_an_origin_and_for_ever() {
    let server = Server::start().await;
    let path = format!("/rt/{HASH}/frame.js");
    let plain = get(&server, &path, &[]).await;
    assert_eq!(plain.status, 200, "{plain:?}");
    assert_eq!(plain.body.as_bytes(), vertice_bundles::file("frame.js").unwrap().bytes);
    let script = "text/javascript; charset=utf-8";
    for (name, value) in [
        ("content-type", script),
        ("cache-control", "public, max-age=31536000, immutable"),
        ("access-control-allow-origin", "*"),
        ("cross-origin-resource-policy", "cross-origin"),
        ("x-content-type-options", "nosniff"),
        ("vary", "accept-encoding"),
    ] {
        assert_eq!(plain.header(name), value, "{name}");
    }
    let request =
        Request::get(&path).header(header::ACCEPT_ENCODING, "gzip, br").body(Body::empty()).unwrap();
    let packed = server.router.clone().oneshot(request).await.unwrap();
    assert_eq!(packed.headers()[header::CONTENT_ENCODING], "br");
    let bytes = to_bytes(packed.into_body(), usize::MAX).await.unwrap();
    assert_eq!(bytes, vertice_bundles::file("frame.js").unwrap().brotli.unwrap());
    for absent in [
        "/rt/0123456789abcdef/frame.js".to_owned(),
        format!("/rt/{HASH}/nothing.js"),
        format!("/rt/{HASH}/../shell.html"),
    ] {
        assert_eq!(get(&server, &absent, &[]).await.status, 404, "{absent}");
    }
}

#[tokio::test]
async fn pages_may_frame_previews_and_nothing_else() {
    let server = Server::start().await;
    server.user("a@example.com").await;
    let cookie = server.cookie("a@example.com").await;
    for (path, cookie) in [("/", cookie.as_str()), ("/nothing", cookie.as_str()), ("/sign-in", "")] {
        let reply = get(&server, path, &[("host", "chat.test"), ("cookie", cookie)]).await;
        let policy = reply.header("content-security-policy");
        assert!(policy.contains("frame-src https://chat.test/preview/;"), "{path}: {policy}");
        assert!(policy.contains("worker-src 'self';"), "{path}: {policy}");
        assert!(policy.contains("frame-ancestors 'none'"), "{path}: {policy}");
        assert!(policy.contains("style-src 'self'; style-src-attr 'unsafe-inline'; "), "{path}: {policy}");
    }
}
