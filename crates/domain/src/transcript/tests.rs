//! What a log says, however it is heard.

use proptest::prelude::*;

use super::*;
use crate::{
    Author, ConversationId, MessageId, Outcome, Provider, Sealed, Timestamp, ToolResult, event::Done,
};

fn id() -> MessageId {
    "01936b1e-0000-7000-8000-000000000001".parse().unwrap()
}

fn log(entries: impl IntoIterator<Item = LogEntry>) -> Vec<LoggedEvent> {
    (1..).zip(entries).map(|(seq, entry)| LoggedEvent { seq, entry }).collect()
}

fn part(position: u32, kind: PartKind) -> LogEntry {
    LogEntry::Event(TurnEvent::PartStarted(Box::new(Part { position, step: 1, kind })))
}

fn delta(position: u32, text: &str) -> LogEntry {
    LogEntry::Event(TurnEvent::PartDelta { position, text: text.into() })
}

fn state(call: &str, state: ToolState) -> LogEntry {
    LogEntry::Event(TurnEvent::ToolState { call: call.into(), state })
}

fn done(finish_reason: FinishReason) -> LogEntry {
    LogEntry::Event(TurnEvent::Done(Done { finish_reason, message_id: id() }))
}

fn sealed(position: u32) -> LogEntry {
    let sealed = Sealed { provider: Provider::Anthropic, model: "m".into(), data: "{}".into() };
    LogEntry::Sealed(Box::new(SealedPart { position, step: 1, sealed }))
}

fn look(id: &str) -> PartKind {
    PartKind::ToolCall(ToolCall::proposed(id, "files", "look"))
}

#[test]
fn a_turn_with_a_tool_from_first_to_last() {
    let waiting = ToolState::Waiting { reason: "It writes.".into(), fingerprint: "f".into() };
    let events = log([
        part(0, PartKind::Thinking { text: "hm".into() }),
        sealed(1),
        part(2, PartKind::Text { text: "Let me ".into() }),
        delta(2, "look."),
        part(3, look("c1")),
        delta(3, r#"{"path":"#),
        delta(3, r#""/"}"#),
        state("c1", waiting),
    ]);
    let mut transcript = Transcript::fold(&events);
    assert_eq!((transcript.text().as_str(), transcript.next_position()), ("Let me look.", 4));
    assert_eq!(transcript.waiting().map(|call| call.arguments.as_str()), Some(r#"{"path":"/"}"#));
    let ended = ToolState::Ended { outcome: Outcome::Success };
    let result = ToolResult {
        call: "c1".into(),
        outcome: Outcome::Success,
        content: "empty".into(),
        images: Vec::new(),
        duration_ms: 3,
        trouble: None,
        artifact: None,
    };
    let rest = [
        state("c1", ended.clone()),
        part(4, PartKind::ToolResult(result)),
        part(5, PartKind::Text { text: "Nothing there.".into() }),
        done(FinishReason::Stop),
    ];
    for (seq, entry) in (9..).zip(rest) {
        transcript.apply(&LoggedEvent { seq, entry });
    }
    assert_eq!(transcript.call("c1").map(|call| &call.state), Some(&ended));
    assert_eq!(transcript.text(), "Let me look.\n\nNothing there.");
    assert_eq!((transcript.status(), transcript.sealed.len()), (MessageStatus::Complete, 1));
}

#[test]
fn an_end_with_a_lower_number_is_an_end() {
    let mut transcript =
        Transcript::fold(&log([part(0, PartKind::Text { text: "a".into() }), delta(0, "b")]));
    let end = TurnEvent::Done(Done { finish_reason: FinishReason::Interrupted, message_id: id() });
    transcript.see(&SeenEvent { seq: 2, event: end });
    assert_eq!((transcript.status(), transcript.text().as_str()), (MessageStatus::Interrupted, "ab"));
    assert_eq!(transcript.seq, 2);
}

#[test]
fn deltas_of_unknown_parts_and_calls_change_nothing() {
    let events =
        log([delta(9, "x"), state("none", ToolState::Running), part(0, PartKind::Unknown), delta(0, "x")]);
    let transcript = Transcript::fold(&events);
    assert_eq!(transcript.parts, [Part { position: 0, step: 1, kind: PartKind::Unknown }]);
}

#[test]
fn a_message_that_is_being_written_goes_on_from_its_snapshot() {
    let events =
        log([part(0, PartKind::Text { text: "a".into() }), delta(0, "b"), delta(0, "c"), delta(0, "d")]);
    let blank = Message::blank(
        id(),
        ConversationId::new(uuid::Uuid::nil()),
        None,
        Author::Assistant,
        Timestamp::from_millis(0),
    );
    let half = Transcript::fold(&events[..2]).written(blank);
    let mut resumed = Transcript::resumed(2, &half);
    events[1..].iter().for_each(|logged| resumed.apply(logged));
    assert_eq!(resumed.parts, Transcript::fold(&events).parts);
}

fn any_entry() -> impl Strategy<Value = LogEntry> {
    prop_oneof![
        2 => (0_u32..6).prop_map(|at| part(at, PartKind::Text { text: "t".into() })),
        1 => (0_u32..6).prop_map(|at| part(at, PartKind::Thinking { text: String::new() })),
        1 => (0_u32..6).prop_map(|at| part(at, look("c"))),
        6 => (0_u32..6, ".{0,4}").prop_map(|(at, text)| delta(at, &text)),
        1 => Just(state("c", ToolState::Running)),
        1 => (0_u32..6).prop_map(sealed),
        1 => Just(LogEntry::Event(TurnEvent::Unknown)),
    ]
}

proptest! {
    #[test]
    fn replaying_from_any_place_gives_the_same(
        entries in prop::collection::vec(any_entry(), 0..24),
        at in 0_usize..24,
        back in 0_usize..24,
    ) {
        let events = log(entries.into_iter().chain([done(FinishReason::Stop)]));
        let at = at.min(events.len());
        let replayed = events[..at].iter().chain(&events[at.saturating_sub(back)..]);
        prop_assert_eq!(Transcript::fold(replayed), Transcript::fold(&events));
        let mut page = Transcript::default();
        for logged in &events {
            if let Some(event) = logged.visible() {
                page.see(&SeenEvent { seq: logged.seq, event: event.clone() });
            }
        }
        prop_assert_eq!(page.parts, Transcript::fold(&events).parts);
    }
}
