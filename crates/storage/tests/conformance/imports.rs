//! Conversations from elsewhere: stored once for each owner, whole, and again when they were deleted.

use sqlx::Executor as _;
use vertice_domain::{Author, Conversation, ErrorKind, ImportSource, Message};
use vertice_ports::{
    ConversationStore as _, Ids as _, ImportStore as _,
    imports::{Arrival, Origin, Whole},
    store::WholeMessage,
};
use vertice_runtime::SystemIds;

use crate::{
    fixtures::{at, conversation, user, whole},
    harness::Store,
};

const LIMIT: u64 = 1_000;

fn one<'a>(conversation: &'a Conversation, messages: &'a [WholeMessage]) -> Whole<'a> {
    Whole { conversation, messages, artifacts: &[] }
}

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
    assert_eq!(db.insert_import(ada, &first, one(&new, &messages), LIMIT).await.unwrap(), Arrival::Stored);
    assert_eq!(db.get(ada, new.id).await.unwrap(), Some(new.clone()));
    assert_eq!(db.message(ada, message.id).await.unwrap(), Some(message));
    let here = Arrival::Here { messages: Some(1) };
    assert_eq!(db.import_here(ada, &first).await.unwrap(), Some(here));
    let again = conversation("One", 5);
    assert_eq!(db.insert_import(ada, &first, one(&again, &[]), LIMIT).await.unwrap(), here);
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
        db.insert_import(ada, &origin, one(&new, &[]), LIMIT).await.unwrap()
    });
    let arrivals = futures::future::join_all(all).await;
    assert_eq!(arrivals.iter().filter(|arrival| **arrival == Arrival::Stored).count(), 1, "{arrivals:?}");
}

pub(crate) async fn what_was_deleted_is_imported_again_and_purges_go_by_it(store: &Store) {
    let db = &store.db;
    let ada = user(db, "ada@example.com").await;
    let (old, new) = (conversation("Old", 5), conversation("New", 5));
    let origin = origin("x", 2);
    db.insert_import(ada, &origin, one(&old, &[]), LIMIT).await.unwrap();
    db.delete(ada, old.id, at(10)).await.unwrap();
    assert_eq!(db.import_here(ada, &origin).await.unwrap(), None);
    assert_eq!(db.insert_import(ada, &origin, one(&new, &[]), LIMIT).await.unwrap(), Arrival::Stored);
    // Both are there until the first one is gone for good.
    assert_eq!(db.imported_bytes(ada).await.unwrap(), 20);
    db.purge(at(1_000)).await.unwrap();
    assert_eq!(db.imported_bytes(ada).await.unwrap(), 10);
    let here = Arrival::Here { messages: Some(2) };
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
    let here = Arrival::Here { messages: None };
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
    assert!(db.insert_import(ada, &origin("x", 2), one(&new, &twice), LIMIT).await.is_err());
    assert_eq!(db.get(ada, new.id).await.unwrap(), None);
    assert_eq!(db.import_here(ada, &origin("x", 2)).await.unwrap(), None);
}

pub(crate) async fn nobody_keeps_more_imports_than_they_may(store: &Store) {
    let db = &store.db;
    let (ada, bob) = (user(db, "ada@example.com").await, user(db, "bob@example.com").await);
    // Of many at once only as many are stored as there is room for.
    let all = (0..8).map(|at| async move {
        let (new, origin) = (conversation("One", 5), origin(&at.to_string(), 0));
        db.insert_import(ada, &origin, one(&new, &[]), 35).await.unwrap()
    });
    let arrivals = futures::future::join_all(all).await;
    assert_eq!(arrivals.iter().filter(|arrival| **arrival == Arrival::Stored).count(), 3, "{arrivals:?}");
    assert_eq!(arrivals.iter().filter(|arrival| **arrival == Arrival::Full).count(), 5, "{arrivals:?}");
    assert_eq!(db.imported_bytes(ada).await.unwrap(), 30);
    let theirs = conversation("One", 5);
    assert_eq!(db.insert_import(bob, &origin("x", 0), one(&theirs, &[]), 35).await.unwrap(), Arrival::Stored);
}

pub(crate) async fn what_takes_the_database_too_long_is_its_own_fault(store: &Store) {
    let db = &store.db;
    let ada = user(db, "ada@example.com").await;
    // Only PostgreSQL ends a statement. A trigger says what it says then; sequences count on whatever is undone.
    if store.is_sqlite() {
        return;
    }
    let mut connection = store.connection().await;
    connection
        .execute(
            "CREATE SEQUENCE slow; CREATE SEQUENCE once; CREATE FUNCTION slow() RETURNS TRIGGER LANGUAGE plpgsql AS $$ BEGIN \
             IF (NEW.title = 'Slow' AND nextval('slow') > 0) OR (NEW.title = 'Once' AND nextval('once') = 1) THEN \
             RAISE EXCEPTION USING ERRCODE = '57014'; END IF; RETURN NEW; END $$; \
             CREATE TRIGGER slow BEFORE INSERT ON conversations FOR EACH ROW EXECUTE FUNCTION slow()",
        )
        .await
        .unwrap();
    let slow = conversation("Slow", 5);
    let refused = db.insert_import(ada, &origin("slow", 0), one(&slow, &[]), LIMIT).await.unwrap_err();
    assert_eq!((refused.kind, refused.code.as_str()), (ErrorKind::TooLarge, "too_slow_to_store"));
    let tries: i64 =
        sqlx::query_scalar("SELECT last_value FROM slow").fetch_one(&mut connection).await.unwrap();
    assert_eq!(tries, 2);
    let once = conversation("Once", 5);
    assert_eq!(
        db.insert_import(ada, &origin("once", 0), one(&once, &[]), LIMIT).await.unwrap(),
        Arrival::Stored
    );
}
