//! Turns that are stopped, decided about or left at a bad moment, and nodes that share a store.

use std::{sync::Arc, time::Duration};

use futures::StreamExt as _;
use tokio::time::timeout;
use vertice_domain::{FinishReason, MessageStatus, Transcript};
use vertice_ports::{Chat as _, Library as _, chat::Decision, turns::TurnPhase};

use crate::{
    support::{Faults, Step, World, all, assert_gapless, is_token, names, until},
    tools::{allow, decide, is_waiting, rest, script, unended},
};

const MINUTE: Duration = Duration::from_secs(60);

#[tokio::test(start_paused = true)]
async fn two_nodes_on_one_store_never_end_each_others_turns() {
    let world = World::new();
    world.store.lock().is_shared = true;
    let other = World::on(world.store.clone());
    let gate = Arc::new(tokio::sync::Notify::new());
    world.models.script([Step::say("a"), Step::Gate(gate.clone()), Step::say("b"), Step::stop()]);
    world.hub.recover().await.unwrap();
    let mut started = world.ask(None, "Hi").await;
    until(&mut started.events, is_token).await;
    let turn = started.turn_id;
    world.store.until(|inside| inside.turns[&turn].events.len() == 3).await;

    assert_eq!(other.hub.recover().await.unwrap(), 0);
    let page = vertice_domain::PageRequest::default();
    let messages = other.shelf.messages(&other.ann, started.conversation_id.unwrap(), &page).await.unwrap();
    assert_eq!(messages.items[1].text(), "a", "read there too, as far as it is stored");
    let mut elsewhere = other.hub.listen(&other.ann, turn, 0).await.unwrap();
    until(&mut elsewhere, is_token).await;
    gate.notify_one();
    let here = all(started.events).await;
    let there = rest(&mut elsewhere).await;
    assert_eq!(names(&there).last(), Some(&"done"));
    assert_eq!(here.last(), there.last());
    assert_eq!(world.store.message_now(started.message_id).text(), "ab");
}

#[tokio::test(start_paused = true)]
async fn a_stop_reaches_the_node_that_runs_the_turn() {
    let world = World::new();
    world.store.lock().is_shared = true;
    let other = World::on(world.store.clone());
    world.models.script([Step::say("a"), Step::Gate(Arc::default())]);
    let mut started = world.ask(None, "Hi").await;
    until(&mut started.events, is_token).await;
    other.hub.cancel(&other.ann, started.turn_id).await.unwrap();
    let told = Transcript::fold(rest(&mut started.events).await.iter().map(|logged| &**logged));
    assert_eq!(told.finish, Some(FinishReason::Cancelled));
}

#[tokio::test(start_paused = true)]
async fn a_node_that_lost_its_turn_writes_nothing_and_its_listeners_hear_the_other_end() {
    let world = World::new();
    world.store.lock().is_shared = true;
    let gate = Arc::new(tokio::sync::Notify::new());
    world.models.script([Step::say("a"), Step::Gate(gate.clone()), Step::say("b"), Step::stop()]);
    let mut started = world.ask(None, "Hi").await;
    until(&mut started.events, is_token).await;
    world.store.until(|inside| inside.turns[&started.turn_id].events.len() == 3).await;
    // As if the node had slept for an hour.
    world.store.lock().leases.clear();
    let other = World::on(world.store.clone());
    assert_eq!(other.hub.recover().await.unwrap(), 1);
    gate.notify_one();
    let told = Transcript::fold(rest(&mut started.events).await.iter().map(|logged| &**logged));
    assert_eq!(told.finish, Some(FinishReason::Interrupted));
    tokio::time::advance(Duration::from_secs(60)).await;
    let stored = world.store.message_now(started.message_id);
    assert_eq!((stored.text().as_str(), stored.status), ("a", MessageStatus::Interrupted));
}

#[tokio::test(start_paused = true)]
async fn a_decision_or_a_stop_in_the_moment_of_falling_asleep_counts() {
    for stops in [false, true] {
        let world = World::new();
        script(&world, "write");
        let mut started = world.ask(None, "Hi").await;
        // At once, not when it is stored that the turn sleeps.
        until(&mut started.events, is_waiting).await;
        if stops {
            world.hub.cancel(&world.ann, started.turn_id).await.unwrap();
        } else {
            decide(&world, &started, allow()).await;
        }
        let told = Transcript::fold(rest(&mut started.events).await.iter().map(|logged| &**logged));
        let finish = if stops { FinishReason::Cancelled } else { FinishReason::Stop };
        assert_eq!(told.finish, Some(finish));
        assert_eq!(world.tools.runs("write").len(), usize::from(!stops));
    }
}

#[tokio::test(start_paused = true)]
async fn a_stop_on_another_node_in_the_moment_of_falling_asleep_counts() {
    let world = World::new();
    world.store.lock().is_shared = true;
    let other = World::on(world.store.clone());
    let gate = Arc::new(tokio::sync::Notify::new());
    let call = Step::call(0, "c1", "write", "{}");
    world.models.script([Step::Gate(gate.clone())].into_iter().chain(call).chain([Step::stop()]));
    let mut started = world.ask(None, "Hi").await;
    // That it sleeps is not stored at once: the other node still takes it for a turn that runs.
    world.store.faults(Faults { write: true, ..Faults::default() });
    gate.notify_one();
    until(&mut started.events, is_waiting).await;
    other.hub.cancel(&other.ann, started.turn_id).await.unwrap();
    assert!(world.store.lock().turns[&started.turn_id].stop);
    world.store.faults(Faults::default());
    let told = Transcript::fold(rest(&mut started.events).await.iter().map(|logged| &**logged));
    assert_eq!(told.finish, Some(FinishReason::Cancelled));
    let stored = world.store.message_now(started.message_id);
    assert_eq!((stored.status, stored.parts.len()), (MessageStatus::Cancelled, 2), "the call and its result");
    let late = all(other.hub.listen(&other.ann, started.turn_id, 0).await.unwrap()).await;
    assert_gapless(&late, 1);
    assert_eq!(names(&late)[names(&late).len() - 2..], ["result", "done"]);
    assert!(world.tools.runs("write").is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_stop_that_a_node_did_not_live_to_hear_is_heard_by_the_next() {
    let world = World::new();
    world.store.lock().is_shared = true;
    let calls = [Step::call(0, "c1", "write", "{}"), Step::call(1, "c2", "hang", "{}")];
    world.models.script(calls.into_iter().flatten().chain([Step::stop()]));
    let mut started = world.ask(None, "Hi").await;
    until(&mut started.events, is_waiting).await;
    world.tools.begun.notified().await;
    let after = world.store.after_crash();
    after.lock().turns.get_mut(&started.turn_id).unwrap().stop = true;
    after.lock().leases.clear();
    let next = World::on(Arc::new(after));
    next.hub.recover().await.unwrap();
    let stored = next.store.message_now(started.message_id);
    assert_eq!(stored.status, MessageStatus::Cancelled);
    assert_gapless(&all(next.hub.listen(&next.ann, started.turn_id, 0).await.unwrap()).await, 1);
}

#[tokio::test(start_paused = true)]
async fn a_shutdown_leaves_what_a_person_is_asked() {
    let world = World::new();
    let calls = [Step::call(0, "c1", "write", "{}"), Step::call(1, "c2", "hang", "{}")];
    world.models.script(calls.into_iter().flatten().chain([Step::stop()]));
    let mut started = world.ask(None, "Hi").await;
    until(&mut started.events, is_waiting).await;
    world.tools.begun.notified().await;
    world.tasks.shut_down().await;
    let next = World::on(Arc::new(world.store.after_crash()));
    next.hub.recover().await.unwrap();
    assert_eq!(unended(&next, Some(TurnPhase::Waiting)).await.len(), 1);
    next.models.script([Step::say("So."), Step::stop()]);
    decide(&next, &started, allow()).await;
    next.store.until(|inside| inside.turns[&started.turn_id].ended()).await;
    assert_eq!((next.tools.runs("write").len(), next.tools.runs("hang").len()), (1, 0));
}

#[tokio::test(start_paused = true)]
async fn whoever_goes_away_while_a_turn_wakes_leaves_none_without_a_runner() {
    for stops in [false, true] {
        let world = World::new();
        script(&world, "write");
        let started = world.ask(None, "Hi").await;
        let turn = started.turn_id;
        world.store.until(|inside| inside.turns[&turn].phase == TurnPhase::Waiting).await;
        let decision = Decision { call: "c1".into(), fingerprint: None, verdict: allow() };
        let said = async {
            if stops {
                world.hub.cancel(&world.ann, turn).await
            } else {
                world.hub.decide(&world.ann, turn, decision).await
            }
        };
        let goes = world.store.until(|inside| inside.turns[&turn].phase == TurnPhase::Running);
        tokio::select! {
            biased;
            _ = said => panic!("it was answered before the caller went away"),
            () = goes => {}
        }
        let events = timeout(MINUTE, all(started.events)).await.expect("somebody runs it");
        let told = Transcript::fold(events.iter().map(|logged| &**logged));
        let finish = if stops { FinishReason::Cancelled } else { FinishReason::Stop };
        assert_eq!(told.finish, Some(finish));
    }
}

#[tokio::test(start_paused = true)]
async fn a_turn_whose_start_was_stored_without_an_answer_is_ended_soon() {
    for sleeps in [false, true] {
        let world = World::new();
        assert_eq!(world.hub.recover().await.unwrap(), 0);
        let lost = Faults { lose_start: true, ..Faults::default() };
        if sleeps {
            world.models.script(Step::call(0, "c1", "write", "{}").into_iter().chain([Step::stop()]));
            let started = world.ask(None, "Hi").await;
            world.store.until(|inside| inside.turns[&started.turn_id].phase == TurnPhase::Waiting).await;
            world.store.faults(lost);
            let decision = Decision { call: "c1".into(), fingerprint: None, verdict: allow() };
            world.hub.decide(&world.ann, started.turn_id, decision).await.unwrap_err();
        } else {
            world.store.faults(lost);
            world.hub.send(&world.ann, crate::support::wish("Hi")).await.err().unwrap();
        }
        world.store.faults(Faults::default());
        let turn = *world.store.lock().turns.keys().next().unwrap();
        assert_eq!(world.store.lock().turns[&turn].phase, TurnPhase::Running, "and nobody runs it");
        // One that runs is left alone.
        world.models.script([Step::say("a"), Step::Gate(Arc::default())]);
        let mut runs = world.ask(None, "Hi").await;
        until(&mut runs.events, is_token).await;
        let settled = world.store.until(|inside| inside.turns[&turn].phase != TurnPhase::Running);
        timeout(Duration::from_secs(6), settled).await.unwrap();
        let phase = if sleeps { TurnPhase::Waiting } else { TurnPhase::Ended };
        assert_eq!(world.store.lock().turns[&turn].phase, phase);
        timeout(Duration::from_secs(20), runs.events.next()).await.unwrap_err();
        let found = world.store.lock().turns[&runs.turn_id].clone();
        assert_eq!((found.phase, found.fence), (TurnPhase::Running, 1));
    }
}

#[tokio::test(start_paused = true)]
async fn a_shutdown_lets_those_go_who_listen_to_a_turn_that_sleeps() {
    let world = World::new();
    script(&world, "write");
    let mut started = world.ask(None, "Hi").await;
    until(&mut started.events, is_waiting).await;
    world.store.until(|inside| inside.turns[&started.turn_id].phase == TurnPhase::Waiting).await;
    let both = async { tokio::join!(all(started.events), world.tasks.shut_down()).0 };
    assert!(timeout(Duration::from_secs(1), both).await.unwrap().is_empty());
}

#[tokio::test(start_paused = true)]
async fn turns_that_a_crash_left_are_ended_together() {
    let world = World::new();
    for _ in 0..50 {
        world.models.script([Step::Gate(Arc::default())]);
        world.ask(None, "Hi").await;
    }
    let next = World::on(Arc::new(world.store.after_crash()));
    next.store.lock().end_takes = Duration::from_millis(20);
    let begun = tokio::time::Instant::now();
    assert_eq!(next.hub.recover().await.unwrap(), 50);
    assert!(begun.elapsed() < Duration::from_millis(100), "not one after another");
    assert!(next.store.lock().turns.values().all(|turn| turn.phase == TurnPhase::Ended));
}
