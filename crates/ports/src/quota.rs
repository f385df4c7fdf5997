//! What users may spend: reserved before a call, settled after it.

use std::sync::Arc;

use async_trait::async_trait;
use vertice_domain::{Actor, QuotaStatus, Result, Timestamp};

/// Tokens held back for a call that runs. They are given back when the last clone is dropped.
#[derive(Clone)]
pub struct Reservation(Option<Arc<dyn Hold>>);

/// What a [`Reservation`] stands for; dropping it gives back what is still held.
pub trait Hold: Send + Sync {
    /// Counts `tokens` as spent, out of what is held first.
    fn charge(&self, tokens: u64);
}

impl Reservation {
    /// A reservation that holds something.
    pub fn of(hold: impl Hold + 'static) -> Self {
        Self(Some(Arc::new(hold)))
    }

    /// Nothing is held, because nothing is limited.
    pub fn unlimited() -> Self {
        Self(None)
    }

    /// Counts `tokens` as spent.
    pub fn charge(&self, tokens: u64) {
        if let Some(hold) = &self.0 {
            hold.charge(tokens);
        }
    }
}

impl std::fmt::Debug for Reservation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Reservation")
    }
}

/// What is left of a day, in tokens. What is held back counts as spent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Left {
    pub tokens: u64,
    /// Of how many.
    pub limit: u64,
}

/// The users' daily quotas.
#[async_trait]
pub trait Quota: Send + Sync {
    /// The actor's day so far, as the ledger has it.
    async fn status(&self, actor: &Actor) -> Result<QuotaStatus>;

    /// What is left of the actor's day, cheap enough to be asked before each call; none: no limit.
    async fn left(&self, actor: &Actor) -> Result<Option<Left>>;

    /// Holds `tokens` back for a call of `model`, whose own daily limit per user is `model_limit`. Admitted as long as
    /// anything is left, so that the limit is passed by less than one reservation. Nothing left: `quota_exceeded`.
    async fn reserve(
        &self,
        actor: &Actor,
        model: &str,
        model_limit: Option<u64>,
        tokens: u64,
    ) -> Result<Reservation>;
}

/// What came of an attempt to add to a counter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Admission {
    /// It was added.
    Admitted,
    /// The counter stands at its limit or above; nothing was added.
    Full,
    /// There is no such counter (any more): seed it, then try again.
    Missing,
}

/// Counters shared by all nodes that must never lose an update. A counter may be lost as a whole.
#[async_trait]
pub trait Counters: Send + Sync {
    /// Adds `amount` if the counter stands below `limit`. Atomic.
    async fn admit(&self, key: &str, amount: u64, limit: u64) -> Result<Admission>;
    /// Where the counter stands; none: there is no such counter (any more).
    async fn value(&self, key: &str) -> Result<Option<u64>>;
    /// Sets a counter that is missing; one that is there stays as it is.
    async fn seed(&self, key: &str, value: u64, expires_at: Timestamp) -> Result<()>;
    /// Adds `delta` to a counter that is there; never below 0.
    async fn add(&self, key: &str, delta: i64) -> Result<()>;
    /// Whether they can be used.
    async fn ping(&self) -> Result<()>;
}
