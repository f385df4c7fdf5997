//! What a user is signed in with at a server, as it is sealed and stored: of one issuer, for one address.

use serde::{Deserialize, Serialize};
use url::Url;
use vertice_domain::{McpServerId, Timestamp, UserId};

/// So long before its end a token is renewed, in milliseconds.
const HEAD_START_MS: i64 = 60_000;

/// A token endpoint's answer (RFC 6749 §5.1).
#[derive(Clone, Deserialize)]
pub(super) struct Granted {
    pub(super) access_token: String,
    pub(super) refresh_token: Option<String>,
    /// In seconds.
    pub(super) expires_in: Option<u64>,
    pub(super) scope: Option<String>,
}

/// The client that an authorization server knows us as.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Client {
    pub(super) id: String,
    pub(super) secret: Option<String>,
    /// The server takes the secret in the body only.
    pub(super) secret_in_body: bool,
}

#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Record {
    /// The address that the tokens are for, and are sent to.
    pub(super) url: Url,
    /// Who issued them; older servers do not say.
    pub(super) issuer: Option<String>,
    pub(super) token_endpoint: String,
    /// What they are good for (RFC 8707).
    pub(super) resource: String,
    pub(super) client: Client,
    pub(super) access_token: String,
    pub(super) refresh_token: Option<String>,
    pub(super) expires_at: Option<Timestamp>,
    /// The scopes that were granted.
    pub(super) scopes: Vec<String>,
    /// The scopes that were asked for.
    pub(super) asked: Vec<String>,
    /// How often the user has signed in anew because the scopes were too few.
    pub(super) step_ups: u8,
}

impl Record {
    /// The purpose under which it is sealed.
    pub(super) fn purpose(user: UserId, server: McpServerId) -> String {
        format!("mcp sign-in {server} {user}")
    }

    /// Takes what the token endpoint has granted at `now`.
    pub(super) fn take(&mut self, granted: Granted, now: Timestamp) {
        self.access_token = granted.access_token;
        // A refresh may leave the refresh token as it is (RFC 6749 §6).
        self.refresh_token = granted.refresh_token.or(self.refresh_token.take());
        self.expires_at = granted.expires_in.map(|seconds| {
            let ms = i64::try_from(seconds.saturating_mul(1_000)).unwrap_or(i64::MAX);
            Timestamp::from_millis(now.as_millis().saturating_add(ms))
        });
        if let Some(scope) = granted.scope {
            self.scopes = words(&scope);
        }
    }

    /// Whether it is to be renewed.
    pub(super) fn is_due(&self, now: Timestamp) -> bool {
        self.ends_within(now, HEAD_START_MS)
    }

    pub(super) fn is_over(&self, now: Timestamp) -> bool {
        self.ends_within(now, 0)
    }

    fn ends_within(&self, now: Timestamp, ms: i64) -> bool {
        self.expires_at.is_some_and(|end| now.as_millis().saturating_add(ms) >= end.as_millis())
    }
}

pub(super) fn words(text: &str) -> Vec<String> {
    text.split_whitespace().map(str::to_owned).collect()
}
