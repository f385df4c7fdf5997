//! Listening from anywhere, going away, coming back, also after a crash or a shutdown.

use std::{sync::Arc, time::Duration};

use futures::{FutureExt as _, StreamExt as _};
use tokio::{sync::Notify, time};
use vertice_domain::{FinishReason, MessageStatus, Transcript};
use vertice_ports::Chat as _;

use crate::support::{Step, World, all, assert_gapless, is_token, names, text, until};

#[tokio::test(start_paused = true)]
async fn two_listeners_from_different_places_see_the_same() {
    let world = World::new();
    let gate = Arc::new(Notify::new());
    world.models.script([
        Step::say("a"),
        Step::Gate(gate.clone()),
        Step::say("b"),
        Step::say("c"),
        Step::stop(),
    ]);
    let mut started = world.ask(None, "Hi").await;
    until(&mut started.events, is_token).await;
    let whole = world.hub.listen(&world.ann, started.turn_id, 0).await.unwrap();
    let late = world.hub.listen(&world.ann, started.turn_id, 2).await.unwrap();
    let beyond = world.hub.listen(&world.ann, started.turn_id, 5).await.unwrap();
    gate.notify_one();
    let (whole, late, beyond) = futures::join!(all(whole), all(late), all(beyond));
    assert_eq!((names(&whole), text(&whole).as_str()), (vec!["metadata", "token", "token", "done"], "abc"));
    assert_eq!((&whole[2..], &whole[5..]), (&late[..], &beyond[..]));
    let stored: Vec<_> = whole.iter().map(|logged| (**logged).clone()).collect();
    assert_eq!(world.store.events_now(started.turn_id), stored);
}

#[tokio::test(start_paused = true)]
async fn a_turn_goes_on_without_listeners() {
    let world = World::new();
    let gate = Arc::new(Notify::new());
    world.models.script([Step::say("a"), Step::Gate(gate.clone()), Step::say("b"), Step::stop()]);
    let started = world.ask(None, "Hi").await;
    drop(started.events);
    gate.notify_one();
    world.store.until(|inside| inside.turns[&started.turn_id].ended()).await;
    assert_eq!(world.store.message_now(started.message_id).text(), "ab");
}

#[tokio::test(start_paused = true)]
async fn a_caller_that_goes_away_at_once_leaves_a_whole_turn_or_none() {
    let world = World::new();
    world.models.script([Step::say("a"), Step::stop()]);
    assert!(
        world.ask(None, "Hi").now_or_never().is_none(),
        "the request was dropped while it was being stored"
    );
    world.store.until(|inside| inside.turns.values().any(|turn| turn.ended())).await;
}

#[tokio::test(start_paused = true)]
async fn an_ended_turn_is_replayed_from_memory_and_then_from_the_store() {
    let world = World::new();
    let (started, _) = world.exchange(None, "Hi", "Hello").await;
    let from_memory = all(world.hub.listen(&world.ann, started.turn_id, 0).await.unwrap()).await;
    time::advance(Duration::from_secs(61)).await;
    tokio::task::yield_now().await;
    let from_store = all(world.hub.listen(&world.ann, started.turn_id, 0).await.unwrap()).await;
    assert_eq!(from_memory, from_store);
    assert!(!Arc::ptr_eq(&from_memory[0], &from_store[0]), "it is no longer in memory");
    let last = from_store.len() as u64 - 1;
    let rest = all(world.hub.listen(&world.ann, started.turn_id, last).await.unwrap()).await;
    assert_eq!(names(&rest), ["done"]);
    assert!(all(world.hub.listen(&world.ann, started.turn_id, 99).await.unwrap()).await.is_empty());
    world.hub.cancel(&world.ann, started.turn_id).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn text_is_stored_while_the_turn_runs_and_survives_a_crash() {
    let world = World::new();
    world.models.script([Step::say("ab"), Step::Gate(Arc::default())]);
    let begun = time::Instant::now();
    let mut started = world.ask(None, "Hi").await;
    until(&mut started.events, is_token).await;
    world.store.until(|inside| inside.turns[&started.turn_id].events.len() == 3).await;
    assert!(begun.elapsed() < Duration::from_millis(250), "no more than 250 ms of text are at risk");

    let next = World::on(Arc::new(world.store.after_crash()));
    assert_eq!(next.hub.recover().await.unwrap(), 1);
    let answer = next.store.message_now(started.message_id);
    assert_eq!((answer.text().as_str(), answer.status), ("ab", MessageStatus::Interrupted));
    let events = all(next.hub.listen(&next.ann, started.turn_id, 0).await.unwrap()).await;
    assert_eq!((names(&events), text(&events).as_str()), (vec!["metadata", "token", "done"], "ab"));
    assert_gapless(&events, 1);
    assert_eq!(next.hub.recover().await.unwrap(), 0);

    next.models.script([Step::say("c"), Step::stop()]);
    let more = next.hub.go_on(&next.ann, started.message_id).await.unwrap();
    assert_eq!(text(&all(more.events).await), "abc");
}

#[tokio::test(start_paused = true)]
async fn who_saw_more_than_a_crash_left_is_told_the_end() {
    let world = World::new();
    world.models.script([Step::say("a"), Step::Gate(Arc::default())]);
    let started = world.ask(None, "Hi").await;
    world.store.until(|inside| inside.turns[&started.turn_id].events.len() == 3).await;
    let next = World::on(Arc::new(world.store.after_crash()));
    next.hub.recover().await.unwrap();
    // Whoever heard exactly as much as the stored end's number hears it too.
    for after in [4, 9] {
        let beyond = all(next.hub.listen(&next.ann, started.turn_id, after).await.unwrap()).await;
        assert_eq!((names(&beyond), beyond[0].seq), (vec!["done"], 4), "after {after}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_shutdown_ends_turns_promptly_with_their_text() {
    let world = World::new();
    world.models.script([Step::say("a"), Step::Gate(Arc::default())]);
    world.models.script([Step::say("b"), Step::Deaf]);
    let mut turns = Vec::new();
    for _ in 0..2 {
        let mut started = world.ask(None, "Hi").await;
        until(&mut started.events, is_token).await;
        turns.push(started);
    }
    let mut feed = world.hub.feed(&world.ann).await.unwrap();
    let begun = time::Instant::now();
    world.tasks.shut_down().await;
    assert!(begun.elapsed() < Duration::from_secs(1));
    for (started, content) in turns.into_iter().zip(["a", "b"]) {
        let answer = world.store.message_now(started.message_id);
        assert_eq!((answer.text().as_str(), answer.status), (content, MessageStatus::Interrupted));
        let rest = all(started.events).await;
        let told = Transcript::fold(rest.iter().map(|logged| &**logged));
        assert_eq!(told.finish, Some(FinishReason::Interrupted));
    }
    while feed.next().await.is_some() {}
    let refused = world.hub.send(&world.ann, crate::support::wish("Hi")).await.err().unwrap();
    assert_eq!(refused.code, "shutting_down");
}

#[tokio::test(start_paused = true)]
async fn a_message_under_a_running_answer_sees_its_text_so_far() {
    let world = World::new();
    world.models.script([Step::say("so far"), Step::Gate(Arc::default())]);
    let mut started = world.ask(None, "One").await;
    until(&mut started.events, is_token).await;
    world.models.script([Step::stop()]);
    all(world.ask(started.conversation_id, "Two").await.events).await;
    let shown: Vec<_> = world.models.shown().into_iter().map(|(_, text)| text).collect();
    assert_eq!(shown, ["One", "so far", "Two"]);
}
