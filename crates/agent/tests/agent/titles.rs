//! Conversations are named after their first answer.

use std::{sync::Arc, time::Duration};

use tokio::{sync::Notify, time};
use vertice_domain::{
    Actor, ConversationId, ConversationPatch, ErrorKind, HealthState, ModelInfo, Provider, SessionId, Tier,
    TurnFailure, Usd, account::Credential, chat::SendMessage,
};
use vertice_ports::{Chat as _, Library as _};

use crate::support::{Step, World, all, wish};

fn model(id: &str, micros: i64) -> ModelInfo {
    ModelInfo {
        id: id.into(),
        name: id.into(),
        provider: Provider::Anthropic,
        tier: Tier::Fast,
        context_window: None,
        max_output_tokens: None,
        tools: true,
        vision: false,
        thinking: false,
        input_usd_per_mtok: Some(Usd::from_nanos(micros * 1_000)),
        output_usd_per_mtok: Some(Usd::from_nanos(micros * 1_000)),
        available: true,
        health: HealthState::Healthy,
    }
}

/// A world in which Ann sits before the page.
fn world() -> World {
    let mut world = World::new();
    let session = SessionId::new(uuid::Uuid::from_u128(9));
    world.ann = Actor { credential: Credential::Session(session), ..world.ann };
    let unwell = ModelInfo { health: HealthState::Degraded, ..model("unwell", 1) };
    let absent = ModelInfo { available: false, ..model("absent", 1) };
    let demo = ModelInfo { provider: Provider::Demo, ..model("demo", 0) };
    let unpriced = ModelInfo { input_usd_per_mtok: None, ..model("unpriced", 1) };
    *world.models.listed.lock().unwrap() = vec![
        model("dear", 50),
        unwell,
        absent,
        demo,
        unpriced,
        model("cheap", 5),
        model("cheapest-b", 4),
        model("cheapest-a", 4),
    ];
    world
}

/// Ann asks, hears the answer to its end, and so long that a title would have been written.
async fn ask(world: &World, conversation: Option<ConversationId>, text: &str) -> ConversationId {
    let message = SendMessage { conversation, ..wish(text) };
    let started = world.hub.send(&world.ann, message).await.unwrap();
    all(started.events).await;
    time::sleep(Duration::from_secs(60)).await;
    started.conversation_id.unwrap()
}

async fn title(world: &World, id: ConversationId) -> String {
    world.shelf.get(&world.ann, id).await.unwrap().title
}

#[tokio::test(start_paused = true)]
async fn the_cheapest_model_that_is_well_names_it_once() {
    let world = world();
    world.models.script([Step::say("Because of Rayleigh."), Step::stop()]);
    world.models.script([Step::say("\"Why the sky is "), Step::say("blue.\""), Step::stop()]);
    let id = ask(&world, None, "Why is the sky blue?").await;
    assert_eq!(title(&world, id).await, "Why the sky is blue");
    assert_eq!(world.models.asked(), ["routed", "cheapest-a"]);
    let shown = world.models.shown();
    assert!(
        shown[0].1.contains("Why is the sky blue?") && shown[0].1.contains("Because of Rayleigh."),
        "{shown:?}"
    );

    world.models.script([Step::say("At dusk it is red."), Step::stop()]);
    ask(&world, Some(id), "And at dusk?").await;
    assert_eq!(world.models.calls(), 3, "only the first answer is named after");
}

#[tokio::test(start_paused = true)]
async fn a_persons_name_stays() {
    let world = world();
    // Named while the answer is written: nothing is asked for.
    let gate = Arc::new(Notify::new());
    world.models.script([Step::Gate(gate.clone()), Step::say("Blue."), Step::stop()]);
    let started = world.hub.send(&world.ann, wish("Why?")).await.unwrap();
    let id = started.conversation_id.unwrap();
    let mine = ConversationPatch { title: Some("Mine".into()), ..ConversationPatch::default() };
    world.shelf.patch(&world.ann, id, mine.clone()).await.unwrap();
    gate.notify_one();
    all(started.events).await;
    time::sleep(Duration::from_secs(60)).await;
    assert_eq!((title(&world, id).await.as_str(), world.models.calls()), ("Mine", 1));

    // Named while the title is written: that one is dropped.
    world.models.script([Step::say("Blue."), Step::stop()]);
    world.models.script([Step::Gate(gate.clone()), Step::say("Theirs"), Step::stop()]);
    let started = world.hub.send(&world.ann, wish("Why?")).await.unwrap();
    let id = started.conversation_id.unwrap();
    all(started.events).await;
    time::sleep(Duration::from_secs(1)).await;
    assert_eq!(world.models.calls(), 3);
    world.shelf.patch(&world.ann, id, mine).await.unwrap();
    gate.notify_one();
    time::sleep(Duration::from_secs(1)).await;
    assert_eq!((title(&world, id).await.as_str(), world.models.calls()), ("Mine", 3));
}

#[tokio::test(start_paused = true)]
async fn what_goes_wrong_leaves_the_question_as_the_title() {
    let failure = TurnFailure {
        code: "provider_overloaded".into(),
        message: "Busy.".into(),
        kind: ErrorKind::Unavailable,
        retryable: true,
        retry_after_s: None,
    };
    let attempts = [
        vec![Step::say("Half a ti"), Step::Fail(failure)],
        vec![Step::say(" \n"), Step::stop()],
        vec![Step::Deaf],
    ];
    for attempt in attempts {
        let world = world();
        world.models.script([Step::say("Blue."), Step::stop()]);
        world.models.script(attempt);
        let id = ask(&world, None, "Why?").await;
        assert_eq!((title(&world, id).await.as_str(), world.models.calls()), ("Why?", 2));
    }
}

#[tokio::test(start_paused = true)]
async fn programs_and_failed_answers_name_nothing() {
    let mut world = world();
    world.models.script([Step::Panic]);
    ask(&world, None, "Why?").await;
    assert_eq!(world.models.calls(), 1);

    world.ann = crate::support::actor(1);
    world.models.script([Step::say("Blue."), Step::stop()]);
    let id = ask(&world, None, "Why?").await;
    assert_eq!((title(&world, id).await.as_str(), world.models.calls()), ("Why?", 2));
}
