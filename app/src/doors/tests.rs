//! What the pages draw, as text.

use leptos::prelude::*;
use vertice_domain::{Error, FieldError};

use super::*;

fn site() -> Site {
    Site { profile: None, first_run: false, registration_open: false, setup_token_required: false }
}

fn drawn(standing: Standing) -> String {
    Owner::new().with(|| match &standing.site {
        Ok(site) => forms::form(&standing, site).to_html(),
        Err(_) => String::new(),
    })
}

fn standing(door: Door, error: Option<Error>) -> Standing {
    let typed = Typed { email: "a\"><b>@example.com".into(), ..Typed::default() };
    let next = Next::to("/usage", "a=b&c");
    Standing { door, site: Ok(site()), next, typed, issuer: None, error }
}

#[test]
fn each_visitor_belongs_somewhere() {
    let (fresh, open) = (Site { first_run: true, ..site() }, site());
    let next = Next::to("/usage", "");
    let goes = |door: Door, site: &Site| door.elsewhere(site, &next);
    assert_eq!(goes(Door::SignIn, &fresh).as_deref(), Some("/setup?next=%2Fusage"));
    assert_eq!(goes(Door::Register, &fresh).as_deref(), Some("/setup?next=%2Fusage"));
    assert_eq!(goes(Door::Setup, &open).as_deref(), Some("/sign-in?next=%2Fusage"));
    let stay = [goes(Door::Setup, &fresh), goes(Door::SignIn, &open), goes(Door::Register, &open)];
    assert_eq!(stay, [None, None, None]);
}

#[test]
fn what_was_typed_stands_in_the_form_as_text() {
    let html = drawn(standing(Door::SignIn, None));
    assert!(html.contains(r#"action="/sign-in?next=%2Fusage%3Fa%3Db%26c""#), "{html}");
    assert!(!html.contains("<b>") && html.contains("&quot;"), "{html}");
}

#[test]
fn one_begins_where_something_is_wrong() {
    let at = |html: &str| {
        let field = html.split("<input").find(|field| field.contains("autofocus")).map(str::to_owned);
        let id = field.unwrap_or_default().split("id=\"").nth(1).unwrap_or_default().to_owned();
        id.split('"').next().unwrap_or_default().to_owned()
    };
    let wrong = |field: &str| Some(Error::invalid(vec![FieldError::new(field, "must not be empty")]));
    assert_eq!(at(&drawn(standing(Door::SignIn, None))), "password");
    assert_eq!(at(&drawn(standing(Door::SignIn, wrong("email")))), "email");
    assert_eq!(at(&drawn(Standing { typed: Typed::default(), ..standing(Door::SignIn, None) })), "email");
}

#[test]
fn one_can_sign_in_at_the_issuer_where_there_is_one() {
    assert!(!drawn(standing(Door::SignIn, None)).contains("/auth/"));
    let at = |door| Standing { issuer: Some("id.<b>example".into()), ..standing(door, None) };
    let html = drawn(at(Door::SignIn));
    assert!(html.contains(r#"href="/auth/oidc/start?next=%2Fusage%3Fa%3Db%26c""#), "{html}");
    assert!(html.contains("Continue with id.&lt;b&gt;example"), "{html}");
    assert!(!drawn(at(Door::Setup)).contains("/auth/"));
}

#[test]
fn a_wait_is_said_once_and_counted_by_the_button() {
    let mut error = Error::new(ErrorKind::RateLimited, "too_many_attempts", "Too many.");
    error.retry_after_s = Some(29);
    let html = drawn(standing(Door::SignIn, Some(error)));
    assert!(html.contains("Too many attempts") && html.contains("data-wait=\"29\""), "{html}");
    assert!(html.contains("data-later=\"Try again in {seconds} s\""), "{html}");
    assert!(html.contains("border-warning") && !html.contains("border-destructive"), "{html}");
}
