//! Databases that cannot be used: each such write is an error that says so, and nothing is half stored.

use sqlx::Executor as _;
use tempfile::TempDir;
use vertice_domain::Error;
use vertice_domain::Extent;
use vertice_ports::{
    AccountStore as _, ConversationStore as _, Ids as _, Ledger as _, TurnStore as _,
    ledger::{Gone, Spent},
};
use vertice_runtime::SystemIds;
use vertice_storage::{Database, DatabaseConfig, DatabaseUrl, Tuning};

use crate::{
    fixtures::{LEASE, at, batch, begin, begun, chain, conversation, end, node, token, tokens, user},
    harness::{Store, TUNING},
    ledger::call,
};

pub(crate) async fn a_lock_held_by_another_is_an_outage(store: &Store) {
    let db = &store.db;
    let owner = user(db, "ada@example.com").await;
    let (here, _) = chain(db, owner, "Here", &["a"]).await;
    let turn = begun(db, owner).await;
    let mut other = store.connection().await;
    if store.is_sqlite() {
        other.execute("BEGIN IMMEDIATE").await.unwrap();
    } else {
        other.execute("BEGIN; LOCK TABLE conversations, turns, turn_log IN EXCLUSIVE MODE").await.unwrap();
    }
    let refused = begin(here.id, here.head_message_id, "lost?", 10);
    let outage = Error::storage_unavailable();
    assert_eq!(db.begin(owner, refused.clone()).await.unwrap_err(), outage);
    let batch = batch(&turn, tokens(1, 2));
    assert_eq!(db.append(node(), LEASE, vec![batch.clone()]).await.unwrap_err(), outage);
    assert_eq!(db.end(end(&turn, "x", 3)).await.unwrap_err(), outage);
    assert_eq!(db.create(owner, &conversation("lost?", 0)).await.unwrap_err(), outage);
    // Reading goes on meanwhile.
    assert_eq!(db.get(owner, here.id).await.unwrap(), Some(here));
    db.ping().await.unwrap();

    other.execute("ROLLBACK").await.unwrap();
    assert_eq!(db.turn(owner, refused.turn).await.unwrap(), None);
    assert!(db.begin(owner, refused).await.unwrap());
    db.append(node(), LEASE, vec![batch]).await.unwrap();
    assert!(db.end(end(&turn, "x", 3)).await.unwrap());
    assert_eq!(db.events(owner, turn.turn, 0).await.unwrap().len(), 3);
}

pub(crate) async fn a_closed_database_is_an_outage(store: &Store) {
    let other = store.open_again().await.unwrap();
    other.close().await;
    assert_eq!(other.ping().await.unwrap_err(), Error::storage_unavailable());
    assert_eq!(other.has_users().await.unwrap_err(), Error::storage_unavailable());
    assert_eq!(other.leave(node()).await.unwrap_err(), Error::storage_unavailable());
}

pub(crate) async fn a_call_that_cannot_be_entered_leaves_nothing_behind(store: &Store) {
    let (db, user) = (&store.db, SystemIds.user());
    let calls = [call(user, at(0)), call(user, at(1))];
    let mut other = store.connection().await;
    if store.is_sqlite() {
        other.execute("BEGIN IMMEDIATE").await.unwrap();
    } else {
        other.execute("BEGIN; LOCK TABLE ledger IN EXCLUSIVE MODE").await.unwrap();
    }
    let outage = Error::storage_unavailable();
    assert_eq!(db.enter(&calls).await.unwrap_err(), outage);
    assert_eq!(db.withdraw(&[calls[0].id]).await.unwrap_err(), outage);
    assert_eq!(db.close_open(Gone::AllBut(SystemIds.node())).await.unwrap_err(), outage);
    assert_eq!(db.spent(user, None, at(0)).await.unwrap(), Spent::default(), "reading goes on");
    other.execute("ROLLBACK").await.unwrap();
    assert!(db.rows(Some(user), at(0), at(9), 9).await.unwrap().is_empty());
    db.enter(&calls).await.unwrap();
    assert_eq!(db.rows(Some(user), at(0), at(9), 9).await.unwrap().len(), 2);
}

#[tokio::test]
async fn a_full_disk_is_an_outage() {
    let folder = TempDir::new().unwrap();
    let config = DatabaseConfig {
        url: DatabaseUrl::Sqlite(folder.path().join("full.db")),
        backup_dir: folder.path().join("backups"),
    };
    let tuning = Tuning { max_bytes: Some(400_000), ..TUNING };
    let db = Database::open_tuned(&config, tuning).await.unwrap();
    let owner = user(&db, "ada@example.com").await;
    let turn = begun(&db, owner).await;
    let full = "x".repeat(1_000_000);

    let batch = batch(&turn, vec![token(1, &full)]);
    assert_eq!(db.append(node(), LEASE, vec![batch]).await.unwrap_err(), Error::storage_unavailable());
    let finish = end(&turn, &full, 1);
    assert_eq!(db.end(finish).await.unwrap_err(), Error::storage_unavailable());
    let question = begin(turn.answer.conversation_id, Some(turn.answer.id), &full, 20);
    assert_eq!(db.begin(owner, question).await.unwrap_err(), Error::storage_unavailable());

    let thread = db.thread(owner, turn.answer.conversation_id, Extent::Whole).await.unwrap().unwrap();
    assert_eq!(thread.running.map(|running| running.turn), Some(turn.turn));
    assert_eq!(thread.messages.len(), 2);
    assert!(db.events(owner, turn.turn, 0).await.unwrap().is_empty());
    // What still fits is stored.
    assert!(db.end(end(&turn, "short", 1)).await.unwrap());
    db.close().await;
}

#[tokio::test]
async fn a_server_that_is_not_there_is_said_so() {
    let config = DatabaseConfig {
        url: DatabaseUrl::Postgres("postgres://ada:geheim@127.0.0.1:1/none".into()),
        backup_dir: "unused".into(),
    };
    let error = Database::open(&config).await.unwrap_err();
    assert!(error.to_string().starts_with("cannot open the database"), "{error}");
    assert!(!format!("{error} {error:?} {config:?}").contains("geheim"));
}
