//! Stores the end of a turn, or says that it could not be stored.
//!
//! Nothing here ever reports an end as saved that the store has not confirmed.

use std::{future::Future, panic::AssertUnwindSafe, time::Duration};

use futures::FutureExt as _;
use tokio::time::{self, Instant};
use tokio_util::sync::CancellationToken;
use vertice_domain::{Error, Result, TurnFailure, UserId};
use vertice_ports::{TurnStore, store::EndTurn};

/// How long the end of a turn waits for a store that fails before its listeners are told.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long one write may take before it counts as failed.
const WRITE_TIMEOUT: Duration = Duration::from_secs(10);
const FIRST_WAIT: Duration = Duration::from_millis(50);
const LONGEST_WAIT: Duration = Duration::from_secs(30);

/// What listeners are told when the end could not be stored.
pub(crate) fn unsaved() -> TurnFailure {
    TurnFailure {
        code: Error::storage_unavailable().code,
        message:
            "The answer could not be saved: the database cannot be written right now. Copy what you need, \
                  then try again in a moment."
                .into(),
        status: 503,
        retryable: true,
        retry_after_s: None,
    }
}

/// Stores `end`, trying again for a few seconds (once only when the server shuts down).
pub(crate) async fn store(
    turns: &dyn TurnStore,
    owner: UserId,
    end: &EndTurn,
    hurry: &CancellationToken,
) -> Result<()> {
    let deadline = Instant::now() + PATIENCE;
    let mut wait = FIRST_WAIT;
    loop {
        let Err(error) = attempt(turns, owner, end).await else { return Ok(()) };
        tracing::warn!(code = %error.code, "the end of a turn could not be stored");
        if Instant::now() + wait > deadline || hurry.is_cancelled() {
            return Err(error);
        }
        pause(wait, hurry).await;
        wait *= 2;
    }
}

/// Goes on trying to store `end` until the store takes it or the server shuts down; then recovery sees to it.
pub(crate) async fn store_late(
    turns: &dyn TurnStore,
    owner: UserId,
    end: &EndTurn,
    shutdown: &CancellationToken,
) {
    let mut wait = Duration::from_secs(1);
    while !shutdown.is_cancelled() {
        pause(wait, shutdown).await;
        if attempt(turns, owner, end).await.is_ok() {
            tracing::info!("the end of a turn was stored late");
            return;
        }
        wait = (wait * 2).min(LONGEST_WAIT);
    }
}

async fn pause(wait: Duration, unless: &CancellationToken) {
    tokio::select! {
        () = time::sleep(wait) => {}
        () = unless.cancelled() => {}
    }
}

async fn attempt(turns: &dyn TurnStore, owner: UserId, end: &EndTurn) -> Result<()> {
    let Err(error) = limited(turns.end(end.clone())).await else { return Ok(()) };
    // A write whose confirmation got lost has happened all the same; storing it twice would fail for ever.
    match limited(turns.turn(owner, end.turn)).await {
        Ok(Some(stored)) if stored.ended => Ok(()),
        Ok(_) | Err(_) => Err(error),
    }
}

async fn limited<T>(work: impl Future<Output = Result<T>>) -> Result<T> {
    match time::timeout(WRITE_TIMEOUT, AssertUnwindSafe(work).catch_unwind()).await {
        Ok(Ok(result)) => result,
        Ok(Err(_panic)) => Err(Error::internal()),
        Err(_elapsed) => Err(Error::storage_unavailable()),
    }
}
