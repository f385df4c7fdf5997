//! What waits to be written, and in which rounds. Pure but for the answers to those who wait.

use std::{collections::VecDeque, time::Duration};

use tokio::{sync::oneshot, time::Instant};
use vertice_domain::{CallId, Error, ErrorKind, Result};
use vertice_ports::ledger::LedgerEntry;

/// The most rows of one transaction: others wait for its connection, too.
const MAX_ROUND: usize = 512;
/// The most rows that are still to be taken back while the ledger cannot be written. Beyond that they are left to the
/// next start, which bills the few that stand by estimate.
const MAX_WITHDRAWN: usize = 10_000;
/// The first and the longest wait after failed writes.
const BACKOFF: (Duration, Duration) = (Duration::from_millis(50), Duration::from_secs(30));

/// One thing to be written.
pub(super) enum Job {
    Open(LedgerEntry),
    Close(LedgerEntry),
    Withdraw(CallId),
}

impl Job {
    pub(super) fn entry(&self) -> Option<&LedgerEntry> {
        match self {
            Self::Open(entry) | Self::Close(entry) => Some(entry),
            Self::Withdraw(_) => None,
        }
    }

    pub(super) fn withdrawn(&self) -> Option<CallId> {
        match self {
            Self::Withdraw(call) => Some(*call),
            Self::Open(_) | Self::Close(_) => None,
        }
    }
}

/// A job with whoever waits for it.
pub(super) struct Pending {
    pub(super) job: Job,
    told: oneshot::Sender<Result<()>>,
    due: Instant,
    tries: u32,
    /// The store refused it by itself: it is never written together with others again.
    alone: bool,
}

impl Pending {
    pub(super) fn new(job: Job, told: oneshot::Sender<Result<()>>, now: Instant) -> Self {
        Self { job, told, due: now, tries: 0, alone: false }
    }

    pub(super) fn tell(self, result: Result<()>) {
        // Nobody may be waiting any more.
        let _ = self.told.send(result);
    }

    /// The same to be tried later; none: it was an opening, which has been told that it failed.
    pub(super) fn again(mut self, error: &Error, now: Instant) -> Option<Self> {
        if matches!(self.job, Job::Open(_)) {
            self.tell(Err(error.clone()));
            return None;
        }
        self.due = now + BACKOFF.0.saturating_mul(1 << self.tries.min(16)).min(BACKOFF.1);
        self.tries = self.tries.saturating_add(1);
        self.alone |= error.kind != ErrorKind::Unavailable;
        Some(self)
    }
}

/// What is to be done next.
pub(super) enum Next {
    /// This, in one transaction.
    Round(Vec<Pending>),
    /// Nothing before then, unless something new comes.
    Wait(Instant),
    /// Nothing: the worker may go.
    Rest,
}

/// Everything that waits, in the order in which it came.
#[derive(Default)]
pub(super) struct Queue {
    waiting: VecDeque<Pending>,
    withdrawn: usize,
    at_work: bool,
}

impl Queue {
    /// Adds a job. Whether a worker has to be started for it.
    pub(super) fn push(&mut self, pending: Pending) -> bool {
        self.put_back(pending);
        !std::mem::replace(&mut self.at_work, true)
    }

    /// Adds a job for the worker that is asking.
    pub(super) fn put_back(&mut self, pending: Pending) {
        if pending.job.withdrawn().is_some() {
            if self.withdrawn >= MAX_WITHDRAWN {
                tracing::warn!("too many calls that were never made are to be taken back; one is left");
                return;
            }
            self.withdrawn += 1;
        }
        self.waiting.push_back(pending);
    }

    /// Drops an opening that has not been tried yet. Whether there was one.
    pub(super) fn forget_opening(&mut self, call: CallId) -> bool {
        let before = self.waiting.len();
        self.waiting.retain(|one| !matches!(&one.job, Job::Open(entry) if entry.id == call));
        self.waiting.len() < before
    }

    /// The store takes rows again: what waits for another try is due.
    pub(super) fn hasten(&mut self, now: Instant) {
        self.waiting.iter_mut().filter(|one| !one.alone).for_each(|one| one.due = now.min(one.due));
    }

    /// What is due now; in a `hurry` everything is.
    pub(super) fn next(&mut self, now: Instant, hurry: bool) -> Next {
        let is_due = |one: &Pending| hurry || one.due <= now;
        let Some(first) = self.waiting.iter().position(is_due) else {
            return match self.waiting.iter().map(|one| one.due).min() {
                Some(due) => Next::Wait(due),
                None => {
                    self.at_work = false;
                    Next::Rest
                }
            };
        };
        let mut round = Vec::new();
        if self.waiting[first].alone {
            round.extend(self.waiting.remove(first));
        } else {
            let mut kept = VecDeque::with_capacity(self.waiting.len());
            for one in self.waiting.drain(..) {
                if round.len() < MAX_ROUND && is_due(&one) && !one.alone {
                    round.push(one);
                } else {
                    kept.push_back(one);
                }
            }
            self.waiting = kept;
        }
        self.withdrawn -= round.iter().filter(|one| one.job.withdrawn().is_some()).count();
        Next::Round(round)
    }
}
