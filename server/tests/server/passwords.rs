//! Passwords, changed at every door, and what becomes of sessions and tokens.

use http::StatusCode;
use serde_json::json;

use crate::{
    client::Place,
    harness::{PASSWORD, Server, filled, form},
};

const NEW: &str = "quite another password";
const PATH: &str = "/api/v1/users/me/password";

async fn signs_in(server: &Server, password: &str) -> bool {
    let body = format!("email=a%40example.com&password={}", password.replace(' ', "+"));
    server.send(filled("/sign-in", "", &body)).await.header("set-cookie").contains("vertice_session=")
}

async fn is_held(server: &Server, cookie: &str) -> bool {
    let get = http::Request::get("/api/v1/users/me").header("cookie", cookie);
    server.send(get.body(axum::body::Body::empty()).unwrap()).await.status == StatusCode::OK
}

#[tokio::test]
async fn a_password_is_changed_over_rest() {
    let server = Server::start().await;
    let token = server.user("a@example.com").await;
    let cookie = server.cookie("a@example.com").await;
    for (body, field) in [
        (json!({"current": "wrong", "new": NEW}), "current"),
        (json!({"current": PASSWORD, "new": "short"}), "new"),
        (json!({"current": PASSWORD, "new": PASSWORD}), "new"),
        (json!({"current": PASSWORD}), "new"),
        (json!({"current": PASSWORD, "new": NEW, "old": "x"}), "old"),
    ] {
        let refused = server.post(&token, PATH, body).await;
        assert_eq!((refused.status.as_u16(), &refused.json()["errors"][0]["field"]), (422, &json!(field)));
    }
    assert!(is_held(&server, &cookie).await && signs_in(&server, PASSWORD).await);
    let changed = server.post(&token, PATH, json!({"current": PASSWORD, "new": NEW})).await;
    assert_eq!(changed.status, StatusCode::NO_CONTENT, "{changed:?}");
    assert!(!is_held(&server, &cookie).await && !signs_in(&server, PASSWORD).await);
    assert!(signs_in(&server, NEW).await);
    assert_eq!(server.get(&token, "/api/v1/users/me").await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_password_is_changed_in_the_settings_without_javascript() {
    let server = Server::start().await;
    server.user("a@example.com").await;
    let (here, there) = (server.cookie("a@example.com").await, server.cookie("a@example.com").await);
    let page = http::Request::get("/settings?tab=account").header("cookie", &here);
    let page = server.send(page.body(axum::body::Body::empty()).unwrap()).await.body;
    for part in ["action=\"/api/ui/change-password\"", "name=\"current\"", "name=\"new\"", "current-password"]
    {
        assert!(page.contains(part), "{part}: {page}");
    }
    let change = |cookie: &str, current: &str| {
        form("change-password", cookie, &format!("current={current}&new={}", NEW.replace(' ', "+")))
    };
    let wrong = server.send(change(&here, "wrong")).await;
    assert_eq!((wrong.status.as_u16(), &wrong.json()["fields"][0]["field"]), (422, &json!("current")));
    let visitor = server.send(change("", &PASSWORD.replace(' ', "+"))).await;
    assert_eq!(visitor.status, StatusCode::UNAUTHORIZED);
    let changed = server.send(change(&here, &PASSWORD.replace(' ', "+"))).await;
    assert!(changed.status.is_success() || changed.status.is_redirection(), "{changed:?}");
    assert!(is_held(&server, &here).await && !is_held(&server, &there).await);
    assert!(signs_in(&server, NEW).await);
}

#[tokio::test]
async fn a_password_is_set_on_the_command_line() {
    let place = Place::new();
    let token = place.token("a@example.com").await;
    let set = ["admin", "user", "password", "--email", "A@example.com", "--password-stdin"];
    let weak = place.run(&set, "short\n").await;
    assert_eq!((weak.code, weak.stdout.as_str()), (Some(1), ""), "{weak:?}");
    let done = place.run(&set, &format!("{NEW}\n")).await;
    assert_eq!((done.code, done.stdout.as_str()), (Some(0), ""), "{done:?}");
    assert!(done.stderr.contains("a@example.com"), "{done:?}");
    let nobody = ["admin", "user", "password", "--email", "no@example.com", "--password-stdin"];
    assert_eq!(place.run(&nobody, NEW).await.code, Some(1));
    assert_eq!(place.run(&set[..5], NEW).await.code, Some(2));
    let server = place.serve().await;
    let changed = json!({"current": NEW, "new": "yet another password"});
    assert_eq!(server.open("POST", &token, PATH, Some(changed)).await.status, StatusCode::NO_CONTENT);
}
