//! What a person's word about a call is worth: for what they saw, once, and told truly.

use std::time::Duration;

use serde_json::json;
use tokio::time;
use vertice_domain::{ToolState, Transcript, TurnEvent};
use vertice_ports::{
    Chat as _,
    chat::{Decision, Started, Verdict},
    tools::Keep,
    turns::TurnPhase,
};

use crate::{
    support::{Step, World, names, until},
    tools::{allow, decide, is_waiting, rest, script, unended},
};

/// A turn that sleeps, since it asks about `write`, and the fingerprint of what it asks for.
async fn asking(world: &World) -> (Started, String) {
    script(world, "write");
    let mut started = world.ask(None, "Hi").await;
    until(&mut started.events, is_waiting).await;
    asleep(world, &started, 1).await;
    let seen = fingerprint(world, &started);
    (started, seen)
}

/// Waits until whoever held the turn as its `fence`th owner has laid it to sleep.
async fn asleep(world: &World, started: &Started, fence: u64) {
    let turn = started.turn_id;
    let state = (TurnPhase::Waiting, fence);
    let sleeps = world.store.until(|inside| (inside.turns[&turn].phase, inside.turns[&turn].fence) == state);
    time::timeout(Duration::from_secs(60), sleeps).await.expect("the turn falls asleep");
}

fn fingerprint(world: &World, started: &Started) -> String {
    let said = Transcript::fold(&world.store.events_now(started.turn_id));
    match &said.waiting().unwrap().state {
        ToolState::Waiting { fingerprint, .. } => fingerprint.clone(),
        state => panic!("{state:?}"),
    }
}

async fn allowing(world: &World, started: &Started, seen: &str) -> vertice_domain::Result<()> {
    let decision = Decision { call: "c1".into(), fingerprint: Some(seen.to_owned()), verdict: allow() };
    world.hub.decide(&world.ann, started.turn_id, decision).await
}

#[tokio::test(start_paused = true)]
async fn a_permission_for_a_tool_that_has_changed_is_asked_for_again() {
    let world = World::new();
    let (mut started, seen) = asking(&world).await;
    world.tools.redefine("write", json!({ "type": "object", "required": ["everywhere"] }));
    allowing(&world, &started, &seen).await.unwrap();
    asleep(&world, &started, 2).await;
    assert_eq!(names(&until(&mut started.events, is_waiting).await), ["waiting"], "who looks on sees it");
    assert!(world.tools.runs("write").is_empty());

    let refused = allowing(&world, &started, &seen).await.unwrap_err();
    assert_eq!(refused.code, "approval_changed");
    let now = fingerprint(&world, &started);
    assert_ne!(now, seen);
    assert_eq!(world.store.lock().calls[0].fingerprint, now);
    allowing(&world, &started, &now).await.unwrap();
    assert_eq!(names(&rest(&mut started.events).await), ["running", "result", "token", "done"]);
    assert_eq!(world.tools.runs("write").len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_tool_that_is_not_offered_any_more_does_not_run() {
    let world = World::new();
    let (mut started, _) = asking(&world).await;
    world.tools.withdraw("write");
    for fence in [2, 3] {
        decide(&world, &started, allow()).await;
        asleep(&world, &started, fence).await;
    }
    decide(&world, &started, Verdict::Deny { reason: None }).await;
    let told = rest(&mut started.events).await;
    assert_eq!(names(&told), ["waiting", "waiting", "result", "token", "done"]);
    assert!(world.tools.runs("write").is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_call_that_is_made_is_not_told_as_failed_because_always_could_not_be_kept() {
    let world = World::new();
    let (mut started, _) = asking(&world).await;
    world.tools.forget_permissions();
    decide(&world, &started, Verdict::Allow { input: None, keep: Some(Keep::Always) }).await;
    rest(&mut started.events).await;
    assert_eq!(world.tools.runs("write").len(), 1);
    is_asked_about_next(&world, &started).await;
}

#[tokio::test(start_paused = true)]
async fn what_is_always_allowed_is_what_was_seen() {
    let world = World::new();
    let (mut started, _) = asking(&world).await;
    world.tools.redefine("write", json!({ "type": "object", "required": ["everywhere"] }));
    decide(&world, &started, Verdict::Allow { input: None, keep: Some(Keep::Always) }).await;
    asleep(&world, &started, 2).await;
    decide(&world, &started, allow()).await;
    rest(&mut started.events).await;
    is_asked_about_next(&world, &started).await;
}

async fn is_asked_about_next(world: &World, started: &Started) {
    script(world, "write");
    let mut next = world.ask(started.conversation_id, "Again").await;
    assert!(names(&until(&mut next.events, is_waiting).await).contains(&"waiting"));
    assert_eq!(world.tools.runs("write").len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_turn_that_is_woken_while_it_falls_asleep_hears_the_next_decision_too() {
    let world = World::new();
    let calls = [("c0", "hang"), ("c1", "write"), ("c2", "write"), ("c3", "write")];
    let calls = (0..).zip(calls).flat_map(|(index, (id, name))| Step::call(index, id, name, "{}"));
    world.models.script(calls.chain([Step::stop()]));
    world.models.script([Step::say("So."), Step::stop()]);
    let mut started = world.ask(None, "Hi").await;
    let waits_for_c3 = |event: &TurnEvent| {
        is_waiting(event) && matches!(event, TurnEvent::ToolState { call, .. } if call == "c3")
    };
    until(&mut started.events, waits_for_c3).await;
    world.tools.begun.notified().await;
    let said = async |call: &str, verdict| {
        let decision = Decision { call: call.into(), fingerprint: None, verdict };
        world.hub.decide(&world.ann, started.turn_id, decision).await
    };
    let runs = |id: &'static str| move |event: &TurnEvent| matches!(event, TurnEvent::ToolState { call, state: ToolState::Running } if call == id);
    let ended =
        |event: &TurnEvent| matches!(event, TurnEvent::PartStarted(part) if part.kind.text().is_none());
    world.tools.gate.notify_one();
    until(&mut started.events, ended).await;
    // The first one lays it to sleep, in the very moment in which the second one has come.
    let (refused, allowed) = tokio::join!(said("c3", Verdict::Deny { reason: None }), said("c1", allow()));
    assert_eq!((refused, allowed), (Ok(()), Ok(())));
    until(&mut started.events, runs("c1")).await;
    said("c2", allow()).await.unwrap();
    assert_eq!(names(&rest(&mut started.events).await).last(), Some(&"done"));
}

#[tokio::test(start_paused = true)]
async fn a_decision_about_a_turn_that_another_node_runs_is_refused_at_once_and_heard_when_it_sleeps() {
    let world = World::new();
    world.store.lock().is_shared = true;
    let other = World::on(world.store.clone());
    let calls = [Step::call(0, "c0", "hang", "{}"), Step::call(1, "c1", "write", "{}")];
    world.models.script(calls.into_iter().flatten().chain([Step::stop()]));
    let mut started = world.ask(None, "Hi").await;
    world.tools.begun.notified().await;
    let turn = started.turn_id;
    let is_stored = |log: &[_]| Transcript::fold(log).waiting().is_some();
    world.store.until(|inside| is_stored(&inside.turns[&turn].events)).await;
    let listed = unended(&other, None).await;
    assert_eq!(listed[0].waiting_for.as_ref().map(|call| call.id.as_str()), Some("c1"), "seen there too");
    let asked_at = time::Instant::now();
    let decision = Decision { call: "c1".into(), fingerprint: None, verdict: allow() };
    let refused = other.hub.decide(&other.ann, turn, decision).await.unwrap_err();
    assert_eq!(refused.code, "turn_elsewhere");
    assert!(refused.message.contains("another node"), "{}", refused.message);
    assert!(asked_at.elapsed() < Duration::from_millis(500), "{:?}", asked_at.elapsed());

    world.tools.gate.notify_one();
    asleep(&world, &started, 1).await;
    other.models.script([Step::say("So."), Step::stop()]);
    decide(&other, &started, allow()).await;
    assert_eq!(names(&rest(&mut started.events).await).last(), Some(&"done"));
    assert_eq!((world.tools.runs("write").len(), other.tools.runs("write").len()), (0, 1));
}
