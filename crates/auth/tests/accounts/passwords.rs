//! Passwords, changed by their owner or set from the console.

use vertice_domain::{Error, ErrorKind};
use vertice_ports::{Accounts as _, accounts::NewSession};

use crate::{PASSWORD, Site, site, visit};

const ANN: &str = "ann@example.com";
const NEW: &str = "quite another password";

impl Site {
    async fn is_held(&self, session: &NewSession) -> bool {
        self.auth.session_actor(&session.secret.0).await.unwrap().is_some()
    }

    async fn refused(&self, password: &str) -> Error {
        self.auth.sign_in(&visit(), ANN, password).await.err().unwrap()
    }
}

#[tokio::test]
async fn a_change_keeps_this_session_and_ends_the_others() {
    let site = site(None);
    let (here, ann) = site.ann().await;
    let there = site.auth.sign_in(&visit(), ANN, PASSWORD).await.unwrap();
    let token = site.auth.issue_token(&ann, "t", &[], None).await.unwrap();
    assert!(site.is_held(&there).await);
    site.auth.change_password(&ann, PASSWORD, NEW).await.unwrap();
    assert!(site.is_held(&here).await && !site.is_held(&there).await);
    assert!(site.auth.token_actor(&token.token).await.unwrap().is_some(), "API tokens go on working");
    assert_eq!(site.refused(PASSWORD).await.code, "wrong_credentials");
    site.auth.sign_in(&visit(), ANN, NEW).await.unwrap();
}

#[tokio::test]
async fn over_a_token_every_session_ends() {
    let site = site(None);
    let (here, ann) = site.ann().await;
    let token = site.auth.issue_token(&ann, "t", &[], None).await.unwrap();
    let actor = site.auth.token_actor(&token.token).await.unwrap().unwrap();
    site.auth.change_password(&actor, PASSWORD, NEW).await.unwrap();
    assert!(!site.is_held(&here).await);
}

#[tokio::test]
async fn what_will_not_do_is_named_by_field_and_changes_nothing() {
    let site = site(None);
    let (here, ann) = site.ann().await;
    for (current, new, field) in [
        ("wrong", NEW, "current"),
        (PASSWORD, "short", "new"),
        (PASSWORD, PASSWORD, "new"),
        (PASSWORD, "", "new"),
        (&"x".repeat(2_000), NEW, "current"),
    ] {
        let error = site.auth.change_password(&ann, current, new).await.unwrap_err();
        assert_eq!((error.kind, error.fields[0].field.as_str()), (ErrorKind::Invalid, field));
    }
    assert!(site.is_held(&here).await);
    site.auth.sign_in(&visit(), ANN, PASSWORD).await.unwrap();
}

#[tokio::test]
async fn a_stolen_session_cannot_guess_the_password() {
    let site = site(None);
    let (_, ann) = site.ann().await;
    for _ in 0..5 {
        let error = site.auth.change_password(&ann, "wrong", NEW).await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::Invalid);
    }
    let wait = site.auth.change_password(&ann, PASSWORD, NEW).await.unwrap_err();
    assert_eq!((wait.kind, wait.retry_after_s), (ErrorKind::RateLimited, Some(1)));
    site.auth.sign_in(&visit(), ANN, PASSWORD).await.unwrap();
    site.clock.forward(1);
    site.auth.change_password(&ann, PASSWORD, NEW).await.unwrap();
}

#[tokio::test]
async fn the_console_sets_one_and_ends_every_session() {
    let site = site(None);
    let (here, _) = site.ann().await;
    let email = ANN.parse().unwrap();
    let weak = site.auth.reset_password(&email, "short").await.unwrap_err();
    assert_eq!(weak.fields[0].field, "password");
    assert!(site.is_held(&here).await);
    site.auth.reset_password(&email, NEW).await.unwrap();
    assert!(!site.is_held(&here).await);
    site.auth.sign_in(&visit(), ANN, NEW).await.unwrap();
    let nobody = site.auth.reset_password(&"no@example.com".parse().unwrap(), NEW).await.unwrap_err();
    assert_eq!(nobody.kind, ErrorKind::NotFound);
}

#[tokio::test]
async fn a_sign_in_with_the_former_password_does_not_slip_through_a_change() {
    let site = site(None);
    let (_, ann) = site.ann().await;
    let here = visit();
    let sign_in = site.auth.sign_in(&here, ANN, PASSWORD);
    let change = site.auth.change_password(&ann, PASSWORD, NEW);
    let (session, changed) = tokio::join!(sign_in, change);
    changed.unwrap();
    if let Ok(session) = session {
        assert!(!site.is_held(&session).await);
    }
}
