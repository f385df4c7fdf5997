//! A sign-in is ended with what the person came back with.

use std::error::Error as StdError;

use rmcp::transport::auth::AuthError;
use vertice_domain::{Error, ErrorKind, UserId};
use vertice_ports::mcp::SignInAnswer;

use super::{
    StoredSignIns,
    pending::Begun,
    record::{Granted, Record},
};
use crate::connection::{Holder, clean::clean_to};

/// Why nobody was signed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Fault {
    /// There is no such sign-in of this user's (any more).
    Unknown,
    /// The person, or the authorization server, has said no; in its word.
    Refused(String),
    /// Somebody else answers than was asked.
    Stranger,
    /// It could not be done, for the reason that a clause tells.
    Failed(String),
    /// The store, or what stands on it.
    Own(Error),
}

impl From<Fault> for Error {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Unknown => Self::new(
                ErrorKind::Conflict,
                "sign_in_expired",
                "This sign-in was finished already, or took longer than 10 minutes. Begin it again in Settings, MCP servers.",
            ),
            Fault::Refused(word) => Self::new(
                ErrorKind::Conflict,
                "sign_in_refused",
                format!("You were not signed in: the server's sign-in page says \"{word}\"."),
            ),
            Fault::Stranger => Self::new(
                ErrorKind::Conflict,
                "sign_in_stranger",
                "Another server answered than the one that was to sign you in. Nothing was sent to it, and you were not signed in.",
            ),
            Fault::Failed(why) => Self::new(
                ErrorKind::Upstream,
                "sign_in_failed",
                format!("Signing in at the server did not work: {why}."),
            ),
            Fault::Own(error) => error,
        }
    }
}

/// What rmcp could not do, without the addresses and the answers that its own words are full of.
pub(super) fn failed(error: &AuthError) -> Fault {
    let why = match error {
        AuthError::DiscoveryRequestFailed { source, .. } => innermost(source.as_ref()),
        AuthError::AuthorizationServerMismatch { .. }
        | AuthError::AuthorizationServerMissingIssuer { .. } => {
            return Fault::Stranger;
        }
        AuthError::RegistrationFailed(_) => {
            "its authorization server does not take apps that it does not know".into()
        }
        AuthError::PkceUnsupported => "its authorization server lacks PKCE with S256".into(),
        AuthError::TokenExchangeFailed(_) => "its authorization server did not accept the code".into(),
        AuthError::ProtectedResourceMetadataInvalid { .. } => {
            "what it publishes about its sign-in is about another address".into()
        }
        AuthError::AuthorizationServersUnavailable { .. } => {
            "the authorization server that it names cannot be asked".into()
        }
        _ => "it does not say how to sign in".into(),
    };
    Fault::Failed(why)
}

fn innermost(error: &(dyn StdError + 'static)) -> String {
    let last = std::iter::successors(Some(error), |&error| error.source()).last();
    clean_to(&last.map(ToString::to_string).unwrap_or_default(), 200)
}

impl StoredSignIns {
    /// Signs the user in. The sign-in is used up, whatever comes of it.
    pub(crate) async fn finish(&self, user: UserId, answer: SignInAnswer) -> Result<Holder, Fault> {
        let shared = &self.shared;
        let begun = self.pending.take(&answer.state, user, shared.clock.now()).ok_or(Fault::Unknown)?;
        if is_stranger(&begun, answer.issuer.as_deref()) {
            return Err(Fault::Stranger);
        }
        let code = answer.outcome.map_err(|word| Fault::Refused(clean_to(&word, 100)))?;
        let exchange =
            begun.manager.exchange_code_for_token_with_issuer(&code, &answer.state, answer.issuer.as_deref());
        let token = exchange.await.map_err(|error| failed(&error))?;
        let odd = |_| Fault::Failed("its authorization server's answer cannot be read".into());
        let granted = serde_json::to_value(token).and_then(serde_json::from_value::<Granted>).map_err(odd)?;
        let holder = begun.holder.clone();
        let record = record(begun, granted, shared.clock.now());
        let seat = shared.seat(holder.user, holder.server);
        let mut kept = seat.kept.lock().await;
        if !shared.put(&holder, &mut kept, record).await.map_err(Fault::Own)? {
            *kept = super::Kept::default();
            return Err(Fault::Own(Error::not_found("MCP server")));
        }
        seat.set_challenge(None);
        Ok(holder)
    }
}

fn record(begun: Begun, granted: Granted, now: vertice_domain::Timestamp) -> Record {
    let mut record = Record {
        url: begun.holder.url,
        issuer: begun.issuer,
        token_endpoint: begun.token_endpoint,
        resource: begun.resource,
        client: begun.client,
        access_token: String::new(),
        refresh_token: None,
        expires_at: None,
        // Who is granted something else than was asked for is told so (RFC 6749 §5.1).
        scopes: begun.asked.clone(),
        asked: begun.asked,
        step_ups: begun.step_ups,
    };
    record.take(granted, now);
    record
}

/// RFC 9207 §2.4, for refusals too.
fn is_stranger(begun: &Begun, issuer: Option<&str>) -> bool {
    match issuer {
        Some(issuer) => begun.issuer.as_deref() != Some(issuer),
        None => begun.says_issuer,
    }
}
