//! The ledger: one row for each provider call, entered before its request leaves and again when it has ended.

use async_trait::async_trait;
use vertice_domain::{
    CallId, ConversationId, NodeId, Outcome, Provider, Report, ReportQuery, Result, Timestamp, TokenCounts,
    TokenId, TurnId, Usd, UserId,
    report::{LedgerRow, ToolRow},
};

/// How a provider call stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CallOutcome {
    /// It has not ended. Nothing is summed or listed of it: the quota holds back what it may take.
    Running,
    Ok,
    Failed,
    /// It was stopped.
    Cancelled,
    /// Its process went away before it ended: what is entered is an estimate.
    Interrupted,
}

impl CallOutcome {
    /// The word for it in the database and in the metrics.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Ok => "ok",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
            Self::Interrupted => "interrupted",
        }
    }
}

#[derive(Debug, Clone, PartialEq)]
pub struct LedgerEntry {
    pub id: CallId,
    /// Which run of the server makes it.
    pub node: NodeId,
    /// Who pays.
    pub user: UserId,
    pub conversation: Option<ConversationId>,
    pub turn: TurnId,
    /// Who ran the model.
    pub provider: Provider,
    pub model: String,
    /// With which API token.
    pub token: Option<TokenId>,
    /// Whether the user's own key was used.
    pub own_key: bool,
    /// Whether it answered in place of a model that had failed.
    pub failover: bool,
    pub tokens: TokenCounts,
    /// Whether the tokens are our estimate.
    pub estimated: bool,
    /// What it cost; none: unknown price.
    pub cost: Option<Usd>,
    /// What caching saved.
    pub saved: Option<Usd>,
    /// The prices it was billed at, as JSON; none: unknown.
    pub price: Option<String>,
    pub outcome: CallOutcome,
    pub started_at: Timestamp,
    /// Milliseconds to the first token.
    pub first_token_ms: Option<u64>,
    /// Milliseconds to the end.
    pub total_ms: u64,
    /// The provider's id of the request, for questions to its support.
    pub upstream_request_id: Option<String>,
}

/// What a user has spent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Spent {
    /// Tokens that count against the quota.
    pub tokens: u64,
    /// Their cost, as far as prices are known.
    pub cost: Usd,
}

/// Runs of the server that are over, whose calls nobody will close any more. Never the one that asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gone {
    /// All but this one: nobody else can be using the database.
    AllBut(NodeId),
    /// All but this one and those that hold a lease, by the database's clock.
    Leaseless(NodeId),
}

/// Where calls are entered.
#[async_trait]
pub trait Ledger: Send + Sync {
    /// Enters calls in one transaction, all of them or none. A call that is not there is added. One that runs, or was
    /// taken for interrupted, becomes what is entered of its end; every other stays as it is, so that entering twice
    /// changes nothing.
    async fn enter(&self, calls: &[LedgerEntry]) -> Result<()>;

    /// Takes back those of the calls that still run: they were never made.
    async fn withdraw(&self, calls: &[CallId]) -> Result<()>;

    /// Running calls of processes that are gone, newest first, as they were entered: as far as they can be read, and at most
    /// `limit`.
    async fn left_open(&self, of: Gone, limit: u32) -> Result<Vec<LedgerEntry>>;

    /// Closes the running calls of processes that are gone as interrupted, at the estimate of their beginning; how many
    /// there were.
    async fn close_open(&self, of: Gone) -> Result<u64>;

    /// What a user has spent since `since`: input, output and cache writes of all models that do not run on this
    /// machine, or of the one named.
    async fn spent(&self, user: UserId, model: Option<&str>, since: Timestamp) -> Result<Spent>;

    /// Sums by group over one user's calls that have ended, or over everybody's.
    async fn report(&self, user: Option<UserId>, query: &ReportQuery) -> Result<Report>;

    /// One user's calls that have ended, or everybody's, of a period, newest first, at most `limit`.
    async fn rows(
        &self,
        user: Option<UserId>,
        from: Timestamp,
        to: Timestamp,
        limit: u32,
    ) -> Result<Vec<LedgerRow>>;
}

/// A tool call that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToolUse {
    pub turn: TurnId,
    /// Its id in the turn.
    pub call: String,
    pub user: UserId,
    pub conversation: Option<ConversationId>,
    /// With which API token the turn was asked for.
    pub token: Option<TokenId>,
    /// The server that has the tool; empty: this one.
    pub server: String,
    pub tool: String,
    pub outcome: Outcome,
    /// About how many tokens its result is.
    pub result_tokens: u64,
    pub duration_ms: u64,
    pub ended_at: Timestamp,
}

/// Where tool calls are entered, once they have ended.
#[async_trait]
pub trait ToolLedger: Send + Sync {
    /// Enters a call. Entering it twice changes nothing.
    async fn enter_use(&self, used: ToolUse) -> Result<()>;

    /// What each tool was used for in a period, by one user or by everybody: the most used first, at most `limit` of them.
    async fn tools(
        &self,
        user: Option<UserId>,
        from: Timestamp,
        to: Timestamp,
        limit: u32,
    ) -> Result<Vec<ToolRow>>;
}
