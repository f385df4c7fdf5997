//! Writes the ledger's rows: one round at a time, each with all that has come up meanwhile, in one transaction.
//!
//! An opening is tried once, because somebody waits for it and the call can still be refused. A closing is tried until it
//! is stored or the server shuts down, because the money is spent; what is left then is closed by the next start. It
//! must never drop a closing otherwise, nor say that a row stands before the ledger has said so.

mod queue;

use std::{
    panic::AssertUnwindSafe,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use futures::{FutureExt as _, future::BoxFuture};
use tokio::{
    sync::{Notify, oneshot},
    time::{self, Instant},
};
use tokio_util::sync::CancellationToken;
use vertice_domain::{CallId, Error, ErrorKind, Result};
use vertice_ports::{Ledger, ledger::LedgerEntry};
use vertice_runtime::Tasks;

use queue::{Job, Next, Pending, Queue};

/// How long a call waits for its row before it is refused.
const OPEN_PATIENCE: Duration = Duration::from_secs(5);
/// How long the end of a call waits for its row before it is told all the same.
const CLOSE_PATIENCE: Duration = Duration::from_secs(5);
/// How long one write may take before it counts as failed.
const WRITE_TIMEOUT: Duration = Duration::from_secs(10);

/// The one writer of a process. Cheap to clone.
#[derive(Clone)]
pub(crate) struct EntryWriter(Arc<Shared>);

struct Shared {
    ledger: Arc<dyn Ledger>,
    tasks: Tasks,
    queue: Mutex<Queue>,
    wanted: Notify,
}

impl EntryWriter {
    pub(crate) fn new(ledger: Arc<dyn Ledger>, tasks: Tasks) -> Self {
        Self(Arc::new(Shared { ledger, tasks, queue: Mutex::default(), wanted: Notify::new() }))
    }

    /// Enters a call that is about to be made. Failed or given up, it is taken back.
    pub(crate) async fn open(&self, entry: LedgerEntry) -> Result<()> {
        let mut guard = Unconfirmed { writer: self, call: Some(entry.id) };
        let confirmed = self.push(Job::Open(entry));
        time::timeout(OPEN_PATIENCE, confirmed)
            .await
            .map_err(|_elapsed| Error::storage_unavailable())?
            .map_err(|_gone| Error::internal())??;
        guard.call = None;
        Ok(())
    }

    /// Enters the end of a call. The future comes when that is done, or after a few seconds.
    pub(crate) fn close(&self, entry: LedgerEntry) -> BoxFuture<'static, ()> {
        let confirmed = self.push(Job::Close(entry));
        let entered = async move {
            // Whatever comes of it, the writer goes on trying.
            let _ = time::timeout(CLOSE_PATIENCE, confirmed).await;
        };
        entered.boxed()
    }

    /// Takes back a call that was opened and never made.
    pub(crate) fn withdraw(&self, call: CallId) {
        if !self.0.lock().forget_opening(call) {
            self.push(Job::Withdraw(call));
        }
    }

    fn push(&self, job: Job) -> oneshot::Receiver<Result<()>> {
        let (told, confirmed) = oneshot::channel();
        if self.0.lock().push(Pending::new(job, told, Instant::now())) {
            let shared = Arc::clone(&self.0);
            // A task of its own, under nobody's span: it works for all calls.
            tracing::Span::none().in_scope(|| self.0.tasks.spawn(work(shared)));
        } else {
            self.0.wanted.notify_one();
        }
        confirmed
    }
}

/// A row that may or may not stand: taken back, unless it is confirmed.
struct Unconfirmed<'a> {
    writer: &'a EntryWriter,
    call: Option<CallId>,
}

impl Drop for Unconfirmed<'_> {
    fn drop(&mut self) {
        if let Some(call) = self.call {
            self.writer.withdraw(call);
        }
    }
}

/// Writes until there is nothing left to be written.
async fn work(shared: Arc<Shared>) {
    let shutdown = shared.tasks.shutdown_token();
    loop {
        let next = shared.lock().next(Instant::now(), shutdown.is_cancelled());
        match next {
            Next::Round(round) => shared.write(round, &shutdown).await,
            Next::Wait(until) => {
                tokio::select! {
                    () = time::sleep_until(until) => {}
                    () = shared.wanted.notified() => {}
                    () = shutdown.cancelled() => {}
                }
            }
            Next::Rest => return,
        }
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn write(&self, round: Vec<Pending>, shutdown: &CancellationToken) {
        let (withdrawn, entered): (Vec<_>, Vec<_>) =
            round.into_iter().partition(|one| one.job.withdrawn().is_some());
        for part in [entered, withdrawn].into_iter().filter(|part| !part.is_empty()) {
            let result = self.attempt(&part).await;
            // What the store refuses of one call must not hold up the others.
            if matches!(&result, Err(error) if error.kind != ErrorKind::Unavailable) && part.len() > 1 {
                for pending in part {
                    let alone = [pending];
                    let result = self.attempt(&alone).await;
                    self.settle(alone, &result, shutdown);
                }
            } else {
                self.settle(part, &result, shutdown);
            }
        }
    }

    async fn attempt(&self, part: &[Pending]) -> Result<()> {
        let entries: Vec<LedgerEntry> = part.iter().filter_map(|one| one.job.entry()).cloned().collect();
        let withdrawn: Vec<CallId> = part.iter().filter_map(|one| one.job.withdrawn()).collect();
        let work = async {
            if !entries.is_empty() {
                self.ledger.enter(&entries).await?;
            }
            if !withdrawn.is_empty() {
                self.ledger.withdraw(&withdrawn).await?;
            }
            Ok(())
        };
        match time::timeout(WRITE_TIMEOUT, AssertUnwindSafe(work).catch_unwind()).await {
            Ok(Ok(result)) => result,
            Ok(Err(_panic)) => Err(Error::internal()),
            Err(_elapsed) => Err(Error::storage_unavailable()),
        }
    }

    /// Tells those who wait, and keeps what is to be tried again.
    fn settle(
        &self,
        round: impl IntoIterator<Item = Pending>,
        result: &Result<()>,
        shutdown: &CancellationToken,
    ) {
        let Err(error) = result else {
            round.into_iter().for_each(|pending| pending.tell(Ok(())));
            self.lock().hasten(Instant::now());
            return;
        };
        metrics::counter!("vertice_ledger_errors_total").increment(1);
        let (mut kept, mut lost) = (0_u64, 0_u64);
        for pending in round {
            match pending.again(error, Instant::now()) {
                None => {}
                Some(_) if shutdown.is_cancelled() => lost += 1,
                Some(again) => {
                    kept += 1;
                    self.lock().put_back(again);
                }
            }
        }
        if lost > 0 {
            tracing::error!(count = lost, code = %error.code, "provider calls are left open; the next start bills them by estimate");
        } else {
            tracing::warn!(code = %error.code, trying_again = kept, "the ledger could not be written");
        }
    }
}
