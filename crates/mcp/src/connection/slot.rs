//! One connection as its users see it: its state, who may use it, and when the next attempt is due. No waiting here.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::{sync::watch, time::Instant};
use tokio_util::sync::CancellationToken;
use vertice_ports::Clock;

use super::{
    ConnectionFault, ConnectionKey, ConnectionState, Era, Limits, Target, call::Link, fault::Failure,
    log::Log,
};

/// A connection that lasted so long was a good one: what comes after it is a first failure.
const LASTED: std::time::Duration = std::time::Duration::from_secs(60);

pub(super) struct Slot {
    pub(super) key: ConnectionKey,
    pub(super) log: Arc<Log>,
    state: watch::Sender<ConnectionState>,
    inner: Mutex<Inner>,
}

#[derive(Default)]
struct Inner {
    /// Counts attempts: what a former one has to say is of no interest.
    round: u64,
    attempt: Option<Attempt>,
    link: Option<Link>,
    calls: usize,
    /// When the last call ended, or the connection was made.
    used: Option<Instant>,
    made: Option<Instant>,
    era: Option<Era>,
    failures: u32,
    due: Option<Instant>,
}

/// An attempt to connect, and what came of it.
#[derive(Clone)]
pub(super) struct Attempt {
    pub(super) round: u64,
    pub(super) target: Target,
    /// Ends it.
    pub(super) stop: CancellationToken,
    /// It has ended, and nothing of it is left.
    pub(super) gone: CancellationToken,
}

/// What is to be done for somebody who needs a connection.
pub(super) enum Needed {
    Nothing,
    /// To wait for what another one has begun.
    Patience,
    /// This attempt, once the former one has gone.
    Attempt(Attempt, Option<CancellationToken>),
}

/// An attempt that is under way; when this is dropped, it is no more.
pub(super) struct Stops<'a>(&'a Slot, u64);

impl Drop for Stops<'_> {
    fn drop(&mut self) {
        self.0.stopped(self.1);
    }
}

/// A use of a connection; it is not ended as idle meanwhile.
pub(super) struct Using<'a>(&'a Slot);

impl Slot {
    pub(super) fn new(key: ConnectionKey, clock: Arc<dyn Clock>) -> Self {
        let (state, _) = watch::channel(ConnectionState::Idle);
        Self { key, log: Arc::new(Log::new(clock)), state, inner: Mutex::default() }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn state(&self) -> ConnectionState {
        self.state.borrow().clone()
    }

    pub(super) fn watch(&self) -> watch::Receiver<ConnectionState> {
        self.state.subscribe()
    }

    pub(super) fn era(&self) -> Option<Era> {
        self.lock().era
    }

    pub(super) fn learn(&self, era: Option<Era>) {
        self.lock().era = era;
    }

    /// Begins an attempt if one is needed. `is_asked_for` is somebody who wants to know now; others wait for the next attempt
    /// to be due.
    pub(super) fn need(
        &self,
        target: &Target,
        is_asked_for: bool,
        over: &CancellationToken,
    ) -> Result<Needed, ConnectionFault> {
        let mut inner = self.lock();
        let is_other = inner.attempt.as_ref().is_some_and(|attempt| {
            attempt.target.transport != target.transport
                || attempt.target.private_network != target.private_network
        });
        if is_other {
            inner.era = None;
        } else {
            match self.state() {
                ConnectionState::Connected(_) => return Ok(Needed::Nothing),
                ConnectionState::Starting => return Ok(Needed::Patience),
                ConnectionState::NeedsAuth if !is_asked_for => return Err(ConnectionFault::NeedsAuth),
                ConnectionState::Failed(why)
                    if !is_asked_for && inner.due.is_some_and(|due| Instant::now() < due) =>
                {
                    return Err(ConnectionFault::Unreachable(why));
                }
                ConnectionState::Idle | ConnectionState::NeedsAuth | ConnectionState::Failed(_) => {}
            }
        }
        let former = inner.leave();
        inner.round += 1;
        let attempt = Attempt {
            round: inner.round,
            target: target.clone(),
            stop: over.child_token(),
            gone: CancellationToken::new(),
        };
        inner.attempt = Some(attempt.clone());
        self.state.send_replace(ConnectionState::Starting);
        Ok(Needed::Attempt(attempt, former))
    }

    /// An attempt has led to a connection.
    pub(super) fn connected(&self, round: u64, greeting: super::Greeting, link: Link) {
        let mut inner = self.lock();
        if inner.round == round {
            (inner.link, inner.used, inner.made) = (Some(link), Some(Instant::now()), Some(Instant::now()));
            self.state.send_replace(ConnectionState::Connected(greeting));
        }
    }

    /// There is no connection, or none any more.
    pub(super) fn failed(&self, round: u64, failure: Failure, limits: &Limits) {
        let mut inner = self.lock();
        if inner.round != round || inner.attempt.is_none() {
            return;
        }
        if inner.made.take().is_some_and(|made| made.elapsed() >= LASTED) {
            inner.failures = 0;
        }
        let pause =
            limits.back_off.saturating_mul(2_u32.saturating_pow(inner.failures)).min(limits.most_back_off);
        inner.failures = inner.failures.saturating_add(1);
        inner.due = Some(Instant::now() + pause);
        inner.link = None;
        if let Failure::Unreachable(why) | Failure::Strange(why) = &failure {
            self.log.note(why);
        }
        self.state.send_replace(failure.into());
    }

    pub(super) fn stops(&self, round: u64) -> Stops<'_> {
        Stops(self, round)
    }

    /// An attempt was stopped. Whoever began another one, or closed it, has said what it is now; the end of the server says
    /// nothing.
    pub(super) fn stopped(&self, round: u64) {
        let mut inner = self.lock();
        let is_over = !matches!(self.state(), ConnectionState::Connected(_) | ConnectionState::Starting);
        if inner.round == round && !is_over {
            inner.link = None;
            self.state.send_replace(ConnectionState::Idle);
        }
    }

    /// A call has found out that the connection is of no use any more.
    pub(super) fn give_up(&self, round: u64, failure: Failure, limits: &Limits) {
        self.failed(round, failure, limits);
        if let Some(attempt) = self.lock().attempt.as_ref().filter(|attempt| attempt.round == round) {
            attempt.stop.cancel();
        }
    }

    /// Gives up the connection if nobody has used it for so long; else says when to ask again.
    pub(super) fn retire(&self, round: u64, limits: &Limits) -> Result<(), Instant> {
        let mut inner = self.lock();
        if inner.round != round {
            return Ok(());
        }
        let due = if inner.calls > 0 { Instant::now() } else { inner.used.unwrap_or_else(Instant::now) }
            + limits.idle;
        if Instant::now() < due {
            return Err(due);
        }
        inner.link = None;
        self.state.send_replace(ConnectionState::Idle);
        Ok(())
    }

    /// Ends whatever there is. To be waited for, if there was something.
    pub(super) fn close(&self) -> Option<CancellationToken> {
        let mut inner = self.lock();
        let gone = inner.leave();
        inner.round += 1;
        (inner.failures, inner.due) = (0, None);
        self.state.send_replace(ConnectionState::Idle);
        gone
    }

    /// The connection, to be used.
    pub(super) fn take(&self) -> Option<(Link, Using<'_>)> {
        let mut inner = self.lock();
        let link = inner.link.clone()?;
        inner.calls += 1;
        Some((link, Using(self)))
    }

    /// A call came to a result: whatever failed before is forgotten.
    pub(super) fn succeeded(&self) {
        let mut inner = self.lock();
        (inner.failures, inner.due) = (0, None);
    }
}

impl Inner {
    fn leave(&mut self) -> Option<CancellationToken> {
        self.link = None;
        self.attempt.take().map(|attempt| {
            attempt.stop.cancel();
            attempt.gone
        })
    }
}

impl Drop for Using<'_> {
    fn drop(&mut self) {
        let mut inner = self.0.lock();
        inner.calls = inner.calls.saturating_sub(1);
        inner.used = Some(Instant::now());
    }
}
