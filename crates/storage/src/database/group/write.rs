//! A write that waits for its turn, and what became of it.

use std::panic::AssertUnwindSafe;

use futures::{FutureExt as _, future::BoxFuture};
use sqlx::AnyConnection;
use tokio::sync::oneshot;
use vertice_domain::Error;

use super::Verdict;
use crate::fault::Fault;

/// How a write in a group went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::database) enum Done {
    Kept,
    Undone,
    /// The database cannot be used right now: SQLite may have ended the whole transaction.
    Outage,
}

/// A write that waits for the task.
pub(in crate::database) trait Write: Send + std::fmt::Debug {
    /// Whether nobody waits for it any more.
    fn is_abandoned(&self) -> bool;
    /// Whether the database undoes it by itself when it fails.
    fn is_one_statement(&self) -> bool;
    /// Does it, and keeps what came of it until the commit.
    fn run<'c>(&'c mut self, connection: &'c mut AnyConnection) -> BoxFuture<'c, Done>;
    /// Tells its caller; with `failure` the group was not committed.
    fn tell(self: Box<Self>, failure: Option<&Error>);
}

pub(super) struct Waiting<T, W> {
    work: Option<W>,
    is_one_statement: bool,
    outcome: Option<Result<Verdict<T>, Fault>>,
    answer: oneshot::Sender<Result<T, Fault>>,
}

impl<T, W> Waiting<T, W> {
    pub(super) fn new(work: W, is_one_statement: bool, answer: oneshot::Sender<Result<T, Fault>>) -> Self {
        Self { work: Some(work), is_one_statement, outcome: None, answer }
    }
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

    fn is_one_statement(&self) -> bool {
        self.is_one_statement
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
