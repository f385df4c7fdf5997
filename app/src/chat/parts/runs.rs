//! Calls in a row that are done with: one line stands for them until it is opened. What fails, runs or waits is never among
//! them. Pure.

use vertice_domain::{Part, PartKind};

use super::{
    call_view::{Tone, call_at, tone},
    naming::called,
    outline::{Kind, Slot},
};

/// Calls in a row, by the positions of the first and the last one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Run {
    first: u32,
    last: u32,
}

impl Run {
    /// The run whose line it is.
    pub(super) const fn of(slot: Slot) -> Option<Self> {
        match slot.kind {
            Kind::Run { last } => Some(Self { first: slot.position, last }),
            _ => None,
        }
    }

    pub(super) const fn holds(self, position: u32) -> bool {
        self.first <= position && position <= self.last
    }

    /// Its line.
    pub(super) const fn slot(self) -> Slot {
        Slot { position: self.first, kind: Kind::Run { last: self.last } }
    }
}

/// The runs among what is shown of `parts`.
fn runs(parts: &[Part], slots: &[Slot], over: bool) -> Vec<Run> {
    let is_done = |slot: &Slot| {
        let call = call_at(parts, slot.position).filter(|_| slot.kind == Kind::Call);
        call.is_some_and(|call| tone(&call.state, over) == Tone::Quiet)
    };
    let rows = slots.chunk_by(|one, next| is_done(one) && is_done(next));
    rows.filter(|row| row.len() > 1)
        .map(|row| Run { first: row[0].position, last: row[row.len() - 1].position })
        .collect()
}

/// What is shown of `parts`, with the lines of the runs before their calls.
pub(super) fn with_lines(parts: &[Part], slots: &[Slot], over: bool) -> Vec<Slot> {
    let runs = runs(parts, slots, over);
    let line = |slot: &Slot| runs.iter().map(|run| run.slot()).find(|line| line.position == slot.position);
    slots.iter().flat_map(|slot| line(slot).into_iter().chain([*slot])).collect()
}

/// What is said of a run: how many calls, for how long (milliseconds) in all, and of which tools.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Summary {
    pub(super) calls: u64,
    pub(super) took_ms: u64,
    pub(super) tools: String,
}

impl Summary {
    pub(super) fn of(parts: &[Part], run: Run) -> Self {
        let mut told = Self::default();
        let mut tools = Vec::new();
        for part in parts {
            match &part.kind {
                PartKind::ToolCall(call) if run.holds(part.position) => {
                    told.calls += 1;
                    let tool = called(&call.server, &call.name);
                    if !tools.contains(&tool) {
                        tools.push(tool);
                    }
                }
                PartKind::ToolResult(result) if ran_in(parts, &result.call, run) => {
                    told.took_ms += result.duration_ms;
                }
                _ => {}
            }
        }
        told.tools = tools.join(", ");
        told
    }
}

/// Whether the call of that id is one of the run's: the results of calls that were made side by side come after all of them.
fn ran_in(parts: &[Part], id: &str, run: Run) -> bool {
    parts.iter().any(|part| match &part.kind {
        PartKind::ToolCall(call) => call.id == id && run.holds(part.position),
        _ => false,
    })
}

#[cfg(test)]
mod tests {
    use vertice_domain::{Outcome, ToolCall, ToolResult, ToolState};

    use super::*;
    use crate::chat::{parts::outline::outline, phase::Phase};

    const DONE: ToolState = ToolState::Ended { outcome: Outcome::Success };

    /// Calls of tools in such states, each with its result after all of them; none: a text.
    fn parts(calls: &[Option<(&str, ToolState)>]) -> Vec<Part> {
        let mut kinds = Vec::new();
        for (id, call) in calls.iter().enumerate() {
            kinds.push(match call {
                Some((name, state)) => {
                    let call = ToolCall::proposed(id.to_string(), "", *name);
                    PartKind::ToolCall(ToolCall { state: state.clone(), ..call })
                }
                None => PartKind::Text { text: "So.".into() },
            });
        }
        for (id, _) in calls.iter().enumerate().filter(|(_, call)| call.is_some()) {
            let (content, images) = (String::new(), Vec::new());
            let outcome = Outcome::Success;
            kinds.push(PartKind::ToolResult(ToolResult {
                call: id.to_string(),
                outcome,
                content,
                images,
                duration_ms: 10,
                trouble: None,
                artifact: None,
            }));
        }
        (0..).zip(kinds).map(|(position, kind)| Part { position, step: 1, kind }).collect()
    }

    fn found(parts: &[Part], over: bool) -> Vec<(u32, u32)> {
        let phase = if over { Phase::Ended } else { Phase::Calling };
        runs(parts, &outline(parts, phase), over).into_iter().map(|run| (run.first, run.last)).collect()
    }

    #[test]
    fn what_is_done_in_a_row_is_a_run() {
        let [a, b] = ["look", "write"].map(|name| Some((name, DONE)));
        assert_eq!(found(&parts(std::slice::from_ref(&a)), true), [], "one is none");
        assert_eq!(
            found(&parts(&[a.clone(), b.clone(), None, a.clone(), b.clone()]), true),
            [(0, 1), (3, 4)]
        );
        assert_eq!(found(&parts(&[a.clone(), None, b]), true), []);
        assert_eq!(found(&[], true), []);
    }

    #[test]
    fn what_fails_runs_or_waits_stands_by_itself() {
        let waiting = ToolState::Waiting { reason: "It writes.".into(), fingerprint: "f".into() };
        let failed = ToolState::Ended { outcome: Outcome::Failed };
        for alone in [failed, ToolState::Running, ToolState::Proposed, waiting] {
            let calls = ["a", "b", "c", "d", "e"].map(|name| Some((name, DONE)));
            let mut calls = calls.to_vec();
            calls[2] = Some(("c", alone));
            assert_eq!(found(&parts(&calls), false), [(0, 1), (3, 4)]);
        }
    }

    #[test]
    fn a_run_has_a_line_that_says_how_much_it_was() {
        let parts = parts(&[None, Some(("look", DONE)), Some(("write", DONE)), Some(("look", DONE))]);
        let slots = outline(&parts, Phase::Ended);
        let runs = runs(&parts, &slots, true);
        let lines = with_lines(&parts, &slots, true);
        let kinds: Vec<Kind> = lines.iter().map(|slot| slot.kind).collect();
        assert_eq!(kinds, [Kind::Text, Kind::Run { last: 3 }, Kind::Call, Kind::Call, Kind::Call]);
        assert_eq!((Run::of(lines[1]), Run::of(lines[2])), (Some(runs[0]), None));
        let told = Summary::of(&parts, runs[0]);
        assert_eq!((told.calls, told.took_ms, told.tools.as_str()), (3, 30, "look, write"));
    }
}
