//! What a token says, once its signature holds, and whether that is enough. Pure.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::Deserialize;
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use vertice_domain::{Email, Role, Timestamp};
use vertice_ports::identities::Subject;

use super::{Party, TokenFault};

/// By how much clocks may differ, in milliseconds.
pub(crate) const LEEWAY_MS: i64 = 60_000;
/// The longest subject (OpenID Connect Core 1.0, 2).
const MAX_SUBJECT: usize = 255;
/// The longest name that is taken over, in characters.
const MAX_NAME: usize = 100;
/// The last second of the year 9999: times beyond it are no times.
const LAST_SECOND: f64 = 253_402_300_799.0;

/// A text or several, as `aud` is written.
#[derive(Deserialize, Default)]
#[serde(untagged)]
enum Audience {
    One(String),
    Many(Vec<String>),
    #[default]
    None,
}

impl Audience {
    fn has(&self, wanted: &str) -> bool {
        match self {
            Self::One(one) => one == wanted,
            Self::Many(many) => many.iter().any(|one| one == wanted),
            Self::None => false,
        }
    }

    fn is_only(&self, wanted: &str) -> bool {
        match self {
            Self::One(one) => one == wanted,
            Self::Many(many) => !many.is_empty() && many.iter().all(|one| one == wanted),
            Self::None => false,
        }
    }
}

/// The claims that are looked at. What decides is read strictly; what only describes somebody is taken where it fits.
#[derive(Deserialize)]
pub(super) struct Claims {
    iss: String,
    sub: String,
    #[serde(default)]
    aud: Audience,
    /// Seconds since 1970, perhaps with a fraction, as all times here.
    exp: f64,
    nbf: Option<f64>,
    iat: Option<f64>,
    /// To whom it was given; of Clerk, the origin of the page on which it was made.
    azp: Option<String>,
    /// Clerk's session.
    sid: Option<String>,
    /// What that session lacks.
    sts: Option<String>,
    // What tells tokens of other kinds apart from those for access.
    nonce: Option<Value>,
    at_hash: Option<Value>,
    c_hash: Option<Value>,
    events: Option<Value>,
    typ: Option<Value>,
    // What describes somebody.
    email: Option<Value>,
    email_verified: Option<Value>,
    name: Option<Value>,
    role: Option<Value>,
    roles: Option<Value>,
    metadata: Option<Value>,
}

/// Of whom a token speaks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Person {
    pub(crate) subject: Subject,
    /// An address that the issuer has verified.
    pub(crate) email: Option<Email>,
    /// May be empty.
    pub(crate) name: String,
    /// What they may do; none: the issuer says nothing about it.
    pub(crate) role: Option<Role>,
    pub(crate) expires_at: Timestamp,
}

impl Claims {
    pub(super) fn parse(payload: &[u8]) -> Result<Self, TokenFault> {
        serde_json::from_slice(payload).map_err(|_| TokenFault::Claims)
    }

    /// What every token must say, whatever it is for.
    pub(super) fn check(&self, issuer: &str, now: Timestamp) -> Result<(), TokenFault> {
        if self.iss != issuer {
            return Err(TokenFault::Issuer);
        }
        let is_somebody =
            (1..=MAX_SUBJECT).contains(&self.sub.len()) && !self.sub.chars().any(char::is_control);
        if !is_somebody {
            return Err(TokenFault::Subject);
        }
        if now >= time(self.exp)?.plus_millis(LEEWAY_MS) {
            return Err(TokenFault::Expired);
        }
        for begins in [self.nbf, self.iat].into_iter().flatten() {
            if time(begins)? > now.plus_millis(LEEWAY_MS) {
                return Err(TokenFault::NotYet);
            }
        }
        Ok(())
    }

    /// What a token for access must say. `kind` is the word in its header.
    pub(super) fn check_access(&self, kind: Option<&str>, party: &Party) -> Result<(), TokenFault> {
        self.check_kind(kind)?;
        if self.sts.as_deref() == Some("pending") {
            return Err(TokenFault::Session);
        }
        match party {
            Party::Audience(wanted) if self.aud.has(wanted) => Ok(()),
            Party::Audience(_) => Err(TokenFault::Audience),
            // Tokens of Clerk's templates are signed with the same key, and are for others: they have no session.
            Party::Origins(_) if self.sid.as_deref().unwrap_or_default().is_empty() => {
                Err(TokenFault::Session)
            }
            Party::Origins(origins) => match &self.azp {
                Some(azp) if !origins.contains(azp) => Err(TokenFault::Party),
                Some(_) | None => Ok(()),
            },
        }
    }

    /// What an ID token must say: it was made for this client and for nobody else, in this very sign-in.
    pub(super) fn check_identity(&self, client: &str, nonce: &str) -> Result<(), TokenFault> {
        if !self.aud.is_only(client) {
            return Err(TokenFault::Audience);
        }
        if self.azp.as_ref().is_some_and(|azp| azp != client) {
            return Err(TokenFault::Party);
        }
        if self.nonce.as_ref().and_then(Value::as_str) != Some(nonce) {
            return Err(TokenFault::Nonce);
        }
        let is_other =
            self.events.is_some() || self.typ.as_ref().is_some_and(|typ| typ.as_str() != Some("ID"));
        if is_other { Err(TokenFault::Kind) } else { Ok(()) }
    }

    /// Whether it came with that access token, if it says with which (OpenID Connect Core 1.0, 3.1.3.6).
    pub(super) fn check_access_token(&self, token: Option<&str>) -> Result<(), TokenFault> {
        let Some(hash) = &self.at_hash else { return Ok(()) };
        let half = token.map(|token| URL_SAFE_NO_PAD.encode(&Sha256::digest(token)[..16]));
        if hash.as_str() == half.as_deref() { Ok(()) } else { Err(TokenFault::AccessToken) }
    }

    /// An ID token tells a client who somebody is and opens nothing; a logout token even less (RFC 9068, 2.1 and 4).
    fn check_kind(&self, kind: Option<&str>) -> Result<(), TokenFault> {
        let is_plain = kind.is_none_or(|kind| {
            let kind = kind.to_ascii_lowercase();
            matches!(kind.strip_prefix("application/").unwrap_or(&kind), "jwt" | "at+jwt")
        });
        let marks = [&self.nonce, &self.at_hash, &self.c_hash, &self.events];
        let is_other = marks.into_iter().any(Option::is_some)
            || self.typ.as_ref().is_some_and(|typ| typ.as_str() != Some("Bearer"));
        if is_plain && !is_other { Ok(()) } else { Err(TokenFault::Kind) }
    }

    pub(super) fn into_person(self) -> Person {
        let role = self.role();
        let is_verified = match &self.email_verified {
            Some(Value::Bool(is_verified)) => *is_verified,
            // Some write it so.
            Some(Value::String(word)) => word == "true",
            Some(_) | None => false,
        };
        let email = self.email.as_ref().and_then(Value::as_str).filter(|_| is_verified);
        let name = self.name.as_ref().and_then(Value::as_str).unwrap_or_default();
        Person {
            email: email.and_then(|email| email.parse().ok()),
            name: name
                .chars()
                .filter(|c| !c.is_control())
                .take(MAX_NAME)
                .collect::<String>()
                .trim()
                .to_owned(),
            role,
            expires_at: time(self.exp).unwrap_or(Timestamp::from_millis(0)),
            subject: Subject { issuer: self.iss, subject: self.sub },
        }
    }

    /// The highest role that is named. Where a claim is there that names none, it is that of a user: who is taken out of the
    /// admins at the issuer is none here.
    fn role(&self) -> Option<Role> {
        let nested = self.metadata.as_ref().and_then(Value::as_object);
        let nested = nested.map(|metadata| metadata.get("role").unwrap_or(&Value::Null));
        let claims: Vec<&Value> =
            [self.role.as_ref(), self.roles.as_ref(), nested].into_iter().flatten().collect();
        if claims.is_empty() {
            return None;
        }
        let words = claims.into_iter().flat_map(|claim| match claim {
            Value::Array(several) => several.iter().collect(),
            one => vec![one],
        });
        let roles: Vec<Role> = words.filter_map(|word| word.as_str()?.parse().ok()).collect();
        let has = |role| roles.contains(&role);
        Some(if has(Role::Admin) {
            Role::Admin
        } else if has(Role::Premium) {
            Role::Premium
        } else {
            Role::User
        })
    }
}

fn time(seconds: f64) -> Result<Timestamp, TokenFault> {
    if (0.0..=LAST_SECOND).contains(&seconds) {
        #[expect(clippy::cast_possible_truncation, reason = "it is within the range")]
        Ok(Timestamp::from_millis((seconds * 1_000.0) as i64))
    } else {
        Err(TokenFault::Claims)
    }
}

#[cfg(test)]
mod tests;
