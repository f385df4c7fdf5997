//! A model asks the person, and goes on with the answer.

use vertice_domain::{ErrorKind, Outcome, PartKind, TurnEvent};
use vertice_ports::{
    Chat as _,
    chat::{Decision, Started, Verdict},
    prompt::Block,
    turns::TurnPhase,
};

use crate::{
    support::{Step, World, all, names, until},
    tools::{allow, decide, is_waiting, rest, unended},
};

const ASKED: &str =
    r#"{"questions":[{"question":"Which?","options":["a","b"],"free_text":false},{"question":"Why?"}]}"#;

fn script(world: &World, arguments: &str) {
    world.models.script(Step::call(0, "c1", "ask_person", arguments).into_iter().chain([Step::stop()]));
    world.models.script([Step::say("So."), Step::stop()]);
}

fn answers(pairs: &[(&str, &str)]) -> Verdict {
    let answers = pairs.iter().map(|(id, answer)| ((*id).to_owned(), (*answer).into()));
    Verdict::Answer { answers: answers.collect() }
}

async fn asked(world: &World) -> Started {
    let mut started = world.ask(None, "Hi").await;
    until(&mut started.events, is_waiting).await;
    world.store.until(|inside| inside.turns[&started.turn_id].phase == TurnPhase::Waiting).await;
    started
}

/// What the model was told, and whether as an error.
fn told(world: &World) -> (String, bool) {
    let shown = world.models.shown_whole();
    let found = shown.iter().flat_map(|message| &message.blocks).find_map(|block| match block {
        Block::ToolResult(result) => Some((result.text.clone(), result.is_error)),
        _ => None,
    });
    found.unwrap()
}

#[tokio::test(start_paused = true)]
async fn questions_wait_and_the_model_hears_the_answers() {
    let world = World::new();
    script(&world, ASKED);
    let mut started = asked(&world).await;
    let waiting = unended(&world, Some(TurnPhase::Waiting)).await[0].waiting_for.clone().unwrap();
    assert_eq!(waiting.questions().unwrap().len(), 2);
    decide(&world, &started, answers(&[("q1", "b")])).await;
    assert_eq!(names(&rest(&mut started.events).await), ["result", "token", "done"]);
    assert_eq!(told(&world), ("Which?\nb\n\nWhy?\n(not answered)".to_owned(), false));
    let stored = world.store.message_now(started.message_id);
    let result = stored.parts.iter().find_map(|part| match &part.kind {
        PartKind::ToolResult(result) => Some(result.outcome),
        _ => None,
    });
    assert_eq!(result, Some(Outcome::Answered));
}

#[tokio::test(start_paused = true)]
async fn questions_can_be_passed_over_and_not_allowed() {
    let world = World::new();
    script(&world, ASKED);
    let mut started = asked(&world).await;
    for (verdict, field) in
        [(allow(), "decision"), (answers(&[("q1", "c")]), "answers.q1"), (answers(&[]), "answers")]
    {
        let decision = Decision { call: "c1".into(), fingerprint: None, verdict };
        let error = world.hub.decide(&world.ann, started.turn_id, decision).await.unwrap_err();
        assert_eq!((error.kind, error.fields[0].field.as_str()), (ErrorKind::Invalid, field));
    }
    decide(&world, &started, Verdict::Deny { reason: None }).await;
    rest(&mut started.events).await;
    assert!(told(&world).0.contains("passed over"), "{:?}", told(&world));
}

#[tokio::test(start_paused = true)]
async fn questions_that_cannot_be_read_go_back_to_the_model() {
    let world = World::new();
    script(&world, r#"{"questions":[]}"#);
    let events = all(world.ask(None, "Hi").await.events).await;
    assert!(!events.iter().any(|logged| logged.visible().is_some_and(is_waiting)));
    assert!(told(&world).0.contains("one to 4 questions") && told(&world).1, "{:?}", told(&world));
}

#[tokio::test(start_paused = true)]
async fn a_call_that_asks_nothing_takes_no_answers() {
    let world = World::new();
    crate::tools::script(&world, "write");
    let mut started = world.ask(None, "Hi").await;
    until(&mut started.events, |event: &TurnEvent| is_waiting(event)).await;
    let decision = Decision { call: "c1".into(), fingerprint: None, verdict: answers(&[("q1", "b")]) };
    let error = world.hub.decide(&world.ann, started.turn_id, decision).await.unwrap_err();
    assert_eq!(error.fields[0].field, "answers");
}
