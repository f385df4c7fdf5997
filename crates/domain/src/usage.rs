//! Tokens and what they cost.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::Usd;

/// Tokens of one provider call by the classes that providers price apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
pub struct TokenCounts {
    /// Input that no cache served.
    pub input: u64,
    /// Output, thinking included.
    pub output: u64,
    /// Input read from the provider's prompt cache.
    pub cache_read: u64,
    /// Input written to the cache with the short time to live (5 minutes).
    pub cache_write: u64,
    /// Input written to the cache with the long time to live (1 hour).
    pub cache_write_long: u64,
    /// The part of `output` that was thinking.
    pub reasoning: u64,
}

/// The bill of one provider call, or the sum over a message's calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
pub struct Usage {
    /// Input tokens that no cache served.
    pub input_tokens: u64,
    /// Output tokens, thinking included.
    pub output_tokens: u64,
    /// Input tokens read from the cache.
    pub cache_read_tokens: u64,
    /// Input tokens written to the cache.
    pub cache_write_tokens: u64,
    /// The part of the output that was thinking.
    #[serde(default)]
    pub reasoning_tokens: u64,
    /// What it cost; none: the model's price is unknown.
    pub cost_usd: Option<Usd>,
    /// What it would have cost without caching, less what it cost.
    pub saved_usd: Option<Usd>,
    /// Whether the counts are our estimate, because the provider never reported them (an aborted call).
    #[serde(default)]
    pub estimated: bool,
}

impl Usage {
    /// The bill of `counts` at known or unknown prices.
    pub fn of(counts: TokenCounts, cost_usd: Option<Usd>, saved_usd: Option<Usd>) -> Self {
        Self {
            input_tokens: counts.input,
            output_tokens: counts.output,
            cache_read_tokens: counts.cache_read,
            cache_write_tokens: counts.cache_write + counts.cache_write_long,
            reasoning_tokens: counts.reasoning,
            cost_usd,
            saved_usd,
            estimated: false,
        }
    }

    /// The bill of this call and another one of the same message. Unknown plus known stays unknown.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        let both = |a: Option<Usd>, b: Option<Usd>| Some(a? + b?);
        Self {
            input_tokens: self.input_tokens + other.input_tokens,
            output_tokens: self.output_tokens + other.output_tokens,
            cache_read_tokens: self.cache_read_tokens + other.cache_read_tokens,
            cache_write_tokens: self.cache_write_tokens + other.cache_write_tokens,
            reasoning_tokens: self.reasoning_tokens + other.reasoning_tokens,
            cost_usd: both(self.cost_usd, other.cost_usd),
            saved_usd: both(self.saved_usd, other.saved_usd),
            estimated: self.estimated || other.estimated,
        }
    }
}
