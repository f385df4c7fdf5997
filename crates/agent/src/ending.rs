//! Stores the end of a turn, or says that it could not be stored.
//!
//! Nothing here ever reports an end as saved that the store has not confirmed.

use std::{future::Future, panic::AssertUnwindSafe, time::Duration};

use futures::FutureExt as _;
use tokio::time::{self, Instant};
use tokio_util::sync::CancellationToken;
use vertice_domain::{Error, Result, TurnFailure, UserId};
use vertice_ports::{
    TurnStore,
    turns::{EndTurn, Suspend, Suspended, TurnPhase},
};

/// How long the end of a turn waits for a store that fails before its listeners are told.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long one write may take before it counts as failed.
const WRITE_TIMEOUT: Duration = Duration::from_secs(10);
const FIRST_WAIT: Duration = Duration::from_millis(50);
const LONGEST_WAIT: Duration = Duration::from_secs(30);

/// What became of a turn's last write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stored {
    Yes,
    /// It was to be laid to sleep, but somebody wants it to stop: it is to be ended instead.
    Stopped,
    /// The turn is another node's, or has ended already: nothing of ours counts.
    Lost,
}

/// The last write of a turn that this node runs.
#[derive(Clone)]
pub(crate) enum LastWrite {
    End(Box<EndTurn>),
    /// It goes to sleep.
    Suspend(Box<Suspend>),
}

impl LastWrite {
    async fn write(self, turns: &dyn TurnStore) -> Result<Stored> {
        Ok(match self {
            Self::End(end) => {
                if turns.end(*end).await? {
                    Stored::Yes
                } else {
                    Stored::Lost
                }
            }
            Self::Suspend(suspend) => match turns.suspend(*suspend).await? {
                Suspended::Asleep => Stored::Yes,
                Suspended::Stopped => Stored::Stopped,
                Suspended::Lost => Stored::Lost,
            },
        })
    }

    const fn held(&self) -> vertice_ports::turns::Held {
        match self {
            Self::End(end) => end.held,
            Self::Suspend(suspend) => suspend.held,
        }
    }

    const fn leaves(&self) -> TurnPhase {
        match self {
            Self::End(_) => TurnPhase::Ended,
            Self::Suspend(_) => TurnPhase::Waiting,
        }
    }
}

/// What listeners are told when the end could not be stored.
pub(crate) fn unsaved() -> TurnFailure {
    TurnFailure {
        message:
            "The answer could not be saved: the database cannot be written right now. Copy what you need, \
                  then try again in a moment."
                .into(),
        ..Error::storage_unavailable().into()
    }
}

/// Stores `write`, trying again for a few seconds (once only when the server shuts down).
pub(crate) async fn store(
    turns: &dyn TurnStore,
    owner: UserId,
    write: &LastWrite,
    hurry: &CancellationToken,
) -> Result<Stored> {
    let deadline = Instant::now() + PATIENCE;
    let mut wait = FIRST_WAIT;
    let mut doubtful = false;
    loop {
        let error = match attempt(turns, owner, write, doubtful).await {
            Ok(stored) => return Ok(stored),
            Err(error) => error,
        };
        doubtful = true;
        tracing::warn!(code = %error.code, "the end of a turn could not be stored");
        if Instant::now() + wait > deadline || hurry.is_cancelled() {
            return Err(error);
        }
        pause(wait, hurry).await;
        wait *= 2;
    }
}

/// Stores `write`, or says why not.
pub(crate) async fn once(turns: &dyn TurnStore, owner: UserId, write: &LastWrite) -> Result<Stored> {
    attempt(turns, owner, write, false).await
}

/// Goes on trying to store `write` until the store has an answer or the server shuts down; then recovery sees to it.
pub(crate) async fn store_late(
    turns: &dyn TurnStore,
    owner: UserId,
    write: &LastWrite,
    shutdown: &CancellationToken,
) -> Option<Stored> {
    let mut wait = Duration::from_secs(1);
    while !shutdown.is_cancelled() {
        pause(wait, shutdown).await;
        if let Ok(stored) = attempt(turns, owner, write, true).await {
            tracing::info!("the end of a turn was stored late");
            return Some(stored);
        }
        wait = (wait * 2).min(LONGEST_WAIT);
    }
    None
}

async fn pause(wait: Duration, unless: &CancellationToken) {
    tokio::select! {
        () = time::sleep(wait) => {}
        () = unless.cancelled() => {}
    }
}

/// One attempt. After one of unknown outcome (`doubtful`) a refusal may mean that it had happened all the same.
async fn attempt(turns: &dyn TurnStore, owner: UserId, write: &LastWrite, doubtful: bool) -> Result<Stored> {
    match limited(write.clone().write(turns)).await {
        Ok(stored @ (Stored::Yes | Stored::Stopped)) => Ok(stored),
        Ok(Stored::Lost) if !doubtful => Ok(Stored::Lost),
        refused => {
            let held = write.held();
            let ours = match limited(turns.turn(owner, held.turn)).await {
                Ok(Some(stored)) => stored.phase == write.leaves() && stored.fence == held.fence,
                Ok(None) | Err(_) => false,
            };
            match refused {
                _ if ours => Ok(Stored::Yes),
                Ok(_) => Ok(Stored::Lost),
                Err(error) => Err(error),
            }
        }
    }
}

async fn limited<T>(work: impl Future<Output = Result<T>>) -> Result<T> {
    match time::timeout(WRITE_TIMEOUT, AssertUnwindSafe(work).catch_unwind()).await {
        Ok(Ok(result)) => result,
        Ok(Err(_panic)) => Err(Error::internal()),
        Err(_elapsed) => Err(Error::storage_unavailable()),
    }
}
