//! What nodes tell each other, and each user's open pages: a turn's events as they come, stops, and news.

use std::sync::Arc;

use async_trait::async_trait;
use tokio_util::sync::CancellationToken;
use vertice_domain::{FeedEvent, LoggedEvent, Result, TurnId, UserId};

use crate::chat::{EventStream, FeedStream};

/// Carries what happens now. It keeps nothing for long and stores nothing; what was missed is read from the store.
#[async_trait]
pub trait Bus: Send + Sync {
    /// Begins to tell of a turn that this node runs. The token is cancelled when somebody wants the turn to stop.
    fn open(&self, owner: UserId, turn: TurnId) -> CancellationToken;
    /// Tells the turn's followers, on every node.
    fn publish(&self, turn: TurnId, events: &[Arc<LoggedEvent>]);
    /// Nothing more comes: followers are let go; those that come a little late are still served.
    fn close(&self, turn: TurnId);
    /// The entries after `after` of a turn that is told of: those that were, then those that come, until its end. None:
    /// nobody tells of it.
    async fn follow(&self, owner: UserId, turn: TurnId, after: u64) -> Result<Option<EventStream>>;
    /// Asks whoever runs the turn to stop it; `false`: nobody heard.
    async fn cancel(&self, owner: UserId, turn: TurnId) -> Result<bool>;
    /// Tells the user's pages, on every node.
    fn announce(&self, user: UserId, event: FeedEvent);
    /// What is announced to the user from now on, after [`FeedEvent::Ready`].
    fn feed(&self, user: UserId) -> FeedStream;
}
