//! Who somebody of an issuer is here, and what they may do.

use futures::future::join_all;
use serde_json::{Value, json};
use vertice_domain::Timestamp;
use vertice_ports::{IdentityStore as _, identities::Subject};
use vertice_server::wiring::Console;

use super::{Hosted, nothing};
use crate::harness::{PASSWORD, filled, request};

#[tokio::test]
async fn the_first_token_makes_the_account_and_no_admin() {
    let hosted = Hosted::start().await;
    let ann = json!({"email": "Ann@Example.com", "email_verified": true, "name": "Ann"});
    let me = hosted.me(&hosted.token(&ann)).await.json();
    assert_eq!(
        (&me["email"], &me["name"], &me["role"]),
        (&json!("ann@example.com"), &json!("Ann"), &json!("user"))
    );
    // Another token of hers, without any of that.
    let again = hosted.me(&hosted.token(&nothing())).await.json();
    assert_eq!(again, me);
    let bob = hosted.me(&hosted.token(&json!({"sub": "bob"}))).await.json();
    assert_ne!(bob["id"], me["id"]);
    assert!(bob["email"].as_str().unwrap().ends_with("@issuer.invalid"), "{bob}");
    let eve = json!({"sub": "eve", "email": "ann2@example.com", "email_verified": false});
    assert!(hosted.me(&hosted.token(&eve)).await.json()["email"].as_str().unwrap().ends_with(".invalid"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_first_tokens_at_once_make_one_account() {
    let hosted = Hosted::start().await;
    let tokens: Vec<String> = (0..20).map(|n| hosted.token(&json!({"jti": n}))).collect();
    let ids: Vec<Value> =
        join_all(tokens.iter().map(async |token| hosted.me(token).await.json()["id"].clone())).await;
    assert!(ids[0].is_string() && ids.iter().all(|id| *id == ids[0]), "{ids:?}");
}

#[tokio::test]
async fn an_address_that_is_taken_opens_nothing() {
    let hosted = Hosted::start().await;
    hosted.server.user("ann@example.com").await;
    let token = hosted.token(&json!({"email": "ann@example.com", "email_verified": true, "role": "admin"}));
    let refused = hosted.me(&token).await;
    assert_eq!(
        (refused.status.as_u16(), &refused.json()["code"]),
        (403, &json!("email_taken")),
        "{refused:?}"
    );
    assert!(refused.json()["detail"].as_str().unwrap().contains("password"), "{refused:?}");
    // Unless the admin says that it is theirs.
    let console = Console::open(&hosted.server.settings).await.unwrap();
    let ann = console.accounts.console_actor(&"ann@example.com".parse().unwrap()).await.unwrap();
    let subject = Subject { issuer: hosted.issuer.url.clone(), subject: "ann".to_owned() };
    assert!(console.database.link(&subject, ann.user, Timestamp::from_millis(0)).await.unwrap());
    console.close().await;
    let me = hosted.me(&token).await.json();
    assert_eq!((&me["id"], &me["role"]), (&json!(ann.user.to_string()), &json!("admin")));
}

#[tokio::test]
async fn the_issuer_says_what_somebody_may_do() {
    let hosted = Hosted::start().await;
    let role = async |changes: Value| hosted.me(&hosted.token(&changes)).await.json()["role"].clone();
    assert_eq!(role(json!({"roles": ["premium"]})).await, "premium");
    assert_eq!(role(nothing()).await, "premium", "nothing is said about it");
    assert_eq!(role(json!({"metadata": {"role": "admin"}})).await, "admin");
    let admin = hosted.token(&json!({"role": "admin"}));
    assert_eq!(hosted.server.get(&admin, "/api/v1/admin/users").await.status.as_u16(), 200);
    assert_eq!(role(json!({"roles": []})).await, "user", "taken out of the admins");
    // What was remembered of the other token is forgotten with it.
    let other = hosted.token(&json!({"jti": "x"}));
    assert_eq!(hosted.server.get(&other, "/api/v1/admin/users").await.status.as_u16(), 403);
}

#[tokio::test]
async fn a_token_does_what_its_user_may_and_makes_nothing_that_outlives_it() {
    let hosted = Hosted::start().await;
    let token = hosted.token(&nothing());
    let path = "/api/v1/users/me/tokens";
    let made = hosted.server.post(&token, path, json!({"name": "ci"})).await;
    assert_eq!(made.status.as_u16(), 201, "{made:?}");
    let ends = hosted.time_in(3_600);
    assert_eq!(made.json()["expires_at"], ends.as_str());
    let long =
        hosted.server.post(&token, path, json!({"name": "ci", "expires_at": "2030-01-01T00:00:00Z"})).await;
    assert_eq!((long.status.as_u16(), &long.json()["errors"][0]["field"]), (422, &json!("expires_at")));
    let id = hosted.server.conversation(&token).await;
    let other = hosted.token(&json!({"sub": "bob"}));
    assert_eq!(hosted.server.get(&other, &format!("/api/v1/conversations/{id}")).await.status.as_u16(), 404);
    let chat = json!({"model": "demo", "messages": [{"role": "user", "content": "hi"}]});
    assert_eq!(hosted.server.post(&token, "/v1/chat/completions", chat).await.status.as_u16(), 200);
    assert_eq!(hosted.server.get(&token, "/api/v1/admin/users").await.json()["code"], "admin_only");
}

#[tokio::test]
async fn a_token_is_no_session() {
    let hosted = Hosted::start().await;
    let token = hosted.token(&json!({"email": "ann@example.com", "email_verified": true}));
    assert_eq!(hosted.told(&token).await.0, 200);
    let function = request("POST", &token, "/api/ui/site", Some(nothing()));
    assert_eq!(hosted.server.send(function).await.json()["code"], "session_required");
    let page = hosted.server.get(&token, "/settings?tab=account").await;
    assert!(!page.body.contains("ann@example.com"), "{}", page.body);
    let cookie = request("GET", "", "/api/v1/users/me", None);
    let mut cookie = cookie;
    cookie.headers_mut().remove("authorization");
    cookie.headers_mut().insert("cookie", format!("vertice_session={token}").parse().unwrap());
    assert_eq!(hosted.server.send(cookie).await.status.as_u16(), 401);
    // And nobody has a password here who has none.
    for password in ["", PASSWORD] {
        let form = format!("email=ann%40example.com&password={}", password.replace(' ', "+"));
        assert_eq!(
            hosted.server.send(filled("/sign-in", "", &form)).await.status.as_u16(),
            401,
            "{password}"
        );
    }
}

#[tokio::test]
async fn limits_are_by_user_whatever_the_token() {
    let hosted = Hosted::with(&[("RATE_LIMIT_REQUESTS_PER_MINUTE", "1"), ("RATE_LIMIT_BURST", "2")]).await;
    let told = async |changes: Value| hosted.told(&hosted.token(&changes)).await.0;
    assert_eq!([told(json!({"jti": 1})).await, told(json!({"jti": 2})).await], [200, 200]);
    assert_eq!(told(json!({"jti": 3})).await, 429);
    assert_eq!(told(json!({"sub": "bob"})).await, 200);
}
