//! Where a turn ends although its model would go on: so many steps, so long, so much money, or the same call again and again.

use std::time::Duration;

use vertice_domain::{FinishReason, Notice, Outcome, PartKind, ToolCall, ToolResult, ToolState, Usd};

use super::{Effect, TurnState, calls::arguments};

/// How far a turn goes by itself. Whoever wants more continues it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TurnLimits {
    /// Model calls.
    pub steps: u32,
    /// While it runs; waiting for a person does not count.
    pub time: Duration,
    /// What its model calls may cost; none: as much as the quota lets them.
    pub cost: Option<Usd>,
}

impl Default for TurnLimits {
    fn default() -> Self {
        Self { steps: 25, time: Duration::from_secs(30 * 60), cost: None }
    }
}

/// How long a turn has worked: what it waits for a person is not its own time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Clock {
    /// Milliseconds that it has waited, up to when it last began to.
    waited: u64,
    /// Since when it waits; none: it works.
    since: Option<u64>,
}

impl Clock {
    pub(super) fn tell(&mut self, waits: bool, at_ms: u64) {
        match self.since {
            None if waits => self.since = Some(at_ms),
            Some(since) if !waits => {
                self.waited += at_ms.saturating_sub(since);
                self.since = None;
            }
            _ => {}
        }
    }

    fn worked(self, at_ms: u64) -> Duration {
        let waits = self.since.map_or(0, |since| at_ms.saturating_sub(since));
        Duration::from_millis(at_ms.saturating_sub(self.waited + waits))
    }
}

/// Calls with the same arguments and the same result, one after the other, after which the next one is not made. Asking whether
/// something is ready yet is no loop, for a while.
const SAME: usize = 5;
/// Of those not made, as many as show that the model does not listen.
const DEAF: usize = 2;
/// What the model is told in place of a result.
const AGAIN: &str = "This call was not made: it was made several times before, with the same arguments, and the result was the \
                     same each time. Do something else, or say what you have found out so far.";

impl TurnState {
    /// Whether it goes on only when a person has said something.
    pub(super) fn waits_for_person(&self) -> bool {
        let busy = |call: &ToolCall| matches!(call.state, ToolState::Proposed | ToolState::Running);
        self.transcript.asks().next().is_some()
            || (self.transcript.waiting().is_some() && !self.transcript.calls().any(|(_, call)| busy(call)))
    }

    /// The limit that the turn has reached, if it has.
    pub(super) fn reached(&self, at_ms: u64) -> Option<Notice> {
        let TurnLimits { steps, time, cost } = self.limits;
        let spent = self.transcript.usage.and_then(|usage| usage.cost_usd);
        if self.step_number() >= self.steps_before + steps {
            Some(Notice::StepLimit { steps })
        } else if self.clock.worked(at_ms) >= time {
            Some(Notice::TimeLimit { seconds: time.as_secs() })
        } else if let (Some(usd), Some(spent)) = (cost, spent)
            && spent >= usd
        {
            Some(Notice::CostLimit { usd })
        } else {
            self.deaf().map(|tool| Notice::Loop { tool })
        }
    }

    /// Ends the turn, and says why.
    pub(super) fn end_at(&mut self, limit: Notice, out: &mut Vec<Effect>) {
        let step = self.step_number();
        self.place(step, PartKind::Notice(limit), out);
        self.end(FinishReason::ToolLimit, out);
    }

    /// Why the call is not made once more.
    pub(super) fn is_loop(&self, call: &ToolCall) -> Option<String> {
        let results = self.results_like(call);
        let made: Vec<&ToolResult> = results.into_iter().filter(|result| result.content != AGAIN).collect();
        let (last, before) = made.split_last()?;
        let same = before.iter().rev().take_while(|result| result.content == last.content).count() + 1;
        (same >= SAME).then(|| AGAIN.to_owned())
    }

    /// The tool of a call that the model makes again and again, whatever it is told.
    fn deaf(&self) -> Option<String> {
        let (_, last) = self.transcript.calls().last()?;
        let refused = self.results_like(last).iter().filter(|result| result.content == AGAIN).count();
        (refused >= DEAF).then(|| last.name.clone())
    }

    /// What came of the calls of the same tool with the same arguments, in order.
    fn results_like(&self, call: &ToolCall) -> Vec<&ToolResult> {
        let wanted = arguments(call);
        let calls = self.transcript.calls().map(|(_, other)| other);
        let alike = calls.filter(|other| {
            other.server == call.server && other.name == call.name && arguments(other) == wanted
        });
        alike.filter_map(|other| self.result_of(&other.id)).collect()
    }

    fn result_of(&self, call: &str) -> Option<&ToolResult> {
        self.transcript.parts.iter().find_map(|part| match &part.kind {
            PartKind::ToolResult(result) if result.call == call && result.outcome != Outcome::Denied => {
                Some(result)
            }
            _ => None,
        })
    }
}
