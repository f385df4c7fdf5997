//! Tools in turns outside of conversations: ours are used, the caller's go back to the caller, and who cannot be asked is not.

use serde_json::json;
use vertice_domain::{ErrorKind, FinishReason, Outcome, Transcript, chat::ToolChoice};
use vertice_ports::{
    Chat as _,
    chat::{Completion, Decision, Started, Verdict},
    prompt::ToolSpec,
    tools::Keep,
};

use crate::{
    support::{Step, World, all, hi, names, until},
    tools::{allow, is_waiting, rest, script},
};

fn call(tools: ToolChoice) -> Completion {
    Completion { tools, ..hi() }
}

fn named(names: &[&str]) -> ToolChoice {
    ToolChoice::Named(names.iter().map(|name| (*name).to_owned()).collect())
}

async fn begin(world: &World, completion: Completion) -> Started {
    world.hub.complete(&world.ann, completion).await.unwrap()
}

fn outcome(events: &[std::sync::Arc<vertice_domain::LoggedEvent>]) -> Option<Outcome> {
    let said = Transcript::fold(events.iter().map(|logged| &**logged));
    said.parts.iter().find_map(|part| match &part.kind {
        vertice_domain::PartKind::ToolResult(result) => Some(result.outcome),
        _ => None,
    })
}

#[tokio::test(start_paused = true)]
async fn tools_that_are_asked_for_are_used_and_nothing_is_stored() {
    let world = World::new();
    script(&world, "look");
    let events = all(begin(&world, call(named(&["files/look"]))).await.events).await;
    assert_eq!(names(&events), ["metadata", "token", "sealed", "call", "running", "result", "token", "done"]);
    assert_eq!(world.models.offered(), ["ask_person", "look"]);
    assert_eq!(world.tools.runs("look"), [json!({ "at": 1 })]);
    let inside = world.store.lock();
    assert!(inside.turns.is_empty() && inside.messages.is_empty() && inside.calls.is_empty());
}

#[tokio::test(start_paused = true)]
async fn none_are_offered_unless_asked_for_and_unknown_names_are_refused() {
    let world = World::new();
    world.models.script([Step::say("Hello"), Step::stop()]);
    all(begin(&world, call(ToolChoice::None)).await.events).await;
    assert!(world.models.offered().is_empty());
    let refused = world.hub.complete(&world.ann, call(named(&["files/look", "other/look"]))).await;
    let refused = refused.err().unwrap();
    assert_eq!((refused.kind, refused.fields[0].field.as_str()), (ErrorKind::Invalid, "tools[1]"));
    world.models.script([Step::say("Hello"), Step::stop()]);
    all(begin(&world, call(named(&["files/*"]))).await.events).await;
    assert_eq!(world.models.offered(), ["ask_person", "look", "write", "erase", "hang"]);
}

#[tokio::test(start_paused = true)]
async fn a_follower_is_asked_and_decides_while_it_runs() {
    let world = World::new();
    for verdict in [allow(), Verdict::Deny { reason: None }] {
        let runs = matches!(verdict, Verdict::Allow { .. });
        script(&world, "write");
        let mut started = begin(&world, call(ToolChoice::Auto)).await;
        until(&mut started.events, is_waiting).await;
        let decide = async |who, verdict| {
            let decision = Decision { call: "c1".into(), fingerprint: None, verdict };
            world.hub.decide(who, started.turn_id, decision).await
        };
        let foreign = decide(&world.bob, allow()).await.unwrap_err();
        assert_eq!(foreign.kind, ErrorKind::NotFound);
        let scoped = Verdict::Allow { input: None, keep: Some(Keep::Conversation) };
        assert_eq!(decide(&world.ann, scoped).await.unwrap_err().fields[0].field, "scope");
        decide(&world.ann, verdict).await.unwrap();
        let events = rest(&mut started.events).await;
        assert_eq!(outcome(&events), Some(if runs { Outcome::Success } else { Outcome::Denied }));
        assert_eq!(names(&events).last(), Some(&"done"));
    }
    assert_eq!(world.tools.runs("write").len(), 1);
}

#[tokio::test(start_paused = true)]
async fn whoever_goes_away_while_asked_ends_the_turn() {
    let world = World::new();
    script(&world, "write");
    let mut started = begin(&world, call(ToolChoice::Auto)).await;
    until(&mut started.events, is_waiting).await;
    let other = world.hub.listen(&world.ann, started.turn_id, 0).await.unwrap();
    drop(started);
    let events = all(other).await;
    assert_eq!(outcome(&events), Some(Outcome::Cancelled));
    let said = Transcript::fold(events.iter().map(|logged| &**logged));
    assert_eq!(said.finish, Some(FinishReason::Cancelled));
    assert!(world.tools.runs("write").is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_restart_ends_what_waits_in_memory_only() {
    let world = World::new();
    script(&world, "write");
    let mut started = begin(&world, call(ToolChoice::Auto)).await;
    until(&mut started.events, is_waiting).await;
    let (events, ()) = tokio::join!(rest(&mut started.events), world.tasks.shut_down());
    assert_eq!(names(&events).last(), Some(&"done"));
    assert!(world.tools.runs("write").is_empty());
}

#[tokio::test(start_paused = true)]
async fn where_nobody_attends_nobody_is_asked() {
    let world = World::new();
    script(&world, "write");
    let events =
        all(begin(&world, Completion { attended: false, ..call(ToolChoice::Auto) }).await.events).await;
    assert_eq!(outcome(&events), Some(Outcome::Denied));
    assert_eq!(world.models.offered(), ["look", "write", "erase", "hang"]);
    assert!(world.tools.runs("write").is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_call_of_the_callers_own_tool_ends_the_turn_after_ours_have_run() {
    let world = World::new();
    let both =
        Step::call(0, "c1", "look", r#"{"at":1}"#).into_iter().chain(Step::call(1, "c2", "mine", "{}"));
    world.models.script(both.chain([Step::stop()]));
    let mut completion = call(ToolChoice::Auto);
    let schema = json!({ "type": "object" });
    // One of ours has the same name: the caller's goes first.
    for name in ["mine", "erase"] {
        let spec = ToolSpec { name: name.into(), description: String::new(), input_schema: schema.clone() };
        completion.prompt.tools.push(spec);
    }
    let events = all(begin(&world, completion).await.events).await;
    assert_eq!(world.models.offered(), ["mine", "erase", "ask_person", "look", "write", "hang"]);
    let said = Transcript::fold(events.iter().map(|logged| &**logged));
    assert_eq!(said.finish, Some(FinishReason::Stop));
    assert_eq!(world.tools.runs("look").len(), 1);
    assert_eq!(said.calls().map(|(_, call)| call.name.as_str()).collect::<Vec<_>>(), ["look", "mine"]);
}
