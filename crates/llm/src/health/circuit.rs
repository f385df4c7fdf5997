//! How one place has been answering, and whether it is asked at all. Pure: the time is passed in.
//!
//! A circuit breaker: closed, everybody is let through; open, nobody, because the last calls failed; half open, one call
//! is let through to see. Only failures that say something about the provider count: a bad request says nothing about its
//! health. Where a place refuses to work with the server at all, nobody is led there for a while.

use std::{collections::VecDeque, time::Duration};

use vertice_domain::{HealthState, Timestamp};

/// The time that error rate and latency are looked at over.
const WINDOW: Duration = Duration::from_secs(60);
/// Failures in a row that open the circuit.
const FAILURES_IN_A_ROW: u32 = 5;
/// Calls in the window from which half of them failing opens the circuit.
const CALLS_FOR_A_RATE: usize = 10;
/// How long an open circuit lets nobody through.
const OPEN_FOR: Duration = Duration::from_secs(30);
/// How long a trial may take before another one is let through: longer than any first byte is waited for.
const TRIAL_FOR: Duration = Duration::from_secs(150);
/// Failures in a row that are trouble already.
const TROUBLING_FAILURES: u32 = 2;
/// Calls in the window from which a fifth of them failing is trouble.
const CALLS_FOR_TROUBLE: usize = 5;
/// A median first token in the window above this, in milliseconds, is trouble.
const SLOW_FIRST_TOKEN_MS: u64 = 15_000;
/// First tokens that the median is taken over.
const FIRST_TOKENS: usize = 50;
/// Calls that are remembered at most, however many there were in the window.
const MAX_CALLS: usize = 1_000;

/// What a call said of the place where it was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    Answered,
    /// It failed in a way that counts.
    Failed,
    /// It refuses to work at all, which the next call would not change.
    Refused,
    /// Nothing: it was stopped, or the request or the user's own key was at fault.
    Nothing,
}

/// Whether a call is let through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Admission {
    Free,
    /// It is, alone: what comes of it decides.
    Trial,
    /// It is not.
    Refused,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CircuitState {
    /// Everybody is let through.
    Closed,
    /// One call is on its way to see; since then.
    HalfOpen(Timestamp),
    /// Nobody is let through before that time.
    Open(Timestamp),
}

/// One place's circuit and figures.
#[derive(Debug)]
pub struct Circuit {
    state: CircuitState,
    calls: VecDeque<(Timestamp, bool)>,
    failures_in_a_row: u32,
    last_failure: Option<Timestamp>,
    first_tokens: VecDeque<(Timestamp, u64)>,
    unwell_since: Option<Timestamp>,
    /// Until when nobody is led there, because it refused to work at all.
    refused_until: Option<Timestamp>,
}

impl Default for Circuit {
    fn default() -> Self {
        Self {
            state: CircuitState::Closed,
            calls: VecDeque::new(),
            failures_in_a_row: 0,
            last_failure: None,
            first_tokens: VecDeque::with_capacity(FIRST_TOKENS),
            unwell_since: None,
            refused_until: None,
        }
    }
}

impl Circuit {
    /// The breaker's state as it was left.
    pub const fn state(&self) -> CircuitState {
        self.state
    }

    /// Whether a call may be made; a trial is then under way.
    pub fn admit(&mut self, now: Timestamp) -> Admission {
        let trial = match self.state {
            CircuitState::Closed => return Admission::Free,
            CircuitState::Open(until) => now >= until,
            CircuitState::HalfOpen(since) => passed(since, now) >= TRIAL_FOR,
        };
        if !trial {
            return Admission::Refused;
        }
        self.state = CircuitState::HalfOpen(now);
        Admission::Trial
    }

    /// A call's first token came after `millis` milliseconds: it is answering, so the circuit closes.
    pub fn first_token(&mut self, now: Timestamp, millis: u64) {
        if self.first_tokens.len() == FIRST_TOKENS {
            self.first_tokens.pop_front();
        }
        self.first_tokens.push_back((now, millis));
        self.close();
        self.note(now);
    }

    /// A call has ended.
    pub fn ended(&mut self, now: Timestamp, verdict: Verdict) {
        match verdict {
            Verdict::Answered => {
                self.remember(now, false);
                self.failures_in_a_row = 0;
                self.close();
            }
            Verdict::Failed => {
                self.remember(now, true);
                self.failures_in_a_row = self.failures_in_a_row.saturating_add(1);
                self.last_failure = Some(now);
                if self.state != CircuitState::Closed || self.is_failing() {
                    self.state = CircuitState::Open(later(now, OPEN_FOR));
                }
            }
            Verdict::Refused => {
                self.refused_until = Some(later(now, OPEN_FOR));
                self.end_trial(now);
            }
            Verdict::Nothing => self.end_trial(now),
        }
        self.note(now);
    }

    /// Whether nobody is let through for now.
    pub fn is_open(&self, now: Timestamp) -> bool {
        matches!(self.state, CircuitState::Open(until) if now < until)
    }

    /// Whether it has just refused to work at all: it is not chosen for anybody, though who names it is let through.
    pub fn is_resting(&self, now: Timestamp) -> bool {
        self.refused_until.is_some_and(|until| now < until)
    }

    /// How it is doing.
    pub fn health(&self, now: Timestamp) -> HealthState {
        match self.state {
            CircuitState::Open(until) if now < until => HealthState::Down,
            _ if self.is_resting(now) => HealthState::Down,
            CircuitState::Open(_) | CircuitState::HalfOpen(_) => HealthState::Degraded,
            CircuitState::Closed if self.is_troubled(now) => HealthState::Degraded,
            CircuitState::Closed => HealthState::Healthy,
        }
    }

    /// Since when it has not been healthy; none: it is.
    pub fn unwell_since(&self, now: Timestamp) -> Option<Timestamp> {
        self.unwell_since.filter(|_| self.health(now) != HealthState::Healthy)
    }

    /// Half of the last calls said their first word sooner than this, in milliseconds.
    pub fn median_first_token_ms(&self) -> Option<u64> {
        median(self.first_tokens.iter().map(|(_, millis)| *millis).collect())
    }

    /// After a trial that told nothing, the next call is one.
    fn end_trial(&mut self, now: Timestamp) {
        if matches!(self.state, CircuitState::HalfOpen(_)) {
            self.state = CircuitState::Open(now);
        }
    }

    /// Forgets what led to an open circuit, so that the next failure does not open it at once.
    fn close(&mut self) {
        self.refused_until = None;
        if self.state != CircuitState::Closed {
            self.state = CircuitState::Closed;
            self.failures_in_a_row = 0;
            self.calls.clear();
        }
    }

    fn remember(&mut self, now: Timestamp, failed: bool) {
        while self.calls.len() >= MAX_CALLS
            || self.calls.front().is_some_and(|(at, _)| passed(*at, now) >= WINDOW)
        {
            self.calls.pop_front();
        }
        self.calls.push_back((now, failed));
    }

    fn is_failing(&self) -> bool {
        let failed = self.calls.iter().filter(|(_, failed)| *failed).count();
        self.failures_in_a_row >= FAILURES_IN_A_ROW
            || (self.calls.len() >= CALLS_FOR_A_RATE && failed * 2 >= self.calls.len())
    }

    fn is_troubled(&self, now: Timestamp) -> bool {
        let recent = |at: &Timestamp| passed(*at, now) < WINDOW;
        let in_a_row =
            self.failures_in_a_row >= TROUBLING_FAILURES && self.last_failure.as_ref().is_some_and(recent);
        let calls = self.calls.iter().filter(|(at, _)| recent(at));
        let (count, failed) =
            calls.fold((0, 0), |(count, bad), (_, failed)| (count + 1, bad + usize::from(*failed)));
        let often = count >= CALLS_FOR_TROUBLE && failed * 5 >= count;
        let tokens = self.first_tokens.iter().filter(|(at, _)| recent(at)).map(|(_, millis)| *millis);
        let tokens: Vec<u64> = tokens.collect();
        let slow = tokens.len() >= CALLS_FOR_TROUBLE && median(tokens) > Some(SLOW_FIRST_TOKEN_MS);
        in_a_row || often || slow
    }

    fn note(&mut self, now: Timestamp) {
        self.unwell_since = match self.health(now) {
            HealthState::Healthy => None,
            _ => self.unwell_since.or(Some(now)),
        };
    }
}

fn median(mut values: Vec<u64>) -> Option<u64> {
    values.sort_unstable();
    values.get(values.len() / 2).copied()
}

fn passed(since: Timestamp, now: Timestamp) -> Duration {
    Duration::from_millis(u64::try_from(now.as_millis() - since.as_millis()).unwrap_or_default())
}

fn later(now: Timestamp, wait: Duration) -> Timestamp {
    Timestamp::from_millis(now.as_millis() + i64::try_from(wait.as_millis()).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests;
