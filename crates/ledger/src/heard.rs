//! How much of an answer stands in the log of its turn. Pure.

use vertice_domain::{LogEntry, LoggedEvent, PartKind, TurnEvent};

/// The characters that the model of the last call in this log had written when it ends: text, thinking, and what it wanted to
/// call. What a bill follows has been paid for: a call that was open then began after it, and said nothing that is stored.
pub(crate) fn of_last_call<'a>(log: impl IntoIterator<Item = &'a LoggedEvent>) -> u64 {
    log.into_iter().fold(0, |heard, logged| match &logged.entry {
        LogEntry::Event(TurnEvent::StepStarted(_) | TurnEvent::Usage(_)) => 0,
        LogEntry::Event(TurnEvent::PartStarted(part)) => heard + written(&part.kind),
        LogEntry::Event(TurnEvent::PartDelta { text, .. }) => heard + chars(text),
        _ => heard,
    })
}

fn written(kind: &PartKind) -> u64 {
    match kind {
        PartKind::Text { text } | PartKind::Thinking { text } => chars(text),
        // Told anew with what a person made of it.
        PartKind::ToolCall(call) if call.edited.is_some() => 0,
        PartKind::ToolCall(call) => chars(&call.name) + chars(&call.arguments),
        _ => 0,
    }
}

fn chars(text: &str) -> u64 {
    text.chars().count() as u64
}

#[cfg(test)]
mod tests {
    use vertice_domain::{
        Outcome, Part, Provider, ToolCall, ToolResult, Usage,
        event::{CallUsage, StepStarted},
    };

    use super::*;

    fn log(events: Vec<TurnEvent>) -> Vec<LoggedEvent> {
        (1..).zip(events).map(|(seq, event)| LoggedEvent::event(seq, event)).collect()
    }

    fn step(step: u32) -> TurnEvent {
        let (model, provider) = ("m".into(), Provider::Anthropic);
        TurnEvent::StepStarted(Box::new(StepStarted { step, model, provider }))
    }

    fn part(position: u32, kind: PartKind) -> TurnEvent {
        TurnEvent::PartStarted(Box::new(Part { position, step: 1, kind }))
    }

    #[test]
    fn only_what_the_last_call_wrote_counts() {
        let delta = |position, text: &str| TurnEvent::PartDelta { position, text: text.into() };
        let result = ToolResult {
            call: "c".into(),
            outcome: Outcome::Success,
            content: "found".into(),
            images: Vec::new(),
            duration_ms: 1,
            trouble: None,
            artifact: None,
        };
        let mut events = vec![
            // What an answer that is gone on with had said before.
            part(0, PartKind::Text { text: "before".into() }),
            step(1),
            part(1, PartKind::Thinking { text: "hmé".into() }),
            part(2, PartKind::Text { text: "ab".into() }),
            delta(2, "cd"),
            part(3, PartKind::ToolCall(ToolCall::proposed("c", "files", "look"))),
            delta(3, "{}"),
        ];
        assert_eq!(of_last_call(&log(events.clone())), 3 + 4 + 6);
        events.push(part(4, PartKind::ToolResult(result)));
        assert_eq!(of_last_call(&log(events.clone())), 3 + 4 + 6, "no model wrote a result");
        events.push(step(2));
        assert_eq!(of_last_call(&log(events)), 0);
    }

    #[test]
    fn what_a_bill_follows_is_not_billed_to_the_next_call() {
        let call = ToolCall::proposed("c", "files", "look");
        let edited = ToolCall { edited: Some("{}".into()), ..call.clone() };
        let bill = CallUsage { model: "m".into(), usage: Usage::default(), cache_miss: None };
        let events = vec![
            step(1),
            part(0, PartKind::ToolCall(call)),
            TurnEvent::Usage(Box::new(bill)),
            part(0, PartKind::ToolCall(edited)),
        ];
        assert_eq!(of_last_call(&log(events[..2].to_vec())), 4);
        assert_eq!(of_last_call(&log(events.clone())), 0, "killed before the next step was in the log");
        let fallback = part(1, PartKind::Text { text: "abc".into() });
        assert_eq!(of_last_call(&log([events, vec![fallback]].concat())), 3, "after a failed attempt's bill");
    }
}
