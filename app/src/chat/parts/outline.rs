//! Which parts of an answer are shown, in order. Pure.

use vertice_domain::{Part, PartKind, part::goes_on};

use crate::chat::phase::Phase;

/// How something in an answer is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Kind {
    Text,
    /// What the model thought.
    Thinking,
    Image,
    /// A tool call, with what came of it.
    Call,
    /// What the model asks the person.
    Questions,
    /// What a tool's server asks the person.
    Elicitation,
    /// What the person said meanwhile.
    Steering,
    /// Calls in a row that are done with: the line that stands for them.
    Run {
        /// The position of the last of them.
        last: u32,
    },
    /// A model is awaited.
    Awaited,
}

/// Something shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Slot {
    /// The position of its part; of several that are one text, that of the first.
    pub(crate) position: u32,
    /// How it is shown.
    pub(crate) kind: Kind,
}

impl Slot {
    /// Itself, without what may change of it.
    pub(super) const fn key(self) -> Self {
        match self.kind {
            Kind::Run { .. } => Self { kind: Kind::Run { last: 0 }, ..self },
            _ => self,
        }
    }
}

/// What is shown of `parts` in a turn that is at `phase`. What says nothing, and what is not known here, is left out;
/// results stand with their calls.
pub(in crate::chat) fn outline(parts: &[Part], phase: Phase) -> Vec<Slot> {
    let mut slots = Vec::new();
    for (at, part) in parts.iter().enumerate() {
        let kind = match &part.kind {
            PartKind::Text { .. } => {
                let continues = at.checked_sub(1).is_some_and(|before| goes_on(&parts[before], part));
                let says = run(&parts[at..], part.position).any(|text| !text.is_empty());
                (says && !continues).then_some(Kind::Text)
            }
            PartKind::Thinking { text } => (!text.is_empty()).then_some(Kind::Thinking),
            PartKind::Image { .. } => Some(Kind::Image),
            PartKind::ToolCall(call) if call.is_question() => Some(Kind::Questions),
            PartKind::ToolCall(_) => Some(Kind::Call),
            PartKind::Elicitation(_) => Some(Kind::Elicitation),
            PartKind::Steering { .. } => Some(Kind::Steering),
            PartKind::File(_)
            | PartKind::Quote(_)
            | PartKind::ToolResult(_)
            | PartKind::Notice(_)
            | PartKind::Unknown => None,
        };
        slots.extend(kind.map(|kind| Slot { position: part.position, kind }));
    }
    if phase == Phase::Waiting {
        let position = parts.last().map_or(0, |last| last.position + 1);
        slots.push(Slot { position, kind: Kind::Awaited });
    } else if slots.is_empty() {
        // An answer that says nothing still has a beginning, under which it stands how it ended.
        slots.push(Slot { position: 0, kind: Kind::Text });
    }
    slots
}

/// The texts that are one with the one at `position`: only something sealed stands between them.
pub(in crate::chat) fn run(parts: &[Part], position: u32) -> impl Iterator<Item = &str> {
    let start = parts.iter().position(|part| part.position == position).unwrap_or(parts.len());
    let rest = &parts[start..];
    let goes_on = move |at: &usize| *at == 0 || goes_on(&rest[*at - 1], &rest[*at]);
    (0..rest.len()).take_while(goes_on).filter_map(|at| growing(&rest[at].kind))
}

fn growing(kind: &PartKind) -> Option<&str> {
    match kind {
        PartKind::Text { text } | PartKind::Thinking { text } => Some(text),
        _ => None,
    }
}

/// What follows byte `from` of the text at `position`, at most `most` bytes of it; none: nothing more.
pub(in crate::chat) fn run_from(parts: &[Part], position: u32, from: usize, most: usize) -> Option<String> {
    let mut before = 0;
    for text in run(parts, position) {
        if from < before + text.len() {
            let rest = text.get(from - before..)?;
            return Some(rest[..rest.floor_char_boundary(most)].to_owned());
        }
        before += text.len();
    }
    None
}

#[cfg(test)]
mod tests {
    use vertice_domain::{Outcome, ToolCall, ToolResult, ToolState, part::joined_text};

    use super::*;

    fn part(position: u32, step: u32, kind: PartKind) -> Part {
        Part { position, step, kind }
    }

    fn text(text: &str) -> PartKind {
        PartKind::Text { text: text.into() }
    }

    fn parts() -> Vec<Part> {
        let call = ToolCall {
            arguments: "{}".into(),
            state: ToolState::Ended { outcome: Outcome::Success },
            ..ToolCall::proposed("c1", "", "look")
        };
        let result = ToolResult {
            call: "c1".into(),
            outcome: Outcome::Success,
            content: "seen".into(),
            images: Vec::new(),
            duration_ms: 3,
            trouble: None,
            artifact: None,
        };
        vec![
            part(0, 1, PartKind::Thinking { text: "hm".into() }),
            part(1, 1, text("I look")),
            // At 2 stands something sealed.
            part(3, 1, text(" there.")),
            part(4, 1, PartKind::ToolCall(call)),
            part(5, 1, PartKind::ToolResult(result)),
            part(6, 2, PartKind::Unknown),
            part(7, 2, PartKind::Thinking { text: String::new() }),
            part(8, 2, text("It is there.")),
            part(9, 2, text("")),
        ]
    }

    fn slots(parts: &[Part], phase: Phase) -> Vec<(u32, Kind)> {
        outline(parts, phase).into_iter().map(|slot| (slot.position, slot.kind)).collect()
    }

    #[test]
    fn parts_that_say_something_are_shown_in_order() {
        let expected = [(0, Kind::Thinking), (1, Kind::Text), (4, Kind::Call), (8, Kind::Text)];
        assert_eq!(slots(&parts(), Phase::Ended), expected);
        assert_eq!(slots(&parts(), Phase::Writing), expected);
    }

    #[test]
    fn a_model_is_awaited_at_the_beginning_and_after_tools() {
        assert_eq!(slots(&[], Phase::Waiting), [(0, Kind::Awaited)]);
        assert_eq!(slots(&parts()[..5], Phase::Waiting).last(), Some(&(6, Kind::Awaited)));
        assert_eq!(slots(&[], Phase::Ended), [(0, Kind::Text)], "the beginning of what says nothing");
    }

    #[test]
    fn what_only_seals_interrupt_is_one_text() {
        let parts = parts();
        assert_eq!(run(&parts, 1).collect::<String>(), "I look there.");
        assert_eq!(run(&parts, 8).collect::<String>(), "It is there.");
        assert_eq!(run(&parts, 2).count(), 0);
        let (mut read, mut from) = (String::new(), 0);
        while let Some(more) = run_from(&parts, 1, from, 4) {
            from += more.len();
            read.push_str(&more);
        }
        assert_eq!(read, "I look there.");
        assert!(joined_text(&parts).starts_with(&read));
    }
}
