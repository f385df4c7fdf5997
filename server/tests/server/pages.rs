//! Pages and server functions, as the router serves them.

use axum::body::Body;
use http::Request;

use crate::harness::{PASSWORD, Server};

fn form(path: &str, body: String) -> Request<Body> {
    let builder = Request::post(path).header("content-type", "application/x-www-form-urlencoded");
    builder
        .header("host", "127.0.0.1:3000")
        .header("sec-fetch-site", "same-origin")
        .body(body.into())
        .unwrap()
}

#[tokio::test]
async fn pages_are_never_cached_and_carry_a_policy() {
    let server = Server::start().await;
    let reply = server.send(Request::get("/sign-in").body(Body::empty()).unwrap()).await;
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
async fn the_first_account_is_made_by_a_plain_form() {
    let server = Server::start().await;
    let password = PASSWORD.replace(' ', "+");
    let body = format!("name=Ada&email=ada%40example.com&password={password}");
    let reply = server.send(form("/api/ui/register", body)).await;
    let cookie = reply.header("set-cookie");
    assert!(
        cookie.starts_with("vertice_session=")
            && cookie.contains("HttpOnly")
            && cookie.contains("SameSite=Lax")
    );
    assert!(!cookie.contains("Secure"), "on loopback: {cookie}");
    let cookie = cookie.split(';').next().unwrap().to_owned();
    let me = Request::get("/api/v1/users/me").header("cookie", cookie).body(Body::empty()).unwrap();
    let me = server.send(me).await.json();
    assert_eq!((&me["email"], &me["role"]), (&"ada@example.com".into(), &"admin".into()));
}

#[tokio::test]
async fn a_failed_server_function_has_its_own_status() {
    let server = Server::start().await;
    let reply = server.send(form("/api/ui/sign-in", "email=a%40example.com&password=wrong".to_owned())).await;
    assert_eq!(reply.status, 401, "{reply:?}");
    let foreign = Request::post("/api/ui/sign-in").header("sec-fetch-site", "cross-site");
    let reply = server.send(foreign.body(Body::empty()).unwrap()).await;
    assert_eq!(reply.status, 403);
    assert_eq!(reply.json()["kind"], "forbidden", "server functions read the domain's error");
}
