//! What the forms of these parts ask for, and what comes of it.

use serde::Deserialize;
use vertice_domain::{Actor, Error, ErrorKind, Provider, TokenId, UserId, account::IssuedToken};
use vertice_ports::Services;

use crate::{
    api::ApiError,
    strings::{drawn, fill, t},
};

/// What is asked for. The button that was pressed names it: `act`.
#[derive(Debug, PartialEq, Eq, Deserialize)]
#[serde(tag = "act", rename_all = "kebab-case")]
enum Wish {
    StoreKey { provider: Provider, key: String },
    TestKey { provider: Provider },
    RemoveKey { provider: Provider },
    IssueToken { name: String },
    RevokeToken { token: TokenId },
    Limit { user: UserId, limit: String },
    OpenRegistration,
    CloseRegistration,
}

/// What came of it.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// Nothing was asked for.
    Nothing,
    /// It shows by itself.
    Done,
    Issued(IssuedToken),
    Revoked,
    Limited,
    /// And whether the key works, or why not.
    Stored(Provider, Result<(), String>),
    Tested(Provider, Result<(), String>),
}

fn read(form: &str) -> Result<Option<Wish>, ApiError> {
    if form.is_empty() {
        return Ok(None);
    }
    let wish = serde_urlencoded::from_str(form).map_err(|fault| {
        let text = fill(t().errors.malformed, &[("detail", &fault.to_string())]);
        ApiError(Error::new(ErrorKind::Malformed, "malformed_request", text))
    });
    wish.map(Some)
}

/// Does what the form asks for.
pub(super) async fn grant(services: &Services, actor: &Actor, form: &str) -> Result<Outcome, ApiError> {
    let texts = &drawn().settings;
    let (accounts, keys) = (&services.accounts, &services.provider_keys);
    let Some(wish) = read(form)? else { return Ok(Outcome::Nothing) };
    Ok(match wish {
        Wish::StoreKey { provider, key } => {
            keys.set(actor, provider, &key).await.map_err(|error| of_field(error, "key", texts.key_field))?;
            // Whether it works is asked at once, not with the first question.
            Outcome::Stored(provider, test(services, actor, provider).await)
        }
        Wish::TestKey { provider } => Outcome::Tested(provider, test(services, actor, provider).await),
        Wish::RemoveKey { provider } => {
            keys.delete(actor, provider).await?;
            Outcome::Done
        }
        Wish::IssueToken { name } => {
            let issued = accounts.issue_token(actor, name.trim(), &[], None).await;
            Outcome::Issued(issued.map_err(|error| of_field(error, "name", texts.name_field))?)
        }
        Wish::RevokeToken { token } => {
            accounts.revoke_token(actor, token).await?;
            Outcome::Revoked
        }
        Wish::Limit { user, limit } => {
            accounts.set_daily_token_limit(actor, user, tokens(&limit)?).await?;
            Outcome::Limited
        }
        wish @ (Wish::OpenRegistration | Wish::CloseRegistration) => {
            accounts.set_registration_open(actor, wish == Wish::OpenRegistration).await?;
            Outcome::Done
        }
    })
}

/// Asks the provider with the key that is in use; else why it does not work.
async fn test(services: &Services, actor: &Actor, provider: Provider) -> Result<(), String> {
    let tested = services.models.check_key(actor, provider).await;
    tested.map_err(|error| of_field(error, "key", drawn().settings.key_field).to_string())
}

/// The error; where it is about that field, in a sentence about it.
fn of_field(error: Error, name: &str, template: &str) -> ApiError {
    let mut error = ApiError::from(error);
    if let Some(text) = error.field_in(name, template) {
        error.0.message = text;
    }
    error
}

/// A limit as it is written; empty: none of one's own.
fn tokens(text: &str) -> Result<Option<u64>, ApiError> {
    let digits = text.trim();
    let limit = (!digits.is_empty()).then(|| digits.parse()).transpose();
    limit
        .map_err(|_| ApiError(Error::new(ErrorKind::Invalid, "invalid_request", drawn().settings.limit_form)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_say_what_they_want() {
        let id = "018f0000-0000-7000-8000-000000000000";
        let wish = |form: &str| read(form).expect("it is a wish");
        assert_eq!(wish(""), None);
        assert_eq!(
            wish("name=Nightly+report&act=issue-token"),
            Some(Wish::IssueToken { name: "Nightly report".into() })
        );
        assert_eq!(
            wish("provider=anthropic&key=sk%2B1&act=store-key"),
            Some(Wish::StoreKey { provider: Provider::Anthropic, key: "sk+1".into() })
        );
        assert_eq!(
            wish("provider=groq&key=&act=remove-key"),
            Some(Wish::RemoveKey { provider: Provider::Groq })
        );
        let user = id.parse().expect("an id");
        assert_eq!(
            wish(&format!("user={id}&limit=5&act=limit")),
            Some(Wish::Limit { user, limit: "5".into() })
        );
        assert_eq!(wish("act=open-registration"), Some(Wish::OpenRegistration));
        assert_eq!(read("act=nonsense").expect_err("it is none").0.kind, ErrorKind::Malformed);
    }

    #[test]
    fn a_limit_is_a_whole_number_or_nothing() {
        assert_eq!(
            [tokens(" 500000 "), tokens(" "), tokens("0")],
            [Ok(Some(500_000)), Ok(None), Ok(Some(0))]
        );
        assert_eq!(
            tokens("many").expect_err("it is none").to_string(),
            "Write a whole number of tokens, or nothing."
        );
        assert!(tokens("-1").is_err());
    }
}
