//! Conversations at rest.

use std::sync::Arc;

use futures::StreamExt as _;
use vertice_domain::{
    Conversation, ConversationPatch, ErrorKind, Extent, FeedEvent, Message, MessageStatus, Mode,
    NewConversation, Part, PartKind, Timestamp,
};
use vertice_ports::{
    Chat as _, Clock as _, ConversationStore as _, Library as _, library::ExportFormat, store::WholeMessage,
};

use crate::support::{Noon, Step, World, until};

#[tokio::test(start_paused = true)]
async fn every_change_reaches_the_other_tabs() {
    let world = World::new();
    let mut feed = world.hub.feed(&world.ann).await.unwrap();
    let new = NewConversation { title: Some("  Mine ".into()), mode: Some(Mode::Code), ..Default::default() };
    let made = world.shelf.create(&world.ann, new).await.unwrap();
    assert_eq!((made.title.as_str(), made.model.as_str(), made.mode), ("Mine", "auto", Mode::Code));
    let patch = ConversationPatch { title: Some(" Ours ".into()), ..Default::default() };
    assert_eq!(world.shelf.patch(&world.ann, made.id, patch).await.unwrap().title, "Ours");
    world.shelf.delete(&world.ann, made.id).await.unwrap();
    assert_eq!(world.shelf.get(&world.ann, made.id).await.unwrap_err().kind, ErrorKind::NotFound);
    world.shelf.restore(&world.ann, made.id).await.unwrap();
    let told: Vec<_> = feed.by_ref().take(5).collect().await;
    assert_eq!(told[0], FeedEvent::Ready);
    assert!(told[1..].iter().all(|event| *event == FeedEvent::ListChanged));
}

#[tokio::test(start_paused = true)]
async fn bad_input_is_named_by_its_field() {
    let world = World::new();
    let made = world.shelf.create(&world.ann, NewConversation::default()).await.unwrap();
    assert_eq!(made.title, "New chat");
    for (field, patch) in [
        ("title", ConversationPatch { title: Some(" ".into()), ..Default::default() }),
        ("model", ConversationPatch { model: Some(String::new()), ..Default::default() }),
        ("model", ConversationPatch { model: Some("no such model".into()), ..Default::default() }),
        (
            "system_prompt",
            ConversationPatch { system_prompt: Some("x".repeat(32_001)), ..Default::default() },
        ),
    ] {
        let error = world.shelf.patch(&world.ann, made.id, patch).await.unwrap_err();
        assert_eq!((error.kind, error.fields[0].field.as_str()), (ErrorKind::Invalid, field));
    }
}

#[tokio::test(start_paused = true)]
async fn a_fork_is_a_copy_with_ids_of_its_own() {
    let world = World::new();
    let (first, one) = world.exchange(None, "One", "Uno").await;
    let id = first.conversation_id.unwrap();
    world.exchange(Some(id), "Two", "Dos").await;
    let copy = world.shelf.fork(&world.ann, id, one.id).await.unwrap();
    let thread = world.shelf.thread(&world.ann, copy.id, Extent::Whole).await.unwrap();
    let [question, answer] = [0, 1].map(|n| thread.messages[n].message.clone());
    assert_eq!((thread.messages.len(), thread.conversation.title.as_str()), (2, "One (2)"));
    assert_eq!((question.text().as_str(), answer.text().as_str()), ("One", "Uno"));
    assert_eq!((question.parent_id, answer.parent_id), (None, Some(question.id)));
    assert!(answer.id != one.id && answer.turn_id.is_none() && answer.usage == one.usage);

    world.models.script([Step::say("a"), Step::Gate(Arc::default())]);
    let mut running = world.ask(Some(id), "Three").await;
    until(&mut running.events, |_| true).await;
    let refused = world.shelf.fork(&world.ann, id, running.message_id).await.unwrap_err();
    assert_eq!(refused.code, "turn_running");
}

#[tokio::test(start_paused = true)]
async fn json_exports_hold_every_branch() {
    let world = World::new();
    let (first, one) = world.exchange(None, "One", "Uno").await;
    world.models.script([Step::stop()]);
    world.hub.regenerate(&world.ann, one.id, None, None).await.unwrap();
    let json =
        world.shelf.export(&world.ann, first.conversation_id.unwrap(), ExportFormat::Json).await.unwrap();
    let value: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!((&value["version"], value["messages"].as_array().unwrap().len()), (&1.into(), 3));
    assert_eq!(value["conversation"]["title"], "One");
}

/// A conversation that is the same in every run, with what must be escaped.
async fn fixed(world: &World) -> Conversation {
    let (first, answer) = world.exchange(None, "One", "Uno").await;
    let mut conversation = world.store.conversation_now(first.conversation_id.unwrap());
    conversation.id = world.shelf.create(&world.ann, NewConversation::default()).await.unwrap().id;
    conversation.title = "A <b>bold</b>\n& \"quoted\" title".into();
    let question = world.store.message_now(answer.parent_id.unwrap());
    let copy = |message: Message, n, content: &str| Message {
        id: vertice_domain::MessageId::new(uuid::Uuid::from_u128(n)),
        conversation_id: conversation.id,
        parts: vec![Part { position: 0, step: 0, kind: PartKind::Text { text: content.into() } }],
        created_at: Timestamp::from_millis(0),
        ..message
    };
    let question = copy(question, 1, "<script>alert('x')</script>");
    let answer = Message {
        parent_id: Some(question.id),
        status: MessageStatus::Cancelled,
        ..copy(answer, 2, "# Heading\n\n`a && b`\n")
    };
    conversation.head_message_id = Some(answer.id);
    let id = conversation.id;
    world.store.lock().conversations.retain(|shelved| shelved.conversation.id != id);
    let messages = [question, answer].map(|message| WholeMessage { message, sealed: Vec::new() });
    world.store.insert_with_messages(world.ann.user, &conversation, &messages).await.unwrap();
    conversation
}

#[tokio::test(start_paused = true)]
async fn exports_to_be_read() {
    let world = World::new();
    let conversation = fixed(&world).await;
    let markdown = world.shelf.export(&world.ann, conversation.id, ExportFormat::Markdown).await.unwrap();
    insta::assert_snapshot!("export_markdown", markdown);
    let html = world.shelf.export(&world.ann, conversation.id, ExportFormat::Html).await.unwrap();
    assert!(!html.contains("<script") && !html.contains("<b>"));
    insta::assert_snapshot!("export_html", html);
}

#[tokio::test(start_paused = true)]
async fn what_was_deleted_more_than_a_day_ago_is_removed() {
    let world = World::new();
    let mut kept = Vec::new();
    for age_h in [23, 25] {
        let made = world.shelf.create(&world.ann, NewConversation::default()).await.unwrap();
        let deleted = Noon.now().plus_millis(-age_h * 60 * 60 * 1_000);
        world.store.delete(world.ann.user, made.id, deleted).await.unwrap();
        kept.push(made.id);
    }
    world.hub.housekeep();
    world.store.until(|inside| inside.conversations.len() == 1).await;
    world.shelf.restore(&world.ann, kept[0]).await.unwrap();
    world.tasks.shut_down().await;
}
