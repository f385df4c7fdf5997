//! What goes in and what comes out, without a model, a store or a clock.

use proptest::prelude::*;
use vertice_domain::{ConversationId, Intent, Provider, RoutedBy, TurnId, Usd};

use super::*;

fn message() -> MessageId {
    MessageId::new(uuid::Uuid::from_u128(2))
}

fn metadata() -> TurnEvent {
    TurnEvent::Metadata(Box::new(Metadata {
        turn_id: TurnId::new(uuid::Uuid::from_u128(1)),
        message_id: message(),
        user_message_id: None,
        conversation_id: Some(ConversationId::new(uuid::Uuid::from_u128(3))),
        model: "m".into(),
        provider: Provider::Demo,
        intent: Intent::Simple,
        routed_by: RoutedBy::User,
        reason: "You chose it.".into(),
        candidates: Vec::new(),
        cached: false,
        tokens_saved: 0,
    }))
}

fn failure() -> TurnFailure {
    TurnFailure {
        code: "provider_overloaded".into(),
        message: "Busy.".into(),
        status: 529,
        retryable: true,
        retry_after_s: None,
    }
}

/// The log and the state after `inputs`, one a millisecond.
fn run(inputs: Vec<Input>) -> (TurnState, Vec<TurnEvent>, Vec<Effect>) {
    let mut log = vec![metadata()];
    let mut state = TurnState::fold(&log);
    let mut others = Vec::new();
    for (at_ms, input) in (1..).zip(inputs) {
        let effects;
        (state, effects) = step(state, input, at_ms);
        for effect in effects {
            match effect {
                Effect::Emit(event) => log.push(event),
                Effect::CancelCall | Effect::Finish => others.push(effect),
            }
        }
    }
    if state.finish.is_some() {
        log.extend(state.closing(message()));
    }
    (state, log, others)
}

fn names(log: &[TurnEvent]) -> Vec<&'static str> {
    log.iter().map(TurnEvent::name).collect()
}

fn text(text: &str) -> Input {
    Input::Model(ModelEvent::Text(text.into()))
}

fn bill(usage: Usage) -> Input {
    let call = CallUsage { model: "m".into(), usage, cache_miss: Some("Too short.".into()) };
    Input::Model(ModelEvent::Usage(Box::new(call)))
}

fn stop(reason: FinishReason) -> Input {
    Input::Model(ModelEvent::Stop(reason))
}

#[test]
fn an_answer_from_first_to_last() {
    let usage = Usage {
        input_tokens: 3,
        cache_read_tokens: 7,
        cost_usd: Some(Usd::from_nanos(5)),
        ..Usage::default()
    };
    let (state, log, others) = run(vec![
        Input::Model(ModelEvent::Thinking("hm".into())),
        text("a"),
        text("b"),
        bill(usage),
        stop(FinishReason::Stop),
        text("too late"),
    ]);
    assert_eq!(names(&log), ["metadata", "thinking", "token", "token", "metadata", "usage", "done"]);
    assert_eq!((state.content.as_str(), state.thinking.as_str()), ("ab", "hm"));
    assert_eq!((state.status(), state.usage), (MessageStatus::Complete, Some(usage)));
    let told = state.metadata.clone().unwrap();
    assert!(told.cached && told.tokens_saved == 7);
    let receipt = state.receipt(Some(9));
    assert_eq!((receipt.reason.as_str(), receipt.first_token_ms), ("You chose it.", Some(1)));
    assert_eq!(receipt.cache_miss.as_deref(), Some("Too short."));
    assert_eq!(others, [Effect::Finish]);
}

#[test]
fn another_model_that_answers_instead_is_told_before_it_speaks() {
    let route = Route {
        model: "other".into(),
        provider: Provider::Openai,
        intent: Intent::Code,
        routed_by: RoutedBy::Failover,
        reason: "It was overloaded; other answered instead.".into(),
        candidates: Vec::new(),
        fallbacks: Vec::new(),
    };
    let rerouted = Input::Model(ModelEvent::Rerouted(Box::new(route)));
    let (state, log, _) = run(vec![rerouted, text("a"), stop(FinishReason::Stop)]);
    assert_eq!(names(&log), ["metadata", "metadata", "token", "done"]);
    let told = state.metadata.clone().unwrap();
    assert_eq!((told.model.as_str(), told.routed_by), ("other", RoutedBy::Failover));
    let receipt = state.receipt(None);
    assert_eq!(receipt.reason, "It was overloaded; other answered instead.");
    assert_eq!(receipt.routed_by, Some(RoutedBy::Failover));
}

#[test]
fn a_failure_keeps_the_text_and_comes_before_done() {
    let (state, log, _) = run(vec![text("part"), Input::Failed(failure())]);
    assert_eq!(names(&log), ["metadata", "token", "error", "done"]);
    assert_eq!((state.content.as_str(), state.status()), ("part", MessageStatus::Error));
    assert_eq!(state.receipt(None).failure, Some(failure()));
}

#[test]
fn a_stream_that_just_stops_is_truncated() {
    let (state, ..) = run(vec![text("part"), Input::Closed]);
    assert_eq!(state.failure.unwrap().code, "stream_truncated");
}

#[test]
fn who_stopped_it_decides_the_reason() {
    let cases = [
        (StopCause::Cancelled, stop(FinishReason::Cancelled), FinishReason::Cancelled),
        (StopCause::Shutdown, stop(FinishReason::Cancelled), FinishReason::Interrupted),
        (StopCause::Cancelled, Input::Failed(failure()), FinishReason::Cancelled),
        (StopCause::Shutdown, Input::Closed, FinishReason::Interrupted),
        (StopCause::Cancelled, stop(FinishReason::Stop), FinishReason::Stop),
    ];
    for (cause, last, finish) in cases {
        let (state, log, others) = run(vec![text("a"), Input::Stop(cause), Input::Stop(cause), last]);
        assert_eq!(state.finish, Some(finish));
        assert_eq!(names(&log), ["metadata", "token", "done"]);
        assert_eq!(others, [Effect::CancelCall, Effect::Finish]);
    }
}

fn any_input() -> impl Strategy<Value = Input> {
    prop_oneof![
        8 => "\\PC{1,9}".prop_map(|text| Input::Model(ModelEvent::Text(text))),
        3 => "\\PC{1,9}".prop_map(|text| Input::Model(ModelEvent::Thinking(text))),
        1 => (0u64..9, 0u64..9).prop_map(|(output_tokens, cache_read_tokens)| {
            bill(Usage { output_tokens, cache_read_tokens, ..Usage::default() })
        }),
        1 => Just(stop(FinishReason::Cancelled)),
        1 => Just(stop(FinishReason::MaxTokens)),
        1 => Just(Input::Failed(failure())),
        1 => Just(Input::Closed),
        1 => Just(Input::Stop(StopCause::Shutdown)),
    ]
}

proptest! {
    #[test]
    fn the_log_tells_the_whole_state(inputs in prop::collection::vec(any_input(), 0..40)) {
        let (state, log, others) = run(inputs);
        let told = TurnState::fold(&log);
        prop_assert_eq!(&told.content, &state.content);
        prop_assert_eq!(&told.thinking, &state.thinking);
        prop_assert_eq!(told.status(), state.status());
        prop_assert_eq!((told.usage, &told.failure, &told.metadata), (state.usage, &state.failure, &state.metadata));
        let finishes = others.iter().filter(|effect| **effect == Effect::Finish).count();
        prop_assert_eq!(finishes, usize::from(state.finish.is_some()));
        prop_assert_eq!(log.iter().filter(|event| event.is_last()).count(), finishes);
        let error_before_done = state.failure.is_none() || names(&log).ends_with(&["error", "done"]);
        prop_assert!(error_before_done);
    }
}
