//! Carries the logs of all running turns to the store: one task, one transaction for all of them, a few times a second.
//!
//! It must never store an event twice nor leave a gap: what failed is tried again as it was, and whoever takes a turn
//! out to store its end gets exactly what has not been stored. It never decides what a turn's end is.

use std::{
    collections::HashMap,
    panic::AssertUnwindSafe,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use futures::FutureExt as _;
use tokio::{sync::Notify, time};
use tokio_util::sync::CancellationToken;
use vertice_domain::{Error, ErrorKind, LoggedEvent, Result, TurnId, UserId};
use vertice_ports::{Tasks, TurnStore, store::LogBatch};

use crate::log::TurnLog;

/// Time between two writes. With the write itself it stays under the 250 ms of text that may be at risk.
const EVERY: Duration = Duration::from_millis(150);
/// How long one write may take before it counts as failed.
const WRITE_TIMEOUT: Duration = Duration::from_secs(10);
/// The first and the longest wait after failed writes.
const BACKOFF: (Duration, Duration) = (Duration::from_millis(200), Duration::from_secs(5));

/// The one writer of running turns' logs. Cheap to clone.
#[derive(Clone)]
pub(crate) struct LogWriter {
    shared: Arc<Shared>,
}

struct Shared {
    turns: Arc<dyn TurnStore>,
    tails: Mutex<HashMap<TurnId, Arc<Tail>>>,
    wanted: Notify,
}

/// How far one turn's log has been stored.
struct Tail {
    log: Arc<TurnLog>,
    progress: Mutex<Progress>,
    settled: Notify,
}

#[derive(Default)]
struct Progress {
    /// The last event that is stored.
    stored: u64,
    /// The last event of a write that failed, or is under way: the next one carries the same events.
    tried: Option<u64>,
    in_flight: bool,
    released: bool,
}

impl LogWriter {
    /// Starts the writer; it ends when the server shuts down.
    pub(crate) fn start(turns: Arc<dyn TurnStore>, tasks: &Tasks) -> Self {
        let shared = Arc::new(Shared { turns, tails: Mutex::default(), wanted: Notify::new() });
        tasks.spawn(write_all(shared.clone(), tasks.shutdown_token()));
        Self { shared }
    }

    /// Stores what `log` gets from now on.
    pub(crate) fn follow(&self, turn: TurnId, log: Arc<TurnLog>) {
        let tail = Tail { log, progress: Mutex::default(), settled: Notify::new() };
        self.shared.lock().insert(turn, Arc::new(tail));
        self.shared.wanted.notify_one();
    }

    /// Stops storing a turn's log, waits for a write under way, and gives what has not been stored.
    pub(crate) async fn release(&self, owner: UserId, turn: TurnId) -> Vec<Arc<LoggedEvent>> {
        let Some(tail) = self.shared.lock().remove(&turn) else { return Vec::new() };
        let (stored, doubtful) = tail.release().await;
        if !doubtful {
            return tail.log.after(stored);
        }
        // A write that failed may have happened all the same, if only its confirmation got lost.
        let found = time::timeout(WRITE_TIMEOUT, self.shared.turns.events(owner, turn, stored)).await;
        let last = found.ok().and_then(Result::ok).and_then(|events| events.last().map(|logged| logged.seq));
        tail.log.after(last.unwrap_or(stored))
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, HashMap<TurnId, Arc<Tail>>> {
        self.tails.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What is to be written now; each turn in it is in flight until [`Tail::settle`].
    fn take(&self) -> (Vec<(TurnId, Arc<Tail>)>, Vec<LogBatch>) {
        let mut tails: Vec<_> = self.lock().iter().map(|(turn, tail)| (*turn, tail.clone())).collect();
        let mut batches = Vec::new();
        tails.retain(|(turn, tail)| {
            let events = tail.take();
            let taken = events.is_some();
            batches.extend(events.map(|events| LogBatch { turn: *turn, events }));
            taken
        });
        (tails, batches)
    }

    async fn append(&self, batches: Vec<LogBatch>) -> Result<()> {
        let write = AssertUnwindSafe(self.turns.append(batches)).catch_unwind();
        match time::timeout(WRITE_TIMEOUT, write).await {
            Ok(Ok(result)) => result,
            Ok(Err(_panic)) => Err(Error::internal()),
            Err(_elapsed) => Err(Error::storage_unavailable()),
        }
    }

    /// Writes what there is. A failure is told after every turn has been settled.
    async fn flush(&self) -> Result<()> {
        let (tails, batches) = self.take();
        if batches.is_empty() {
            return Ok(());
        }
        let result = self.append(batches).await;
        for (_, tail) in &tails {
            tail.settle(result.is_ok());
        }
        if matches!(&result, Err(error) if error.kind != ErrorKind::Unavailable) && tails.len() > 1 {
            self.flush_each(tails).await;
        }
        result
    }

    /// One turn that the store refuses must not hold up the others.
    async fn flush_each(&self, tails: Vec<(TurnId, Arc<Tail>)>) {
        for (turn, tail) in tails {
            if let Some(events) = tail.take() {
                let result = self.append(vec![LogBatch { turn, events }]).await;
                tail.settle(result.is_ok());
            }
        }
    }
}

impl Tail {
    fn lock(&self) -> MutexGuard<'_, Progress> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take(&self) -> Option<Vec<Arc<LoggedEvent>>> {
        let mut progress = self.lock();
        if progress.released {
            return None;
        }
        let mut events = self.log.after(progress.stored);
        if let Some(tried) = progress.tried {
            events.retain(|logged| logged.seq <= tried);
        }
        progress.tried = Some(events.last()?.seq);
        progress.in_flight = true;
        Some(events)
    }

    /// Takes the tail out of the writer's hands: the last stored event, and whether a later write failed.
    async fn release(&self) -> (u64, bool) {
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

    fn settle(&self, stored: bool) {
        {
            let mut progress = self.lock();
            progress.in_flight = false;
            if stored && let Some(tried) = progress.tried.take() {
                progress.stored = tried;
            }
        }
        self.settled.notify_waiters();
    }
}

async fn write_all(shared: Arc<Shared>, shutdown: CancellationToken) {
    let mut failures = 0_u32;
    loop {
        let pause = async {
            if shared.lock().is_empty() {
                shared.wanted.notified().await;
            }
            time::sleep(wait_after(failures)).await;
        };
        tokio::select! {
            // Turns that end in a shutdown store the rest of their logs themselves.
            () = shutdown.cancelled() => return,
            () = pause => {}
        }
        match shared.flush().await {
            Ok(()) => failures = 0,
            Err(error) => {
                failures = failures.saturating_add(1);
                tracing::warn!(code = %error.code, failures, "turn logs could not be written; trying again");
            }
        }
    }
}

fn wait_after(failures: u32) -> Duration {
    match failures {
        0 => EVERY,
        n => BACKOFF.0.saturating_mul(1 << (n - 1).min(8)).min(BACKOFF.1),
    }
}
