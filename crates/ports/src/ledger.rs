//! The ledger: one append-only row for each provider call.

use async_trait::async_trait;
use vertice_domain::{ConversationId, Provider, Result, Timestamp, TokenCounts, TurnId, Usd, UserId};

/// How a provider call ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CallOutcome {
    /// It answered.
    Ok,
    /// It failed.
    Failed,
    /// It was stopped.
    Cancelled,
}

impl CallOutcome {
    /// The word for it in the database and in the metrics.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }
}

/// One provider call.
#[derive(Debug, Clone, PartialEq)]
pub struct LedgerEntry {
    /// Who pays.
    pub user: UserId,
    /// In which conversation.
    pub conversation: Option<ConversationId>,
    /// In which turn.
    pub turn: TurnId,
    /// Who ran the model.
    pub provider: Provider,
    /// The model.
    pub model: String,
    /// Tokens by class.
    pub tokens: TokenCounts,
    /// Whether the tokens are our estimate.
    pub estimated: bool,
    /// What it cost; none: unknown price.
    pub cost: Option<Usd>,
    /// What caching saved.
    pub saved: Option<Usd>,
    /// How it ended.
    pub outcome: CallOutcome,
    /// When it began.
    pub started_at: Timestamp,
    /// Milliseconds to the first token.
    pub first_token_ms: Option<u64>,
    /// Milliseconds to the end.
    pub total_ms: u64,
    /// The provider's id of the request, for questions to its support.
    pub upstream_request_id: Option<String>,
}

/// Where calls are entered.
#[async_trait]
pub trait Ledger: Send + Sync {
    /// Enters a call.
    async fn record(&self, entry: LedgerEntry) -> Result<()>;
}
