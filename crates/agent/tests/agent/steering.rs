//! What a person says while a turn runs reaches the model with its next step, and stays in the conversation.

use std::sync::Arc;

use tokio::sync::Notify;
use vertice_domain::{ErrorKind, PartKind};
use vertice_ports::{
    Chat as _,
    prompt::{Block, PromptMessage},
    turns::TurnPhase,
};

use crate::{
    support::{Step, World, all, until},
    tools::{is_waiting, script},
};

fn texts(message: &PromptMessage) -> Vec<&str> {
    let texts = message.blocks.iter().filter_map(|block| match block {
        Block::Text(text) => Some(text.as_str()),
        _ => None,
    });
    texts.collect()
}

#[tokio::test(start_paused = true)]
async fn a_word_between_two_steps_stands_after_the_results() {
    let world = World::new();
    let calls = Step::call(0, "c0", "hang", "{}");
    world.models.script(calls.into_iter().chain([Step::stop()]));
    world.models.script([Step::say("Done."), Step::stop()]);
    let started = world.ask(None, "Hi").await;
    world.tools.begun.notified().await;
    world.hub.steer(&world.ann, started.turn_id, "Quicker, please.".into()).await.unwrap();
    tokio::task::yield_now().await;
    world.tools.gate.notify_one();
    let conversation = started.conversation_id;
    all(started.events).await;
    let shown = world.models.shown_whole();
    assert!(matches!(shown[2].blocks[0], Block::ToolResult(_)), "{:?}", shown[2]);
    assert_eq!(texts(&shown[2]), ["Quicker, please."]);
    let stored = world.store.message_now(started.message_id);
    assert!(stored.parts.iter().any(|part| matches!(part.kind, PartKind::Steering { .. })));
    // And so it is told in every question after.
    world.exchange(conversation, "More", "Yes.").await;
    assert_eq!(world.models.shown_whole()[..3], shown[..3]);
}

#[tokio::test(start_paused = true)]
async fn a_word_during_the_last_step_makes_one_more() {
    let world = World::new();
    let gate = Arc::new(Notify::new());
    world.models.script([Step::say("One."), Step::Gate(gate.clone()), Step::stop()]);
    world.models.script([Step::say("Two."), Step::stop()]);
    let mut started = world.ask(None, "Hi").await;
    until(&mut started.events, |event| matches!(event, vertice_domain::TurnEvent::PartStarted(_))).await;
    world.hub.steer(&world.ann, started.turn_id, "And two?".into()).await.unwrap();
    until(&mut started.events, |event| {
        matches!(event, vertice_domain::TurnEvent::PartStarted(part) if matches!(part.kind, PartKind::Steering { .. }))
    })
    .await;
    gate.notify_one();
    all(started.events).await;
    assert_eq!(texts(&world.models.shown_whole()[2]), ["And two?"]);
    assert_eq!(world.store.message_now(started.message_id).text(), "One.\n\nTwo.");
}

#[tokio::test(start_paused = true)]
async fn who_cannot_take_it_says_so() {
    let world = World::new();
    script(&world, "write");
    let mut started = world.ask(None, "Hi").await;
    until(&mut started.events, is_waiting).await;
    let turn = started.turn_id;
    world.store.until(|inside| inside.turns[&turn].phase == TurnPhase::Waiting).await;
    let refused = async |text: &str| world.hub.steer(&world.ann, turn, text.to_owned()).await.unwrap_err();
    assert_eq!(refused("Hello?").await.code, "turn_waiting");
    assert_eq!(refused("").await.kind, ErrorKind::Invalid);
    world.hub.cancel(&world.ann, turn).await.unwrap();
    all(started.events).await;
    assert_eq!(refused("Hello?").await.code, "turn_ended");
    let stranger = world.hub.steer(&world.bob, turn, "Hello?".into()).await.unwrap_err();
    assert_eq!(stranger.kind, ErrorKind::NotFound);
}
