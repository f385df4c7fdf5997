//! What each user's open tabs are told. Bounded: a tab that cannot keep up is told to read anew.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use futures::{StreamExt as _, stream};
use tokio::sync::broadcast::{self, error::RecvError};
use tokio_util::sync::CancellationToken;
use vertice_domain::{FeedEvent, UserId};
use vertice_ports::chat::FeedStream;

/// Events that a slow tab may be behind.
const CAPACITY: usize = 64;

/// The feeds of all users. Cheap to clone.
#[derive(Clone)]
pub(super) struct Feeds {
    senders: Arc<Mutex<HashMap<UserId, broadcast::Sender<FeedEvent>>>>,
    shutdown: CancellationToken,
}

impl Feeds {
    /// Feeds that end with `shutdown`.
    pub(super) fn new(shutdown: CancellationToken) -> Self {
        Self { senders: Arc::default(), shutdown }
    }

    /// Tells the user's tabs, if there are any.
    pub(super) fn publish(&self, user: UserId, event: FeedEvent) {
        let mut senders = self.senders.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(sender) = senders.get(&user)
            && sender.send(event).is_err()
        {
            senders.remove(&user);
        }
    }

    /// What is published to the user from now on, after [`FeedEvent::Ready`].
    pub(super) fn subscribe(&self, user: UserId) -> FeedStream {
        let receiver = {
            let mut senders = self.senders.lock().unwrap_or_else(PoisonError::into_inner);
            senders.entry(user).or_insert_with(|| broadcast::channel(CAPACITY).0).subscribe()
        };
        let events = stream::unfold(receiver, |mut receiver| async move {
            match receiver.recv().await {
                Ok(event) => Some((event, receiver)),
                Err(RecvError::Lagged(_)) => Some((FeedEvent::Ready, receiver)),
                Err(RecvError::Closed) => None,
            }
        });
        let shutdown = self.shutdown.clone().cancelled_owned();
        stream::iter([FeedEvent::Ready]).chain(events).take_until(shutdown).boxed()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_slow_tab_reads_anew_and_others_hear_nothing() {
        let feeds = Feeds::new(CancellationToken::new());
        let [user, other] = [1, 2].map(|n| UserId::new(uuid::Uuid::from_u128(n)));
        let mut feed = feeds.subscribe(user);
        let mut quiet = feeds.subscribe(other);
        assert_eq!(feed.next().await, Some(FeedEvent::Ready));
        for _ in 0..=CAPACITY {
            feeds.publish(user, FeedEvent::ListChanged);
        }
        assert_eq!(feed.next().await, Some(FeedEvent::Ready));
        assert_eq!(feed.next().await, Some(FeedEvent::ListChanged));
        assert_eq!(quiet.next().await, Some(FeedEvent::Ready));
        feeds.shutdown.cancel();
        assert!(quiet.next().await.is_none() && feed.next().await.is_none());
    }
}
