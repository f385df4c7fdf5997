//! What a turn has come to: a pure fold over its events. No browser, no clock; replaying the log from any place gives
//! the same state, since events that were seen are ignored.

use vertice_domain::{
    Author, ConversationId, FinishReason, LoggedEvent, Message, MessageStatus, Metadata, Timestamp,
    TurnEvent, TurnFailure, Usage, message::Receipt,
};

/// How far a turn has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Phase {
    /// Nothing was said yet.
    #[default]
    Waiting,
    /// The model thinks aloud.
    Thinking,
    /// The answer is being written.
    Writing,
    /// Nothing comes any more.
    Ended,
}

/// The state of a turn.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct TurnState {
    /// The last event seen.
    pub(crate) seq: u64,
    /// What the turn is, as last told.
    pub(crate) metadata: Option<Metadata>,
    /// The answer so far.
    pub(crate) text: String,
    /// The thinking so far.
    pub(crate) thinking: String,
    /// The bill so far.
    pub(crate) usage: Option<Usage>,
    /// Why the prompt cache served nothing, where that is known.
    pub(crate) cache_miss: Option<String>,
    /// What went wrong.
    pub(crate) failure: Option<TurnFailure>,
    /// Why it ended.
    pub(crate) finish: Option<FinishReason>,
}

impl TurnState {
    /// Takes in the next event. Events that were seen before change nothing; the end counts whatever its number, since
    /// a crash may have taken events with it that this page has seen.
    pub(crate) fn apply(&mut self, logged: LoggedEvent) {
        if logged.seq <= self.seq && !logged.event.is_last() {
            return;
        }
        self.seq = self.seq.max(logged.seq);
        match logged.event {
            TurnEvent::Metadata(metadata) => self.metadata = Some(*metadata),
            TurnEvent::Token { token } => self.text.push_str(&token),
            TurnEvent::Thinking { text } => self.thinking.push_str(&text),
            TurnEvent::Usage(call) => {
                self.usage = Some(self.usage.map_or(call.usage, |sum| sum.plus(call.usage)));
                self.cache_miss = call.cache_miss;
            }
            TurnEvent::Error(failure) => self.failure = Some(*failure),
            TurnEvent::Done(done) => self.finish = Some(done.finish_reason),
        }
    }

    /// How far it has come.
    pub(crate) fn phase(&self) -> Phase {
        if self.finish.is_some() {
            Phase::Ended
        } else if !self.text.is_empty() {
            Phase::Writing
        } else if !self.thinking.is_empty() {
            Phase::Thinking
        } else {
            Phase::Waiting
        }
    }

    /// The message that the turn writes, as far as its events tell. None: its id or place is not known yet.
    pub(crate) fn message(&self, begun: Timestamp, total_ms: Option<u64>) -> Option<Message> {
        let metadata = self.metadata.as_ref()?;
        let conversation_id: ConversationId = metadata.conversation_id?;
        Some(Message {
            content: self.text.clone(),
            thinking: self.thinking.clone(),
            status: self.status(),
            model: Some(metadata.model.clone()),
            provider: Some(metadata.provider),
            turn_id: Some(metadata.turn_id),
            finish_reason: self.finish,
            usage: self.usage,
            receipt: Some(Receipt {
                reason: metadata.reason.clone(),
                first_token_ms: None,
                total_ms,
                failure: self.failure.clone(),
                intent: Some(metadata.intent),
                routed_by: Some(metadata.routed_by),
                candidates: metadata.candidates.clone(),
                cache_miss: self.cache_miss.clone(),
            }),
            ..Message::blank(
                metadata.message_id,
                conversation_id,
                metadata.user_message_id,
                Author::Assistant,
                begun,
            )
        })
    }

    fn status(&self) -> MessageStatus {
        match self.finish {
            None => MessageStatus::Streaming,
            Some(FinishReason::Cancelled) => MessageStatus::Cancelled,
            Some(FinishReason::Error) => MessageStatus::Error,
            Some(FinishReason::Interrupted) => MessageStatus::Interrupted,
            Some(_) => MessageStatus::Complete,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use vertice_domain::{
        Intent, MessageId, Provider, RoutedBy, TokenCounts,
        event::{CallUsage, Done},
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

    fn message_id() -> MessageId {
        metadata().message_id
    }

    fn any_event() -> impl Strategy<Value = TurnEvent> {
        prop_oneof![
            ".{0,6}".prop_map(|token| TurnEvent::Token { token }),
            ".{0,6}".prop_map(|text| TurnEvent::Thinking { text }),
            Just(TurnEvent::Metadata(Box::new(metadata()))),
            (0_u64..50).prop_map(|output| {
                let counts = TokenCounts { output, ..TokenCounts::default() };
                TurnEvent::Usage(Box::new(CallUsage {
                    model: "demo".into(),
                    usage: Usage::of(counts, None, None),
                    cache_miss: None,
                }))
            }),
            Just(TurnEvent::Error(Box::new(TurnFailure {
                code: "provider_overloaded".into(),
                message: "The provider is overloaded.".into(),
                status: 529,
                retryable: true,
                retry_after_s: None,
            }))),
        ]
    }

    fn log(events: Vec<TurnEvent>) -> Vec<LoggedEvent> {
        (1..).zip(events).map(|(seq, event)| LoggedEvent { seq, event }).collect()
    }

    fn fold(events: impl IntoIterator<Item = LoggedEvent>) -> TurnState {
        let mut state = TurnState::default();
        events.into_iter().for_each(|event| state.apply(event));
        state
    }

    #[test]
    fn a_turn_goes_through_its_phases() {
        let mut state = TurnState::default();
        let mut phases = vec![state.phase()];
        let events = vec![
            TurnEvent::Metadata(Box::new(metadata())),
            TurnEvent::Thinking { text: "hm".into() },
            TurnEvent::Token { token: "Hello".into() },
            TurnEvent::Done(Done { finish_reason: FinishReason::Cancelled, message_id: message_id() }),
        ];
        for event in log(events) {
            state.apply(event);
            phases.push(state.phase());
        }
        assert_eq!(phases, [Phase::Waiting, Phase::Waiting, Phase::Thinking, Phase::Writing, Phase::Ended]);
        let message = state.message(Timestamp::from_millis(0), Some(12)).expect("it is known");
        assert_eq!((message.content.as_str(), message.status), ("Hello", MessageStatus::Cancelled));
    }

    #[test]
    fn the_end_counts_whatever_its_number() {
        let mut state = fold(log(vec![
            TurnEvent::Metadata(Box::new(metadata())),
            TurnEvent::Token { token: "seen and ".into() },
            TurnEvent::Token { token: "lost".into() },
        ]));
        let done = Done { finish_reason: FinishReason::Interrupted, message_id: message_id() };
        state.apply(LoggedEvent { seq: 3, event: TurnEvent::Done(done) });
        assert_eq!((state.phase(), state.seq), (Phase::Ended, 3));
        let message = state.message(Timestamp::from_millis(0), None).expect("it is known");
        assert_eq!(message.status, MessageStatus::Interrupted);
    }

    proptest! {
        #[test]
        fn replaying_from_any_place_gives_the_same(events in prop::collection::vec(any_event(), 0..24), at in 0_usize..24, back in 0_usize..24) {
            let events = log(events);
            let at = at.min(events.len());
            let again = at.saturating_sub(back);
            let replayed = events[..at].iter().chain(&events[again..]).cloned();
            prop_assert_eq!(fold(replayed), fold(events.clone()));
        }
    }
}
