//! Writes that wait at the same time are committed together. On SQLite there is one writer, and each commit waits for the
//! disk: a task of its own takes what waits, runs each write in a savepoint and commits once. A write that fails, or that
//! finds nothing to do, undoes itself alone; a caller that goes away harms nobody. PostgreSQL does the same in its own
//! log, so that there each write is a transaction.

use std::{panic::AssertUnwindSafe, sync::Arc, time::Duration};

use futures::{FutureExt as _, future::BoxFuture};
use sqlx::{AnyConnection, AnyPool, Connection as _};
use tokio::sync::{Semaphore, mpsc, oneshot};
use vertice_domain::Error;
use vertice_runtime::Tasks;

use super::Database;
use crate::fault::Fault;

/// The most writes of one commit: a few ten milliseconds of work, for which every other writer waits.
const GROUP: usize = 128;
/// Writes that wait beyond that; more make their callers wait until they may wait.
const QUEUE: usize = 1_024;
/// Of PostgreSQL's connections those that grouped writes use at most: the others are left to everybody else.
const TRANSACTIONS: usize = 10;
/// How often others have their turn before the next group is taken: from task to task, a turn hands on to the ledger's
/// writer, and this to the queue.
const STEPS_TO_THE_NEXT_WRITE: usize = 3;
/// How long a write waits for one of them.
const PATIENCE: Duration = Duration::from_secs(30);

/// What becomes of what a write has written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict<T> {
    /// It is committed.
    Keep(T),
    /// It is taken back; the caller gets this answer.
    Undo(T),
}

/// Which writes a write waits for, where callers write by themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lane {
    Common,
    /// The logs of running turns and the node's lease: a lease that runs out behind a burst of others would cost the node
    /// every turn.
    Log,
}

/// Who commits grouped writes.
#[derive(Debug, Clone)]
pub(super) enum Groups {
    Task {
        queue: mpsc::Sender<Box<dyn Write>>,
        tasks: Tasks,
    },
    /// The callers, so many at once.
    Callers {
        common: Arc<Semaphore>,
        log: Arc<Semaphore>,
    },
}

impl Groups {
    /// Starts the task that writes to a pool of one connection.
    pub(super) fn task(pool: AnyPool) -> Self {
        let (queue, waiting) = mpsc::channel(QUEUE);
        let tasks = Tasks::default();
        let shutdown = tasks.shutdown_token();
        tasks.spawn(async move { commit_groups(&pool, waiting, shutdown.cancelled_owned()).await });
        Self::Task { queue, tasks }
    }

    /// Lets callers write by themselves.
    pub(super) fn callers() -> Self {
        let permits = |count| Arc::new(Semaphore::new(count));
        Self::Callers { common: permits(TRANSACTIONS), log: permits(1) }
    }

    /// Commits what waits and takes nothing more.
    pub(super) async fn close(&self) {
        match self {
            Self::Task { tasks, .. } => tasks.shut_down().await,
            Self::Callers { common, log } => {
                common.close();
                log.close();
            }
        }
    }
}

impl Database {
    /// Runs `work` in a transaction, perhaps together with others of its kind; on the disk when this returns. A caller
    /// that goes away before its turn comes has written nothing.
    pub(crate) async fn grouped<T, W>(&self, work: W) -> Result<T, Fault>
    where
        T: Send + 'static,
        W: for<'c> FnOnce(&'c mut AnyConnection) -> BoxFuture<'c, Result<Verdict<T>, Fault>> + Send + 'static,
    {
        self.grouped_in(Lane::Common, work).await
    }

    pub(crate) async fn grouped_in<T, W>(&self, lane: Lane, work: W) -> Result<T, Fault>
    where
        T: Send + 'static,
        W: for<'c> FnOnce(&'c mut AnyConnection) -> BoxFuture<'c, Result<Verdict<T>, Fault>> + Send + 'static,
    {
        match &self.groups {
            Groups::Task { queue, .. } => {
                let (answer, answered) = oneshot::channel();
                let write = Waiting { work: Some(work), outcome: None, answer };
                queue.send(Box::new(write)).await.map_err(|_| sqlx::Error::PoolClosed)?;
                answered.await.map_err(|_| sqlx::Error::WorkerCrashed)?
            }
            Groups::Callers { common, log } => {
                let permits = if lane == Lane::Log { log } else { common };
                let permit = tokio::time::timeout(PATIENCE, permits.acquire()).await;
                let _permit =
                    permit.map_err(|_| sqlx::Error::PoolTimedOut)?.map_err(|_| sqlx::Error::PoolClosed)?;
                let mut transaction = self.begin_write().await?;
                match work(&mut transaction).await? {
                    Verdict::Keep(answer) => transaction.commit().await.map(|()| answer).map_err(Fault::from),
                    Verdict::Undo(answer) => {
                        transaction.rollback().await.map(|()| answer).map_err(Fault::from)
                    }
                }
            }
        }
    }
}

/// How a write in a group went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Done {
    Kept,
    Undone,
    /// The database cannot be used right now: SQLite may have ended the whole transaction.
    Outage,
}

/// A write that waits for the task.
pub(super) trait Write: Send + std::fmt::Debug {
    /// Whether nobody waits for it any more.
    fn is_abandoned(&self) -> bool;
    /// Does it, and keeps what came of it until the commit.
    fn run<'c>(&'c mut self, connection: &'c mut AnyConnection) -> BoxFuture<'c, Done>;
    /// Tells its caller; with `failure` the group was not committed.
    fn tell(self: Box<Self>, failure: Option<&Error>);
}

struct Waiting<T, W> {
    work: Option<W>,
    outcome: Option<Result<Verdict<T>, Fault>>,
    answer: oneshot::Sender<Result<T, Fault>>,
}

impl<T, W> std::fmt::Debug for Waiting<T, W> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Waiting")
    }
}

impl<T, W> Write for Waiting<T, W>
where
    T: Send + 'static,
    W: for<'c> FnOnce(&'c mut AnyConnection) -> BoxFuture<'c, Result<Verdict<T>, Fault>> + Send + 'static,
{
    fn is_abandoned(&self) -> bool {
        self.answer.is_closed()
    }

    fn run<'c>(&'c mut self, connection: &'c mut AnyConnection) -> BoxFuture<'c, Done> {
        let work = self.work.take();
        Box::pin(async move {
            let Some(work) = work else { return Done::Undone };
            // One caller's defect must not end the writes of everybody.
            let ran = AssertUnwindSafe(async move { work(connection).await }).catch_unwind().await;
            let outcome = ran.unwrap_or(Err(Fault::Broken("a write panicked")));
            let done = match &outcome {
                Ok(Verdict::Keep(_)) => Done::Kept,
                Err(fault) if fault.is_outage() => Done::Outage,
                Ok(Verdict::Undo(_)) | Err(_) => Done::Undone,
            };
            self.outcome = Some(outcome);
            done
        })
    }

    fn tell(self: Box<Self>, failure: Option<&Error>) {
        let answer = match (self.outcome, failure) {
            (Some(Ok(Verdict::Undo(answer))), _) | (Some(Ok(Verdict::Keep(answer))), None) => Ok(answer),
            (Some(Err(fault)), _) => Err(fault),
            (_, Some(failure)) => Err(Fault::Refused(failure.clone())),
            (None, None) => Err(Fault::Broken("a write was committed that never ran")),
        };
        // Whoever went away meanwhile does not hear it.
        let _ = self.answer.send(answer);
    }
}

async fn commit_groups(
    pool: &AnyPool,
    mut waiting: mpsc::Receiver<Box<dyn Write>>,
    closing: impl Future<Output = ()>,
) {
    let mut closing = Box::pin(closing.fuse());
    let mut group = Vec::with_capacity(GROUP);
    loop {
        let taken = tokio::select! {
            taken = waiting.recv_many(&mut group, GROUP) => taken,
            () = &mut closing => {
                waiting.close();
                continue;
            }
        };
        if taken == 0 {
            return;
        }
        group.retain(|write| !write.is_abandoned());
        // The fault is logged here, once for all of them.
        let failure = commit(pool, &mut group).await.err().map(Error::from);
        group.drain(..).for_each(|write| write.tell(failure.as_ref()));
        // Who was told may have something to write next: a turn that has begun enters its call. In the next group, not
        // in the one after it.
        for _ in 0..STEPS_TO_THE_NEXT_WRITE {
            tokio::task::yield_now().await;
        }
    }
}

async fn commit(pool: &AnyPool, group: &mut [Box<dyn Write>]) -> Result<(), Fault> {
    if group.is_empty() {
        return Ok(());
    }
    let mut transaction = pool.begin_with("BEGIN IMMEDIATE").await?;
    let mut kept = false;
    for write in group {
        let mut savepoint = transaction.begin().await?;
        match write.run(&mut savepoint).await {
            Done::Kept => {
                kept = true;
                savepoint.commit().await?;
            }
            Done::Undone => savepoint.rollback().await?,
            Done::Outage => return Err(Fault::Refused(Error::storage_unavailable())),
        }
    }
    if kept { Ok(transaction.commit().await?) } else { Ok(transaction.rollback().await?) }
}

#[cfg(test)]
mod tests {
    use sqlx::Executor as _;

    use super::*;
    use crate::{DatabaseConfig, DatabaseUrl};

    #[tokio::test]
    async fn a_write_that_panics_harms_no_other() {
        let folder = tempfile::tempdir().unwrap();
        let url = DatabaseUrl::Sqlite(folder.path().join("vertice.db"));
        let config = DatabaseConfig { url, backup_dir: folder.path().join("backups") };
        let db = Database::open(&config).await.unwrap();
        let write = |name: &'static str, panics: bool| {
            db.grouped(move |connection| {
                Box::pin(async move {
                    let sql = "INSERT INTO site_settings (name, value) VALUES ($1, 'x')";
                    connection.execute(sqlx::query(sql).bind(name)).await?;
                    assert!(!panics, "as the test wants it");
                    Ok(Verdict::Keep(name))
                })
            })
        };
        let (a, b, c) = tokio::join!(write("a", false), write("b", true), write("c", false));
        assert_eq!((a.unwrap(), c.unwrap()), ("a", "c"));
        assert!(matches!(b, Err(Fault::Broken(_))));
        assert_eq!(write("d", false).await.unwrap(), "d");
        let stored = sqlx::query("SELECT name FROM site_settings").fetch_all(db.reader()).await.unwrap();
        assert_eq!(stored.len(), 3);
        db.close().await;
        assert!(write("e", false).await.is_err_and(|fault| fault.is_outage()));
    }
}
