//! Claims, each wrong in one way.

use serde_json::json;

use super::*;

const ISSUER: &str = "https://id.example.com";
/// The time of all these tests, in seconds.
const NOW: i64 = 1_800_000_000;

fn good() -> Value {
    json!({"iss": ISSUER, "sub": "ann", "aud": "vertice", "exp": NOW + 60, "iat": NOW, "sid": "s"})
}

/// The good claims with others in their place; null takes one away.
fn with(changes: &Value) -> Claims {
    let mut claims = good();
    for (name, value) in changes.as_object().unwrap() {
        if value.is_null() {
            claims.as_object_mut().unwrap().remove(name);
        } else {
            claims[name] = value.clone();
        }
    }
    Claims::parse(claims.to_string().as_bytes()).unwrap()
}

fn fault(changes: &Value, party: &Party) -> Option<TokenFault> {
    let claims = with(changes);
    let now = Timestamp::from_millis(NOW * 1_000);
    claims.check(ISSUER, now).and_then(|()| claims.check_access(Some("JWT"), party)).err()
}

fn audience() -> Party {
    Party::Audience("vertice".into())
}

#[test]
fn each_claim_must_be_right() {
    for (changes, wanted) in [
        (json!({}), None),
        (json!({"aud": ["other", "vertice"]}), None),
        (json!({"aud": "other"}), Some(TokenFault::Audience)),
        (json!({"aud": ["vertice2", "ver"]}), Some(TokenFault::Audience)),
        (json!({"aud": null}), Some(TokenFault::Audience)),
        (json!({"iss": "https://id.example.com/"}), Some(TokenFault::Issuer)),
        (json!({"sub": ""}), Some(TokenFault::Subject)),
        (json!({"sub": "a".repeat(256)}), Some(TokenFault::Subject)),
        (json!({"sub": "a\u{0}"}), Some(TokenFault::Subject)),
        (json!({"exp": NOW - 59}), None),
        (json!({"exp": NOW - 60}), Some(TokenFault::Expired)),
        (json!({"exp": (NOW as f64) + 0.5}), None),
        (json!({"exp": 1e300}), Some(TokenFault::Claims)),
        (json!({"exp": -1}), Some(TokenFault::Claims)),
        (json!({"nbf": NOW + 60}), None),
        (json!({"nbf": NOW + 61}), Some(TokenFault::NotYet)),
        (json!({"iat": NOW + 61}), Some(TokenFault::NotYet)),
        (json!({"sts": "pending"}), Some(TokenFault::Session)),
        (json!({"nonce": "n"}), Some(TokenFault::Kind)),
        (json!({"at_hash": "h"}), Some(TokenFault::Kind)),
        (json!({"events": {}}), Some(TokenFault::Kind)),
        (json!({"typ": "ID"}), Some(TokenFault::Kind)),
        (json!({"typ": "Bearer"}), None),
    ] {
        assert_eq!(fault(&changes, &audience()), wanted, "{changes}");
    }
}

#[test]
fn what_decides_is_read_strictly() {
    for text in [
        r#"{"sub":"a","exp":1}"#,
        r#"{"iss":"a","exp":1}"#,
        r#"{"iss":"a","sub":"b"}"#,
        r#"{"iss":"a","sub":"b","exp":"1"}"#,
        r#"{"iss":"a","sub":5,"exp":1}"#,
        r#"{"iss":"a","sub":"b","sub":"c","exp":1}"#,
        r#"{"iss":"a","sub":"b","exp":1,"aud":5}"#,
        "[]",
    ] {
        assert!(Claims::parse(text.as_bytes()).is_err(), "{text}");
    }
}

#[test]
fn the_header_says_which_kind_it_is() {
    for (kind, is_taken) in [
        (None, true),
        (Some("JWT"), true),
        (Some("at+jwt"), true),
        (Some("application/at+JWT"), true),
        (Some("logout+jwt"), false),
        (Some("dpop+jwt"), false),
        (Some(""), false),
    ] {
        assert_eq!(with(&json!({})).check_access(kind, &audience()).is_ok(), is_taken, "{kind:?}");
    }
}

#[test]
fn sessions_of_clerk_come_from_our_pages() {
    let party = Party::Origins(vec!["https://chat.example.com".into()]);
    for (changes, wanted) in [
        (json!({"aud": null}), None),
        (json!({"aud": null, "azp": "https://chat.example.com"}), None),
        (json!({"aud": null, "azp": "https://evil.example.com"}), Some(TokenFault::Party)),
        (json!({"azp": "https://chat.example.com.evil.example"}), Some(TokenFault::Party)),
        (json!({"sid": null}), Some(TokenFault::Session)),
        (json!({"sid": ""}), Some(TokenFault::Session)),
        (json!({"sts": "pending"}), Some(TokenFault::Session)),
        (json!({"sts": "active"}), None),
    ] {
        assert_eq!(fault(&changes, &party), wanted, "{changes}");
    }
}

#[test]
fn the_highest_role_that_is_named_counts() {
    for (changes, role) in [
        (json!({}), None),
        (json!({"role": "admin"}), Some(Role::Admin)),
        (json!({"role": "Admin"}), Some(Role::User)),
        (json!({"role": "authenticated"}), Some(Role::User)),
        (json!({"roles": ["user", "premium", "editor"]}), Some(Role::Premium)),
        (json!({"roles": []}), Some(Role::User)),
        (json!({"roles": "admin"}), Some(Role::Admin)),
        (json!({"metadata": {"role": "premium"}}), Some(Role::Premium)),
        (json!({"metadata": {}}), Some(Role::User)),
        (json!({"metadata": "admin"}), None),
        (json!({"role": "user", "metadata": {"role": "admin"}}), Some(Role::Admin)),
    ] {
        assert_eq!(with(&changes).into_person().role, role, "{changes}");
    }
}

#[test]
fn only_a_verified_address_is_one() {
    for (changes, email) in [
        (json!({"email": "Ann@Example.com", "email_verified": true}), Some("ann@example.com")),
        (json!({"email": "ann@example.com", "email_verified": "true"}), Some("ann@example.com")),
        (json!({"email": "ann@example.com"}), None),
        (json!({"email": "ann@example.com", "email_verified": false}), None),
        (json!({"email": "ann@example.com", "email_verified": 1}), None),
        (json!({"email": "nonsense", "email_verified": true}), None),
        (json!({"email": 5, "email_verified": true}), None),
    ] {
        let person = with(&changes).into_person();
        assert_eq!(person.email.as_ref().map(Email::as_str), email, "{changes}");
    }
    let person = with(&json!({"name": "  Ann\u{0} B  "})).into_person();
    assert_eq!((person.name.as_str(), person.expires_at.as_millis()), ("Ann B", (NOW + 60) * 1_000));
}
