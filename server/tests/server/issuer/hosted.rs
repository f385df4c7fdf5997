//! Signing in at the issuer from a browser, by HTTP: there and back, with cookies.

use axum::body::Body;
use http::{Request, StatusCode};
use serde_json::{Value, json};
use url::Url;
use vertice_testkit::issuer::{CLIENT_SECRET, Consent};

use super::{Hosted, nothing};
use crate::harness::{PASSWORD, Reply, filled, local};

const START: &str = "/auth/oidc/start?next=%2Fusage%3Fdays%3D7";

/// A page as a browser on this machine asks for it.
fn page(path: &str, cookie: &str) -> Request<Body> {
    let request = Request::get(path).header("accept", "text/html").header("cookie", cookie);
    local(request.body(Body::empty()).unwrap())
}

/// A cookie that an answer sets, as it is sent back; with all that stands beside it.
fn set<'a>(reply: &'a Reply, name: &str) -> Option<(&'a str, &'a str)> {
    let cookies = reply.headers.get_all("set-cookie").iter().map(|value| value.to_str().unwrap());
    let cookie = cookies.into_iter().find(|cookie| cookie.starts_with(&format!("{name}=")))?;
    Some((cookie.split(';').next().unwrap(), cookie))
}

fn session(reply: &Reply) -> Option<&str> {
    set(reply, "vertice_session").map(|(cookie, _)| cookie)
}

/// Where the answer leads on this server, with what the issuer says.
fn path(back: &Url) -> String {
    format!("{}?{}", back.path(), back.query().unwrap())
}

impl Hosted {
    async fn with_client(variables: &[(&str, &str)]) -> Self {
        let all: Vec<_> = [("OIDC_CLIENT_ID", "vertice")].iter().chain(variables).copied().collect();
        Self::with(&all).await
    }

    /// Goes to the issuer: its address, and what the browser keeps.
    async fn leave(&self) -> (String, String) {
        let left = self.server.send(page(START, "")).await;
        assert_eq!(left.status, StatusCode::SEE_OTHER, "{left:?}");
        let (ticket, whole) = set(&left, "vertice_sign_in").unwrap();
        assert!(whole.contains("Path=/auth/oidc/callback; Max-Age=600; HttpOnly; SameSite=Lax"), "{whole}");
        (left.header("location").to_owned(), ticket.to_owned())
    }

    /// Signs in there, and comes back.
    async fn through(&self, kid: &str, changes: &Value) -> Reply {
        let (address, ticket) = self.leave().await;
        let back = self.issuer.sign_in(&address, Consent::Given, kid, &self.claims(changes)).unwrap();
        self.server.send(page(&path(&back), &ticket)).await
    }

    /// What the sign-in page says of a sign-in that came to nothing.
    async fn told_by(&self, reply: &Reply, language: &str) -> (StatusCode, String) {
        assert_eq!((reply.status, session(reply)), (StatusCode::SEE_OTHER, None), "{reply:?}");
        assert!(reply.header("location").starts_with("/sign-in?"), "{reply:?}");
        let mut page = page(reply.header("location"), "");
        page.headers_mut().insert("accept-language", language.parse().unwrap());
        let page = self.server.send(page).await;
        (page.status, page.body)
    }
}

#[tokio::test]
async fn somebody_of_the_issuer_signs_in_and_goes_on() {
    for (secret, kid) in [(None, "rsa-1"), (Some(("OIDC_CLIENT_SECRET", CLIENT_SECRET)), "ec-1")] {
        let secret: Vec<_> = secret.into_iter().collect();
        let hosted = Hosted::with_client(&secret).await;
        hosted.server.admin("admin@example.com").await;
        let door = hosted.server.send(page("/sign-in?next=%2Fusage%3Fdays%3D7", "")).await;
        assert!(door.body.contains(&format!("href=\"{START}\"")), "{}", door.body);
        assert!(door.body.contains("Continue with 127.0.0.1"), "{}", door.body);
        let entered = hosted.through(kid, &json!({"email": "ann@example.com", "email_verified": true})).await;
        assert_eq!(
            (entered.status, entered.header("location")),
            (StatusCode::SEE_OTHER, "/usage?days=7"),
            "{entered:?}"
        );
        assert!(set(&entered, "vertice_sign_in").unwrap().1.contains("Max-Age=0"), "{entered:?}");
        assert!(
            set(&entered, "vertice_session").unwrap().1.contains("HttpOnly; SameSite=Lax"),
            "{entered:?}"
        );
        assert_eq!(entered.header("cache-control"), "no-store");
        let cookie = session(&entered).unwrap();
        let me = hosted.server.send(page("/api/v1/users/me", cookie)).await.json();
        assert_eq!((&me["email"], &me["role"]), (&json!("ann@example.com"), &json!("user")));
        // The same person by a token, and ours to end.
        let token = hosted.token(&nothing());
        assert_eq!(hosted.me(&token).await.json()["id"], me["id"]);
        let mut out = filled("/api/ui/sign-out", cookie, "");
        out.headers_mut().insert("accept", "text/html".parse().unwrap());
        assert_eq!(hosted.server.send(out).await.header("location"), "/sign-in");
        assert_eq!(
            hosted.server.send(page("/api/v1/users/me", cookie)).await.status,
            StatusCode::UNAUTHORIZED
        );
    }
}

#[tokio::test]
async fn an_id_token_is_good_for_this_sign_in_alone() {
    let hosted = Hosted::with_client(&[]).await;
    let now = hosted.now();
    for changes in [
        json!({"nonce": "another"}),
        json!({"aud": "other"}),
        json!({"aud": ["vertice", "other"]}),
        json!({"azp": "other"}),
        json!({"iss": "https://evil.example"}),
        json!({"exp": now - 60}),
        json!({"iat": now + 61}),
        json!({"sub": ""}),
        json!({"at_hash": "of another token"}),
        json!({"events": {}}),
    ] {
        let back = hosted.through("rsa-1", &changes).await;
        let (status, told) = hosted.told_by(&back, "en").await;
        assert_eq!(status, StatusCode::FORBIDDEN, "{changes}");
        assert!(told.contains("cannot be trusted. Begin it again."), "{changes}: {told}");
    }
    // Half of the hash of "opaque".
    let good = hosted.through("rsa-1", &json!({"azp": "vertice", "at_hash": "bSKYhMEmi7CrMtjaMV0P5Q"})).await;
    assert!(session(&good).is_some(), "{good:?}");
}

#[tokio::test]
async fn a_ticket_serves_once_in_the_browser_that_has_it() {
    let hosted = Hosted::with_client(&[]).await;
    let stale = async |request: Request<Body>| {
        let reply = hosted.server.send(request).await;
        let (status, told) = hosted.told_by(&reply, "pt-BR").await;
        assert!(told.contains("Esta entrada já terminou ou demorou demais. Comece de novo."), "{told}");
        assert_eq!(status, StatusCode::FORBIDDEN);
    };
    let (address, ticket) = hosted.leave().await;
    let claims = hosted.claims(&nothing());
    let back = hosted.issuer.sign_in(&address, Consent::Given, "rsa-1", &claims).unwrap();
    stale(page(&path(&back), "")).await;
    stale(page(&path(&back), "vertice_sign_in=nonsense")).await;
    let (_, others) = hosted.leave().await;
    stale(page(&path(&back), &others)).await;
    stale(page("/auth/oidc/callback?code=code-0", &ticket)).await;
    assert_eq!(hosted.issuer.exchanges(), 0, "nobody is asked about a sign-in that is not ours");
    assert!(session(&hosted.server.send(page(&path(&back), &ticket)).await).is_some());
    stale(page(&path(&back), &ticket)).await;
    assert_eq!(hosted.issuer.exchanges(), 1);
    let (address, ticket) = hosted.leave().await;
    let back = hosted.issuer.sign_in(&address, Consent::Given, "rsa-1", &claims).unwrap();
    hosted.forward(600);
    stale(page(&path(&back), &ticket)).await;
}

#[tokio::test]
async fn what_goes_wrong_there_is_said_here() {
    let hosted = Hosted::with_client(&[]).await;
    let claims = hosted.claims(&nothing());
    for (consent, english, portuguese) in [
        (Consent::Refused, "The sign-in was cancelled", "A entrada foi cancelada"),
        (Consent::Stranger, "cannot be trusted", "Não dá para confiar"),
    ] {
        for (language, words) in [("en", english), ("pt-BR", portuguese)] {
            let (address, ticket) = hosted.leave().await;
            let back = hosted.issuer.sign_in(&address, consent, "rsa-1", &claims).unwrap();
            let reply = hosted.server.send(page(&path(&back), &ticket)).await;
            let (_, told) = hosted.told_by(&reply, language).await;
            assert!(told.contains(words), "{consent:?}: {told}");
        }
    }
    let (address, ticket) = hosted.leave().await;
    let back = hosted.issuer.sign_in(&address, Consent::Given, "rsa-1", &claims).unwrap();
    hosted.issuer.set_down(true);
    let reply = hosted.server.send(page(&path(&back), &ticket)).await;
    let (status, told) = hosted.told_by(&reply, "en").await;
    assert!(
        status == StatusCode::SERVICE_UNAVAILABLE && told.contains("cannot be reached right now"),
        "{told}"
    );
    // No more than our own sentences can be put into the page.
    let odd = hosted.server.send(page("/sign-in?outcome=%3Cb%3Eevil", "")).await;
    assert!(odd.status == StatusCode::SEE_OTHER || !odd.body.contains("evil"), "{}", odd.body);
}

#[tokio::test]
async fn an_address_of_a_local_account_lets_nobody_in() {
    let hosted = Hosted::with_client(&[]).await;
    hosted.server.user("ann@example.com").await;
    let back = hosted.through("rsa-1", &json!({"email": "ann@example.com", "email_verified": true})).await;
    let (status, told) = hosted.told_by(&back, "pt-BR").await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    assert!(told.contains("Entre com a senha daquela conta"), "{told}");
    // Her password still does.
    let form = format!("email=ann%40example.com&password={}", PASSWORD.replace(' ', "+"));
    assert!(session(&hosted.server.send(filled("/sign-in", "", &form)).await).is_some());
}

#[tokio::test]
async fn nobody_is_sent_to_another_site() {
    let hosted = Hosted::with_client(&[]).await;
    for hostile in
        ["https://evil.example", "//evil.example", "/%5Cevil.example", "/auth/oidc/start", "/api/v1/models"]
    {
        let left = hosted.server.send(page(&format!("/auth/oidc/start?next={hostile}"), "")).await;
        let ticket = set(&left, "vertice_sign_in").unwrap().0.to_owned();
        let claims = hosted.claims(&nothing());
        let back = hosted.issuer.sign_in(left.header("location"), Consent::Given, "rsa-1", &claims).unwrap();
        let entered = hosted.server.send(page(&path(&back), &ticket)).await;
        assert_eq!((entered.status, entered.header("location")), (StatusCode::SEE_OTHER, "/"), "{hostile}");
    }
}

#[tokio::test]
async fn without_a_client_there_is_no_such_way() {
    let hosted = Hosted::start().await;
    hosted.server.user("ann@example.com").await;
    assert!(!hosted.server.send(page("/sign-in", "")).await.body.contains("/auth/"));
    let refused = hosted.server.send(page(START, "")).await;
    assert!(refused.header("location").starts_with("/sign-in?"), "{refused:?}");
    assert_eq!(hosted.issuer.documents(), 0);
}

#[tokio::test]
async fn sign_ins_that_come_too_often_have_to_wait() {
    let limits = [("RATE_LIMIT_REQUESTS_PER_MINUTE", "1"), ("RATE_LIMIT_BURST", "2")];
    let hosted = Hosted::with_client(&limits).await;
    hosted.server.user("ann@example.com").await;
    for _ in 0..2 {
        hosted.leave().await;
    }
    let refused = hosted.server.send(page(START, "")).await;
    assert!(refused.header("location").ends_with("outcome=rate_limited"), "{refused:?}");
    let told = hosted.server.send(page(refused.header("location"), "")).await;
    assert_eq!((told.status, told.header("retry-after")), (StatusCode::TOO_MANY_REQUESTS, "10"));
    assert!(told.body.contains("Too many attempts"), "{}", told.body);
}
