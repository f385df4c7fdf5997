//! The task that commits groups on SQLite.

use futures::FutureExt as _;
use sqlx::{AnyPool, Connection as _};
use tokio::sync::mpsc;
use vertice_domain::Error;

use super::write::{Done, Write};
use crate::fault::Fault;

/// The most writes of one commit: a few ten milliseconds of work, for which every other writer waits.
const GROUP: usize = 128;
/// How often others have their turn before a group is taken: what begins together is committed together. From task to task, a
/// turn that begins or ends hands on to the ledger's writer, and this to the queue.
const STEPS_TO_THE_NEXT_WRITE: usize = 3;

/// The writes that wait, by lane.
pub(super) struct Queues {
    pub(super) log: mpsc::Receiver<Box<dyn Write>>,
    pub(super) common: mpsc::Receiver<Box<dyn Write>>,
}

impl Queues {
    /// None: they are closed and empty.
    async fn next(&mut self) -> Option<Box<dyn Write>> {
        tokio::select! {
            biased;
            Some(write) = self.log.recv() => Some(write),
            Some(write) = self.common.recv() => Some(write),
            else => None,
        }
    }

    /// Takes what waits, up to a whole group: logs first, so that no burst keeps the text of running turns from the disk.
    fn take(&mut self, group: &mut Vec<Box<dyn Write>>) {
        for queue in [&mut self.log, &mut self.common] {
            while group.len() < GROUP
                && let Ok(write) = queue.try_recv()
            {
                group.push(write);
            }
        }
    }

    fn close(&mut self) {
        self.log.close();
        self.common.close();
    }
}

pub(super) async fn commit_groups(pool: &AnyPool, mut queues: Queues, closing: impl Future<Output = ()>) {
    let mut closing = Box::pin(closing.fuse());
    let mut group = Vec::with_capacity(GROUP);
    loop {
        let first = tokio::select! {
            first = queues.next() => first,
            () = &mut closing => {
                queues.close();
                continue;
            }
        };
        let Some(first) = first else { return };
        group.push(first);
        for _ in 0..STEPS_TO_THE_NEXT_WRITE {
            tokio::task::yield_now().await;
        }
        queues.take(&mut group);
        group.retain(|write| !write.is_abandoned());
        // The fault is logged here, once for all of them.
        let failure = commit(pool, &mut group).await.err().map(Error::from);
        group.drain(..).for_each(|write| write.tell(failure.as_ref()));
    }
}

/// Runs the writes and commits them once. One that is undone takes nothing else with it: a savepoint stands before it, where
/// there is something else.
async fn commit(pool: &AnyPool, group: &mut [Box<dyn Write>]) -> Result<(), Fault> {
    let (mut open, mut kept, mut savepoints) = (None, 0_usize, 0_usize);
    for write in group {
        let mut transaction = match open.take() {
            Some(transaction) => transaction,
            None => pool.begin_with("BEGIN IMMEDIATE").await?,
        };
        if kept > 0 && !write.is_one_statement() {
            savepoints += 1;
            let mut savepoint = transaction.begin().await?;
            match write.run(&mut savepoint).await {
                Done::Kept => savepoint.commit().await?,
                Done::Undone => savepoint.rollback().await?,
                Done::Outage => return Err(outage()),
            }
        } else {
            match write.run(&mut transaction).await {
                Done::Kept => kept += 1,
                // It has left nothing behind.
                Done::Undone if kept > 0 => {}
                Done::Undone => {
                    transaction.rollback().await?;
                    continue;
                }
                Done::Outage => return Err(outage()),
            }
        }
        open = Some(transaction);
    }
    if let Some(transaction) = open {
        transaction.commit().await?;
        tracing::trace!(savepoints, "committed");
    }
    Ok(())
}

/// SQLite may have ended the whole transaction.
fn outage() -> Fault {
    Fault::Refused(Error::storage_unavailable())
}
