//! The log of one running turn, in memory: append-only, numbered from 1 without gaps, followed by any number of listeners.
//!
//! It must never wait for anybody: appending costs the same however many listen, and a slow or vanished listener holds
//! nothing up. It knows nothing of storage.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures::{StreamExt as _, stream};
use tokio::sync::Notify;
use vertice_domain::{LoggedEvent, TurnEvent};
use vertice_ports::chat::EventStream;

/// The most events a listener is given at once, so that a long replay holds the lock for microseconds only.
const MAX_BATCH: usize = 1_024;

/// The events of one turn so far.
#[derive(Debug, Default)]
pub(crate) struct TurnLog {
    written: Mutex<Written>,
    grown: Notify,
}

#[derive(Debug, Default)]
struct Written {
    events: Vec<Arc<LoggedEvent>>,
    ended: bool,
}

impl TurnLog {
    /// Adds events and wakes the listeners. A log that has ended takes nothing more.
    pub(crate) fn append(&self, events: impl IntoIterator<Item = TurnEvent>) {
        {
            let mut written = self.lock();
            for event in events {
                if written.ended {
                    break;
                }
                let seq = written.events.len() as u64 + 1;
                written.ended = event.is_last();
                written.events.push(Arc::new(LoggedEvent { seq, event }));
            }
        }
        self.grown.notify_waiters();
    }

    /// Ends the log without a `done`: its listeners are let go. Only for turns that never began.
    pub(crate) fn close(&self) {
        self.lock().ended = true;
        self.grown.notify_waiters();
    }

    /// The sequence number of the newest event; 0: there is none yet.
    pub(crate) fn last_seq(&self) -> u64 {
        self.lock().events.len() as u64
    }

    /// All events after sequence number `after`.
    pub(crate) fn after(&self, after: u64) -> Vec<Arc<LoggedEvent>> {
        tail(&self.lock().events, after).to_vec()
    }

    /// The text of the answer so far.
    pub(crate) fn text(&self) -> String {
        let written = self.lock();
        let tokens = written.events.iter().filter_map(|logged| match &logged.event {
            TurnEvent::Token { token } => Some(token.as_str()),
            _ => None,
        });
        tokens.collect()
    }

    /// Everything after sequence number `after`: first what is there, then what comes, until the log ends.
    pub(crate) fn listen(self: Arc<Self>, after: u64) -> EventStream {
        stream::unfold((self, after), |(log, after)| async move {
            let batch = log.next_batch(after).await?;
            let last = batch.last().map_or(after, |logged| logged.seq);
            Some((Ok(batch), (log, last)))
        })
        .boxed()
    }

    async fn next_batch(&self, after: u64) -> Option<Vec<Arc<LoggedEvent>>> {
        loop {
            // Made before the look at the log: what is appended between the two wakes it.
            let grown = self.grown.notified();
            {
                let written = self.lock();
                let events = tail(&written.events, after);
                if !events.is_empty() {
                    return Some(events[..events.len().min(MAX_BATCH)].to_vec());
                }
                if written.ended {
                    return None;
                }
            }
            grown.await;
        }
    }

    fn lock(&self) -> MutexGuard<'_, Written> {
        self.written.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn tail(events: &[Arc<LoggedEvent>], after: u64) -> &[Arc<LoggedEvent>] {
    let from = usize::try_from(after).unwrap_or(usize::MAX).min(events.len());
    &events[from..]
}

#[cfg(test)]
mod tests {
    use futures::FutureExt as _;
    use vertice_domain::{FinishReason, MessageId, event::Done};

    use super::*;

    fn token(text: &str) -> TurnEvent {
        TurnEvent::Token { token: text.into() }
    }

    fn done() -> TurnEvent {
        TurnEvent::Done(Done {
            finish_reason: FinishReason::Stop,
            message_id: MessageId::new(uuid::Uuid::nil()),
        })
    }

    async fn seqs(log: &Arc<TurnLog>, after: u64) -> Vec<u64> {
        let batches: Vec<_> = log.clone().listen(after).collect().await;
        batches.into_iter().flat_map(|batch| batch.unwrap()).map(|logged| logged.seq).collect()
    }

    #[tokio::test]
    async fn replays_from_anywhere_and_ends() {
        let log = Arc::new(TurnLog::default());
        log.append([token("a"), token("b"), done(), token("too late")]);
        assert_eq!(seqs(&log, 0).await, [1, 2, 3]);
        assert_eq!(seqs(&log, 2).await, [3]);
        assert!(seqs(&log, 3).await.is_empty() && seqs(&log, u64::MAX).await.is_empty());
        assert_eq!(log.text(), "ab");
    }

    #[tokio::test]
    async fn a_listener_beyond_the_end_waits() {
        let log = Arc::new(TurnLog::default());
        log.append([token("a")]);
        let mut early = log.clone().listen(2);
        assert!(early.next().now_or_never().is_none());
        log.append([token("b")]);
        assert!(early.next().now_or_never().is_none());
        log.append([token("c"), done()]);
        let batch = early.next().await.unwrap().unwrap();
        assert_eq!(batch.iter().map(|logged| logged.seq).collect::<Vec<_>>(), [3, 4]);
        assert!(early.next().await.is_none());
    }

    #[tokio::test]
    async fn long_replays_come_in_batches_without_gaps() {
        let log = Arc::new(TurnLog::default());
        log.append((0..3_000).map(|n| token(&n.to_string())));
        log.append([done()]);
        assert_eq!(seqs(&log, 0).await, (1..=3_001).collect::<Vec<_>>());
    }
}
