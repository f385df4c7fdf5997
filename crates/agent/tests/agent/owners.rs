//! Two users: to each of them, what is the other one's does not exist.

use std::sync::Arc;

use futures::{FutureExt as _, StreamExt as _};
use vertice_domain::{ConversationPatch, ErrorKind, Extent, PageRequest, Result, chat::SendMessage};
use vertice_ports::{Chat as _, Library as _, library::ExportFormat};

use crate::support::{Step, World, wish};

fn assert_missing<T>(what: &str, result: Result<T>) {
    let error = result.err().unwrap_or_else(|| panic!("{what} gave another user's object"));
    assert_eq!(error.kind, ErrorKind::NotFound, "{what}");
}

#[tokio::test(start_paused = true)]
async fn nothing_of_anns_exists_for_bob() {
    let world = World::new();
    let (first, answer) = world.exchange(None, "Hi", "Hello").await;
    let id = first.conversation_id.unwrap();
    world.models.script([Step::say("a"), Step::Gate(Arc::default())]);
    let running = world.ask(Some(id), "More").await;
    let (hub, shelf, bob) = (&world.hub, &world.shelf, &world.bob);
    let page = PageRequest::default();

    for turn in [first.turn_id, running.turn_id] {
        assert_missing("listen", hub.listen(bob, turn, 0).await);
        assert_missing("cancel", hub.cancel(bob, turn).await);
    }
    let into = SendMessage { conversation: Some(id), ..wish("Hi") };
    assert_missing("send", hub.send(bob, into).await);
    let own = shelf.create(bob, Default::default()).await.unwrap();
    let under = SendMessage { conversation: Some(own.id), parent: Some(answer.id), ..wish("Hi") };
    assert_missing("send under", hub.send(bob, under).await);
    assert_missing("edit", hub.edit(bob, answer.parent_id.unwrap(), "x".into(), None, None).await);
    assert_missing("regenerate", hub.regenerate(bob, answer.id, None, None).await);
    assert_missing("go_on", hub.go_on(bob, answer.id).await);
    assert_missing("get", shelf.get(bob, id).await);
    assert_missing("patch", shelf.patch(bob, id, ConversationPatch::default()).await);
    assert_missing("delete", shelf.delete(bob, id).await);
    assert_missing("restore", shelf.restore(bob, id).await);
    assert_missing("messages", shelf.messages(bob, id, &page).await);
    assert_missing("thread", shelf.thread(bob, id, Extent::Whole).await);
    assert_missing("select_branch", shelf.select_branch(bob, answer.id, Extent::Whole).await);
    assert_missing("fork", shelf.fork(bob, id, answer.id).await);
    assert_missing("fork into own", shelf.fork(bob, own.id, answer.id).await);
    for format in [ExportFormat::Json, ExportFormat::Markdown, ExportFormat::Html] {
        assert_missing("export", shelf.export(bob, id, format).await);
    }
    assert_eq!(shelf.list(bob, None, false, &page).await.unwrap().items.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn bob_hears_nothing_of_anns_changes() {
    let world = World::new();
    let mut feed = world.hub.feed(&world.bob).await.unwrap();
    feed.next().await;
    world.exchange(None, "Hi", "Hello").await;
    assert!(feed.next().now_or_never().is_none());
}

#[tokio::test(start_paused = true)]
async fn a_parent_in_another_conversation_is_no_parent() {
    let world = World::new();
    let (_, elsewhere) = world.exchange(None, "Hi", "Hello").await;
    let (here, _) = world.exchange(None, "Hi", "Hello").await;
    let message =
        SendMessage { conversation: here.conversation_id, parent: Some(elsewhere.id), ..wish("Hi") };
    assert_missing("send", world.hub.send(&world.ann, message).await);
}
