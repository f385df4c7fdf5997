//! Carries the logs of all running turns to the store: one task, one transaction for all of them, a few times a second. The
//! same writes renew the node's lease, and bring what other nodes want of this one.
//!
//! It must never store an event twice nor leave a gap: what failed is tried again as it was, and whoever takes a turn
//! out to store its end gets exactly what has not been stored. It never decides what a turn's end is.

mod tail;

use std::{
    collections::HashMap,
    panic::AssertUnwindSafe,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use futures::FutureExt as _;
use tokio::{
    sync::Notify,
    time::{self, Instant},
};
use tokio_util::sync::CancellationToken;
use vertice_domain::{Error, ErrorKind, LoggedEvent, NodeId, Result, TurnId, UserId};
use vertice_ports::{
    TurnStore,
    turns::{Appended, CallRecord, LogBatch},
};
use vertice_runtime::Tasks;

pub(crate) use self::tail::{Signals, Tail};

/// Time between two writes: with a write itself, the text that is at risk in a crash.
const EVERY: Duration = Duration::from_millis(150);
/// How long one write may take before it counts as failed.
const WRITE_TIMEOUT: Duration = Duration::from_secs(10);
/// The first and the longest wait after failed writes.
const BACKOFF: (Duration, Duration) = (Duration::from_millis(200), Duration::from_secs(5));
/// How long the node's turns are its own after a write.
const LEASE: Duration = Duration::from_secs(15);
/// How often the lease is renewed when there is nothing to write: with turns running, and without.
const RENEW: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(5));

/// The one writer of running turns' logs. Cheap to clone.
#[derive(Clone)]
pub(crate) struct LogWriter {
    shared: Arc<Shared>,
}

/// What of a turn has not been stored.
#[derive(Debug, Clone, Default)]
pub(crate) struct Unstored {
    pub(crate) events: Vec<Arc<LoggedEvent>>,
    pub(crate) calls: Vec<CallRecord>,
}

struct Shared {
    turns: Arc<dyn TurnStore>,
    node: NodeId,
    tails: Mutex<HashMap<TurnId, Arc<Tail>>>,
    /// There is a turn to be followed.
    wanted: Notify,
    /// Somebody waits for what is written next.
    urgent: Notify,
}

impl LogWriter {
    /// Starts the writer; it ends when the server shuts down.
    pub(crate) fn start(turns: Arc<dyn TurnStore>, node: NodeId, tasks: &Tasks) -> Self {
        let shared = Arc::new(Shared {
            turns,
            node,
            tails: Mutex::default(),
            wanted: Notify::new(),
            urgent: Notify::new(),
        });
        tasks.spawn(write_all(shared.clone(), tasks.shutdown_token()));
        Self { shared }
    }

    /// Stores what `tail` gets from now on.
    pub(crate) fn follow(&self, tail: Arc<Tail>) {
        self.shared.lock().insert(tail.held.turn, tail);
        self.shared.wanted.notify_one();
    }

    /// Renews the node's lease, or takes its first one.
    pub(crate) async fn renew(&self) -> Result<()> {
        self.shared.append(Vec::new()).await.map(|_appended| ())
    }

    /// Waits until everything that the turn has said up to now is on the disk.
    pub(crate) async fn barrier(&self, turn: TurnId) -> Result<()> {
        let tail = self.shared.lock().get(&turn).cloned().ok_or_else(Error::storage_unavailable)?;
        self.hurry();
        let stored = time::timeout(WRITE_TIMEOUT, tail.all_stored()).await;
        if stored.unwrap_or(false) { Ok(()) } else { Err(Error::storage_unavailable()) }
    }

    /// Stores what the turn has said up to now at once, without waiting for it.
    pub(crate) fn hurry(&self) {
        self.shared.urgent.notify_one();
    }

    /// Stops storing a turn's log, waits for a write under way, and gives what has not been stored.
    pub(crate) async fn release(&self, owner: UserId, turn: TurnId) -> Unstored {
        let Some(tail) = self.shared.lock().remove(&turn) else { return Unstored::default() };
        let (mut stored, doubtful) = tail.release().await;
        if doubtful {
            // A write that failed may have happened all the same, if only its confirmation got lost.
            let found = time::timeout(WRITE_TIMEOUT, self.shared.turns.events(owner, turn, stored)).await;
            let found = found.ok().and_then(Result::ok);
            stored = found.and_then(|events| events.last().map(|logged| logged.seq)).unwrap_or(stored);
        }
        Unstored { events: tail.after(stored), calls: tail.calls() }
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, HashMap<TurnId, Arc<Tail>>> {
        self.tails.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What is to be written now; each turn in it is in flight until [`Tail::settle`].
    fn take(&self) -> (Vec<Arc<Tail>>, Vec<LogBatch>) {
        let mut tails: Vec<_> = self.lock().values().cloned().collect();
        let mut batches = Vec::new();
        tails.retain(|tail| {
            let batch = tail.take();
            let taken = batch.is_some();
            batches.extend(batch);
            taken
        });
        (tails, batches)
    }

    async fn append(&self, batches: Vec<LogBatch>) -> Result<Appended> {
        let write = AssertUnwindSafe(self.turns.append(self.node, LEASE, batches)).catch_unwind();
        match time::timeout(WRITE_TIMEOUT, write).await {
            Ok(Ok(result)) => result,
            Ok(Err(_panic)) => Err(Error::internal()),
            Err(_elapsed) => Err(Error::storage_unavailable()),
        }
    }

    /// Writes what there is; nothing, too, if the lease is due. A failure is told after every turn has been settled, and only
    /// if it is nobody's own.
    async fn flush(&self, renewal_is_due: bool) -> Result<bool> {
        let (tails, batches) = self.take();
        if batches.is_empty() && !renewal_is_due {
            return Ok(false);
        }
        let result = self.append(batches).await;
        self.settle(&tails, &result);
        match (result, tails.as_slice()) {
            (Ok(_), _) => Ok(true),
            (Err(error), []) => Err(error),
            (Err(error), _) if error.kind == ErrorKind::Unavailable => Err(error),
            (Err(error), [refused]) => {
                refuse(refused, &error);
                Ok(false)
            }
            (Err(_), _) => self.flush_each(&tails).await,
        }
    }

    /// One turn that the store refuses must not hold up the others; whether any other was written.
    async fn flush_each(&self, tails: &[Arc<Tail>]) -> Result<bool> {
        let mut wrote = false;
        for tail in tails {
            if let Some(batch) = tail.take() {
                let result = self.append(vec![batch]).await;
                self.settle(std::slice::from_ref(tail), &result);
                match result {
                    Ok(_) => wrote = true,
                    Err(error) if error.kind == ErrorKind::Unavailable => return Err(error),
                    Err(error) => refuse(tail, &error),
                }
            }
        }
        Ok(wrote)
    }

    /// Whoever waits for a write hears of it last: by then the turns know that are lost.
    fn settle(&self, tails: &[Arc<Tail>], written: &Result<Appended>) {
        if let Ok(appended) = written {
            self.hear(appended);
        }
        for tail in tails {
            tail.settle(written.is_ok());
        }
    }

    fn hear(&self, appended: &Appended) {
        let tails = self.lock();
        for turn in &appended.lost {
            if let Some(tail) = tails.get(turn) {
                tracing::warn!(turn_id = %turn, "a turn was taken over by another node");
                tail.signals.lost.cancel();
            }
        }
        for turn in &appended.stops {
            if let Some(tail) = tails.get(turn) {
                tail.signals.stop.cancel();
            }
        }
    }

    /// How long until the lease is to be renewed. None: nobody else can be there, so that there is nothing to hold.
    fn until_renewal(&self, renewed: Option<Instant>) -> Option<Duration> {
        let every = if self.lock().is_empty() { RENEW.1 } else { RENEW.0 };
        let age = renewed.map_or(every, |at| at.elapsed());
        self.turns.is_shared().then(|| every.saturating_sub(age))
    }

    /// Waits until something is to be done.
    async fn pause(&self, failures: u32, renewed: Option<Instant>) {
        if failures > 0 {
            return time::sleep(backoff(failures)).await;
        }
        if !self.lock().is_empty() {
            return tokio::select! {
                () = time::sleep(EVERY) => {}
                () = self.urgent.notified() => {}
            };
        }
        let renewal = async {
            match self.until_renewal(renewed) {
                Some(wait) => time::sleep(wait).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = renewal => {}
            () = self.wanted.notified() => time::sleep(EVERY).await,
        }
    }
}

async fn write_all(shared: Arc<Shared>, shutdown: CancellationToken) {
    let mut failures = 0_u32;
    let mut renewed: Option<Instant> = None;
    loop {
        tokio::select! {
            // Turns that end in a shutdown store the rest of their logs themselves.
            () = shutdown.cancelled() => return,
            () = shared.pause(failures, renewed) => {}
        }
        let is_due = shared.until_renewal(renewed).is_some_and(|wait| wait.is_zero());
        match shared.flush(is_due).await {
            Ok(wrote) => {
                failures = 0;
                if wrote {
                    renewed = Some(Instant::now());
                }
            }
            Err(error) => {
                failures = failures.saturating_add(1);
                tracing::warn!(code = %error.code, failures, "turn logs could not be written; trying again");
            }
        }
    }
}

/// What is refused about one turn is tried again, too, ever less often, and alone.
fn refuse(tail: &Tail, error: &Error) {
    let refusals = tail.refused(backoff);
    tracing::warn!(turn_id = %tail.held.turn, code = %error.code, refusals, "a turn's log is refused; trying again");
}

fn backoff(failures: u32) -> Duration {
    BACKOFF.0.saturating_mul(1 << failures.saturating_sub(1).min(8)).min(BACKOFF.1)
}
