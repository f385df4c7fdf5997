//! Reports over the ledger: what was spent, by day, by model, by user.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{ConversationId, Error, Result, Timestamp, TokenId, Usd, UserId};

/// What the rows of a report stand for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum GroupBy {
    /// Days (UTC): `2026-11-26`.
    Day,
    /// Models, by id.
    Model,
    /// Models by day: the key is `2026-11-26 model-id`.
    DayModel,
    /// Users, by id; the label is their address.
    User,
    /// Conversations, by id; the label is their title. Stateless calls have the key `none`.
    Conversation,
    /// API tokens, by id; the label is their name. Calls from the browser have the key `none`.
    Token,
}

/// Whose calls are reported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReportScope {
    /// The caller's own.
    #[default]
    Mine,
    /// Everybody's; admins only.
    Everyone,
}

/// Which report is wanted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReportQuery {
    pub scope: ReportScope,
    /// From this moment on.
    pub from: Timestamp,
    /// Up to, but not including, this moment.
    pub to: Timestamp,
    /// What a row stands for.
    pub group_by: GroupBy,
}

/// The longest period of a report: 366 days, in milliseconds.
pub const MAX_PERIOD_MS: i64 = 366 * 24 * 60 * 60 * 1_000;

impl ReportQuery {
    /// Refuses periods that end before they begin, or are longer than a year.
    pub fn validate(&self) -> Result<()> {
        let length = self.to.as_millis() - self.from.as_millis();
        if length < 0 {
            return Err(Error::invalid_field("from", "must not be after to"));
        }
        if length > MAX_PERIOD_MS {
            return Err(Error::invalid_field("from", "must be at most 366 days before to"));
        }
        Ok(())
    }
}

/// Sums over calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
pub struct Sums {
    /// Calls of providers, failed and cancelled ones too.
    pub calls: u64,
    /// Input tokens that no cache served.
    pub input_tokens: u64,
    /// Output tokens, thinking included.
    pub output_tokens: u64,
    /// Input tokens read from a cache.
    pub cache_read_tokens: u64,
    /// Input tokens written to a cache.
    pub cache_write_tokens: u64,
    /// What they cost, as far as prices are known.
    pub cost_usd: Usd,
    /// What caching saved of it; negative where it only wrote.
    pub saved_usd: Usd,
    /// Calls at an unknown price: `cost_usd` leaves them out.
    pub unpriced_calls: u64,
    /// Calls that failed.
    pub failed_calls: u64,
    /// Calls that answered in place of one that failed.
    pub failover_calls: u64,
    /// Calls whose tokens are our estimate.
    pub estimated_calls: u64,
}

impl Sums {
    /// Both together.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self {
            calls: self.calls + other.calls,
            input_tokens: self.input_tokens + other.input_tokens,
            output_tokens: self.output_tokens + other.output_tokens,
            cache_read_tokens: self.cache_read_tokens + other.cache_read_tokens,
            cache_write_tokens: self.cache_write_tokens + other.cache_write_tokens,
            cost_usd: self.cost_usd + other.cost_usd,
            saved_usd: self.saved_usd + other.saved_usd,
            unpriced_calls: self.unpriced_calls + other.unpriced_calls,
            failed_calls: self.failed_calls + other.failed_calls,
            failover_calls: self.failover_calls + other.failover_calls,
            estimated_calls: self.estimated_calls + other.estimated_calls,
        }
    }
}

/// One row of a report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ReportRow {
    /// What it stands for; see [`GroupBy`].
    pub key: String,
    /// The same for people, where the key is an id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// Its sums.
    #[serde(flatten)]
    pub sums: Sums,
}

/// A report: days in their order, everything else by cost, dearest first.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Report {
    /// The rows; periods without calls have none.
    pub items: Vec<ReportRow>,
    /// Over all rows.
    pub total: Sums,
    /// Half of the calls of the period said their first word sooner than this, in milliseconds.
    pub median_first_token_ms: Option<u64>,
}

/// What a tool was used for in a period.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ToolRow {
    /// The server that has it; empty: this one.
    pub server: String,
    /// Its name, as the server calls it.
    pub tool: String,
    /// Calls that were made, failed ones too.
    pub calls: u64,
    pub failed_calls: u64,
    /// About how many tokens its results were. Models read them anew with each further step, mostly from a cache.
    pub result_tokens: u64,
    /// How long its calls took, all together.
    pub duration_ms: u64,
    pub last_used_at: Timestamp,
}

/// One row of the ledger, as a report's CSV lists it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LedgerRow {
    /// When the call began.
    pub started_at: Timestamp,
    /// Who pays.
    pub user_id: UserId,
    pub conversation_id: Option<ConversationId>,
    /// With which API token.
    pub token_id: Option<TokenId>,
    pub model: String,
    pub provider: String,
    /// `ok`, `failed`, `cancelled`, or `interrupted` where its process went away.
    pub outcome: String,
    pub tokens: crate::TokenCounts,
    /// Whether the tokens are an estimate.
    pub estimated: bool,
    /// What it cost; none: unknown price.
    pub cost_usd: Option<Usd>,
    /// What caching saved.
    pub saved_usd: Option<Usd>,
    /// Milliseconds to the first token.
    pub first_token_ms: Option<u64>,
    /// Milliseconds to the end.
    pub total_ms: u64,
    /// The provider's id of the request.
    pub upstream_request_id: Option<String>,
}
