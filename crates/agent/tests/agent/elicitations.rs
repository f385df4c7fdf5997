//! A tool's server asks the person in the midst of a call, and the call goes on with the answer.

use futures::StreamExt as _;
use serde_json::json;
use vertice_domain::{
    ErrorKind, FeedEvent, Outcome, PartKind, TurnEvent,
    elicitation::{Answer, Answers},
};
use vertice_ports::{
    Chat as _,
    chat::{Decision, Started, Verdict},
};

use crate::{
    support::{Step, World, assert_gapless, names, text, until},
    tools::{allow, decide, rest, unended},
};

fn is_asked(event: &TurnEvent) -> bool {
    matches!(event, TurnEvent::PartStarted(part) if matches!(part.kind, PartKind::Elicitation(_)))
}

async fn asked(world: &World) -> Started {
    world.models.script(Step::call(0, "c1", "hang", r#"{"ask":true}"#).into_iter().chain([Step::stop()]));
    world.models.script([Step::say("So."), Step::stop()]);
    let mut started = world.ask(None, "Hi").await;
    until(&mut started.events, is_asked).await;
    started
}

fn answers(name: &str) -> Verdict {
    Verdict::Answer { answers: Answers::from([("name".to_owned(), json!(name))]) }
}

/// What became of the question, and of the call.
fn became(world: &World, started: &Started) -> (Option<Answer>, Outcome, String) {
    let parts = world.store.message_now(started.message_id).parts;
    let answer = parts.iter().find_map(|part| match &part.kind {
        PartKind::Elicitation(asked) => Some(asked.answer.clone()),
        _ => None,
    });
    let result = parts.iter().find_map(|part| match &part.kind {
        PartKind::ToolResult(result) => Some((result.outcome, result.content.clone())),
        _ => None,
    });
    let (outcome, content) = result.unwrap();
    (answer.unwrap(), outcome, content)
}

#[tokio::test(start_paused = true)]
async fn the_call_waits_while_the_turn_runs_and_goes_on_with_what_was_answered() {
    let world = World::new();
    let mut feed = world.hub.feed(&world.ann).await.unwrap();
    let mut started = asked(&world).await;
    let waiting = unended(&world, None).await;
    assert_eq!(waiting[0].waiting_for.as_ref().map(|call| call.name.as_str()), Some("hang"));
    let news: Vec<_> = feed.by_ref().take(4).collect().await;
    assert!(matches!(news[3], FeedEvent::TurnWaiting { .. }), "{news:?}");
    let late: Vec<_> = world.hub.feed(&world.ann).await.unwrap().take(2).collect().await;
    assert_eq!(late, [FeedEvent::Ready, news[3].clone()], "whoever opens a page later hears of it too");

    for (verdict, field) in [
        (answers("A"), "answers.name"),
        (Verdict::Answer { answers: Answers::new() }, "answers.name"),
        (allow(), "decision"),
        (Verdict::Respond { content: "x".into() }, "decision"),
    ] {
        let decision = Decision { call: "c1".into(), fingerprint: None, verdict };
        let error = world.hub.decide(&world.ann, started.turn_id, decision).await.unwrap_err();
        assert_eq!((error.kind, error.fields[0].field.as_str()), (ErrorKind::Invalid, field));
    }
    let stale = Decision { call: "c1".into(), fingerprint: Some("c1.0".into()), verdict: answers("Ann") };
    let error = world.hub.decide(&world.ann, started.turn_id, stale).await.unwrap_err();
    assert_eq!(error.code, "approval_changed");

    decide(&world, &started, answers("Ann")).await;
    let more = rest(&mut started.events).await;
    assert_eq!(names(&more), ["asked", "result", "token", "done"]);
    assert_eq!(text(&more), "So.");
    let heard: Vec<_> = feed.by_ref().take(1).collect().await;
    assert!(matches!(heard[0], FeedEvent::TurnStarted { .. }), "{heard:?}");
    let (answer, outcome, content) = became(&world, &started);
    let values = Answers::from([("name".to_owned(), json!("Ann"))]);
    assert_eq!(answer, Some(Answer::Accept { values }));
    assert!(outcome == Outcome::Success && content.contains("Ann"), "{content}");
    let told = format!("{:?}", world.models.shown_whole());
    assert!(!told.contains("Who are you?"), "no model hears of it: {told}");
    let late = crate::support::all(world.hub.listen(&world.ann, started.turn_id, 0).await.unwrap()).await;
    assert_gapless(&late, 1);
}

#[tokio::test(start_paused = true)]
async fn it_is_declined_or_left_open() {
    for (verdict, answer) in
        [(Verdict::Deny { reason: None }, Answer::Decline), (Verdict::Dismiss, Answer::Cancel)]
    {
        let world = World::new();
        let mut started = asked(&world).await;
        decide(&world, &started, verdict).await;
        rest(&mut started.events).await;
        let (kept, outcome, content) = became(&world, &started);
        assert_eq!((kept, outcome), (Some(answer.clone()), Outcome::Success));
        assert_eq!(content, format!("{:?}", Some(answer)));
    }
}

#[tokio::test(start_paused = true)]
async fn a_question_ends_with_its_call_and_with_the_turn() {
    let world = World::new();
    let mut started = asked(&world).await;
    world.tools.gate.notify_one();
    rest(&mut started.events).await;
    assert_eq!(became(&world, &started), (Some(Answer::Lapsed), Outcome::Success, "None".to_owned()));

    let world = World::new();
    let mut started = asked(&world).await;
    world.hub.cancel(&world.ann, started.turn_id).await.unwrap();
    rest(&mut started.events).await;
    let (answer, outcome, _) = became(&world, &started);
    assert_eq!((answer, outcome), (Some(Answer::Lapsed), Outcome::Cancelled));
    let late = Decision { call: "c1".into(), fingerprint: None, verdict: answers("Ann") };
    let error = world.hub.decide(&world.ann, started.turn_id, late).await.unwrap_err();
    assert_eq!(error.code, "already_decided");
    let other = Decision { call: "c1".into(), fingerprint: None, verdict: Verdict::Dismiss };
    assert_eq!(
        world.hub.decide(&world.ann, started.turn_id, other).await.unwrap_err().kind,
        ErrorKind::Conflict
    );
}
