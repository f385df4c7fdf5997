//! What the page reads from a turn's transcript. The fold itself is the domain's; here are views of it. Pure.

use vertice_domain::{Author, Message, PartKind, Timestamp, ToolState, Transcript};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Phase {
    /// A model is awaited.
    #[default]
    Waiting,
    /// The model thinks aloud.
    Thinking,
    /// The answer is being written.
    Writing,
    /// Tools are called.
    Calling,
    /// A person is asked.
    Asking,
    /// Nothing comes any more.
    Ended,
}

pub(crate) fn phase(transcript: &Transcript) -> Phase {
    if transcript.finish.is_some() {
        return Phase::Ended;
    }
    if transcript.waiting().is_some() || transcript.asks().next().is_some() {
        return Phase::Asking;
    }
    let open = |state: &ToolState| !matches!(state, ToolState::Ended { .. });
    if transcript.calls().any(|(_, call)| open(&call.state)) {
        return Phase::Calling;
    }
    let says = |kind: &&PartKind| match kind {
        PartKind::Text { text } | PartKind::Thinking { text } => !text.is_empty(),
        _ => true,
    };
    match transcript.parts.iter().rev().map(|part| &part.kind).find(says) {
        Some(PartKind::Text { .. } | PartKind::Image { .. }) => Phase::Writing,
        Some(PartKind::Thinking { .. }) => Phase::Thinking,
        _ => Phase::Waiting,
    }
}

/// The message that the turn writes, as far as its events tell, on top of what is `known` of it. None: its id or place is
/// not known yet.
pub(crate) fn message(
    transcript: &Transcript,
    known: Option<Message>,
    begun: Timestamp,
    total_ms: Option<u64>,
) -> Option<Message> {
    let metadata = transcript.metadata.as_ref();
    let blank = || {
        let metadata = metadata?;
        Some(Message::blank(
            metadata.message_id,
            metadata.conversation_id?,
            metadata.user_message_id,
            Author::Assistant,
            begun,
        ))
    };
    let base = known.or_else(blank)?;
    Some(Message {
        turn_id: metadata.map(|metadata| metadata.turn_id).or(base.turn_id),
        receipt: Some(transcript.receipt(None, total_ms)),
        ..transcript.written(base)
    })
}

#[cfg(test)]
mod tests {
    use vertice_domain::{
        FinishReason, Intent, MessageStatus, Metadata, Outcome, Part, Provider, RoutedBy, SeenEvent,
        ToolCall, ToolResult, TurnEvent, event::Done,
    };

    use super::*;

    fn metadata() -> Metadata {
        let id = "01936b1e-0000-7000-8000-000000000001";
        Metadata {
            turn_id: id.parse().expect("an id"),
            message_id: id.parse().expect("an id"),
            user_message_id: None,
            conversation_id: Some(id.parse().expect("an id")),
            model: "demo".into(),
            provider: Provider::Demo,
            intent: Intent::Simple,
            routed_by: RoutedBy::User,
            reason: "You chose it".into(),
            candidates: Vec::new(),
            cached: false,
            tokens_saved: 0,
        }
    }

    fn begins(position: u32, kind: PartKind) -> TurnEvent {
        TurnEvent::PartStarted(Box::new(Part { position, step: 1, kind }))
    }

    fn call(state: ToolState) -> PartKind {
        let (id, name) = ("c1".to_owned(), "look".to_owned());
        PartKind::ToolCall(ToolCall {
            id,
            server: String::new(),
            name,
            called: String::new(),
            arguments: String::new(),
            edited: None,
            state,
        })
    }

    fn becomes(state: ToolState) -> TurnEvent {
        TurnEvent::ToolState { call: "c1".into(), state }
    }

    fn result(outcome: Outcome) -> PartKind {
        PartKind::ToolResult(ToolResult {
            call: "c1".into(),
            outcome,
            content: "none".into(),
            images: Vec::new(),
            duration_ms: 0,
            trouble: None,
            artifact: None,
        })
    }

    #[test]
    fn a_turn_goes_through_its_phases() {
        let asks = ToolState::Waiting { reason: "It writes.".into(), fingerprint: "f".into() };
        let message_id = metadata().message_id;
        let events = [
            (TurnEvent::Metadata(Box::new(metadata())), Phase::Waiting),
            (begins(0, PartKind::Thinking { text: String::new() }), Phase::Waiting),
            (TurnEvent::PartDelta { position: 0, text: "hm".into() }, Phase::Thinking),
            (begins(1, PartKind::Text { text: String::new() }), Phase::Thinking),
            (TurnEvent::PartDelta { position: 1, text: "Hello".into() }, Phase::Writing),
            (begins(2, call(ToolState::Proposed)), Phase::Calling),
            (becomes(asks), Phase::Asking),
            (becomes(ToolState::Running), Phase::Calling),
            (becomes(ToolState::Ended { outcome: Outcome::Success }), Phase::Waiting),
            (begins(3, result(Outcome::Success)), Phase::Waiting),
            (begins(4, PartKind::Text { text: "there".into() }), Phase::Writing),
            (TurnEvent::Done(Done { finish_reason: FinishReason::Cancelled, message_id }), Phase::Ended),
        ];
        let mut transcript = Transcript::default();
        for (seq, (event, expected)) in (1..).zip(events) {
            transcript.see(&SeenEvent { seq, event: event.clone() });
            assert_eq!(phase(&transcript), expected, "after {event:?}");
        }
        let message = message(&transcript, None, Timestamp::from_millis(0), Some(12)).expect("it is known");
        assert_eq!((message.text().as_str(), message.status), ("Hello\n\nthere", MessageStatus::Cancelled));
    }

    #[test]
    fn a_page_that_joins_knows_the_message_without_metadata() {
        let id = metadata().message_id;
        let conversation = metadata().conversation_id.expect("it has one");
        let blank = Message::blank(id, conversation, None, Author::Assistant, Timestamp::from_millis(0));
        let half = Part { position: 0, step: 1, kind: PartKind::Text { text: "Half".into() } };
        let known = Message { parts: vec![half], status: MessageStatus::Streaming, ..blank };
        let mut transcript = Transcript::resumed(7, &known);
        let delta = TurnEvent::PartDelta { position: 0, text: " an answer".into() };
        transcript.see(&SeenEvent { seq: 7, event: delta.clone() });
        transcript.see(&SeenEvent { seq: 8, event: delta });
        let now = |known| message(&transcript, known, Timestamp::from_millis(0), None);
        assert_eq!(now(Some(known)).map(|message| message.text()).as_deref(), Some("Half an answer"));
        assert_eq!(now(None), None);
    }
}
