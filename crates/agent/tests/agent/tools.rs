//! A turn that uses tools: asked for, put on the disk, run once, never twice, whatever happens in between.

use std::sync::Arc;

use futures::{FutureExt as _, StreamExt as _};
use serde_json::json;
use vertice_domain::{
    ErrorKind, FeedEvent, FinishReason, MessageStatus, Outcome, PageRequest, PartKind, ToolCall, ToolState,
    Transcript, TurnEvent,
    chat::{SendMessage, ToolChoice},
};
use vertice_ports::{
    Chat as _, Library as _,
    chat::{Decision, EventStream, Started, UnendedTurn, Verdict},
    model::ModelEvent,
    prompt::Block,
    tools::Keep,
    turns::{CallRecord, CallState, TurnPhase},
};

use crate::support::{Faults, Step, World, all, assert_gapless, names, text, until, wish};

/// The model says something, calls `name` once, then says what it made of it.
pub(crate) fn script(world: &World, name: &str) {
    let call = Step::call(0, "c1", name, r#"{"at":1}"#);
    world
        .models
        .script([Step::say("Let me."), Step::seal("s1")].into_iter().chain(call).chain([Step::stop()]));
    world.models.script([Step::say("So."), Step::stop()]);
}

fn call(world: &World, started: &Started) -> ToolCall {
    let message = world.store.message_now(started.message_id);
    let transcript = Transcript::resumed(0, &message);
    transcript.call("c1").unwrap().clone()
}

pub(crate) fn is_waiting(event: &TurnEvent) -> bool {
    matches!(event, TurnEvent::ToolState { state: ToolState::Waiting { .. }, .. })
}

async fn waits(world: &World, started: &Started) {
    let turn = started.turn_id;
    world.store.until(|inside| inside.turns[&turn].phase == TurnPhase::Waiting).await;
}

pub(crate) fn allow() -> Verdict {
    Verdict::Allow { input: None, keep: None }
}

pub(crate) async fn decide(world: &World, started: &Started, verdict: Verdict) {
    let decision = Decision { call: "c1".into(), fingerprint: None, verdict };
    world.hub.decide(&world.ann, started.turn_id, decision).await.unwrap();
}

pub(crate) async fn unended(world: &World, phase: Option<TurnPhase>) -> Vec<UnendedTurn> {
    world.hub.unended(&world.ann, phase, &PageRequest::default()).await.unwrap().items
}

pub(crate) async fn rest(events: &mut EventStream) -> Vec<Arc<vertice_domain::LoggedEvent>> {
    events.map(|batch| futures::stream::iter(batch.unwrap())).flatten().collect().await
}

#[tokio::test(start_paused = true)]
async fn a_tool_is_used_and_everything_goes_back_as_it_was_said() {
    let world = World::new();
    script(&world, "look");
    let started = world.ask(None, "Hi").await;
    let (conversation, message) = (started.conversation_id, started.message_id);
    let events = all(started.events).await;
    let expected = ["metadata", "token", "sealed", "call", "running", "result", "token", "done"];
    assert_eq!(names(&events), expected);
    assert_gapless(&events, 1);
    assert_eq!(world.tools.runs("look"), [json!({ "at": 1 })]);

    let shown = world.models.shown_whole();
    let [Block::Text(said), Block::Replay(seal), Block::ToolCall(call)] = shown[1].blocks.as_slice() else {
        panic!("{:?}", shown[1])
    };
    assert_eq!(
        (said.as_str(), seal.data.as_str(), call.arguments.as_str()),
        ("Let me.", "s1", r#"{"at":1}"#)
    );
    let [Block::ToolResult(result)] = shown[2].blocks.as_slice() else { panic!("{:?}", shown[2]) };
    assert_eq!((result.call_id.as_str(), result.text.as_str(), result.is_error), ("c1", "look done", false));

    let stored = world.store.message_now(message);
    assert_eq!((stored.text().as_str(), stored.status), ("Let me.\n\nSo.", MessageStatus::Complete));
    assert_eq!(world.store.lock().calls[0].state, CallState::Ended(Outcome::Success));
    // The next turn shows the same again, and appends.
    world.exchange(conversation, "More", "Yes.").await;
    let next = world.models.shown_whole();
    assert_eq!(next[..3], shown[..3]);
    assert_eq!(next[3].plain(), "So.");
    // A copy keeps what only the provider gets.
    let fork = world.shelf.fork(&world.ann, conversation.unwrap(), message).await.unwrap();
    world.exchange(Some(fork.id), "More", "Yes.").await;
    assert_eq!(world.models.shown_whole()[..3], shown[..3]);
}

#[tokio::test(start_paused = true)]
async fn a_turn_that_waits_leaves_memory_and_goes_on_when_it_is_decided() {
    let world = World::new();
    let mut feed = world.hub.feed(&world.ann).await.unwrap();
    script(&world, "write");
    let mut started = world.ask(None, "Hi").await;
    let first = until(&mut started.events, is_waiting).await;
    waits(&world, &started).await;
    assert!(started.events.next().now_or_never().is_none(), "its listeners stay");
    let waiting = unended(&world, Some(TurnPhase::Waiting)).await[0].waiting_for.clone().unwrap();
    assert_eq!((waiting.name.as_str(), waiting.arguments.as_str()), ("write", r#"{"at":1}"#));
    assert!(world.tools.runs("write").is_empty());
    let news: Vec<_> = feed.by_ref().take(4).collect().await;
    assert!(matches!(news[3], FeedEvent::TurnWaiting { .. }), "{news:?}");
    let late: Vec<_> = world.hub.feed(&world.ann).await.unwrap().take(2).collect().await;
    assert_eq!(late, [FeedEvent::Ready, news[3].clone()], "whoever opens a page later hears of it too");

    decide(&world, &started, allow()).await;
    let more = rest(&mut started.events).await;
    assert_eq!(names(&more), ["running", "result", "token", "done"]);
    let whole = [first, more].concat();
    assert_gapless(&whole, 1);
    assert_eq!(text(&whole), "Let me.\n\nSo.");
    assert_eq!(world.tools.runs("write").len(), 1);
    let late = all(world.hub.listen(&world.ann, started.turn_id, 0).await.unwrap()).await;
    assert_eq!(late, whole, "whoever comes late hears the same");
    assert_eq!(world.store.lock().calls[0].decided_by, Some(world.ann.user));
    assert!(unended(&world, None).await.is_empty());
}

#[tokio::test(start_paused = true)]
async fn who_refused_or_answered_a_call_is_noted_and_when() {
    let verdicts = [
        (Verdict::Deny { reason: None }, Outcome::Denied),
        (Verdict::Respond { content: "42".into() }, Outcome::Answered),
    ];
    for (verdict, outcome) in verdicts {
        let world = World::new();
        script(&world, "write");
        let mut started = world.ask(None, "Hi").await;
        waits(&world, &started).await;
        decide(&world, &started, verdict).await;
        rest(&mut started.events).await;
        let [call]: [CallRecord; 1] = world.store.lock().calls.clone().try_into().unwrap();
        assert_eq!(call.state, CallState::Ended(outcome));
        assert_eq!((call.decided_by, call.started_at), (Some(world.ann.user), None));
        assert!(call.decided_at.is_some() && call.decided_at == call.ended_at, "{call:?}");
        assert!(!call.fingerprint.is_empty() && world.tools.runs("write").is_empty());
    }
}

#[tokio::test(start_paused = true)]
async fn after_a_restart_a_waiting_turn_waits_again_and_is_woken_there() {
    let world = World::new();
    script(&world, "write");
    let started = world.ask(None, "Hi").await;
    waits(&world, &started).await;
    let next = World::on(Arc::new(world.store.after_crash()));
    assert_eq!(next.hub.recover().await.unwrap(), 0, "it belongs to nobody and waits");
    let mut events = next.hub.listen(&next.ann, started.turn_id, 0).await.unwrap();
    until(&mut events, is_waiting).await;
    next.models.script([Step::say("So."), Step::stop()]);
    decide(&next, &started, allow()).await;
    assert_eq!(names(&rest(&mut events).await), ["running", "result", "token", "done"]);
    let whole = all(next.hub.listen(&next.ann, started.turn_id, 0).await.unwrap()).await;
    assert_gapless(&whole, 1);
    assert_eq!((text(&whole).as_str(), next.tools.runs("write").len()), ("Let me.\n\nSo.", 1));
}

#[tokio::test(start_paused = true)]
async fn a_decision_is_about_what_was_seen_and_taken_once() {
    let world = World::new();
    script(&world, "write");
    let started = world.ask(None, "Hi").await;
    waits(&world, &started).await;
    let turn = started.turn_id;
    let decision = |call: &str, fingerprint: Option<&str>| Decision {
        call: call.into(),
        fingerprint: fingerprint.map(str::to_owned),
        verdict: allow(),
    };
    let refused = async |actor, decision| world.hub.decide(actor, turn, decision).await.unwrap_err();
    assert_eq!(refused(&world.ann, decision("c1", Some("other"))).await.code, "approval_changed");
    assert_eq!(refused(&world.ann, decision("c9", None)).await.kind, ErrorKind::NotFound);
    assert_eq!(refused(&world.bob, decision("c1", None)).await.kind, ErrorKind::NotFound);
    let [one, two] = [(); 2].map(|()| world.hub.decide(&world.ann, turn, decision("c1", None)));
    let (one, two) = futures::join!(one, two);
    assert_ne!(one.is_ok(), two.is_ok(), "{one:?} {two:?}");
    world.store.until(|inside| inside.turns[&turn].ended()).await;
    assert_eq!(refused(&world.ann, decision("c1", None)).await.code, "already_decided");
    assert_eq!(world.tools.runs("write").len(), 1);
}

#[tokio::test(start_paused = true)]
async fn always_is_remembered_and_other_arguments_are_told() {
    let world = World::new();
    script(&world, "write");
    let mut started = world.ask(None, "Hi").await;
    waits(&world, &started).await;
    let input = Some(json!({ "at": "home" }));
    decide(&world, &started, Verdict::Allow { input, keep: Some(Keep::Always) }).await;
    rest(&mut started.events).await;
    assert_eq!(world.tools.runs("write"), [json!({ "at": "home" })]);
    let shown = world.models.shown_whole();
    let [Block::ToolResult(result)] = shown[2].blocks.as_slice() else { panic!("{:?}", shown[2]) };
    assert!(result.text.contains(r#"{"at":"home"}"#), "{}", result.text);
    assert_eq!(call(&world, &started).arguments, r#"{"at":1}"#, "what the model said stays");

    script(&world, "write");
    let second = world.ask(started.conversation_id, "Again").await;
    assert!(!names(&all(second.events).await).contains(&"waiting"));
}

#[tokio::test(start_paused = true)]
async fn what_ran_when_the_server_went_down_is_told_and_never_run_again() {
    let world = World::new();
    script(&world, "hang");
    let started = world.ask(None, "Hi").await;
    world.tools.begun.notified().await;
    let running = |world: &World| world.store.lock().calls.first().map(|call| call.state);
    assert_eq!(running(&world), Some(CallState::Running), "on the disk before it ran");
    let log = world.store.events_now(started.turn_id);
    assert!(Transcript::fold(&log).call("c1").is_some_and(|call| call.state == ToolState::Running));

    let next = World::on(Arc::new(world.store.after_crash()));
    assert_eq!(next.hub.recover().await.unwrap(), 1);
    let stored = next.store.message_now(started.message_id);
    assert_eq!(stored.status, MessageStatus::Interrupted);
    assert_eq!(call(&next, &started).state, ToolState::Ended { outcome: Outcome::Interrupted });
    next.models.script([Step::say("I look again."), Step::stop()]);
    let more = next.hub.go_on(&next.ann, started.message_id).await.unwrap();
    all(more.events).await;
    assert!(next.tools.runs("hang").is_empty());
    let shown = next.models.shown_whole();
    let Some(Block::ToolResult(result)) = shown.last().and_then(|last| last.blocks.last()) else {
        panic!("{shown:?}")
    };
    assert!(result.is_error && result.text.contains("not known"), "{}", result.text);
}

#[tokio::test(start_paused = true)]
async fn a_call_that_cannot_be_noted_is_not_made() {
    let world = World::new();
    let gate = Arc::new(tokio::sync::Notify::new());
    let call = Step::call(0, "c1", "look", "{}");
    world.models.script([Step::Gate(gate.clone())].into_iter().chain(call).chain([Step::stop()]));
    world.models.script([Step::say("Then not."), Step::stop()]);
    let started = world.ask(None, "Hi").await;
    world.store.faults(Faults { write: true, ..Faults::default() });
    gate.notify_one();
    let mut events = started.events;
    let is_result = |event: &TurnEvent| match event {
        TurnEvent::PartStarted(part) => matches!(part.kind, PartKind::ToolResult(_)),
        _ => false,
    };
    let heard = until(&mut events, is_result).await;
    world.store.faults(Faults::default());
    assert!(names(&heard).contains(&"result") && world.tools.runs("look").is_empty());
    assert_eq!(names(&rest(&mut events).await).last(), Some(&"done"));
}

#[tokio::test(start_paused = true)]
async fn stopping_reaches_a_running_tool_and_a_sleeping_turn() {
    let world = World::new();
    script(&world, "hang");
    let mut running = world.ask(None, "Hi").await;
    world.tools.begun.notified().await;
    world.hub.cancel(&world.ann, running.turn_id).await.unwrap();
    let told = rest(&mut running.events).await;
    assert_eq!(names(&told)[names(&told).len() - 2..], ["result", "done"]);
    assert_eq!(call(&world, &running).state, ToolState::Ended { outcome: Outcome::Cancelled });

    let world = World::new();
    script(&world, "write");
    let mut sleeping = world.ask(None, "Hi").await;
    waits(&world, &sleeping).await;
    world.hub.cancel(&world.ann, sleeping.turn_id).await.unwrap();
    let told = Transcript::fold(rest(&mut sleeping.events).await.iter().map(|logged| &**logged));
    assert_eq!(told.finish, Some(FinishReason::Cancelled));
    assert!(world.tools.runs("write").is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_quota_that_runs_out_between_steps_keeps_every_part() {
    let world = World::new();
    script(&world, "look");
    *world.models.spent_after.lock().unwrap() = Some(2);
    let started = world.ask(None, "Hi").await;
    let message = started.message_id;
    let told = Transcript::fold(all(started.events).await.iter().map(|logged| &**logged));
    assert_eq!(told.failure.unwrap().code, "quota_exceeded");
    let stored = world.store.message_now(message);
    assert_eq!((stored.status, stored.parts.len()), (MessageStatus::Error, 3));
}

#[tokio::test(start_paused = true)]
async fn which_tools_may_be_used_is_the_callers_choice() {
    let world = World::new();
    let offered = async |tools| {
        world.models.script([Step::say("Hm."), Step::stop()]);
        let started = world.hub.send(&world.ann, SendMessage { tools, ..wish("Hi") }).await?;
        all(started.events).await;
        Ok::<_, vertice_domain::Error>(world.models.offered())
    };
    assert_eq!(offered(ToolChoice::Auto).await.unwrap(), ["ask_person", "look", "write", "erase", "hang"]);
    assert!(offered(ToolChoice::None).await.unwrap().is_empty());
    assert_eq!(offered(ToolChoice::Named(vec!["write".into()])).await.unwrap(), ["ask_person", "write"]);
    let refused = offered(ToolChoice::Named(vec!["look".into(), "rm".into()])).await.unwrap_err();
    assert_eq!(refused.fields[0].field, "tools[1]");
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_is_gone_on_with_may_use_tools_and_stands_there_once() {
    let world = World::new();
    world.models.script([Step::say("Do"), Step::Say(ModelEvent::Stop(FinishReason::MaxTokens))]);
    let first = world.ask(None, "Hi").await;
    let cut = first.message_id;
    all(first.events).await;
    let look = Step::call(0, "c1", "look", "{}");
    world.models.script([Step::say("ne.")].into_iter().chain(look).chain([Step::stop()]));
    world.models.script([Step::say("So."), Step::stop()]);
    let more = world.hub.go_on(&world.ann, cut).await.unwrap();
    assert_eq!(text(&all(more.events).await), "Done.\n\nSo.");
    let shown = world.models.shown();
    let said: Vec<_> = shown.iter().map(|(_, text)| text.as_str()).filter(|text| !text.is_empty()).collect();
    assert_eq!(said, ["Hi", "Done."]);
}

#[tokio::test(start_paused = true)]
async fn a_turn_that_asks_about_one_call_while_it_makes_another_says_so() {
    let world = World::new();
    let calls = [Step::call(0, "c1", "hang", "{}"), Step::call(1, "c2", "write", "{}")];
    world.models.script(calls.into_iter().flatten().chain([Step::stop()]));
    let mut started = world.ask(None, "Hi").await;
    until(&mut started.events, is_waiting).await;
    world.tools.begun.notified().await;
    let found = unended(&world, None).await;
    assert_eq!(found[0].turn.phase, TurnPhase::Running);
    assert_eq!(found[0].waiting_for.as_ref().map(|call| call.id.as_str()), Some("c2"));
}
