//! What a user may spend in a day, and what they have spent.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{Error, ErrorKind, Timestamp, Usd};

/// A user's day so far. Tokens read from a prompt cache are not counted, and neither are those of models that run on
/// this machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct QuotaStatus {
    /// Tokens spent since midnight (UTC).
    pub tokens_used: u64,
    /// Tokens left until [`Self::resets_at`]; none: no limit.
    pub tokens_remaining: Option<u64>,
    /// Tokens a day; none: no limit.
    pub daily_limit: Option<u64>,
    /// What the calls since midnight cost, as far as prices are known.
    pub cost_usd: Usd,
    /// The next midnight (UTC).
    pub resets_at: Timestamp,
}

impl QuotaStatus {
    /// Whether nothing is left.
    pub fn is_exhausted(&self) -> bool {
        self.tokens_remaining == Some(0)
    }
}

/// What is told when nothing is left. `model`: the quota is that model's own.
pub fn exceeded(limit: u64, model: Option<&str>, resets_at: Timestamp) -> Error {
    let of = model.map(|model| format!(" of {model}")).unwrap_or_default();
    let message = format!(
        "Your daily quota of {limit} tokens{of} is used up. It starts anew at {resets_at}; until then choose a model \
         that runs on this machine, or ask an admin for more."
    );
    Error { resets_at: Some(resets_at), ..Error::new(ErrorKind::Quota, "quota_exceeded", message) }
}
