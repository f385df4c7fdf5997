//! Asking, answering, branching, stopping.

use std::sync::Arc;

use futures::StreamExt as _;
use tokio::sync::Notify;
use vertice_domain::{
    Author, ErrorKind, FeedEvent, FinishReason, MessageStatus, ModelChoice, TurnFailure, Usage,
    chat::{Effort, SendMessage},
};
use vertice_ports::{Chat as _, Library as _, chat::FeedStream, model::ModelEvent, prompt::Hints};

use crate::support::{Step, World, all, assert_gapless, bill, hi, is_token, names, text, until, wish};

fn overloaded() -> TurnFailure {
    TurnFailure {
        code: "provider_overloaded".into(),
        message: "Busy.".into(),
        kind: ErrorKind::Unavailable,
        retryable: true,
        retry_after_s: None,
    }
}

fn said(messages: &[(Author, String)]) -> Vec<&str> {
    messages.iter().map(|(_, text)| text.as_str()).collect()
}

async fn news(feed: &mut FeedStream, count: usize) -> Vec<FeedEvent> {
    feed.take(count).collect().await
}

#[tokio::test(start_paused = true)]
async fn a_first_message_makes_a_titled_conversation_and_is_answered() {
    let world = World::new();
    let mut feed = world.hub.feed(&world.ann).await.unwrap();
    let usage = Usage { output_tokens: 2, cache_read_tokens: 9, ..Usage::default() };
    world.models.script([
        Step::Say(ModelEvent::Thinking("hm".into())),
        Step::say("Hello"),
        Step::say(" you"),
        Step::Say(bill(usage)),
        Step::stop(),
    ]);
    let started = world.ask(None, "# Why?\nBecause").await;
    let (conversation_id, turn_id) = (started.conversation_id.unwrap(), started.turn_id);
    let events = all(started.events).await;
    assert_eq!(names(&events), ["metadata", "thinking", "token", "metadata", "usage", "done"]);
    assert_gapless(&events, 1);

    let answer = world.store.message_now(started.message_id);
    assert_eq!((answer.text().as_str(), answer.thinking().as_str()), ("Hello you", "hm"));
    assert_eq!((answer.status, answer.finish_reason), (MessageStatus::Complete, Some(FinishReason::Stop)));
    assert_eq!((answer.usage, answer.receipt.unwrap().reason.as_str()), (Some(usage), "Because."));
    let conversation = world.store.conversation_now(conversation_id);
    assert_eq!((conversation.title.as_str(), conversation.model.as_str()), ("Why?", "auto"));
    assert_eq!(conversation.head_message_id, Some(started.message_id));
    let told = [
        FeedEvent::Ready,
        FeedEvent::ListChanged,
        FeedEvent::TurnStarted { conversation_id, turn_id },
        FeedEvent::TurnEnded { conversation_id, turn_id },
    ];
    assert_eq!(news(&mut feed, 4).await, told);
}

#[tokio::test(start_paused = true)]
async fn the_next_message_is_asked_with_what_came_before() {
    let world = World::new();
    let empty = world.shelf.create(&world.ann, Default::default()).await.unwrap();
    world.exchange(Some(empty.id), "One", "Uno").await;
    assert_eq!(world.store.conversation_now(empty.id).title, "One");
    world.models.refuse(overloaded());
    all(world.ask(Some(empty.id), "Two").await.events).await;

    let message = SendMessage {
        conversation: Some(empty.id),
        model: Some(ModelChoice::Named("m2".into())),
        system_prompt: Some("Be brief".into()),
        ..wish("Three")
    };
    world.models.script([Step::say("Tres"), Step::stop()]);
    let third = world.hub.send(&world.ann, message).await.unwrap();
    all(third.events).await;
    assert_eq!(said(&world.models.shown()), ["One", "Uno", "Two", "Three"], "failed answers are left out");
    assert_eq!(world.models.instructed().as_deref(), Some("Be brief"));
    let conversation = world.store.conversation_now(empty.id);
    assert_eq!((conversation.title.as_str(), conversation.model.as_str()), ("One", "m2"));
}

#[tokio::test(start_paused = true)]
async fn a_stale_parent_makes_a_branch() {
    let world = World::new();
    let (first, one) = world.exchange(None, "One", "Uno").await;
    let (_, two) = world.exchange(first.conversation_id, "Two", "Dos").await;
    let mut feed = world.hub.feed(&world.ann).await.unwrap();
    world.models.script([Step::say("Tres"), Step::stop()]);
    let stale = SendMessage { conversation: first.conversation_id, parent: Some(one.id), ..wish("Three") };
    let third = world.hub.send(&world.ann, stale).await.unwrap();
    all(third.events).await;
    assert_eq!(said(&world.models.shown()), ["One", "Uno", "Three"]);
    let question = world.store.message_now(third.message_id).parent_id.unwrap();
    assert_eq!(world.store.message_now(question).parent_id, Some(one.id));
    assert_eq!(world.store.message_now(two.id).text(), "Dos");
    let conversation_id = first.conversation_id.unwrap();
    assert_eq!(news(&mut feed, 2).await[1], FeedEvent::HeadChanged { conversation_id });
}

#[tokio::test(start_paused = true)]
async fn editing_makes_a_sibling_even_of_the_first_message() {
    let world = World::new();
    let (first, one) = world.exchange(None, "One", "Uno").await;
    world.models.script([Step::say("Eins"), Step::stop()]);
    let question = one.parent_id.unwrap();
    let edited = world.hub.edit(&world.ann, question, "Other one".into(), None, None).await.unwrap();
    assert_eq!(edited.conversation_id, first.conversation_id);
    all(edited.events).await;
    assert_eq!(said(&world.models.shown()), ["Other one"]);
    let new = world.store.message_now(world.store.message_now(edited.message_id).parent_id.unwrap());
    assert_eq!((new.parent_id, new.text().as_str()), (None, "Other one"));
    let refused = world.hub.edit(&world.ann, one.id, "x".into(), None, None).await.err().unwrap();
    assert_eq!(refused.kind, ErrorKind::Conflict);
}

#[tokio::test(start_paused = true)]
async fn regenerating_answers_the_same_message_beside() {
    let world = World::new();
    let (first, one) = world.exchange(None, "One", "Uno").await;
    world.models.script([Step::say("Eins"), Step::stop()]);
    let other = Some(ModelChoice::Named("m2".into()));
    let again = world.hub.regenerate(&world.ann, one.id, other, Some(Effort::High)).await.unwrap();
    all(again.events).await;
    assert_eq!(world.models.effort(), Some(Effort::High));
    assert_eq!(said(&world.models.shown()), ["One"]);
    let sibling = world.store.message_now(again.message_id);
    assert_eq!((sibling.parent_id, sibling.model.as_deref()), (one.parent_id, Some("m2")));
    assert_eq!(world.store.conversation_now(first.conversation_id.unwrap()).model, "auto");
    let not_an_answer =
        world.hub.regenerate(&world.ann, one.parent_id.unwrap(), None, None).await.err().unwrap();
    assert_eq!(not_an_answer.kind, ErrorKind::Conflict);
}

#[tokio::test(start_paused = true)]
async fn the_router_hears_what_has_failed_and_what_it_had_chosen_itself() {
    let world = World::new();
    world.models.refuse(overloaded());
    let failed = world.hub.send(&world.ann, wish("One")).await.unwrap();
    all(failed.events).await;
    world.models.script([Step::say("Uno"), Step::stop()]);
    let retried =
        world.hub.regenerate(&world.ann, failed.message_id, Some(ModelChoice::Auto), None).await.unwrap();
    all(retried.events).await;
    assert_eq!(world.models.hints(), Hints { failed: Some("routed".into()), again: false });
    let same = Some(ModelChoice::Named("routed".into()));
    world.models.script([Step::say("Eins"), Step::stop()]);
    let again = world.hub.regenerate(&world.ann, retried.message_id, same, None).await.unwrap();
    all(again.events).await;
    assert_eq!(world.models.hints(), Hints { failed: None, again: true });
    // A model that somebody has named is theirs the next time too.
    let other = Some(ModelChoice::Named("m2".into()));
    let mut last = again.message_id;
    for _ in 0..2 {
        world.models.script([Step::say("Zwei"), Step::stop()]);
        let named = world.hub.regenerate(&world.ann, last, other.clone(), None).await.unwrap();
        last = named.message_id;
        all(named.events).await;
        assert_eq!(world.models.hints(), Hints::default());
    }
}

#[tokio::test(start_paused = true)]
async fn an_unknown_model_or_a_bad_text_stores_nothing() {
    let world = World::new();
    let named = SendMessage { model: Some(ModelChoice::Named("nope".into())), ..wish("Hi") };
    let error = world.hub.send(&world.ann, named).await.err().unwrap();
    assert_eq!(error.fields[0].field, "model");
    let error = world.hub.send(&world.ann, wish("  ")).await.err().unwrap();
    assert_eq!(error.fields[0].field, "messages[0].content");
    let inside = world.store.lock();
    assert!(inside.conversations.is_empty() && inside.messages.is_empty() && inside.turns.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_failure_keeps_what_came_and_says_what_happened() {
    let world = World::new();
    world.models.script([Step::say("Half"), Step::Fail(overloaded())]);
    let started = world.ask(None, "Hi").await;
    let events = all(started.events).await;
    assert_eq!(names(&events), ["metadata", "token", "error", "done"]);
    let answer = world.store.message_now(started.message_id);
    assert_eq!((answer.text().as_str(), answer.status), ("Half", MessageStatus::Error));
    assert_eq!(answer.receipt.unwrap().failure, Some(overloaded()));

    world.models.refuse(overloaded());
    let started = world.ask(None, "Hi").await;
    assert_eq!(names(&all(started.events).await), ["metadata", "error", "done"]);
}

#[tokio::test(start_paused = true)]
async fn a_defect_ends_the_turn_as_failed() {
    let world = World::new();
    let gate = Arc::new(Notify::new());
    world.models.script([Step::say("Half"), Step::Gate(gate.clone()), Step::Panic]);
    let mut started = world.ask(None, "Hi").await;
    until(&mut started.events, is_token).await;
    gate.notify_one();
    assert_eq!(names(&all(started.events).await), ["error", "done"]);
    let answer = world.store.message_now(started.message_id);
    assert_eq!((answer.text().as_str(), answer.status), ("Half", MessageStatus::Error));
}

#[tokio::test(start_paused = true)]
async fn cancelling_reaches_the_call_and_keeps_the_text() {
    let world = World::new();
    world.models.script([Step::say("Half"), Step::Gate(Arc::default()), Step::say("never")]);
    let mut started = world.ask(None, "Hi").await;
    until(&mut started.events, is_token).await;
    world.hub.cancel(&world.ann, started.turn_id).await.unwrap();
    world.models.cancelled.notified().await;
    let rest = all(started.events).await;
    assert_eq!(names(&rest), ["usage", "done"]);
    let answer = world.store.message_now(started.message_id);
    assert_eq!((answer.text().as_str(), answer.status), ("Half", MessageStatus::Cancelled));
    assert_eq!(answer.finish_reason, Some(FinishReason::Cancelled));
    world.hub.cancel(&world.ann, started.turn_id).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_call_that_does_not_listen_is_given_up_on() {
    let world = World::new();
    world.models.script([Step::say("Half"), Step::Deaf]);
    let mut started = world.ask(None, "Hi").await;
    until(&mut started.events, is_token).await;
    world.hub.cancel(&world.ann, started.turn_id).await.unwrap();
    assert_eq!(names(&all(started.events).await), ["done"]);
    assert_eq!(world.store.message_now(started.message_id).status, MessageStatus::Cancelled);
}

#[tokio::test(start_paused = true)]
async fn going_on_begins_with_the_old_text() {
    let world = World::new();
    let (first, done) = world.exchange(None, "One", "Uno").await;
    let refused = world.hub.go_on(&world.ann, done.id).await.err().unwrap();
    assert_eq!((refused.kind, refused.code.as_str()), (ErrorKind::Conflict, "not_unfinished"));

    world.models.script([Step::say("Do"), Step::Fail(overloaded())]);
    let second = world.ask(first.conversation_id, "Two").await;
    all(second.events).await;
    world.models.script([Step::say("s"), Step::stop()]);
    let third = world.hub.go_on(&world.ann, second.message_id).await.unwrap();
    let events = all(third.events).await;
    assert_eq!(names(&events), ["metadata", "token", "token", "done"]);
    assert_eq!(text(&events), "Dos");
    let shown = world.models.shown();
    assert_eq!(said(&shown[..4]), ["One", "Uno", "Two", "Do"]);
    assert_eq!((shown.len(), shown[3].0, shown[4].0), (5, Author::Assistant, Author::User));
    let [old, new] = [second.message_id, third.message_id].map(|id| world.store.message_now(id));
    assert_eq!((new.parent_id, new.text().as_str()), (old.parent_id, "Dos"));
}

#[tokio::test(start_paused = true)]
async fn a_stateless_call_stores_nothing_and_ends_with_its_listener() {
    let world = World::new();
    world.models.script([Step::say("Hello"), Step::stop()]);
    let started = world.hub.complete(&world.ann, hi()).await.unwrap();
    assert!(started.conversation_id.is_none());
    let events = all(started.events).await;
    assert_eq!(names(&events), ["metadata", "token", "done"]);

    world.models.script([Step::say("Hel"), Step::Gate(Arc::default())]);
    let mut started = world.hub.complete(&world.ann, hi()).await.unwrap();
    until(&mut started.events, is_token).await;
    let other = world.hub.listen(&world.ann, started.turn_id, 0).await.unwrap();
    drop(started);
    world.models.cancelled.notified().await;
    assert_eq!(names(&all(other).await), ["metadata", "token", "usage", "done"]);
    let inside = world.store.lock();
    assert!(inside.turns.is_empty() && inside.messages.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_refused_answer_is_not_shown_to_the_model_again() {
    let world = World::new();
    world.models.script([Step::say("No."), Step::Say(ModelEvent::Stop(FinishReason::Refusal))]);
    let first = world.ask(None, "One").await;
    let conversation = first.conversation_id;
    all(first.events).await;
    world.exchange(conversation, "Two", "Dos").await;
    assert_eq!(said(&world.models.shown()), ["One", "Two"]);
}
