//! Users' own keys for providers, and how providers are doing. The keys themselves are never part of it.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{Provider, Timestamp};

/// A key that a user has stored for a provider.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ProviderKey {
    /// Whose key it is.
    pub provider: Provider,
    /// Its last four characters.
    pub ends_in: String,
    /// When it was stored.
    pub created_at: Timestamp,
}

/// Whose key a user's calls to a provider are made with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum KeySource {
    /// The user's own.
    Own,
    /// The server's.
    Server,
    /// None is needed.
    NotNeeded,
    /// There is none: the provider cannot be asked.
    Missing,
}

/// How a provider has been answering lately.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum HealthState {
    /// It answers, or has not been asked lately.
    Healthy,
    /// Some calls fail.
    Degraded,
    /// It is not asked for a moment, because its calls fail.
    Down,
}

/// A provider as its user sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ProviderStatus {
    /// Which.
    pub provider: Provider,
    /// Whose key is used.
    pub key: KeySource,
    /// The user's own key, if there is one.
    pub own_key: Option<ProviderKey>,
    /// Where a key of the user's own is sent; none: the provider takes none.
    #[schema(example = "https://api.anthropic.com")]
    pub own_key_address: Option<String>,
    /// How many models of it can be asked.
    pub models: u32,
    /// How it is doing.
    pub health: HealthState,
    /// Since when it has not been healthy.
    pub since: Option<Timestamp>,
    /// Half of its last calls said their first word sooner than this, in milliseconds.
    pub median_first_token_ms: Option<u64>,
}

/// The longest key that is taken, in characters.
pub const MAX_KEY_CHARS: usize = 500;

/// A key as it was typed or pasted, without the blanks around it; else what is wrong with it. It is not told.
pub fn check_key(key: &str) -> Result<&str, crate::Error> {
    let key = key.trim();
    let fault = match key {
        "" => "must not be empty",
        _ if key.chars().count() > MAX_KEY_CHARS => "is too long for a key; paste the key alone",
        _ if !key.chars().all(|c| c.is_ascii_graphic()) => "holds characters that no key has; paste it again",
        _ if key.len() < 8 => "is too short for a key; paste the whole key",
        _ => return Ok(key),
    };
    Err(crate::Error::invalid_field("key", fault))
}
