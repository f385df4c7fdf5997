//! A store that fails: nothing lost is ever reported as saved.

use std::{sync::Arc, time::Duration};

use tokio::sync::Notify;
use vertice_domain::{ErrorKind, FinishReason, MessageStatus, TurnEvent};
use vertice_ports::Chat as _;

use crate::support::Faults;
use crate::support::{Step, World, all, assert_gapless, is_token, names, text, until, wish};

#[tokio::test(start_paused = true)]
async fn a_turn_that_cannot_begin_is_an_error() {
    let world = World::new();
    world.store.faults(Faults { begin: true, ..Faults::default() });
    let error = world.hub.send(&world.ann, wish("Hi")).await.err().unwrap();
    assert_eq!((error.kind, error.code.as_str()), (ErrorKind::Unavailable, "storage_unavailable"));
    assert_eq!(world.models.calls(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_turn_whose_end_cannot_be_stored_ends_as_an_error_and_is_stored_later() {
    let world = World::new();
    world.models.script([Step::say("a"), Step::stop()]);
    world.store.faults(Faults { write: true, ..Faults::default() });
    let started = world.ask(None, "Hi").await;
    let turn = started.turn_id;
    let events = all(started.events).await;
    assert_eq!(names(&events), ["metadata", "token", "error", "done"]);
    let told = vertice_domain::Transcript::fold(events.iter().map(|logged| &**logged));
    let failure = told.failure.unwrap();
    assert_eq!((failure.code.as_str(), failure.kind), ("storage_unavailable", ErrorKind::Unavailable));
    assert_eq!(told.finish, Some(FinishReason::Error));
    assert_eq!(world.store.message_now(started.message_id).status, MessageStatus::Streaming);

    world.store.faults(Faults::default());
    world.store.until(|inside| inside.turns[&turn].ended()).await;
    let answer = world.store.message_now(started.message_id);
    assert_eq!((answer.text().as_str(), answer.status), ("a", MessageStatus::Error));
    let stored: Vec<_> = world.store.events_now(turn).into_iter().map(Arc::new).collect();
    assert_eq!(stored, events);
}

#[tokio::test(start_paused = true)]
async fn a_store_that_comes_back_in_time_loses_nothing() {
    let world = World::new();
    let gate = Arc::new(Notify::new());
    world.models.script([Step::say("a"), Step::Gate(gate.clone()), Step::say("b"), Step::stop()]);
    world.store.faults(Faults { write: true, ..Faults::default() });
    let mut started = world.ask(None, "Hi").await;
    until(&mut started.events, is_token).await;
    tokio::time::advance(Duration::from_secs(2)).await;
    gate.notify_one();
    until(&mut started.events, is_token).await;
    world.store.faults(Faults::default());
    assert_eq!(names(&all(started.events).await), ["done"]);
    let stored: Vec<_> = world.store.events_now(started.turn_id).into_iter().map(Arc::new).collect();
    assert_gapless(&stored, 1);
    assert_eq!(world.store.message_now(started.message_id).status, MessageStatus::Complete);
}

#[tokio::test(start_paused = true)]
async fn lost_confirmations_store_nothing_twice() {
    let world = World::new();
    let gate = Arc::new(Notify::new());
    world.models.script([Step::say("a"), Step::Gate(gate.clone()), Step::say("b"), Step::stop()]);
    world.store.faults(Faults { lose_append: true, ..Faults::default() });
    let started = world.ask(None, "Hi").await;
    world.store.until(|inside| inside.appends == 1).await;
    // The write happened, its confirmation got lost, and the store refuses everything until the turn ends.
    gate.notify_one();
    let mut events = started.events;
    until(&mut events, |event| matches!(event, TurnEvent::PartDelta { text, .. } if text == "b")).await;
    world.store.faults(Faults { lose_end: true, ..Faults::default() });
    assert_eq!(names(&all(events).await), ["done"]);
    let stored: Vec<_> = world.store.events_now(started.turn_id).into_iter().map(Arc::new).collect();
    assert_gapless(&stored, 1);
    assert_eq!((names(&stored), text(&stored).as_str()), (vec!["metadata", "token", "token", "done"], "ab"));
    assert_eq!(world.store.message_now(started.message_id).status, MessageStatus::Complete);
}

#[tokio::test(start_paused = true)]
async fn a_turn_that_the_store_refuses_does_not_hold_up_others() {
    let world = World::new();
    let gates = [(); 2].map(|()| Arc::new(Notify::new()));
    for gate in &gates {
        let goes_on = [Step::Gate(gate.clone()), Step::say("b"), Step::Gate(Arc::default())];
        world.models.script([Step::say("a")].into_iter().chain(goes_on));
    }
    let gone = world.ask(None, "Hi").await;
    let other = world.ask(None, "Hi").await;
    world.store.lock().turns.remove(&gone.turn_id);
    world.store.until(|inside| inside.turns[&other.turn_id].events.len() == 3).await;
    // However often it is refused: what others say is written as soon as ever.
    let runs_on = tokio::time::timeout(Duration::from_secs(30), all(gone.events));
    assert!(runs_on.await.is_err(), "it runs on itself");
    gates[1].notify_one();
    let written = world.store.until(|inside| inside.turns[&other.turn_id].events.len() > 3);
    tokio::time::timeout(Duration::from_millis(250), written).await.unwrap();
}
