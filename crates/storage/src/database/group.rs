//! Writes that wait at the same time are committed together. On SQLite there is one writer, and each commit waits for the
//! disk: a task of its own takes what waits, runs one write after the other and commits once. A write that fails, or that
//! finds nothing to do, undoes itself alone; a caller that goes away harms nobody. PostgreSQL does the same in its own
//! log, so that there each write is a transaction.

mod task;
mod write;

use std::{sync::Arc, time::Duration};

use futures::future::BoxFuture;
use sqlx::{AnyConnection, AnyPool};
use tokio::sync::{Semaphore, mpsc, oneshot};
use vertice_runtime::Tasks;

use self::{
    task::{Queues, commit_groups},
    write::{Waiting, Write},
};
use super::Database;
use crate::fault::Fault;

/// Writes that wait beyond that; more make their callers wait until they may wait.
const QUEUE: usize = 1_024;
/// Of PostgreSQL's connections those that grouped writes use at most: the others are left to everybody else.
const TRANSACTIONS: usize = 10;
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

/// Which writes a write waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Lane {
    Common,
    /// The logs of running turns and the node's lease: a lease that runs out behind a burst of others would cost the node
    /// every turn, and what waits is lost in a crash.
    Log,
}

/// How a write is done.
#[derive(Debug, Clone, Copy)]
struct Manner {
    lane: Lane,
    /// The database undoes a statement that fails: there is nothing else to be undone.
    is_one_statement: bool,
}

/// Who commits grouped writes.
#[derive(Debug, Clone)]
pub(super) enum Groups {
    Task {
        common: mpsc::Sender<Box<dyn Write>>,
        log: mpsc::Sender<Box<dyn Write>>,
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
        let (common, common_waiting) = mpsc::channel(QUEUE);
        let (log, log_waiting) = mpsc::channel(QUEUE);
        let queues = Queues { log: log_waiting, common: common_waiting };
        let tasks = Tasks::default();
        let shutdown = tasks.shutdown_token();
        tasks.spawn(async move { commit_groups(&pool, queues, shutdown.cancelled_owned()).await });
        Self::Task { common, log, tasks }
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
        self.grouped_in(Manner { lane: Lane::Common, is_one_statement: false }, work).await
    }

    /// The same for work that is at most one statement, with nothing after it that may fail.
    pub(crate) async fn grouped_statement<T, W>(&self, work: W) -> Result<T, Fault>
    where
        T: Send + 'static,
        W: for<'c> FnOnce(&'c mut AnyConnection) -> BoxFuture<'c, Result<Verdict<T>, Fault>> + Send + 'static,
    {
        self.grouped_in(Manner { lane: Lane::Common, is_one_statement: true }, work).await
    }

    /// The same for logs, which wait for nothing else.
    pub(crate) async fn grouped_logs<T, W>(&self, work: W) -> Result<T, Fault>
    where
        T: Send + 'static,
        W: for<'c> FnOnce(&'c mut AnyConnection) -> BoxFuture<'c, Result<Verdict<T>, Fault>> + Send + 'static,
    {
        self.grouped_in(Manner { lane: Lane::Log, is_one_statement: false }, work).await
    }

    async fn grouped_in<T, W>(&self, manner: Manner, work: W) -> Result<T, Fault>
    where
        T: Send + 'static,
        W: for<'c> FnOnce(&'c mut AnyConnection) -> BoxFuture<'c, Result<Verdict<T>, Fault>> + Send + 'static,
    {
        match &self.groups {
            Groups::Task { common, log, .. } => {
                let (answer, answered) = oneshot::channel();
                let queue = if manner.lane == Lane::Log { log } else { common };
                let write = Waiting::new(work, manner.is_one_statement, answer);
                queue.send(Box::new(write)).await.map_err(|_| sqlx::Error::PoolClosed)?;
                answered.await.map_err(|_| sqlx::Error::WorkerCrashed)?
            }
            Groups::Callers { common, log } => {
                let permits = if manner.lane == Lane::Log { log } else { common };
                let permit = tokio::time::timeout(PATIENCE, permits.acquire()).await;
                let _permit =
                    permit.map_err(|_| sqlx::Error::PoolTimedOut)?.map_err(|_| sqlx::Error::PoolClosed)?;
                if manner.is_one_statement {
                    let (Verdict::Keep(answer) | Verdict::Undo(answer)) =
                        work(&mut *self.writer().acquire().await?).await?;
                    return Ok(answer);
                }
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

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use futures::future::join_all;
    use sqlx::Executor as _;
    use tokio::sync::Notify;

    use super::*;
    use crate::{DatabaseConfig, DatabaseUrl};

    async fn open() -> (tempfile::TempDir, Database) {
        let folder = tempfile::tempdir().unwrap();
        let url = DatabaseUrl::Sqlite(folder.path().join("vertice.db"));
        let config = DatabaseConfig { url, backup_dir: folder.path().join("backups") };
        let db = Database::open(&config).await.unwrap();
        (folder, db)
    }

    const SQL: &str = "INSERT INTO site_settings (name, value) VALUES ($1, 'x')";

    async fn stored(db: &Database) -> usize {
        sqlx::query("SELECT name FROM site_settings").fetch_all(db.reader()).await.unwrap().len()
    }

    #[tokio::test]
    async fn a_write_that_panics_harms_no_other() {
        let (_folder, db) = open().await;
        let write = |name: &'static str, panics: bool| {
            db.grouped(move |connection| {
                Box::pin(async move {
                    connection.execute(sqlx::query(SQL).bind(name)).await?;
                    assert!(!panics, "as the test wants it");
                    Ok(Verdict::Keep(name))
                })
            })
        };
        // Also as the first one of its group.
        let (z, a, b, c) =
            tokio::join!(write("z", true), write("a", false), write("b", true), write("c", false));
        assert_eq!((a.unwrap(), c.unwrap()), ("a", "c"));
        assert!(matches!((z, b), (Err(Fault::Broken(_)), Err(Fault::Broken(_)))));
        assert_eq!(write("d", false).await.unwrap(), "d");
        assert_eq!(stored(&db).await, 3);
        db.close().await;
        assert!(write("e", false).await.is_err_and(|fault| fault.is_outage()));
    }

    #[tokio::test]
    async fn a_statement_that_fails_harms_no_other() {
        let (_folder, db) = open().await;
        let write = |name: &'static str| {
            db.grouped_statement(move |connection| {
                Box::pin(async move {
                    connection.execute(sqlx::query(SQL).bind(name)).await?;
                    Ok(Verdict::Keep(()))
                })
            })
        };
        let (a, again, b) = tokio::join!(write("a"), write("a"), write("b"));
        assert!(a.is_ok() && b.is_ok() && again.is_err());
        assert_eq!(stored(&db).await, 2);
        db.close().await;
    }

    #[tokio::test]
    async fn logs_do_not_wait_behind_a_burst() {
        let (_folder, db) = open().await;
        let (held_up, run) = (Arc::new(Notify::new()), Arc::new(AtomicUsize::new(0)));
        let go = Arc::clone(&held_up);
        let first = db.grouped(move |_| {
            Box::pin(async move {
                go.notified().await;
                Ok(Verdict::Keep(()))
            })
        });
        let count = |run: &Arc<AtomicUsize>| {
            let run = Arc::clone(run);
            db.grouped(move |_| {
                Box::pin(async move { Ok(Verdict::Keep(run.fetch_add(1, Ordering::SeqCst))) })
            })
        };
        let burst = join_all((0..500).map(|_| count(&run)));
        let seen = Arc::clone(&run);
        let log = async {
            // When all of the burst waits.
            tokio::task::yield_now().await;
            held_up.notify_one();
            db.grouped_logs(move |_| Box::pin(async move { Ok(Verdict::Keep(seen.load(Ordering::SeqCst))) }))
                .await
        };
        let (first, burst, log) = tokio::join!(first, burst, log);
        assert!(first.is_ok() && burst.into_iter().all(|done| done.is_ok()));
        let before = log.unwrap();
        assert!(before < 300, "{before} of 500 came before it");
        db.close().await;
    }
}
