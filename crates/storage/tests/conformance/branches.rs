//! Branches, heads and siblings.

use std::time::{Duration, Instant};

use vertice_domain::{Extent, Message, MessageId};
use vertice_ports::{ConversationStore as _, Ids as _};
use vertice_runtime::SystemIds;

use crate::{
    fixtures::{chain, conversation, message, user, whole},
    harness::Store,
};

fn ids(messages: &[Message]) -> Vec<MessageId> {
    messages.iter().map(|message| message.id).collect()
}

pub(crate) async fn a_thread_shows_the_path_to_the_head_with_siblings(store: &Store) {
    let db = &store.db;
    let owner = user(db, "ada@example.com").await;
    let mut new = conversation("Tree", 0);
    let root = message(new.id, None, "root", 0);
    let left = message(new.id, Some(root.id), "left", 2);
    let right = message(new.id, Some(root.id), "right", 1);
    let leaf = message(new.id, Some(left.id), "leaf", 3);
    new.head_message_id = Some(leaf.id);
    // Children before parents: the order in which they are given must not matter.
    let all = [leaf.clone(), right.clone(), left.clone(), root.clone()];
    db.insert_with_messages(owner, &new, &whole(&all)).await.unwrap();

    let thread = db.thread(owner, new.id, Extent::Whole).await.unwrap().unwrap();
    assert_eq!(thread.conversation, new);
    assert_eq!(thread.running, None);
    let shown: Vec<Message> = thread.messages.iter().map(|shown| shown.message.clone()).collect();
    assert_eq!(shown, [root.clone(), left.clone(), leaf.clone()]);
    let siblings: Vec<_> = thread.messages.into_iter().map(|shown| shown.siblings).collect();
    assert_eq!(siblings, [vec![root.id], vec![right.id, left.id], vec![leaf.id]]);

    let path = db.path(owner, right.id).await.unwrap().unwrap();
    assert_eq!(ids(&path), [root.id, right.id]);
    assert_eq!(db.path(owner, SystemIds.message()).await.unwrap(), None);

    let empty = conversation("Empty", 0);
    db.create(owner, &empty).await.unwrap();
    assert!(db.thread(owner, empty.id, Extent::Whole).await.unwrap().unwrap().messages.is_empty());
}

pub(crate) async fn the_newest_leaf_below_becomes_the_head(store: &Store) {
    let db = &store.db;
    let owner = user(db, "ada@example.com").await;
    let new = conversation("Tree", 0);
    let root = message(new.id, None, "root", 0);
    let old = message(new.id, Some(root.id), "old", 1);
    let young = message(new.id, Some(root.id), "young", 2);
    // The newest leaf hangs below the older child.
    let newest = message(new.id, Some(old.id), "newest", 9);
    let below_young = message(new.id, Some(young.id), "below young", 5);
    let all = [root.clone(), old.clone(), young.clone(), newest.clone(), below_young.clone()];
    db.insert_with_messages(owner, &new, &whole(&all)).await.unwrap();

    for (chosen, head) in
        [(&root, &newest), (&young, &below_young), (&old, &newest), (&below_young, &below_young)]
    {
        assert_eq!(db.select_branch(owner, chosen.id).await.unwrap(), Some(new.id));
        let now = db.get(owner, new.id).await.unwrap().unwrap();
        assert_eq!(now.head_message_id, Some(head.id));
        assert_eq!(now.updated_at, new.updated_at);
    }
    assert_eq!(db.select_branch(owner, SystemIds.message()).await.unwrap(), None);
}

pub(crate) async fn a_long_path_is_read_whole_and_quickly(store: &Store) {
    let owner = user(&store.db, "ada@example.com").await;
    let text = "A paragraph of an answer. ".repeat(20);
    let (new, messages) = chain(&store.db, owner, "Long", &vec![text.as_str(); 2_000]).await;
    let began = Instant::now();
    let thread = store.db.thread(owner, new.id, Extent::Whole).await.unwrap().unwrap();
    let took = began.elapsed();
    assert_eq!(thread.messages.len(), messages.len());
    assert!(thread.messages.iter().zip(&messages).all(|(shown, stored)| shown.message == *stored));
    // A quadratic way of reading it would take minutes; the bound leaves room for a slow machine.
    assert!(took < Duration::from_secs(3), "took {took:?}");
}

pub(crate) async fn a_path_is_told_from_its_end(store: &Store) {
    let db = &store.db;
    let owner = user(db, "ada@example.com").await;
    let texts: Vec<_> = (0..100).map(|number| number.to_string()).collect();
    let texts: Vec<_> = texts.iter().map(String::as_str).collect();
    let (new, messages) = chain(db, owner, "Long", &texts).await;
    let all = ids(&messages);
    let (page, last) = (Extent::PAGE, all.len());
    let told = async |from| {
        let thread = db.thread(owner, new.id, Extent::Recent(from)).await.unwrap().unwrap();
        let told: Vec<_> = thread.messages.into_iter().map(|told| told.message.id).collect();
        (told, thread.has_earlier)
    };
    let recent = (all[last - page..].to_vec(), true);
    assert_eq!(told(None).await, recent);
    assert_eq!(told(Some(all[last - 3])).await, recent, "what is shown at least");
    assert_eq!(told(Some(SystemIds.message())).await, recent, "of another branch, or nobody's");
    assert_eq!(told(Some(all[7])).await, (all[7..].to_vec(), true));
    assert_eq!(told(Some(all[0])).await, (all.clone(), false));

    let earlier = async |message| {
        let earlier = db.earlier(owner, message).await.unwrap().unwrap();
        let told: Vec<_> = earlier.messages.iter().map(|told| told.message.id).collect();
        assert!(earlier.messages.iter().all(|told| told.siblings == [told.message.id]));
        (told, earlier.has_earlier)
    };
    assert_eq!(earlier(all[60]).await, (all[20..60].to_vec(), true));
    assert_eq!(earlier(all[40]).await, (all[..40].to_vec(), false));
    assert_eq!(earlier(all[20]).await, (all[..20].to_vec(), false));
    assert_eq!(earlier(all[0]).await, (Vec::new(), false));
    assert_eq!(db.earlier(owner, SystemIds.message()).await.unwrap(), None);
    let stranger = user(db, "eve@example.com").await;
    assert_eq!(db.earlier(stranger, all[60]).await.unwrap(), None);
}
