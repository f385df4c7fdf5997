//! What goes in and what comes out, without a model, a store or a clock.

mod in_text;
mod limits;

use proptest::prelude::*;
use serde_json::json;
use vertice_domain::{
    ConversationId, ErrorKind, Intent, Metadata, Notice, Outcome, Provider, RoutedBy, TurnId, Usage, Usd,
    event::CallUsage,
};
use vertice_ports::{
    model::{Route, ToolCallDelta},
    prompt::{Replay, ToolSpec},
};

use super::*;

fn message() -> MessageId {
    MessageId::new(uuid::Uuid::from_u128(2))
}

fn metadata() -> LoggedEvent {
    let metadata = Metadata {
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
    };
    LoggedEvent::event(1, TurnEvent::Metadata(Box::new(metadata)))
}

fn failure() -> TurnFailure {
    TurnFailure {
        code: "provider_overloaded".into(),
        message: "Busy.".into(),
        kind: ErrorKind::Unavailable,
        retryable: true,
        retry_after_s: None,
    }
}

fn offered() -> Vec<Tool> {
    let spec = ToolSpec { name: "look".into(), description: String::new(), input_schema: json!({}) };
    vec![Tool { server: "files".into(), name: "look".into(), spec }]
}

/// A turn, everything it logged, and what else was to be done.
struct Run {
    state: TurnState,
    log: Vec<LoggedEvent>,
    others: Vec<Effect>,
}

impl Run {
    fn new() -> Self {
        let log = vec![metadata()];
        let mut run =
            Self { state: TurnState::new(Transcript::fold(&log), &offered()), log, others: Vec::new() };
        run.take(called());
        run
    }

    fn of(inputs: Vec<Input>) -> Self {
        let mut run = Self::new();
        inputs.into_iter().for_each(|input| run.take(input));
        run
    }

    fn take(&mut self, input: Input) {
        self.take_at(input, self.log.len() as u64);
    }

    fn take_at(&mut self, input: Input, at_ms: u64) {
        for effect in self.state.step(input, at_ms) {
            match effect {
                Effect::Emit(logged) => self.log.push(logged),
                other => self.others.push(other),
            }
        }
    }

    /// The log with its end, a word an event.
    fn names(&self) -> Vec<String> {
        let closing = self.state.finish.map(|_| self.state.closing(message())).unwrap_or_default();
        self.log.iter().chain(&closing).map(name).collect()
    }

    /// What it said of itself last.
    fn notice(&self) -> Option<Notice> {
        self.state.transcript.parts.iter().rev().find_map(|part| match &part.kind {
            PartKind::Notice(notice) => Some(notice.clone()),
            _ => None,
        })
    }

    fn others(&mut self) -> Vec<Effect> {
        std::mem::take(&mut self.others)
    }

    fn result(&self, call: &str) -> (Outcome, String) {
        let found = self.state.transcript.parts.iter().find_map(|part| match &part.kind {
            PartKind::ToolResult(result) if result.call == call => Some(result),
            _ => None,
        });
        found.map(|result| (result.outcome, result.content.clone())).unwrap()
    }
}

fn name(logged: &LoggedEvent) -> String {
    let Some(event) = logged.visible() else { return "sealed".into() };
    match event {
        TurnEvent::Metadata(_) => "metadata".into(),
        TurnEvent::StepStarted(step) => format!("step {}", step.step),
        TurnEvent::Retrying(retrying) => format!("again after {}", retrying.after_ms),
        TurnEvent::PartStarted(part) => format!("start {}", part.position),
        TurnEvent::PartDelta { position, .. } => format!("more {position}"),
        TurnEvent::PartEnded { position } => format!("end {position}"),
        TurnEvent::ToolState { call, state } => format!("{call} {state:?}"),
        TurnEvent::ToolProgress(progress) => format!("{} {:?}%", progress.call, progress.percent),
        TurnEvent::Usage(_) => "usage".into(),
        TurnEvent::Error(_) => "error".into(),
        TurnEvent::Done(_) => "done".into(),
        TurnEvent::Unknown => "unknown".into(),
    }
}

fn called() -> Input {
    Input::Called { model: "m".into(), provider: Provider::Demo }
}

fn text(text: &str) -> Input {
    Input::Model(ModelEvent::Text(text.into()))
}

fn thinking(text: &str) -> Input {
    Input::Model(ModelEvent::Thinking(text.into()))
}

fn bill(usage: Usage) -> Input {
    let call = CallUsage { model: "m".into(), usage, cache_miss: Some("Too short.".into()) };
    Input::Model(ModelEvent::Usage(Box::new(call)))
}

fn stop(reason: FinishReason) -> Input {
    Input::Model(ModelEvent::Stop(reason))
}

fn call(index: u32, id: &str, name: &str, arguments: &str) -> [Input; 2] {
    let start = ToolCallDelta::Start { index, id: id.into(), name: name.into() };
    let more = ToolCallDelta::Arguments { index, json: arguments.into() };
    [start, more].map(|delta| Input::Model(ModelEvent::ToolCall(delta)))
}

fn judged(call: &str, permission: Permission) -> Input {
    Input::Judged { call: call.into(), permission }
}

fn ended(call: &str, content: &str) -> Input {
    let output = ToolOutput::told(Outcome::Success, content);
    Input::Ended { call: call.into(), output, duration_ms: 5 }
}

fn judge(call: &str) -> Effect {
    Effect::Judge(call.into())
}

/// Up to the moment at which these calls are judged.
fn proposing(calls: &[(&str, &str, &str)]) -> Run {
    let mut run = Run::new();
    for (index, (id, name, arguments)) in (0..).zip(calls) {
        call(index, id, name, arguments).into_iter().for_each(|input| run.take(input));
    }
    run.take(stop(FinishReason::Stop));
    run
}

#[test]
fn an_answer_from_first_to_last() {
    let usage = Usage {
        input_tokens: 3,
        cache_read_tokens: 7,
        cost_usd: Some(Usd::from_nanos(5)),
        ..Usage::default()
    };
    let seal = Replay { provider: Provider::Demo, model: "m".into(), data: "s".into() };
    let mut run = Run::of(vec![
        thinking("hm"),
        Input::Model(ModelEvent::Replay(seal)),
        text("a"),
        text("b"),
        bill(usage),
        stop(FinishReason::Stop),
        text("too late"),
    ]);
    let expected = [
        "metadata", "step 1", "start 0", "end 0", "sealed", "start 2", "more 2", "metadata", "usage",
        "end 2", "done",
    ];
    assert_eq!(run.names(), expected);
    assert_eq!(run.others(), [Effect::Finish]);
    let said = &run.state.transcript;
    assert_eq!((said.text().as_str(), said.usage, said.sealed.len()), ("ab", Some(usage), 1));
    let told = said.metadata.as_ref().unwrap();
    assert!(told.cached && told.tokens_saved == 7);
    assert_eq!((run.state.status(), run.state.first_token_ms), (MessageStatus::Complete, Some(2)));
    assert_eq!(said.receipt(None, Some(9)).cache_miss.as_deref(), Some("Too short."));
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
    let run = Run::of(vec![rerouted, text("a"), stop(FinishReason::Stop)]);
    assert_eq!(run.names(), ["metadata", "step 1", "metadata", "step 1", "start 0", "end 0", "done"]);
    let receipt = run.state.transcript.receipt(None, None);
    assert_eq!(receipt.reason, "It was overloaded; other answered instead.");
    assert_eq!(receipt.routed_by, Some(RoutedBy::Failover));
}

#[test]
fn a_pause_before_the_first_word_is_told_until_something_comes() {
    let pause = Retrying { model: "m".into(), provider: Provider::Demo, code: "c".into(), after_ms: 500 };
    let mut run = Run::of(vec![Input::Retrying(pause.clone())]);
    assert_eq!(run.names(), ["metadata", "step 1", "again after 500"]);
    assert_eq!(run.state.transcript.retrying, Some(pause));
    run.take(text("a"));
    assert_eq!(run.state.transcript.retrying, None);
}

#[test]
fn a_failure_keeps_the_text_and_comes_before_done() {
    let run = Run::of(vec![text("part"), Input::Failed(failure())]);
    assert_eq!(run.names(), ["metadata", "step 1", "start 0", "end 0", "error", "done"]);
    assert_eq!((run.state.transcript.text().as_str(), run.state.status()), ("part", MessageStatus::Error));
}

#[test]
fn a_stream_that_just_stops_is_truncated() {
    let run = Run::of(vec![text("part"), Input::Closed]);
    assert_eq!(run.state.failure.unwrap().code, "stream_truncated");
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
        let mut run = Run::of(vec![text("a"), Input::Stop(cause), Input::Stop(cause), last]);
        assert_eq!(run.state.finish, Some(finish));
        assert_eq!(run.others(), [Effect::CancelCall, Effect::Finish]);
        assert!(run.state.failure.is_none());
    }
}

#[test]
fn results_go_back_until_the_model_calls_nothing() {
    let mut run = proposing(&[("a", "look", r#"{"at":1}"#), ("b", "look", "")]);
    assert_eq!(run.others(), [judge("a"), judge("b")]);
    run.take(Input::Closed);
    run.take(judged("a", Permission::Allow));
    run.take(judged("b", Permission::Allow));
    assert_eq!(run.others(), [Effect::RunTool("a".into()), Effect::RunTool("b".into())]);
    run.take(ended("b", "nothing"));
    assert_eq!(run.others(), [], "the other one still runs");
    run.take(ended("a", "something"));
    assert_eq!(run.others(), [Effect::CallModel]);
    run.take(called());
    run.take(text("So."));
    run.take(stop(FinishReason::Stop));
    assert_eq!(run.others(), [Effect::Finish]);
    let said = &run.state.transcript;
    assert_eq!((said.text().as_str(), run.state.status()), ("So.", MessageStatus::Complete));
    let steps: Vec<_> = said.parts.iter().map(|part| part.step).collect();
    assert_eq!(steps, [1, 1, 1, 1, 2]);
    assert_eq!(said.call("a").map(|call| call.server.as_str()), Some("files"));
}

#[test]
fn calls_that_cannot_be_made_are_answered_without_being_judged() {
    let calls = [("a", "nope", "{}"), ("b", "look", "{"), ("c", "look", "[1]")];
    let mut run = proposing(&calls);
    assert_eq!(run.others(), [Effect::CallModel], "the model hears of it and goes on");
    for (id, part) in [("a", "no tool named"), ("b", "not valid JSON"), ("c", "JSON object")] {
        let (outcome, content) = run.result(id);
        assert!(outcome == Outcome::Failed && content.contains(part), "{content}");
    }
}

#[test]
fn a_person_is_asked_and_the_turn_sleeps() {
    let mut run = proposing(&[("a", "look", "{}"), ("b", "look", "{}")]);
    run.others();
    run.take(judged("a", Permission::Ask("Sure?".into())));
    assert_eq!(run.others(), [], "the other one is being judged");
    run.take(judged("b", Permission::Deny("No.".into())));
    assert_eq!(run.others(), [Effect::Sleep]);
    assert_eq!(run.result("b"), (Outcome::Denied, "No.".into()));

    // Woken from what its log says.
    let mut woken = TurnState::new(Transcript::fold(&run.log), &offered());
    let input = json!({ "at": "home" });
    let verdict = Verdict::Allow { input: Some(input.clone()), keep: None };
    let effects = woken.step(Input::Decided { call: "a".into(), asked: None, verdict }, 0);
    assert!(effects.contains(&Effect::RunTool("a".into())));
    let call = woken.transcript.call("a").unwrap().clone();
    assert_eq!((arguments(&call), call.arguments.as_str()), (Ok(input), "{}"));
    assert_eq!(woken.step(ended("a", "x"), 0).last(), Some(&Effect::CallModel));
    assert!(
        woken
            .step(
                Input::Decided { call: "a".into(), asked: None, verdict: Verdict::Deny { reason: None } },
                0
            )
            .is_empty()
    );
}

#[test]
fn text_after_a_call_is_not_gone_on_with_by_the_next_step() {
    let mut run = Run::new();
    call(0, "a", "look", "{}").into_iter().for_each(|input| run.take(input));
    run.take(text("I ask."));
    run.take(stop(FinishReason::Stop));
    run.take(judged("a", Permission::Ask("Sure?".into())));
    let mut woken = TurnState::new(Transcript::fold(&run.log), &offered());
    // Decided twice: the second word finds nothing that waits, and lays the turn to sleep again.
    let unknown = Input::Decided { call: "b".into(), asked: None, verdict: Verdict::Deny { reason: None } };
    assert_eq!(woken.step(unknown, 0), [Effect::Sleep]);
    woken.step(Input::Decided { call: "a".into(), asked: None, verdict: Verdict::Deny { reason: None } }, 0);
    woken.step(called(), 0);
    woken.step(text("Well."), 0);
    assert_eq!(woken.transcript.text(), "I ask.\n\nWell.");
}

#[test]
fn a_person_may_deny_or_answer_in_the_tools_place() {
    let cases = [
        (Verdict::Deny { reason: Some("Too dear.".into()) }, Outcome::Denied, "Too dear."),
        (Verdict::Respond { content: "It is empty.".into() }, Outcome::Answered, "It is empty."),
    ];
    for (verdict, outcome, words) in cases {
        let mut run = proposing(&[("a", "look", "{}")]);
        run.take(judged("a", Permission::Ask("Sure?".into())));
        run.others();
        run.take(Input::Decided { call: "a".into(), asked: None, verdict });
        assert_eq!(run.others(), [Effect::NoteDecision("a".into()), Effect::CallModel]);
        let (told, content) = run.result("a");
        assert!(told == outcome && content.contains(words), "{content}");
    }
}

#[test]
fn the_fingerprint_is_of_the_tool_and_its_arguments() {
    let fingerprint = |arguments: &str, tools: &[Tool]| {
        let mut state = TurnState::new(Transcript::fold(&[metadata()]), tools);
        let mut log = vec![metadata()];
        let inputs = [called()].into_iter().chain(call(0, "a", "look", arguments));
        let last = [stop(FinishReason::Stop), judged("a", Permission::Ask("?".into()))];
        for input in inputs.chain(last) {
            log.extend(logged(state.step(input, 0)));
        }
        match &Transcript::fold(&log).waiting().unwrap().state {
            ToolState::Waiting { fingerprint, .. } => fingerprint.clone(),
            other => panic!("{other:?}"),
        }
    };
    let plain = fingerprint(r#"{"a":1,"b":2}"#, &offered());
    assert_eq!(plain, fingerprint(r#"{ "b": 2, "a": 1 }"#, &offered()), "the order says nothing");
    assert_ne!(plain, fingerprint(r#"{"a":1,"b":3}"#, &offered()));
    let mut changed = offered();
    changed[0].spec.input_schema = json!({ "type": "object" });
    assert_ne!(plain, fingerprint(r#"{"a":1,"b":2}"#, &changed));
}

#[test]
fn what_a_crash_left_running_is_never_run_again() {
    let mut run = proposing(&[("a", "look", "{}"), ("b", "look", "{}")]);
    run.take(judged("a", Permission::Allow));
    let mut left = TurnState::new(Transcript::fold(&run.log), &[]);
    let effects = left.recover(Vec::new());
    assert_eq!((effects.last(), left.finish), (Some(&Effect::Finish), Some(FinishReason::Interrupted)));
    assert!(!effects.iter().any(|effect| matches!(effect, Effect::RunTool(_) | Effect::Judge(_))));
    let outcome = |state: &TurnState, id: &str| match state.transcript.call(id).unwrap().state {
        ToolState::Ended { outcome } => Some(outcome),
        _ => None,
    };
    assert_eq!(
        (outcome(&left, "a"), outcome(&left, "b")),
        (Some(Outcome::Interrupted), Some(Outcome::Cancelled))
    );

    run.take(judged("b", Permission::Ask("Sure?".into())));
    let mut waits = TurnState::new(Transcript::fold(&run.log), &[]);
    assert_eq!(waits.recover(Vec::new()).last(), Some(&Effect::Sleep));
    assert_eq!((outcome(&waits, "a"), outcome(&waits, "b")), (Some(Outcome::Interrupted), None));
    assert!(waits.finish.is_none() && waits.transcript.waiting().is_some());

    // What its tool can tell of it, its model is told.
    let mut known = TurnState::new(Transcript::fold(&run.log), &[]);
    known.recover(vec![("a".into(), ToolOutput::told(Outcome::Success, "seen"))]);
    assert_eq!((outcome(&known, "a"), outcome(&known, "b")), (Some(Outcome::Success), None));
}

#[test]
fn stopping_ends_what_runs_and_drops_what_waits() {
    let mut run = proposing(&[("a", "look", "{}"), ("b", "look", "{}")]);
    run.take(judged("a", Permission::Allow));
    run.take(judged("b", Permission::Ask("Sure?".into())));
    run.others();
    run.take(Input::Stop(StopCause::Cancelled));
    assert_eq!(run.others(), [Effect::CancelTools]);
    run.take(ended("a", "stopped"));
    assert_eq!((run.others(), run.state.finish), (vec![Effect::Finish], Some(FinishReason::Cancelled)));
    assert_eq!(run.result("b").0, Outcome::Cancelled);

    let mut deaf = proposing(&[("a", "look", "{}")]);
    deaf.take(judged("a", Permission::Allow));
    deaf.take(Input::Stop(StopCause::Shutdown));
    deaf.take(Input::Closed);
    assert_eq!(deaf.state.finish, None, "it still runs");
    deaf.take(Input::GivenUp);
    assert_eq!(
        (deaf.result("a").0, deaf.state.finish),
        (Outcome::Interrupted, Some(FinishReason::Interrupted))
    );
}

#[test]
fn calls_of_an_answer_that_was_cut_are_not_made() {
    for reason in [FinishReason::MaxTokens, FinishReason::Refusal] {
        let mut run = Run::new();
        call(0, "a", "look", r#"{"at":"#).into_iter().for_each(|input| run.take(input));
        run.take(stop(reason));
        assert_eq!((run.others(), run.state.finish), (vec![Effect::Finish], Some(reason)));
        assert_eq!(run.result("a").0, Outcome::Cancelled);
    }
}

#[test]
fn ids_that_a_server_gives_again_are_told_apart() {
    let mut run = proposing(&[("call_0", "look", "{}")]);
    run.take(judged("call_0", Permission::Allow));
    run.take(ended("call_0", "x"));
    run.take(called());
    call(0, "call_0", "look", "{}").into_iter().for_each(|input| run.take(input));
    run.take(stop(FinishReason::Stop));
    let ids: Vec<_> = run.state.transcript.calls().map(|(_, call)| call.id.clone()).collect();
    assert_eq!((ids[0].as_str(), ids.len()), ("call_0", 2));
    assert_ne!(ids[0], ids[1]);

    let mut run = Run::new();
    for id in ["a", "a", "a-0", "a-1", "a-2", "a-1", "a"] {
        call(0, id, "look", "{}").into_iter().for_each(|input| run.take(input));
    }
    let ids: std::collections::HashSet<_> =
        run.state.transcript.calls().map(|(_, call)| call.id.clone()).collect();
    assert_eq!(ids.len(), 7);
}

#[test]
fn text_goes_on_in_the_part_that_a_continued_answer_began_with() {
    let part = vertice_domain::Part { position: 0, step: 1, kind: PartKind::Text { text: "Do".into() } };
    let log = vec![metadata(), LoggedEvent::event(2, TurnEvent::PartStarted(Box::new(part)))];
    let mut state = TurnState::new(Transcript::fold(&log), &[]);
    state.step(called(), 0);
    state.step(text("s"), 0);
    assert_eq!((state.transcript.text().as_str(), state.transcript.parts.len()), ("Dos", 1));
}

fn any_input() -> impl Strategy<Value = Input> {
    let id = || prop_oneof![Just("a"), Just("b")];
    prop_oneof![
        8 => "\\PC{1,9}".prop_map(|words| text(&words)),
        3 => "\\PC{1,9}".prop_map(|words| thinking(&words)),
        1 => (0u64..9, 0u64..9).prop_map(|(output_tokens, cache_read_tokens)| {
            bill(Usage { output_tokens, cache_read_tokens, ..Usage::default() })
        }),
        2 => (0u32..3, id()).prop_map(|(index, id)| {
            Input::Model(ModelEvent::ToolCall(ToolCallDelta::Start { index, id: id.into(), name: "look".into() }))
        }),
        1 => (0u32..3, "[{}a\"]{1,3}").prop_map(|(index, json)| {
            Input::Model(ModelEvent::ToolCall(ToolCallDelta::Arguments { index, json }))
        }),
        2 => id().prop_map(|id| judged(id, Permission::Allow)),
        1 => id().prop_map(|id| judged(id, Permission::Ask("?".into()))),
        1 => id().prop_map(|id| judged(id, Permission::Deny("no".into()))),
        2 => id().prop_map(|id| ended(id, "done")),
        1 => id().prop_map(|id| Input::Decided { call: id.into(), asked: None, verdict: Verdict::Deny { reason: None } }),
        2 => Just(stop(FinishReason::Stop)),
        1 => Just(stop(FinishReason::MaxTokens)),
        1 => Just(called()),
        1 => Just(Input::Failed(failure())),
        1 => Just(Input::Closed),
        1 => Just(Input::GivenUp),
        1 => Just(Input::Stop(StopCause::Shutdown)),
    ]
}

proptest! {
    #[test]
    fn the_log_tells_the_whole_state(inputs in prop::collection::vec(any_input(), 0..60)) {
        let mut run = Run::of(inputs);
        prop_assert_eq!(&Transcript::fold(&run.log), &run.state.transcript);
        let seqs: Vec<u64> = run.log.iter().map(|logged| logged.seq).collect();
        prop_assert_eq!(seqs, (1..=run.log.len() as u64).collect::<Vec<_>>());
        let finishes = run.others().iter().filter(|effect| **effect == Effect::Finish).count();
        prop_assert_eq!(finishes, usize::from(run.state.finish.is_some()));
        let calls: Vec<_> = run.state.transcript.calls().map(|(_, call)| call.clone()).collect();
        for call in calls {
            let results = run.state.transcript.parts.iter().filter(|part| {
                matches!(&part.kind, PartKind::ToolResult(result) if result.call == call.id)
            });
            let over = matches!(call.state, ToolState::Ended { .. });
            prop_assert_eq!(results.count(), usize::from(over), "a call that has ended has one result");
            prop_assert!(over || run.state.finish.is_none(), "no call is left open by an end");
        }
        if run.state.finish.is_some() {
            let names = run.names();
            prop_assert!(names.iter().filter(|name| *name == "done").count() == 1);
            prop_assert!(run.state.failure.is_none() || names.ends_with(&["error".into(), "done".into()]));
        }
    }
}
