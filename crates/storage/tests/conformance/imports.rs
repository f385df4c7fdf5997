//! Conversations from elsewhere: stored once for each owner, whole, and again when they were deleted.

use vertice_domain::{Author, ImportSource, Message};
use vertice_ports::{
    ConversationStore as _, Ids as _, ImportStore as _,
    imports::{Arrival, Origin},
};
use vertice_runtime::SystemIds;

use crate::{
    fixtures::{at, conversation, user, whole},
    harness::Store,
};

fn origin(id: &str, messages: u64) -> Origin {
    Origin { source: ImportSource::ChatGpt, id: id.to_owned(), messages, size: 10 }
}

pub(crate) async fn a_conversation_is_imported_once_for_each_owner(store: &Store) {
    let db = &store.db;
    let (ada, bob) = (user(db, "ada@example.com").await, user(db, "bob@example.com").await);
    let new = conversation("One", 5);
    let message = Message::blank(SystemIds.message(), new.id, None, Author::User, at(1));
    let messages = whole(std::slice::from_ref(&message));
    let first = origin("c'est l'un \u{1f600}", 1);
    assert_eq!(db.import_here(ada, &first).await.unwrap(), None);
    assert_eq!(db.insert_import(ada, &first, &new, &messages, &[]).await.unwrap(), Arrival::Stored);
    assert_eq!(db.get(ada, new.id).await.unwrap(), Some(new.clone()));
    assert_eq!(db.message(ada, message.id).await.unwrap(), Some(message));
    let here = Arrival::Here { conversation: new.id, messages: Some(1) };
    assert_eq!(db.import_here(ada, &first).await.unwrap(), Some(here));
    let again = conversation("One", 5);
    assert_eq!(db.insert_import(ada, &first, &again, &[], &[]).await.unwrap(), here);
    assert_eq!(db.get(ada, again.id).await.unwrap(), None);
    // Other owners, and other apps.
    assert_eq!(db.import_here(bob, &first).await.unwrap(), None);
    let claude = Origin { source: ImportSource::Claude, ..first.clone() };
    assert_eq!(db.import_here(ada, &claude).await.unwrap(), None);
    assert_eq!((db.imported_bytes(ada).await.unwrap(), db.imported_bytes(bob).await.unwrap()), (10, 0));
}

pub(crate) async fn of_two_imports_at_once_one_is_stored(store: &Store) {
    let db = &store.db;
    let ada = user(db, "ada@example.com").await;
    let origin = origin("x", 0);
    let all = (0..8).map(|_| async {
        let new = conversation("One", 5);
        db.insert_import(ada, &origin, &new, &[], &[]).await.unwrap()
    });
    let arrivals = futures::future::join_all(all).await;
    assert_eq!(arrivals.iter().filter(|arrival| **arrival == Arrival::Stored).count(), 1, "{arrivals:?}");
}

pub(crate) async fn what_was_deleted_is_imported_again_and_purges_go_by_it(store: &Store) {
    let db = &store.db;
    let ada = user(db, "ada@example.com").await;
    let (old, new) = (conversation("Old", 5), conversation("New", 5));
    let origin = origin("x", 2);
    db.insert_import(ada, &origin, &old, &[], &[]).await.unwrap();
    db.delete(ada, old.id, at(10)).await.unwrap();
    assert_eq!(db.import_here(ada, &origin).await.unwrap(), None);
    assert_eq!(db.insert_import(ada, &origin, &new, &[], &[]).await.unwrap(), Arrival::Stored);
    db.purge(at(1_000)).await.unwrap();
    let here = Arrival::Here { conversation: new.id, messages: Some(2) };
    assert_eq!(db.import_here(ada, &origin).await.unwrap(), Some(here));
    db.delete(ada, new.id, at(10)).await.unwrap();
    db.purge(at(1_000)).await.unwrap();
    assert_eq!(db.imported_bytes(ada).await.unwrap(), 0);
}

pub(crate) async fn an_export_of_what_is_here_is_here(store: &Store) {
    let db = &store.db;
    let (ada, bob) = (user(db, "ada@example.com").await, user(db, "bob@example.com").await);
    let own = conversation("Own", 5);
    db.create(ada, &own).await.unwrap();
    let origin = Origin { source: ImportSource::Vertice, ..origin(&own.id.to_string(), 3) };
    let here = Arrival::Here { conversation: own.id, messages: None };
    assert_eq!(db.import_here(ada, &origin).await.unwrap(), Some(here));
    assert_eq!(db.import_here(bob, &origin).await.unwrap(), None, "somebody else's");
    db.delete(ada, own.id, at(10)).await.unwrap();
    assert_eq!(db.import_here(ada, &origin).await.unwrap(), None);
}

pub(crate) async fn an_import_that_fails_leaves_nothing(store: &Store) {
    let db = &store.db;
    let ada = user(db, "ada@example.com").await;
    let new = conversation("One", 5);
    let message = Message::blank(SystemIds.message(), new.id, None, Author::User, at(1));
    let twice = whole(&[message.clone(), message]);
    assert!(db.insert_import(ada, &origin("x", 2), &new, &twice, &[]).await.is_err());
    assert_eq!(db.get(ada, new.id).await.unwrap(), None);
    assert_eq!(db.import_here(ada, &origin("x", 2)).await.unwrap(), None);
}
