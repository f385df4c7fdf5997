//! What tokens may make, where the setup token is asked for, who waits after wrong passwords, what is read how often.

use std::net::IpAddr;

use vertice_domain::{Actor, ErrorKind, PageRequest, Role, Scope, Timestamp, account::IssuedToken};
use vertice_ports::{
    Accounts as _,
    accounts::{DeviceSecret, NewSession, Visit},
};

use crate::{PASSWORD, Site, registration, site, visit};

const ANN: &str = "ann@example.com";

fn from(network: &str) -> Visit {
    Visit { network: Some(network.parse::<IpAddr>().unwrap()), ..Visit::default() }
}

impl Site {
    async fn held(&self, token: &str) -> Option<Actor> {
        self.auth.token_actor(token).await.unwrap()
    }

    async fn minted(&self, maker: &str, expires_at: Option<Timestamp>) -> IssuedToken {
        let maker = self.held(maker).await.unwrap();
        self.auth.issue_token(&maker, "minted", &[Scope::Write], expires_at).await.unwrap()
    }
}

#[tokio::test]
async fn a_minted_token_outranks_and_outlives_nothing() {
    let site = site(None);
    let (_, ann) = site.ann().await;
    let (soon, later) = (Timestamp::from_millis(60_000), Timestamp::from_millis(90_000));
    let parent =
        site.auth.issue_token(&ann, "parent", &[Scope::Read, Scope::Write], Some(soon)).await.unwrap();
    let maker = site.held(&parent.token).await.unwrap();
    for more in [&[][..], &[Scope::Chat], &[Scope::Write, Scope::Chat]] {
        let error = site.auth.issue_token(&maker, "x", more, None).await.unwrap_err();
        assert_eq!((error.kind, error.code.as_str()), (ErrorKind::Forbidden, "insufficient_scope"));
    }
    let error = site.auth.issue_token(&maker, "x", &[Scope::Write], Some(later)).await.unwrap_err();
    assert_eq!(error.fields[0].field, "expires_at", "{error:?}");

    let child = site.minted(&parent.token, None).await;
    assert_eq!(child.token_info.expires_at, Some(soon), "without an end of its own it gets its maker's");
    let earlier = Timestamp::from_millis(30_000);
    let grandchild = site.minted(&child.token, Some(earlier)).await;
    assert_eq!(grandchild.token_info.expires_at, Some(earlier));
    let apart = site.auth.issue_token(&ann, "apart", &[], None).await.unwrap();
    assert_eq!(apart.token_info.expires_at, None, "a person may make one that lasts");

    for token in [&parent, &child, &grandchild] {
        assert!(site.held(&token.token).await.is_some());
    }
    site.auth.revoke_token(&ann, parent.token_info.id).await.unwrap();
    for token in [&parent, &child, &grandchild] {
        assert!(site.held(&token.token).await.is_none(), "revoked with its maker");
    }
    assert!(site.held(&apart.token).await.is_some());
    let gone = site.auth.issue_token(&maker, "x", &[Scope::Write], None).await.unwrap_err();
    assert_eq!(gone.kind, ErrorKind::Unauthenticated, "a revoked token makes nothing, whatever is in flight");
}

#[tokio::test]
async fn ports_ask_for_the_scope_whatever_the_door() {
    let site = site(None);
    let (_, ann) = site.ann().await;
    let mut refused = Vec::new();
    for scope in Scope::ALL {
        let token = site.auth.issue_token(&ann, "t", &[scope], None).await.unwrap();
        let actor = site.held(&token.token).await.unwrap();
        let page = PageRequest::default();
        let outcomes = [
            ("profile", site.auth.profile(&actor).await.err()),
            ("tokens", site.auth.tokens(&actor, &page).await.err()),
            ("issue", site.auth.issue_token(&actor, "x", &[scope], None).await.err()),
            ("members", site.auth.members(&actor, &page).await.err()),
            ("limit", site.auth.set_daily_token_limit(&actor, ann.user, None).await.err()),
            ("registration", site.auth.set_registration_open(&actor, false).await.err()),
            ("password", site.auth.change_password(&actor, "wrong", "another long password").await.err()),
            ("everywhere", site.auth.sign_out_everywhere(&actor).await.err()),
        ];
        for (what, error) in outcomes {
            if error.is_some_and(|error| error.code == "insufficient_scope") {
                refused.push(format!("{} {what}", scope.as_str()));
            }
        }
    }
    let wanted = [
        "chat profile",
        "chat tokens",
        "chat issue",
        "chat members",
        "chat limit",
        "chat registration",
        "chat password",
        "chat everywhere",
        "read issue",
        "read limit",
        "read registration",
        "read password",
        "read everywhere",
        "write profile",
        "write tokens",
        "write members",
    ];
    assert_eq!(refused, wanted);
}

#[tokio::test]
async fn a_setup_token_for_visitors_through_a_proxy_is_not_asked_on_this_machine() {
    let through_a_proxy = Visit::default();
    let local = Visit { is_local: true, ..Visit::default() };
    let fresh = || {
        let Site { auth, store, clock } = site(None);
        let setup = vertice_auth::SetupToken { token: "s3cret".into(), always: false };
        Site { auth: auth.with_setup_token(Some(setup)), store, clock }
    };
    let site = fresh();
    assert!(site.auth.site(&through_a_proxy, None).await.unwrap().setup_token_required);
    assert!(!site.auth.site(&local, None).await.unwrap().setup_token_required);
    let error = site.auth.register(&through_a_proxy, registration(ANN)).await.err().unwrap();
    assert_eq!(error.fields[0].field, "setup_token");
    site.auth.register(&local, registration(ANN)).await.unwrap();

    let site = fresh();
    let told =
        vertice_ports::accounts::Registration { setup_token: Some("s3cret".into()), ..registration(ANN) };
    site.auth.register(&through_a_proxy, told).await.unwrap();
}

async fn wrong(site: &Site, visit: &Visit, times: u32) -> Option<u64> {
    let mut last = None;
    for _ in 0..times {
        let error = site.auth.sign_in(visit, ANN, "wrong").await.err().unwrap();
        last = error.retry_after_s;
        assert!(["wrong_credentials", "too_many_attempts"].contains(&error.code.as_str()), "{error:?}");
    }
    last
}

#[tokio::test]
async fn wrong_passwords_from_elsewhere_never_lock_the_owner_out() {
    let site = site(None);
    site.ann().await;
    let (thief, home) = (from("198.51.100.9"), from("192.0.2.1"));
    for _ in 0..30 {
        wrong(&site, &thief, 1).await;
        site.clock.forward(1);
    }
    let wait = site.auth.sign_in(&thief, ANN, PASSWORD).await.err().unwrap();
    assert_eq!(wait.kind, ErrorKind::RateLimited);
    assert!((1..=60).contains(&wait.retry_after_s.unwrap()), "{wait:?}");
    site.auth.sign_in(&home, ANN, PASSWORD).await.unwrap();
}

fn again(visit: &Visit, session: &NewSession) -> Visit {
    Visit { device: session.device.clone(), ..visit.clone() }
}

#[tokio::test]
async fn a_known_device_does_not_wait_for_what_its_network_did() {
    let site = site(None);
    site.ann().await;
    let office = from("192.0.2.1");
    let session = site.auth.sign_in(&office, ANN, PASSWORD).await.unwrap();
    assert!(wrong(&site, &office, 6).await.is_some(), "the network waits");
    let known = again(&office, &session);
    site.auth.sign_in(&known, ANN, PASSWORD).await.unwrap();

    // It is known to this account alone, and cannot be used to guess for ever.
    site.auth.create_user("bob@example.com", PASSWORD, Role::User).await.unwrap();
    for _ in 0..5 {
        site.auth.sign_in(&office, "bob@example.com", "wrong").await.err().unwrap();
    }
    let bob = site.auth.sign_in(&known, "bob@example.com", PASSWORD).await.err().unwrap();
    assert_eq!(bob.kind, ErrorKind::RateLimited);
    assert_eq!(wrong(&site, &known, 6).await, Some(1));
    let forged = Visit { device: Some(DeviceSecret("forged".into())), ..office.clone() };
    assert_eq!(site.auth.sign_in(&forged, ANN, PASSWORD).await.err().unwrap().kind, ErrorKind::RateLimited);
}

#[tokio::test]
async fn a_request_is_not_a_query_and_a_use_is_noted_once_a_minute() {
    let site = site(None);
    let (session, ann) = site.ann().await;
    let token = site.auth.issue_token(&ann, "t", &[], None).await.unwrap();
    let reads = || site.store.0.lock().unwrap().reads;
    let before = reads();
    for _ in 0..1_000 {
        assert!(site.held(&token.token).await.is_some());
        assert!(site.auth.session_actor(&session.secret.0).await.unwrap().is_some());
    }
    assert!(reads() <= before + 2, "{} reads for 2,000 requests", reads() - before);
    for _ in 0..11 {
        site.clock.forward(5);
        assert!(site.held(&token.token).await.is_some());
    }
    assert_eq!(site.store.0.lock().unwrap().notes, 1);
    site.clock.forward(5);
    assert!(site.held(&token.token).await.is_some());
    assert_eq!(site.store.0.lock().unwrap().notes, 2);
}

#[tokio::test]
async fn what_ends_is_over_at_once() {
    let site = site(None);
    let (session, ann) = site.ann().await;
    let token = site.auth.issue_token(&ann, "t", &[], None).await.unwrap();
    let signed_in =
        async |session: &NewSession| site.auth.session_actor(&session.secret.0).await.unwrap().is_some();
    let other = site.auth.sign_in(&visit(), ANN, PASSWORD).await.unwrap();
    assert!(signed_in(&session).await && signed_in(&other).await && site.held(&token.token).await.is_some());
    site.auth.sign_out(&ann).await.unwrap();
    assert!(!signed_in(&session).await && signed_in(&other).await);
    site.auth.revoke_token(&ann, token.token_info.id).await.unwrap();
    assert!(site.held(&token.token).await.is_none());
    site.auth.sign_out_everywhere(&ann).await.unwrap();
    assert!(!signed_in(&other).await);
}
