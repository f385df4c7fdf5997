//! Metering provider calls: each is entered in the ledger before its request leaves, and again when it has ended.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use futures::future::BoxFuture;
use vertice_domain::{
    CallId, ConversationId, NodeId, Provider, Result, Timestamp, TokenCounts, TokenId, TurnId, Usage, Usd,
    UserId,
};

use crate::{
    ledger::{CallOutcome, LedgerEntry},
    quota::Reservation,
};

/// What tokens cost, and by which prices.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Priced {
    /// None: a class of tokens was used whose price is unknown.
    pub cost: Option<Usd>,
    /// The cost of the same call without caching, less `cost`.
    pub saved: Option<Usd>,
    /// The prices themselves, as JSON.
    pub prices: Option<String>,
}

/// The prices that hold for one call.
pub trait Tariff: Send + Sync {
    /// What these tokens cost.
    fn price(&self, tokens: TokenCounts) -> Priced;
}

/// What calls took that nobody lived to close.
pub trait Estimator: Send + Sync {
    /// The call with the tokens and the cost of an answer of which so many characters were heard.
    fn estimate(&self, opened: &LedgerEntry, heard_chars: u64) -> LedgerEntry;
}

/// A provider call that is about to be made.
#[derive(Clone)]
pub struct CallOpening {
    /// Who pays.
    pub user: UserId,
    pub conversation: Option<ConversationId>,
    pub turn: TurnId,
    /// With which API token.
    pub token: Option<TokenId>,
    /// Who runs the model.
    pub provider: Provider,
    pub model: String,
    /// Whether the user's own key is used.
    pub own_key: bool,
    /// What it may be expected to take: its bill, should this process not live to see the real one.
    pub estimate: TokenCounts,
    /// None: unknown prices.
    pub tariff: Option<Arc<dyn Tariff>>,
    /// What the user's quota holds back for it.
    pub reservation: Reservation,
}

impl CallOpening {
    /// What these tokens cost.
    pub fn price(&self, tokens: TokenCounts) -> Priced {
        self.tariff.as_ref().map(|tariff| tariff.price(tokens)).unwrap_or_default()
    }

    /// The call as it is entered before it is made.
    pub fn entry(&self, id: CallId, node: NodeId, started_at: Timestamp) -> LedgerEntry {
        let Priced { cost, saved, prices } = self.price(self.estimate);
        LedgerEntry {
            id,
            node,
            user: self.user,
            conversation: self.conversation,
            turn: self.turn,
            provider: self.provider,
            model: self.model.clone(),
            token: self.token,
            own_key: self.own_key,
            failover: false,
            tokens: self.estimate,
            estimated: true,
            cost,
            saved,
            price: prices,
            outcome: CallOutcome::Running,
            started_at,
            first_token_ms: None,
            total_ms: 0,
            upstream_request_id: None,
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallEnd {
    pub outcome: CallOutcome,
    /// What it took.
    pub tokens: TokenCounts,
    /// Whether those are our estimate.
    pub estimated: bool,
    /// When its first word came, counted from its beginning.
    pub first_token: Option<Duration>,
    /// The provider's id of the request.
    pub request_id: Option<String>,
    /// Whether it answered in place of a model that had failed.
    pub failover: bool,
    /// The stable word for what went wrong.
    pub fault: Option<&'static str>,
}

/// A call that has been closed.
pub struct Closed {
    pub usage: Usage,
    /// Comes when the bill stands in the ledger, or when that takes so long that nobody should wait for it.
    pub entered: BoxFuture<'static, ()>,
}

/// Where calls are metered.
#[async_trait]
pub trait Meter: Send + Sync {
    /// Enters a call, and comes back when its row stands in the ledger. Where none can be entered
    /// (`storage_unavailable`) the call must not be made: nobody would know of it. Dropping the future takes the row back.
    async fn open(&self, call: CallOpening) -> Result<Box<dyn OpenCall>>;
}

/// A call whose row stands. Dropping it unclosed closes it as cancelled, at its estimate.
pub trait OpenCall: Send {
    /// Its span, for what is done in its course.
    fn span(&self) -> tracing::Span;

    /// Takes its row back: it is not going to be made.
    fn take_back(self: Box<Self>);

    /// Ends it: what it took is charged to the quota at once and entered in the ledger as soon as that can be done.
    fn close(self: Box<Self>, end: CallEnd) -> Closed;
}
