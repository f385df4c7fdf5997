//! Accounts, whole, against a store in memory.

#![expect(clippy::unwrap_used, reason = "a double that is used wrongly must stop its test")]

mod doors;
mod passwords;
mod store;

use std::sync::Arc;

use store::{Hand, Store};
use vertice_auth::{Auth, SecretSource, SetupToken};
use vertice_domain::{Action, Actor, ErrorKind, PageRequest, Role, Scope, Timestamp, account::Credential};
use vertice_ports::{
    Accounts as _, Ids as _,
    accounts::{NewSession, Registration, Visit},
};
use vertice_runtime::SystemIds;

const PASSWORD: &str = "a long enough password";

struct Site {
    auth: Auth,
    store: Arc<Store>,
    clock: Arc<Hand>,
}

fn site(setup_token: Option<&str>) -> Site {
    let (store, clock) = (Arc::new(Store::default()), Arc::new(Hand::default()));
    let source = SecretSource::Given([7; 32]);
    let setup = setup_token.map(|token| SetupToken { token: token.to_owned(), always: true });
    let auth = Auth::new(store.clone(), clock.clone(), Arc::new(SystemIds), source).with_setup_token(setup);
    Site { auth, store, clock }
}

/// A visit from nowhere in particular.
fn visit() -> Visit {
    Visit::default()
}

fn registration(email: &str) -> Registration {
    Registration { email: email.into(), name: "Ann".into(), password: PASSWORD.into(), setup_token: None }
}

impl Site {
    async fn actor(&self, session: &NewSession) -> Actor {
        self.auth.session_actor(&session.secret.0).await.unwrap().unwrap()
    }

    async fn ann(&self) -> (NewSession, Actor) {
        let session = self.auth.register(&visit(), registration("ann@example.com")).await.unwrap();
        let actor = self.actor(&session).await;
        (session, actor)
    }
}

#[tokio::test]
async fn the_first_account_is_the_admins_and_closes_the_door() {
    let site = site(None);
    let status = site.auth.site(&visit(), None).await.unwrap();
    assert!(status.first_run && !status.registration_open && !status.setup_token_required);
    let (session, ann) = site.ann().await;
    assert_eq!((session.profile.role, ann.role), (Role::Admin, Role::Admin));
    assert_eq!(session.expires_at, Timestamp::from_millis(30 * 24 * 3_600 * 1_000));

    let closed = site.auth.register(&visit(), registration("bob@example.com")).await.err().unwrap();
    assert_eq!((closed.kind, closed.code.as_str()), (ErrorKind::Forbidden, "registration_closed"));
    site.auth.set_registration_open(&ann, true).await.unwrap();
    let bob = site.auth.register(&visit(), registration("bob@example.com")).await.unwrap();
    assert_eq!(bob.profile.role, Role::User);
    let bob = site.actor(&bob).await;
    let refused = site.auth.set_registration_open(&bob, false).await.unwrap_err();
    assert_eq!(refused.code, "admin_only");
    let taken = site.auth.register(&visit(), registration("  ANN@example.com ")).await.err().unwrap();
    assert_eq!(taken.fields[0].field, "email");
}

#[tokio::test]
async fn two_at_once_make_one_admin() {
    let site = site(None);
    let here = visit();
    let both = [registration("ann@example.com"), registration("bob@example.com")]
        .map(|registration| site.auth.register(&here, registration));
    let [ann, bob] = both;
    let (ann, bob) = tokio::join!(ann, bob);
    assert!(ann.is_ok() != bob.is_ok());
    assert_eq!(site.store.0.lock().unwrap().users.len(), 1);
}

#[tokio::test]
async fn the_setup_token_guards_the_first_account_alone() {
    let site = site(Some("s3cret"));
    assert!(site.auth.site(&visit(), None).await.unwrap().setup_token_required);
    for given in [None, Some("wrong".to_owned())] {
        let registration = Registration { setup_token: given, ..registration("a@b.c") };
        let error = site.auth.register(&visit(), registration).await.err().unwrap();
        assert_eq!(error.fields[0].field, "setup_token");
    }
    let known = Registration { setup_token: Some(" s3cret\n".into()), ..registration("a@b.c") };
    site.auth.register(&visit(), known).await.unwrap();
    assert!(!site.auth.site(&visit(), None).await.unwrap().setup_token_required);
}

#[tokio::test]
async fn every_bad_field_is_named_at_once() {
    let site = site(None);
    let bad = Registration {
        email: "ann".into(),
        name: "x".repeat(101),
        password: "short".into(),
        setup_token: None,
    };
    let error = site.auth.register(&visit(), bad).await.err().unwrap();
    let fields: Vec<_> = error.fields.iter().map(|error| error.field.as_str()).collect();
    assert_eq!(fields, ["email", "name", "password"]);
    assert!(site.store.0.lock().unwrap().users.is_empty());
}

#[tokio::test]
async fn sessions_end_one_by_one_all_at_once_and_by_themselves() {
    let site = site(None);
    let (first, ann) = site.ann().await;
    let second = site.auth.sign_in(&visit(), " Ann@Example.com", PASSWORD).await.unwrap();
    let third = site.auth.sign_in(&visit(), "ann@example.com", PASSWORD).await.unwrap();
    let held = |session: &NewSession| site.auth.session_actor(&session.secret.0).now();
    site.auth.sign_out(&ann).await.unwrap();
    assert!(held(&first).is_none() && held(&second).is_some());
    let actor = held(&second).unwrap();
    site.auth.sign_out_everywhere(&actor).await.unwrap();
    assert!(held(&second).is_none() && held(&third).is_none());

    let last = site.auth.sign_in(&visit(), "ann@example.com", PASSWORD).await.unwrap();
    site.clock.forward(30 * 24 * 3_600 - 1);
    assert!(held(&last).is_some());
    site.clock.forward(1);
    assert!(held(&last).is_none());
    let inside = site.store.0.lock().unwrap();
    assert!(inside.users[0].password_hash.starts_with("$argon2id$"));
    assert!(inside.sessions.iter().all(|session| session.hash != last.secret.0.as_bytes()[..32]));
}

/// The store in memory never waits.
trait Now {
    type Output;
    fn now(self) -> Self::Output;
}

impl<T, F: Future<Output = vertice_domain::Result<T>>> Now for F {
    type Output = T;
    fn now(self) -> T {
        let mut this = std::pin::pin!(self);
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        match this.as_mut().poll(&mut context) {
            std::task::Poll::Ready(result) => result.unwrap(),
            std::task::Poll::Pending => unreachable!("the store in memory never waits"),
        }
    }
}

#[tokio::test]
async fn unknown_address_and_wrong_password_look_the_same() {
    let site = site(None);
    site.ann().await;
    let long = "x".repeat(2_000);
    for (email, password) in
        [("ann@example.com", "wrong"), ("ann@example.com", long.as_str()), ("nobody@example.com", PASSWORD)]
    {
        let error = site.auth.sign_in(&visit(), email, password).await.err().unwrap();
        assert_eq!((error.kind, error.code.as_str()), (ErrorKind::Unauthenticated, "wrong_credentials"));
    }
    assert_eq!(
        site.auth.sign_in(&visit(), "nonsense", PASSWORD).await.err().unwrap().fields[0].field,
        "email"
    );
}

#[tokio::test]
async fn guessing_is_slowed_down_and_success_forgives() {
    let site = site(None);
    site.ann().await;
    let here = visit();
    let sign_in = |password: &'static str| site.auth.sign_in(&here, "ann@example.com", password);
    for _ in 0..4 {
        assert_eq!(sign_in("wrong").await.err().unwrap().code, "wrong_credentials");
    }
    sign_in(PASSWORD).await.unwrap();
    for _ in 0..5 {
        assert_eq!(sign_in("wrong").await.err().unwrap().code, "wrong_credentials");
    }
    let wait = sign_in(PASSWORD).await.err().unwrap();
    assert_eq!((wait.kind, wait.code.as_str()), (ErrorKind::RateLimited, "too_many_attempts"));
    assert_eq!(wait.retry_after_s, Some(1));
    site.clock.forward(1);
    sign_in(PASSWORD).await.unwrap();
}

#[tokio::test]
async fn tokens_are_shown_once_and_grant_no_more_than_they_hold() {
    let site = site(None);
    let (_, ann) = site.ann().await;
    let all = site.auth.issue_token(&ann, " laptop ", &[], None).await.unwrap();
    assert_eq!((all.token_info.name.as_str(), all.token_info.scopes.as_slice()), ("laptop", &Scope::ALL[..]));
    assert_eq!((all.token.len(), &all.token[..4]), (47, "vtk_"));

    let soon = Timestamp::from_millis(60_000);
    let chat = site.auth.issue_token(&ann, "bot", &[Scope::Chat], Some(soon)).await.unwrap();
    let bot = site.auth.token_actor(&chat.token).await.unwrap().unwrap();
    assert_eq!(bot.user, ann.user);
    assert!(bot.may(Action::Chat).is_ok() && bot.may(Action::WriteAccount).is_err());
    let error = site.auth.issue_token(&bot, "x", &[Scope::Chat], None).await.unwrap_err();
    assert_eq!((error.kind, error.code.as_str()), (ErrorKind::Forbidden, "insufficient_scope"));
    site.auth.issue_token(&ann, "write", &[Scope::Write], None).await.unwrap();

    site.clock.forward(60);
    assert!(site.auth.token_actor(&chat.token).await.unwrap().is_none(), "it has expired");
    assert_eq!(site.auth.tokens(&ann, &PageRequest::default()).await.unwrap().items.len(), 3);
    site.auth.revoke_token(&ann, all.token_info.id).await.unwrap();
    assert!(site.auth.token_actor(&all.token).await.unwrap().is_none());
    let again = site.auth.revoke_token(&ann, all.token_info.id).await.unwrap_err();
    assert_eq!(again.kind, ErrorKind::NotFound);
}

#[tokio::test]
async fn bad_tokens_are_named_by_field() {
    let site = site(None);
    let (_, ann) = site.ann().await;
    let past = Some(Timestamp::from_millis(0));
    let error = site.auth.issue_token(&ann, " ", &[], past).await.unwrap_err();
    let fields: Vec<_> = error.fields.iter().map(|error| error.field.as_str()).collect();
    assert_eq!(fields, ["name", "expires_at"]);
    for secret in ["", "vtk_", "vtk_short", "nonsense", "vtk_äääääääääääääääääääää"] {
        assert!(site.auth.token_actor(secret).await.unwrap().is_none());
        assert!(site.auth.session_actor(secret).await.unwrap().is_none());
    }
}

#[tokio::test]
async fn nobody_touches_anothers_tokens() {
    let site = site(None);
    let (_, ann) = site.ann().await;
    let token = site.auth.issue_token(&ann, "laptop", &[], None).await.unwrap();
    site.auth.create_user("bob@example.com", PASSWORD, Role::User).await.unwrap();
    let bob = site.auth.console_actor(&"bob@example.com".parse().unwrap()).await.unwrap();
    let error = site.auth.revoke_token(&bob, token.token_info.id).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::NotFound);
    assert!(site.auth.tokens(&bob, &PageRequest::default()).await.unwrap().items.is_empty());
    site.auth.sign_out_everywhere(&bob).await.unwrap();
    assert!(site.auth.token_actor(&token.token).await.unwrap().is_some());
    assert_eq!(site.auth.profile(&bob).await.unwrap().email.as_str(), "bob@example.com");
}

#[tokio::test]
async fn the_console_makes_users_and_acts_for_them() {
    let site = site(Some("irrelevant here"));
    let profile = site.auth.create_user("Root@example.com", PASSWORD, Role::Premium).await.unwrap();
    assert_eq!((profile.email.as_str(), profile.role), ("root@example.com", Role::Premium));
    let weak = site.auth.create_user("x@example.com", "password", Role::User).await.unwrap_err();
    assert_eq!(weak.fields[0].field, "password");
    let twice = site.auth.create_user("root@example.com", PASSWORD, Role::User).await.unwrap_err();
    assert_eq!(twice.fields[0].field, "email");
    let actor = site.auth.console_actor(&profile.email).await.unwrap();
    assert_eq!((actor.user, actor.credential), (profile.id, Credential::Console));
    let missing = site.auth.console_actor(&"no@example.com".parse().unwrap()).await.unwrap_err();
    assert_eq!((missing.kind, missing.message.as_str()), (ErrorKind::NotFound, "There is no such user."));
}

#[tokio::test]
async fn only_admins_see_members_and_limit_them() {
    let site = site(None);
    let (_, ann) = site.ann().await;
    site.auth.set_registration_open(&ann, true).await.unwrap();
    let bob = site.auth.register(&visit(), registration("bob@example.com")).await.unwrap();
    let bob = site.actor(&bob).await;
    let all = PageRequest::default();

    assert_eq!(site.auth.members(&bob, &all).await.unwrap_err().code, "admin_only");
    let refused = site.auth.set_daily_token_limit(&bob, bob.user, None).await.unwrap_err();
    assert_eq!((refused.kind, refused.code.as_str()), (ErrorKind::Forbidden, "admin_only"));

    site.auth.set_daily_token_limit(&ann, bob.user, Some(500)).await.unwrap();
    let members = site.auth.members(&ann, &all).await.unwrap().items;
    let limits: Vec<_> = members.iter().map(|member| member.daily_token_limit).collect();
    assert_eq!(limits, [None, Some(500)]);
    let nobody = site.auth.set_daily_token_limit(&ann, SystemIds.user(), Some(1)).await.unwrap_err();
    assert_eq!(nobody.kind, ErrorKind::NotFound);
}
