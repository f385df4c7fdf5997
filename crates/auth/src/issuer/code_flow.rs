//! Signing in at the issuer from a browser: the authorization code flow with PKCE (RFC 7636), state and nonce. What must come
//! back the same stands in a [`Ticket`], which the browser keeps meanwhile, sealed.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use url::Url;
use vertice_domain::{Error, ErrorKind, Result, Timestamp};
use vertice_ports::accounts::HostedAnswer;

use super::{
    Claims, ClientConfig, Issuer, Jws, Person, Refusal, TokenFault,
    discovery::{Endpoints, Metadata},
};
use crate::secret;

/// How long a person may be away, in milliseconds.
const LASTS_MS: i64 = 10 * 60 * 1_000;
/// What is asked for.
const SCOPE: &str = "openid email profile";

/// A sign-in that has begun.
#[derive(Serialize, Deserialize)]
pub(crate) struct Ticket {
    /// Random; what comes back must bring it along.
    pub(crate) state: String,
    nonce: String,
    verifier: String,
    /// Where the browser comes back to, as the issuer was told.
    redirect: String,
    /// Where the person goes from there.
    pub(crate) next: String,
    since: i64,
}

impl Ticket {
    fn new(redirect: &str, next: &str, now: Timestamp) -> Self {
        Self {
            state: secret::session(),
            nonce: secret::session(),
            verifier: secret::session(),
            redirect: redirect.to_owned(),
            next: next.to_owned(),
            since: now.as_millis(),
        }
    }

    /// Whether it is not too old.
    pub(crate) fn is_good(&self, now: Timestamp) -> bool {
        (0..LASTS_MS).contains(&(now.as_millis() - self.since))
    }
}

/// How a sign-in at an issuer can fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// The person, or the issuer, said no.
    Refused,
    /// What came back cannot be believed.
    Failed,
    /// It was begun in another browser, too long ago, or is over.
    Stale,
    /// The issuer does not answer.
    Silent,
}

impl Outcome {
    const ALL: [Self; 4] = [Self::Refused, Self::Failed, Self::Stale, Self::Silent];

    /// The failure of that code.
    pub(crate) fn of(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|outcome| Error::from(*outcome).code == code)
    }
}

impl From<Outcome> for Error {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Refused => Self::forbidden(
                "sign_in_refused",
                "The sign-in was cancelled, or you may not use this server.",
            ),
            Outcome::Failed => Self::forbidden(
                "sign_in_failed",
                "What came back from the sign-in cannot be trusted. Begin it again.",
            ),
            Outcome::Stale => {
                Self::forbidden("sign_in_stale", "This sign-in is over or took too long. Begin it again.")
            }
            Outcome::Silent => {
                let message = "The sign-in service cannot be reached right now. Try again in a moment.";
                Self::new(ErrorKind::Unavailable, "sign_in_unavailable", message)
            }
        }
    }
}

/// What an issuer gives for a code.
#[derive(Deserialize)]
struct Tokens {
    id_token: String,
    access_token: Option<String>,
}

impl Issuer {
    /// Where to send the browser, and what it keeps meanwhile.
    pub(crate) async fn begin(&self, redirect: &str, next: &str, now: Timestamp) -> Result<(String, Ticket)> {
        let (client, metadata) = self.hosted().await?;
        let ticket = Ticket::new(redirect, next, now);
        let mut address =
            Url::parse(endpoints(&metadata)?.authorization).map_err(|_| Error::from(Outcome::Silent))?;
        let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(&ticket.verifier));
        address
            .query_pairs_mut()
            .append_pair("response_type", "code")
            .append_pair("client_id", &client.id)
            .append_pair("redirect_uri", redirect)
            .append_pair("scope", SCOPE)
            .append_pair("state", &ticket.state)
            .append_pair("nonce", &ticket.nonce)
            .append_pair("code_challenge", &challenge)
            .append_pair("code_challenge_method", "S256");
        Ok((address.into(), ticket))
    }

    /// Who has come back.
    pub(crate) async fn finish(
        &self,
        ticket: &Ticket,
        answer: &HostedAnswer,
        now: Timestamp,
    ) -> Result<Person> {
        let (client, metadata) = self.hosted().await?;
        let is_named = answer.issuer.is_some() || !metadata.says_issuer();
        if !is_named || answer.issuer.as_ref().is_some_and(|issuer| *issuer != self.config.issuer) {
            return Err(failed("another issuer has answered, or nobody says which"));
        }
        let code = answer.outcome.as_ref().map_err(|word| refused(word))?;
        let tokens = self.exchange(client, &metadata, ticket, code).await?;
        match self.identity(client, &tokens, ticket, now).await {
            Ok(person) => Ok(person),
            Err(Refusal::Token(fault)) => Err(failed(&fault.to_string())),
            Err(Refusal::Silence(_)) => Err(Outcome::Silent.into()),
        }
    }

    async fn exchange(
        &self,
        client: &ClientConfig,
        metadata: &Metadata,
        ticket: &Ticket,
        code: &str,
    ) -> Result<Tokens> {
        let endpoints = endpoints(metadata)?;
        let mut form = vec![
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", &ticket.redirect),
            ("code_verifier", &ticket.verifier),
        ];
        let basic = match &client.secret {
            Some(secret) if metadata.takes_basic() => Some((client.id.as_str(), secret.as_str())),
            Some(secret) => {
                form.extend([("client_id", client.id.as_str()), ("client_secret", secret)]);
                None
            }
            None => {
                form.push(("client_id", &client.id));
                None
            }
        };
        let answer =
            self.http.post(endpoints.token, &form, basic).await.map_err(|error| match error.kind {
                ErrorKind::Forbidden => failed(&error.message),
                _ => {
                    tracing::warn!(%error, "a code cannot be exchanged at the issuer");
                    Error::from(Outcome::Silent)
                }
            })?;
        serde_json::from_slice(&answer).map_err(|_| failed("its answer holds no ID token"))
    }

    async fn identity(
        &self,
        client: &ClientConfig,
        tokens: &Tokens,
        ticket: &Ticket,
        now: Timestamp,
    ) -> std::result::Result<Person, Refusal> {
        let token = Jws::parse(&tokens.id_token)?;
        self.verify(&token).await?;
        if token.kind.as_deref().is_some_and(|kind| !kind.eq_ignore_ascii_case("jwt")) {
            return Err(TokenFault::Kind.into());
        }
        let claims = Claims::parse(token.payload())?;
        claims.check(&self.config.issuer, now)?;
        claims.check_identity(&client.id, &ticket.nonce)?;
        claims.check_access_token(tokens.access_token.as_deref())?;
        Ok(claims.into_person())
    }

    async fn hosted(&self) -> Result<(&ClientConfig, std::sync::Arc<Metadata>)> {
        let client = self.config.client.as_ref().ok_or_else(|| Error::not_found("page"))?;
        Ok((client, self.keys.metadata().await.map_err(|_| Error::from(Outcome::Silent))?))
    }
}

fn endpoints(metadata: &Metadata) -> Result<Endpoints<'_>> {
    metadata.endpoints().ok_or(Outcome::Silent.into())
}

fn refused(word: &str) -> Error {
    let word: String = word.chars().filter(char::is_ascii_graphic).take(64).collect();
    tracing::info!(word, "a sign-in at the issuer was not granted");
    Outcome::Refused.into()
}

fn failed(why: &str) -> Error {
    tracing::warn!(why, "a sign-in at the issuer came to nothing");
    Outcome::Failed.into()
}
