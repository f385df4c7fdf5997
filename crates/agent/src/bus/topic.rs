//! The log of one turn as it is told, in memory: append-only, numbered from 1 without gaps, followed by any number of listeners.
//!
//! It must never wait for anybody: appending costs the same however many listen, and a slow or vanished listener holds
//! nothing up.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures::{StreamExt as _, stream};
use tokio::sync::Notify;
use vertice_domain::LoggedEvent;
use vertice_ports::chat::EventStream;

/// The most events a listener is given at once, so that a long replay holds the lock for microseconds only.
const MAX_BATCH: usize = 1_024;

/// The events of one turn so far.
#[derive(Debug, Default)]
pub(super) struct Topic {
    log: Mutex<Log>,
    grown: Notify,
}

#[derive(Debug, Default)]
struct Log {
    events: Vec<Arc<LoggedEvent>>,
    ended: bool,
}

impl Topic {
    /// Adds events and wakes the listeners. A log that has ended takes nothing more.
    pub(super) fn append(&self, events: &[Arc<LoggedEvent>]) {
        {
            let mut log = self.lock();
            if log.ended {
                return;
            }
            log.events.extend(events.iter().cloned());
            log.ended = events.last().is_some_and(|last| last.is_last());
        }
        self.grown.notify_waiters();
    }

    /// Lets the listeners go once they have heard what there is.
    pub(super) fn close(&self) {
        self.lock().ended = true;
        self.grown.notify_waiters();
    }

    /// Whether nothing more comes.
    pub(super) fn has_ended(&self) -> bool {
        self.lock().ended
    }

    /// Whether the turn's end was told.
    pub(super) fn is_whole(&self) -> bool {
        self.lock().events.last().is_some_and(|last| last.is_last())
    }

    /// Everything after sequence number `after`: first what is there, then what comes, until the log ends.
    pub(super) fn listen(self: Arc<Self>, after: u64) -> EventStream {
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
                let log = self.lock();
                let events = tail(&log.events, after);
                if !events.is_empty() {
                    return Some(events[..events.len().min(MAX_BATCH)].to_vec());
                }
                if log.ended {
                    return None;
                }
            }
            grown.await;
        }
    }

    fn lock(&self) -> MutexGuard<'_, Log> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn tail(events: &[Arc<LoggedEvent>], after: u64) -> &[Arc<LoggedEvent>] {
    let from = usize::try_from(after).unwrap_or(usize::MAX).min(events.len());
    &events[from..]
}

#[cfg(test)]
mod tests {
    use futures::FutureExt as _;
    use vertice_domain::{FinishReason, MessageId, TurnEvent, event::Done};

    use super::*;

    fn delta(seq: u64) -> Arc<LoggedEvent> {
        Arc::new(LoggedEvent::event(seq, TurnEvent::PartDelta { position: 0, text: seq.to_string() }))
    }

    fn done(seq: u64) -> Arc<LoggedEvent> {
        let message_id = MessageId::new(uuid::Uuid::nil());
        Arc::new(LoggedEvent::event(
            seq,
            TurnEvent::Done(Done { finish_reason: FinishReason::Stop, message_id }),
        ))
    }

    async fn seqs(topic: &Arc<Topic>, after: u64) -> Vec<u64> {
        let batches: Vec<_> = topic.clone().listen(after).collect().await;
        batches.into_iter().flat_map(|batch| batch.unwrap()).map(|logged| logged.seq).collect()
    }

    #[tokio::test]
    async fn replays_from_anywhere_and_ends() {
        let topic = Arc::new(Topic::default());
        topic.append(&[delta(1), delta(2), done(3)]);
        topic.append(&[delta(4)]);
        assert_eq!(seqs(&topic, 0).await, [1, 2, 3]);
        assert_eq!(seqs(&topic, 2).await, [3]);
        assert!(seqs(&topic, 3).await.is_empty() && seqs(&topic, u64::MAX).await.is_empty());
    }

    #[tokio::test]
    async fn a_listener_beyond_the_end_waits() {
        let topic = Arc::new(Topic::default());
        topic.append(&[delta(1)]);
        let mut early = topic.clone().listen(2);
        assert!(early.next().now_or_never().is_none());
        topic.append(&[delta(2)]);
        assert!(early.next().now_or_never().is_none());
        topic.append(&[delta(3), done(4)]);
        let batch = early.next().await.unwrap().unwrap();
        assert_eq!(batch.iter().map(|logged| logged.seq).collect::<Vec<_>>(), [3, 4]);
        assert!(early.next().await.is_none());
    }

    #[tokio::test]
    async fn long_replays_come_in_batches_without_gaps() {
        let topic = Arc::new(Topic::default());
        let events: Vec<_> = (1..=3_000).map(delta).collect();
        topic.append(&events);
        topic.close();
        assert_eq!(seqs(&topic, 0).await, (1..=3_000).collect::<Vec<_>>());
    }
}
