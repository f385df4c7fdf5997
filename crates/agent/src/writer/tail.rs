//! What of one turn's log has not been stored yet.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::{sync::Notify, time::Instant};
use tokio_util::sync::CancellationToken;
use vertice_domain::LoggedEvent;
use vertice_ports::turns::{CallRecord, Held, LogBatch};

/// What the runner of a turn is told from outside.
#[derive(Debug, Clone, Default)]
pub(crate) struct Signals {
    /// Somebody wants the turn to stop.
    pub(crate) stop: CancellationToken,
    /// The turn is another node's by now.
    pub(crate) lost: CancellationToken,
}

/// The end of one turn's log.
pub(crate) struct Tail {
    pub(super) held: Held,
    pub(super) signals: Signals,
    progress: Mutex<Progress>,
    settled: Notify,
}

#[derive(Default)]
struct Progress {
    /// What is not stored, or not known to be.
    pending: Vec<Arc<LoggedEvent>>,
    /// The last event that is stored.
    stored: u64,
    /// The last event of a write that failed, or is under way: the next one carries the same events.
    tried: Option<u64>,
    in_flight: bool,
    /// Tool calls of which it is not stored how far they have come.
    calls: Vec<CallRecord>,
    /// Of those, the first ones: as many as a write under way, or one that failed, carries. Storing them twice changes nothing.
    calls_tried: usize,
    /// How many there were before them.
    calls_stored: usize,
    /// How often the store has refused it since it last took something.
    refusals: u32,
    /// Not to be tried again before this; none: at any time.
    rests_until: Option<Instant>,
    released: bool,
}

impl Tail {
    /// A log of which everything up to `stored` is stored.
    pub(crate) fn new(held: Held, stored: u64, signals: Signals) -> Self {
        let progress = Progress { stored, ..Progress::default() };
        Self { held, signals, progress: Mutex::new(progress), settled: Notify::new() }
    }

    /// Adds what is to be stored.
    pub(crate) fn push(&self, events: &[Arc<LoggedEvent>]) {
        self.lock().pending.extend(events.iter().cloned());
    }

    /// Adds how far a tool call has come, of which the log tells already.
    pub(crate) fn note(&self, call: CallRecord) {
        self.lock().calls.push(call);
    }

    fn lock(&self) -> MutexGuard<'_, Progress> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What stands after sequence number `after`.
    pub(super) fn after(&self, after: u64) -> Vec<Arc<LoggedEvent>> {
        self.lock().pending.iter().filter(|logged| logged.seq > after).cloned().collect()
    }

    /// How far the calls have come, as far as that is not stored.
    pub(super) fn calls(&self) -> Vec<CallRecord> {
        self.lock().calls.clone()
    }

    /// What is to be written next; it is in flight until [`Self::settle`].
    pub(super) fn take(&self) -> Option<LogBatch> {
        let mut progress = self.lock();
        if progress.released || progress.rests_until.is_some_and(|until| until > Instant::now()) {
            return None;
        }
        let tried = progress.tried.unwrap_or(u64::MAX);
        let events: Vec<_> = progress.pending.iter().filter(|logged| logged.seq <= tried).cloned().collect();
        let calls = progress.calls.clone();
        if events.is_empty() && calls.is_empty() {
            return None;
        }
        progress.tried = events.last().map(|logged| logged.seq);
        progress.calls_tried = calls.len();
        progress.in_flight = true;
        Some(LogBatch { held: self.held, events, calls })
    }

    /// Takes the tail out of the writer's hands: the last stored event, and whether a later write failed.
    pub(super) async fn release(&self) -> (u64, bool) {
        loop {
            let settled = self.settled.notified();
            {
                let mut progress = self.lock();
                progress.released = true;
                if !progress.in_flight {
                    return (progress.stored, progress.tried.is_some());
                }
            }
            settled.await;
        }
    }

    /// Waits until all that there is now is stored; `false`: it will not be.
    pub(super) async fn all_stored(&self) -> bool {
        let (last, calls) = {
            let progress = self.lock();
            let last = progress.pending.last().map_or(progress.stored, |logged| logged.seq);
            (last, progress.calls_stored + progress.calls.len())
        };
        loop {
            let settled = self.settled.notified();
            {
                let progress = self.lock();
                if progress.stored >= last && progress.calls_stored >= calls {
                    return !self.signals.lost.is_cancelled();
                }
                if progress.released {
                    return false;
                }
            }
            settled.await;
        }
    }

    /// The store refused it: it rests for a while. How often that has been.
    pub(super) fn refused(&self, rest: impl Fn(u32) -> Duration) -> u32 {
        let mut progress = self.lock();
        progress.refusals = progress.refusals.saturating_add(1);
        progress.rests_until = Some(Instant::now() + rest(progress.refusals));
        progress.refusals
    }

    pub(super) fn settle(&self, stored: bool) {
        {
            let mut progress = self.lock();
            progress.in_flight = false;
            if stored {
                (progress.refusals, progress.rests_until) = (0, None);
                if let Some(tried) = progress.tried.take() {
                    progress.stored = tried;
                    progress.pending.retain(|logged| logged.seq > tried);
                }
                let noted = std::mem::take(&mut progress.calls_tried);
                progress.calls.drain(..noted);
                progress.calls_stored += noted;
            }
        }
        self.settled.notify_waiters();
    }
}
