//! Many writes at once: each has its own answer, and none is lost or undone by another.

use std::time::{Duration, Instant};

use futures::{StreamExt as _, future::join_all, stream::FuturesUnordered};
use sqlx::{Connection as _, Executor as _};
use vertice_domain::{Author, Error, ErrorKind, UserId};
use vertice_ports::{
    ConversationStore as _, Ids as _, TurnStore as _,
    turns::{BeginTurn, Suspended},
};
use vertice_runtime::SystemIds;
use vertice_storage::{Database, Tuning};

use crate::{
    calls::{asked, record},
    fixtures::{LEASE, at, batch, begin, begun, chain, conversation, end, node, token, tokens, user},
    harness::{Store, TUNING},
};

pub(crate) async fn a_thousand_turns_begin_and_end_at_once(store: &Store) {
    let db = &store.db;
    let owner = user(db, "ada@example.com").await;
    let turns: Vec<_> = (0..1_000)
        .map(|n| {
            let new = conversation("", n);
            let mut turn = begin(new.id, None, "Hello?", n);
            turn.new_conversation = Some(new);
            turn
        })
        .collect();
    let began = Instant::now();
    let begun = join_all(turns.iter().map(|turn| db.begin(owner, turn.clone()))).await;
    let begins = began.elapsed();
    assert!(begun.into_iter().all(|begun| begun == Ok(true)));
    let began = Instant::now();
    let ended = join_all(turns.iter().map(|turn| db.end(end(turn, "Hello.", 1)))).await;
    let ends = began.elapsed();
    assert!(ended.into_iter().all(|ended| ended == Ok(true)));
    eprintln!("1,000 begins: {begins:?}; 1,000 ends: {ends:?}");
    for turn in turns.iter().step_by(97) {
        let path = db.path(owner, turn.answer.id).await.unwrap().unwrap();
        assert_eq!(path.iter().map(vertice_domain::Message::text).collect::<Vec<_>>(), ["Hello?", "Hello."]);
        assert_eq!(path[1].role, Author::Assistant);
    }
    assert!(begins + ends < Duration::from_secs(20), "{begins:?}, {ends:?}");
}

/// Turns to be begun, each in a conversation of its own.
async fn ready(db: &Database, owner: UserId, count: i64) -> Vec<BeginTurn> {
    let mut turns = Vec::new();
    for n in 0..count {
        let (here, _) = chain(db, owner, "Here", &["a"]).await;
        turns.push(begin(here.id, here.head_message_id, "q", n));
    }
    turns
}

/// Prints what a turn costs that begins and ends alone.
pub(crate) async fn a_turn_after_another(store: &Store) {
    let db = &store.db;
    let owner = user(db, "ada@example.com").await;
    let began = Instant::now();
    for _ in 0..200 {
        let turn = begun(db, owner).await;
        assert!(db.end(end(&turn, "Hello.", 1)).await.unwrap());
    }
    eprintln!("200 turns that begin and end one after another: {:?}", began.elapsed());
}

/// What several writes that wait at the same time come to: a failure, a `false`, and all others stored.
pub(crate) async fn what_fails_undoes_itself_alone(store: &Store) {
    let db = &store.db;
    let owner = user(db, "ada@example.com").await;
    let turns = ready(db, owner, 60).await;
    let begun = join_all(turns.iter().enumerate().map(|(n, turn)| {
        let mut turn = turn.clone();
        match n % 6 {
            // A conversation of that id is there.
            1 => {
                turn.user_message.as_mut().unwrap().parent_id = None;
                turn.new_conversation = Some(conversation("stray", 0));
                turn.new_conversation.as_mut().unwrap().id = turn.answer.conversation_id;
            }
            2 => turn.answer.parent_id = Some(SystemIds.message()),
            // Two messages of one id.
            3 => {
                turn.user_message.as_mut().unwrap().id = turn.answer.id;
                turn.answer.parent_id = Some(turn.answer.id);
            }
            _ => {}
        }
        db.begin(owner, turn)
    }))
    .await;
    for (n, begun) in begun.into_iter().enumerate() {
        match n % 6 {
            1 | 3 => assert_eq!(begun.unwrap_err().kind, ErrorKind::Internal),
            2 => assert_eq!(begun, Ok(false)),
            _ => assert_eq!(begun, Ok(true)),
        }
        let stored = db.turn(owner, turns[n].turn).await.unwrap();
        assert_eq!(stored.is_some(), !matches!(n % 6, 1..=3), "{n}");
        assert_eq!(db.message(owner, turns[n].answer.id).await.unwrap().is_some(), stored.is_some());
    }

    // The same of everything else that is written in groups, mixed.
    let [a, b, c, d] = [0, 4, 5, 6].map(|n| &turns[n]);
    let mut stale = end(d, "not mine", 1);
    stale.held.fence = 7;
    let (recorded, suspended, ended, lost, torn) = tokio::join!(
        db.append(node(), LEASE, vec![record(a, tokens(1, 2))]),
        db.suspend(asked(b, tokens(1, 1))),
        db.end(end(c, "done", 1)),
        db.end(stale),
        db.append(node(), LEASE, vec![batch(d, vec![token(1, "a"), token(3, "c")])]),
    );
    assert_eq!((suspended, ended, lost), (Ok(Suspended::Asleep), Ok(true), Ok(false)));
    assert!(recorded.unwrap().lost.is_empty());
    assert_eq!(torn, Err(Error::internal()));
    assert_eq!(db.events(owner, a.turn, 0).await.unwrap().len(), 2);
    assert_eq!(db.message(owner, c.answer.id).await.unwrap().unwrap().text(), "done");
    assert!(db.events(owner, d.turn, 0).await.unwrap().is_empty());
    assert!(db.append(node(), LEASE, vec![batch(d, tokens(1, 2))]).await.is_ok());
}

pub(crate) async fn callers_that_go_away_harm_nobody(store: &Store) {
    let db = &store.db;
    let owner = user(db, "ada@example.com").await;
    for _ in 0..5 {
        let turns = ready(db, owner, 40).await;
        let mut kept = Vec::new();
        let mut running = FuturesUnordered::new();
        for (n, turn) in turns.iter().enumerate() {
            let mut beginning = Box::pin(db.begin(owner, turn.clone()));
            // It has begun to wait, and perhaps to be written.
            let answered = futures::poll!(beginning.as_mut());
            if n % 2 == 0 {
                kept.push(turn);
                if answered.is_pending() {
                    running.push(beginning);
                }
            }
        }
        while let Some(begun) = running.next().await {
            assert_eq!(begun, Ok(true));
        }
        for turn in kept {
            assert!(db.turn(owner, turn.turn).await.unwrap().is_some());
        }
        // Whoever went away has everything stored, or nothing.
        for turn in turns.iter().skip(1).step_by(2) {
            let stored = db.turn(owner, turn.turn).await.unwrap().is_some();
            assert_eq!(db.message(owner, turn.answer.id).await.unwrap().is_some(), stored);
        }
    }
}

/// A connection whose `BEGIN` nobody waited for would take the next one's writes into a transaction that nobody commits.
pub(crate) async fn transactions_that_nobody_waits_for_take_nothing_along(store: &Store) {
    let db = &store.db;
    let owner = user(db, "ada@example.com").await;
    for round in 0..20 {
        let places: Vec<_> = (0..16).map(|n| conversation("Kept", 100 * round + n)).collect();
        for place in &places {
            db.create(owner, place).await.unwrap();
        }
        let gone = conversation("Gone", round);
        let leave = |patience| {
            tokio::time::timeout(Duration::from_millis(patience), db.insert_with_messages(owner, &gone, &[]))
        };
        let _left = join_all((0..32).map(|n| leave(n % 4))).await;
        // One statement each, on all connections: what it does is there for others at once.
        let deleted = join_all(places.iter().map(|place| db.delete(owner, place.id, at(round)))).await;
        assert!(deleted.into_iter().all(|deleted| deleted == Ok(true)));
        let mut other = store.connection().await;
        let there = "SELECT id FROM conversations WHERE title = 'Kept' AND deleted_at IS NULL";
        assert_eq!(sqlx::query(there).fetch_all(&mut other).await.unwrap().len(), 0, "{round}");
        other.close().await.unwrap();
    }
}

/// A lease must not run out because many turns begin.
pub(crate) async fn a_burst_of_others_does_not_keep_logs_waiting(store: &Store) {
    // On SQLite the one writer takes them first: see the tests of its queues.
    if store.is_sqlite() {
        return;
    }
    let patient = Tuning { lock_timeout: Duration::from_secs(8), ..TUNING };
    let db = &Database::open_tuned(&store.config, patient).await.unwrap();
    let owner = user(db, "ada@example.com").await;
    let runs = begun(db, owner).await;
    let turns = ready(db, owner, 12).await;
    let (mut other, mut watch) = (store.connection().await, store.connection().await);
    other.execute("BEGIN").await.unwrap();
    other.execute("LOCK TABLE messages IN ACCESS EXCLUSIVE MODE").await.unwrap();
    let burst = join_all(turns.iter().map(|turn| db.begin(owner, turn.clone())));
    let log = async {
        let stuck = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
        let begun = Instant::now();
        while watch.fetch_all(stuck).await.unwrap().len() < 10 {
            assert!(begun.elapsed() < Duration::from_secs(5), "the others do not write");
        }
        let append = db.append(node(), LEASE, vec![batch(&runs, tokens(1, 2))]);
        let appended = tokio::time::timeout(Duration::from_secs(1), append).await.unwrap().unwrap();
        assert!(appended.lost.is_empty());
        other.execute("ROLLBACK").await.unwrap();
    };
    let (begun, ()) = tokio::join!(burst, log);
    assert!(begun.into_iter().all(|begun| begun == Ok(true)));
    db.close().await;
}
