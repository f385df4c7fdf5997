//! Sign-ins at protected MCP servers, over real HTTP, with the real binary and an authorization server that takes nothing for
//! granted.

use std::sync::atomic::Ordering;

use futures::future::join_all;
use serde_json::{Value, json};
use vertice_testkit::mcp::{
    Speaks,
    oauth::{Consent, Protected},
};

use crate::{
    client::Running,
    harness::Event,
    mcp_turns::{ADMIN, SERVERS, calls, ending, result, site},
    tools::Site,
};

const BOB: &str = "bob@example.com";

/// A server with a protected MCP server in it, at which nobody is signed in yet.
struct Scene {
    site: Site,
    server: Running,
    mcp: Protected,
    cookie: String,
    bob: String,
}

impl Scene {
    async fn new(speaks: Speaks) -> Self {
        let site = site().await;
        let bob = site.place.token(BOB).await;
        let server = site.place.serve().await;
        let mcp = Protected::listen(speaks).await.unwrap();
        let body = json!({"name": "scripted", "transport": "http", "url": mcp.url, "shared": true});
        let item = site.add(&server, body).await;
        assert_eq!((&item["status"], &item["signed_in"]), (&json!("needs_auth"), &json!(false)), "{item}");
        let cookie = server.cookie(ADMIN).await;
        Self { site, server, mcp, cookie, bob }
    }

    /// Where the admin is sent.
    async fn begun(&self) -> String {
        let path = format!("{SERVERS}/scripted/sign-in");
        let begun = self.server.json("POST", &self.site.token, &path, None).await;
        begun["authorization_url"].as_str().unwrap_or_else(|| panic!("{begun}")).to_owned()
    }

    /// The way back from there.
    async fn back(&self, consent: Consent) -> String {
        let back = self.mcp.authority.answer(&self.begun().await, consent).unwrap();
        assert_eq!(back.origin().ascii_serialization(), format!("http://{}", self.server.address));
        format!("{}?{}", back.path(), back.query().unwrap())
    }

    /// How a browser with this cookie is told that it went.
    async fn told(&self, cookie: &str, path: &str) -> String {
        let answer = self.server.page(path, cookie).await;
        assert_eq!(answer.status, 303);
        let location = answer.headers["location"].to_str().unwrap();
        location
            .strip_prefix("/settings?tab=tools&outcome=")
            .unwrap_or_else(|| panic!("{location}"))
            .to_owned()
    }

    async fn sign_in(&self) -> Value {
        let back = self.back(Consent::Given).await;
        assert_eq!(self.told(&self.cookie, &back).await, "signed_in");
        self.site.settled(&self.server, "scripted").await
    }

    /// What a turn that calls the tool is told.
    async fn call(&self, tool: &str) -> Value {
        let mut asked = self.site.ask(&self.server, &calls(tool, &json!({"text": "hello"}))).await;
        let told = result(&mut asked).await;
        assert_eq!(ending(&mut asked).await, "stop");
        self.no_secrets(&format!(
            "{:?}",
            asked.events.iter().map(|event: &Event| &event.data).collect::<Vec<_>>()
        ));
        told
    }

    fn no_secrets(&self, text: &str) {
        for secret in self.mcp.authority.secrets() {
            assert!(!text.contains(&secret), "{secret} in {text}");
        }
    }
}

#[tokio::test]
async fn a_person_signs_in_calls_a_tool_and_signs_out() {
    for speaks in [Speaks::Legacy, Speaks::Stateless] {
        let scene = Scene::new(speaks).await;
        let item = scene.sign_in().await;
        assert_eq!((&item["status"], &item["signed_in"]), (&json!("connected"), &json!(true)), "{item}");
        scene.site.permit(&scene.server, "echo", "allow").await;
        assert_eq!(scene.call("echo").await["content"], "hello");
        assert_eq!(scene.mcp.authority.renewals.load(Ordering::SeqCst), 0);
        for path in [SERVERS.to_owned(), format!("{SERVERS}/scripted/log"), "/api/v1/tools".into()] {
            let seen = scene.server.json("GET", &scene.site.token, &path, None).await;
            scene.no_secrets(&seen.to_string());
        }
        // Whoever sees the server is signed in for themselves.
        let (admin, authority) = (scene.site.token.clone(), &scene.mcp.authority);
        let bobs = Site { token: scene.bob, ..scene.site };
        assert_eq!(bobs.settled(&scene.server, "scripted").await["status"], "needs_auth");

        let path = format!("{SERVERS}/scripted/sign-in");
        assert_eq!(scene.server.open("DELETE", &admin, &path, None).await.status, 204);
        let again = scene.server.json("POST", &admin, &format!("{SERVERS}/scripted/reconnect"), None).await;
        assert_eq!((&again["status"], &again["signed_in"]), (&json!("needs_auth"), &json!(false)), "{again}");
        let log = scene.server.end().await;
        for secret in authority.secrets() {
            assert!(!log.contains(&secret), "{secret} in {log}");
        }
    }
}

#[tokio::test]
async fn nobody_comes_back_who_did_not_leave() {
    let scene = Scene::new(Speaks::Both).await;
    let bob = scene.server.cookie(BOB).await;
    let (mine, authority) = (&scene.cookie, &scene.mcp.authority);
    for (consent, outcome) in [
        (Consent::Refused, "sign_in_refused"),
        (Consent::Stranger, "sign_in_stranger"),
        (Consent::Nameless, "sign_in_stranger"),
    ] {
        let back = scene.back(consent).await;
        assert_eq!(scene.told(mine, &back).await, outcome);
        assert_eq!(scene.told(mine, &back).await, "sign_in_expired", "it is used up");
    }
    for path in ["?code=x", "?state=nobodys&code=x", "", "?state=%ff&code=a&code=b", "?error=x&error=y"] {
        let told = scene.told(mine, &format!("/mcp/callback{path}")).await;
        assert!(["sign_in_expired", "invalid_request"].contains(&told.as_str()), "{path}: {told}");
    }
    let back = scene.back(Consent::Given).await;
    assert_eq!(scene.told(&bob, &back).await, "sign_in_expired", "it is somebody else's");
    assert_eq!(scene.told("", &back).await, "unauthenticated");
    let item = scene.site.settled(&scene.server, "scripted").await;
    assert_eq!(item["status"], "needs_auth");
    assert!(authority.secrets().iter().all(|secret| secret.starts_with("code")), "no token was given");
    assert_eq!(scene.told(mine, &back).await, "signed_in", "it was not used up by others");
    assert_eq!(scene.told(mine, &back).await, "sign_in_expired");
    assert_eq!(scene.site.settled(&scene.server, "scripted").await["status"], "connected");
}

#[tokio::test]
async fn ten_calls_renew_an_expired_token_once() {
    let scene = Scene::new(Speaks::Stateless).await;
    scene.sign_in().await;
    scene.site.permit(&scene.server, "echo", "allow").await;
    let renewals = &scene.mcp.authority.renewals;
    scene.mcp.authority.expire();
    let told = join_all((0..10).map(|_| scene.call("echo"))).await;
    assert!(told.iter().all(|told| told["content"] == "hello"), "{told:?}");
    assert_eq!(renewals.load(Ordering::SeqCst), 1, "the server said so");

    // One that is about to end is renewed before anybody says so.
    scene.mcp.authority.lifetime.store(30, Ordering::SeqCst);
    scene.mcp.authority.expire();
    scene.call("echo").await;
    assert_eq!(renewals.load(Ordering::SeqCst), 2);
    scene.mcp.authority.lifetime.store(3_600, Ordering::SeqCst);
    let told = join_all((0..10).map(|_| scene.call("echo"))).await;
    assert!(told.iter().all(|told| told["content"] == "hello"), "{told:?}");
    assert_eq!(renewals.load(Ordering::SeqCst), 3, "it was about to end");
}

#[tokio::test]
async fn who_is_not_renewed_is_asked_to_sign_in_and_the_turn_goes_on() {
    let scene = Scene::new(Speaks::Both).await;
    scene.sign_in().await;
    scene.site.permit(&scene.server, "echo", "allow").await;
    scene.mcp.authority.expire();
    scene.mcp.authority.is_tired.store(true, Ordering::SeqCst);
    for _ in 0..2 {
        let told = scene.call("echo").await;
        assert_eq!(told["is_error"], true, "{told}");
        assert!(told["content"].as_str().unwrap().contains("wants you to sign in"), "{told}");
    }
    assert_eq!(scene.mcp.authority.renewals.load(Ordering::SeqCst), 1);
    let item = scene.site.settled(&scene.server, "scripted").await;
    assert_eq!((&item["status"], &item["signed_in"]), (&json!("needs_auth"), &json!(false)), "{item}");
    scene.sign_in().await;
    assert_eq!(scene.call("echo").await["content"], "hello");
}

#[tokio::test]
async fn more_scopes_are_asked_for_as_often_as_that_helps() {
    let scene = Scene::new(Speaks::Stateless).await;
    scene.sign_in().await;
    scene.site.permit(&scene.server, "echo", "allow").await;
    for scope in ["one", "two"] {
        scene.mcp.authority.needs("echo", scope);
        let told = scene.call("echo").await;
        assert!(told["content"].as_str().unwrap().contains("wants you to sign in"), "{told}");
        let page = scene.begun().await;
        assert!(page.contains(&format!("tools+{scope}")), "{page}");
        scene.sign_in().await;
        assert_eq!(scene.call("echo").await["content"], "hello");
    }
    scene.mcp.authority.needs("echo", "three");
    let told = scene.call("echo").await;
    assert!(told["content"].as_str().unwrap().contains("does not allow this"), "{told}");
    assert_eq!(scene.site.settled(&scene.server, "scripted").await["status"], "connected");
}

#[tokio::test]
async fn an_authorization_server_at_home_is_for_admins_servers() {
    let scene = Scene::new(Speaks::Both).await;
    let before = scene.mcp.authority.asked.load(Ordering::SeqCst);
    let bob = &scene.bob;
    let body = json!({"name": "mine", "transport": "http", "url": scene.mcp.url});
    assert_eq!(scene.server.open("POST", bob, SERVERS, Some(body)).await.status, 201);
    let refused = scene.server.open("POST", bob, &format!("{SERVERS}/mine/sign-in"), None).await;
    assert_eq!(refused.status, 502);
    let told = refused.json().await;
    assert_eq!(told["code"], "sign_in_failed");
    assert!(told["detail"].as_str().unwrap().contains("must begin with https://"), "{told}");
    assert_eq!(scene.mcp.authority.asked.load(Ordering::SeqCst), before);
}
