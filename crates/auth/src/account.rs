//! What a new account or token must look like. Pure.

use vertice_domain::{Actor, Email, Error, FieldError, Result, Scope, Timestamp, account::Credential};

use crate::strength;

/// The longest name of a user or a token, in characters.
const MAX_NAME_CHARS: usize = 100;

/// An account's fields, checked all at once.
pub(crate) fn check(email: &str, name: &str, password: &str) -> Result<(Email, String)> {
    let mut errors = Vec::new();
    let name = name.trim();
    let parsed = email.parse::<Email>().map_err(|error| errors.extend(error.fields)).ok();
    errors.extend(name_fault(name));
    strength::check("password", password, &[email, name], &mut errors);
    match parsed {
        Some(email) if errors.is_empty() => Ok((email, name.to_owned())),
        _ => Err(Error::invalid(errors)),
    }
}

/// What is wrong with a user's name, which may be empty.
fn name_fault(name: &str) -> Option<FieldError> {
    if name.chars().count() > MAX_NAME_CHARS {
        return Some(FieldError::new("name", format!("must be at most {MAX_NAME_CHARS} characters")));
    }
    let odd = name.chars().any(char::is_control);
    odd.then(|| FieldError::new("name", "must not contain control characters"))
}

/// A user's name, as it is kept.
pub(crate) fn checked_name(name: &str) -> Result<String> {
    let name = name.trim();
    name_fault(name).map_or_else(|| Ok(name.to_owned()), |fault| Err(Error::invalid(vec![fault])))
}

/// What a new token is to be.
pub(crate) struct TokenRequest<'a> {
    pub(crate) name: &'a str,
    /// None: every scope.
    pub(crate) scopes: &'a [Scope],
    pub(crate) expires_at: Option<Timestamp>,
}

/// A token's name, scopes and end, checked all at once. What a token makes may do no more than itself, and no longer.
pub(crate) fn check_token(
    actor: &Actor,
    request: &TokenRequest<'_>,
    now: Timestamp,
) -> Result<(String, Vec<Scope>, Option<Timestamp>)> {
    let TokenRequest { name, scopes, expires_at } = *request;
    let parents_end = match actor.credential {
        Credential::Token { expires_at, .. } => expires_at,
        Credential::Issuer { expires_at } => Some(expires_at),
        Credential::Session(_) | Credential::Console => None,
    };
    let mut errors = Vec::new();
    let name = name.trim();
    if !(1..=MAX_NAME_CHARS).contains(&name.chars().count()) {
        errors.push(FieldError::new("name", format!("must be 1 to {MAX_NAME_CHARS} characters")));
    } else if name.chars().any(char::is_control) {
        errors.push(FieldError::new("name", "must not contain control characters"));
    }
    if expires_at.is_some_and(|expires_at| expires_at <= now) {
        errors.push(FieldError::new("expires_at", "must be in the future"));
    }
    if let (Some(end), Some(expires_at)) = (parents_end, expires_at)
        && expires_at > end
    {
        let message = format!("must not be later than the end of the token it is made with, {end}");
        errors.push(FieldError::new("expires_at", message));
    }
    if !errors.is_empty() {
        return Err(Error::invalid(errors));
    }
    let wanted = |scope: &Scope| scopes.is_empty() || scopes.contains(scope);
    let granted: Vec<Scope> = Scope::ALL.into_iter().filter(wanted).collect();
    match &actor.credential {
        Credential::Token { scopes: own, .. } if granted.iter().any(|scope| !own.contains(scope)) => {
            Err(Error::forbidden(
                "insufficient_scope",
                "A token cannot make another one that may do more than itself. Name fewer scopes, or sign in.",
            ))
        }
        Credential::Token { .. }
        | Credential::Session(_)
        | Credential::Issuer { .. }
        | Credential::Console => Ok((name.to_owned(), granted, expires_at.or(parents_end))),
    }
}
