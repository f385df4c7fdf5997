//! Who runs which turn: fences, leases and stops. Two nodes are two stores on one database.

use std::{collections::HashSet, time::Duration};

use sqlx::Executor as _;
use vertice_domain::{Extent, FinishReason, MessageStatus, NodeId, Transcript, TurnId};
use vertice_ports::{
    ConversationStore as _, Ids as _, TurnStore as _,
    turns::{Held, LogBatch, Suspended, TurnPhase},
};
use vertice_runtime::SystemIds;

use crate::{
    calls::{asked, record},
    fixtures::{
        ENDED, LEASE, batch, begin, begun, chain, end, held, node, numbers, page, token, tokens, user,
    },
    harness::Store,
};

pub(crate) async fn who_has_lost_a_turn_writes_nothing(store: &Store) {
    let db = &store.db;
    let owner = user(db, "ada@example.com").await;
    let turn = begun(db, owner).await;
    db.append(node(), LEASE, vec![batch(&turn, tokens(1, 3))]).await.unwrap();
    let other = store.open_again().await.unwrap();
    let there = SystemIds.node();
    assert!(other.take_abandoned(there).await.unwrap().is_empty(), "the lease has not ended");
    db.append(node(), ENDED, Vec::new()).await.unwrap();

    let taken = other.take_abandoned(there).await.unwrap();
    assert_eq!(taken.len(), 1);
    let taken = &taken[0];
    assert_eq!(
        (taken.owner, taken.message, taken.held),
        (owner, turn.answer.id, Held { turn: turn.turn, fence: 2 })
    );
    assert_eq!((taken.conversation, taken.started_at), (turn.answer.conversation_id, turn.answer.created_at));
    assert_eq!(numbers(&taken.events), [1, 2, 3]);

    // Here nobody knows yet.
    let appended = db.append(node(), LEASE, vec![batch(&turn, vec![token(4, "lost")])]).await.unwrap();
    assert_eq!(appended.lost, [turn.turn]);
    assert!(!db.end(end(&turn, "lost", 4)).await.unwrap());
    let recorded = db.append(node(), LEASE, vec![record(&turn, vec![token(4, "lost")])]).await.unwrap();
    assert_eq!(recorded.lost, [turn.turn]);
    assert_eq!(db.suspend(asked(&turn, vec![token(4, "lost")])).await.unwrap(), Suspended::Lost);
    let thread = db.thread(owner, turn.answer.conversation_id, Extent::Whole).await.unwrap().unwrap();
    assert_eq!(thread.messages[1].message, turn.answer);
    assert_eq!(db.events(owner, turn.turn, 0).await.unwrap().len(), 3);

    let mut finish = end(&turn, "1 2 3", 4);
    finish.held = taken.held;
    (finish.finish_reason, finish.status) = (FinishReason::Interrupted, MessageStatus::Interrupted);
    assert!(other.end(finish.clone()).await.unwrap());
    // Ending differently, late: the first end stands.
    assert!(!db.end(end(&turn, "all of it", 4)).await.unwrap());
    finish.finish_reason = FinishReason::Stop;
    assert!(!other.end(finish).await.unwrap());
    let message = db.message(owner, turn.answer.id).await.unwrap().unwrap();
    assert_eq!((message.text().as_str(), message.status), ("1 2 3", MessageStatus::Interrupted));
    let log = db.events(owner, turn.turn, 0).await.unwrap();
    assert_eq!(Transcript::fold(&log).finish, Some(FinishReason::Stop), "as the fixture's last entry says");
    assert_eq!(log.len(), 4);
    let more = LogBatch { held: taken.held, ..batch(&turn, tokens(5, 5)) };
    let appended = other.append(there, LEASE, vec![more]).await.unwrap();
    assert_eq!(appended.lost, [turn.turn], "it has ended");
    other.close().await;
}

pub(crate) async fn a_lease_keeps_what_a_node_runs(store: &Store) {
    let db = &store.db;
    let owner = user(db, "ada@example.com").await;
    let (here, _) = chain(db, owner, "Here", &["a"]).await;
    let there = SystemIds.node();
    db.append(node(), LEASE, Vec::new()).await.unwrap();
    db.append(there, LEASE, Vec::new()).await.unwrap();
    let mut theirs = begin(here.id, here.head_message_id, "q", 1);
    theirs.node = there;
    let mine = begin(here.id, here.head_message_id, "q", 2);
    for turn in [&theirs, &mine] {
        assert!(db.begin(owner, turn.clone()).await.unwrap());
    }
    // Reading, listening and starting take nothing.
    db.events(owner, theirs.turn, 0).await.unwrap();
    assert!(db.take_abandoned(node()).await.unwrap().is_empty());
    assert_eq!(db.forget_nodes(Duration::ZERO).await.unwrap(), 0);

    // A node never takes from itself, however late it is.
    db.append(node(), ENDED, Vec::new()).await.unwrap();
    assert!(db.take_abandoned(node()).await.unwrap().is_empty());
    // Renewed in time, by a flush of nothing.
    db.append(node(), LEASE, Vec::new()).await.unwrap();
    assert!(db.take_abandoned(there).await.unwrap().is_empty());

    db.append(node(), ENDED, Vec::new()).await.unwrap();
    assert_eq!(db.forget_nodes(LEASE).await.unwrap(), 0, "it is remembered for a while");
    assert_eq!(db.forget_nodes(Duration::ZERO).await.unwrap(), 1);
    assert_eq!(db.forget_nodes(Duration::ZERO).await.unwrap(), 0, "it is forgotten, and what it ran is not");
    let taken = db.take_abandoned(there).await.unwrap();
    assert_eq!(taken.iter().map(|taken| taken.held.turn).collect::<Vec<_>>(), [mine.turn]);
    assert!(taken[0].events.is_empty());

    // Whoever leaves gives up what it has at once.
    db.leave(there).await.unwrap();
    let taken = db.take_abandoned(node()).await.unwrap();
    let fences: HashSet<_> = taken.iter().map(|taken| (taken.held.turn, taken.held.fence)).collect();
    assert_eq!(fences, HashSet::from([(theirs.turn, 2), (mine.turn, 3)]));
}

pub(crate) async fn a_stop_is_heard_where_the_turn_runs(store: &Store) {
    let db = &store.db;
    let owner = user(db, "ada@example.com").await;
    let (turn, other) = (begun(db, owner).await, begun(db, owner).await);
    let there = store.open_again().await.unwrap();
    for _ in 0..2 {
        assert!(there.request_stop(owner, turn.turn).await.unwrap());
    }
    assert!(!there.request_stop(owner, SystemIds.turn()).await.unwrap());
    assert!(db.append(SystemIds.node(), LEASE, Vec::new()).await.unwrap().stops.is_empty());
    // A turn that says nothing hears it too, and again until it has ended.
    for batches in [Vec::new(), vec![batch(&other, tokens(1, 2))]] {
        assert_eq!(db.append(node(), LEASE, batches).await.unwrap().stops, [turn.turn]);
    }
    assert!(db.end(end(&turn, "stopped", 1)).await.unwrap());
    assert!(!there.request_stop(owner, turn.turn).await.unwrap(), "it has ended");
    assert!(db.append(node(), LEASE, Vec::new()).await.unwrap().stops.is_empty());
    there.close().await;
}

/// A turn of which nothing is stored just now, and which somebody holds.
pub(crate) async fn logs_wait_for_no_other_turn(store: &Store) {
    // SQLite has one writer.
    if store.is_sqlite() {
        return;
    }
    let db = &store.db;
    let owner = user(db, "ada@example.com").await;
    let (turn, busy) = (begun(db, owner).await, begun(db, owner).await);
    let mut other = store.connection().await;
    other.execute("BEGIN").await.unwrap();
    let hold = format!("SELECT id FROM turns WHERE id = '{}' FOR UPDATE", busy.turn);
    other.execute(sqlx::AssertSqlSafe(hold)).await.unwrap();
    let appended = db.append(node(), LEASE, vec![batch(&turn, tokens(1, 2))]).await.unwrap();
    assert!(appended.lost.is_empty());
    other.execute("ROLLBACK").await.unwrap();
}

pub(crate) async fn who_is_to_stop_does_not_fall_asleep(store: &Store) {
    let db = &store.db;
    let owner = user(db, "ada@example.com").await;
    let (turn, other) = (begun(db, owner).await, begun(db, owner).await);
    let there = store.open_again().await.unwrap();
    assert!(there.request_stop(owner, turn.turn).await.unwrap());
    assert_eq!(db.suspend(asked(&turn, tokens(1, 2))).await.unwrap(), Suspended::Stopped);
    assert!(db.events(owner, turn.turn, 0).await.unwrap().is_empty(), "nothing of it was stored");
    assert_eq!(db.turn(owner, turn.turn).await.unwrap().unwrap().phase, TurnPhase::Running);
    assert!(db.end(end(&turn, "stopped", 1)).await.unwrap());
    assert_eq!(db.suspend(asked(&turn, Vec::new())).await.unwrap(), Suspended::Lost);

    // The other way round: who asks too late hears so, and nobody is stopped when the turn wakes.
    assert_eq!(db.suspend(asked(&other, tokens(1, 2))).await.unwrap(), Suspended::Asleep);
    assert!(!there.request_stop(owner, other.turn).await.unwrap());
    assert!(there.wake(owner, other.turn, node()).await.unwrap().is_some());
    assert!(db.append(node(), LEASE, Vec::new()).await.unwrap().stops.is_empty());
    there.close().await;
}

/// However the two fall together: either the turn does not sleep, or whoever wanted it to stop knows that it does.
pub(crate) async fn a_stop_and_falling_asleep_never_miss_each_other(store: &Store) {
    let db = &store.db;
    let owner = user(db, "ada@example.com").await;
    let there = store.open_again().await.unwrap();
    for _ in 0..40 {
        let turn = begun(db, owner).await;
        let (slept, asked) =
            tokio::join!(db.suspend(asked(&turn, tokens(1, 1))), there.request_stop(owner, turn.turn));
        match (slept.unwrap(), asked.unwrap()) {
            (Suspended::Asleep, false) | (Suspended::Stopped, true) => {}
            other => panic!("{other:?}"),
        }
    }
    there.close().await;
}

pub(crate) async fn each_abandoned_turn_is_taken_by_one(store: &Store) {
    let db = &store.db;
    let owner = user(db, "ada@example.com").await;
    let (here, _) = chain(db, owner, "Here", &["a"]).await;
    let turns: Vec<_> = (0..150).map(|n| begin(here.id, here.head_message_id, "q", n)).collect();
    for turn in &turns {
        assert!(db.begin(owner, turn.clone()).await.unwrap());
    }
    let other = store.open_again().await.unwrap();
    let rounds = (0..8).map(|round| {
        let db = if round % 2 == 0 { db } else { &other };
        let node: NodeId = SystemIds.node();
        async move {
            db.append(node, LEASE, Vec::new()).await.unwrap();
            let taken = db.take_abandoned(node).await.unwrap();
            assert!(taken.len() <= 100);
            taken.into_iter().map(|taken| taken.held.turn).collect::<Vec<TurnId>>()
        }
    });
    let mut taken: Vec<_> = futures::future::join_all(rounds).await.concat();
    taken.extend(db.take_abandoned(node()).await.unwrap().iter().map(|taken| taken.held.turn));
    assert_eq!(taken.len(), 150, "none twice");
    assert_eq!(taken.into_iter().collect::<HashSet<_>>().len(), 150);
    other.close().await;
}

pub(crate) async fn one_unreadable_turn_stops_no_other(store: &Store) {
    let db = &store.db;
    let owner = user(db, "ada@example.com").await;
    let turns = [begun(db, owner).await, begun(db, owner).await, begun(db, owner).await];
    db.append(node(), ENDED, turns.iter().map(|turn| batch(turn, tokens(1, 2))).collect()).await.unwrap();
    let mut connection = store.connection().await;
    for sql in [
        format!("UPDATE turns SET message_id = 'junk' WHERE id = '{}'", turns[0].turn),
        format!("UPDATE turn_log SET events = 'junk' WHERE turn_id = '{}'", turns[1].turn),
        "INSERT INTO nodes (id, lease_until) VALUES ('junk', 0)".to_owned(),
    ] {
        connection.execute(sqlx::AssertSqlSafe(sql)).await.unwrap();
    }
    let unended = db.unended(owner, Some(TurnPhase::Running), &page(50, None)).await.unwrap();
    assert_eq!(unended.items.len(), 2);
    // The start of another node.
    let there = SystemIds.node();
    db.append(there, LEASE, Vec::new()).await.unwrap();
    assert_eq!(db.forget_nodes(Duration::ZERO).await.unwrap(), 2);
    let mut taken = db.take_abandoned(there).await.unwrap();
    taken.sort_by_key(|taken| taken.events.len());
    let found: Vec<_> = taken.iter().map(|taken| (taken.held.turn, taken.events.len())).collect();
    assert_eq!(found, [(turns[1].turn, 0), (turns[2].turn, 2)]);
    assert!(db.take_abandoned(there).await.unwrap().is_empty());
    // They go on as if nothing was.
    let mut finish = end(&turns[1], "", 1);
    finish.held.fence = 2;
    assert!(db.end(finish).await.unwrap());
    let more = LogBatch { held: Held { fence: 2, ..held(&turns[2]) }, ..batch(&turns[2], tokens(3, 3)) };
    assert!(db.append(there, LEASE, vec![more]).await.unwrap().lost.is_empty());
}

pub(crate) async fn a_node_takes_back_what_it_holds_and_nothing_else(store: &Store) {
    let db = &store.db;
    let owner = user(db, "ada@example.com").await;
    let (turn, asleep, over) = (begun(db, owner).await, begun(db, owner).await, begun(db, owner).await);
    db.append(node(), LEASE, vec![batch(&turn, tokens(1, 2))]).await.unwrap();
    assert_eq!(db.suspend(asked(&asleep, tokens(1, 1))).await.unwrap(), Suspended::Asleep);
    assert!(db.end(end(&over, "", 1)).await.unwrap());
    assert_eq!(db.running(node()).await.unwrap(), [held(&turn)]);
    let there = SystemIds.node();
    assert_eq!(db.running(there).await.unwrap(), []);

    for other in [&asleep, &over] {
        assert!(db.take_back(node(), held(other)).await.unwrap().is_none());
    }
    assert!(db.take_back(there, held(&turn)).await.unwrap().is_none());
    let taken = db.take_back(node(), held(&turn)).await.unwrap().unwrap();
    assert_eq!((taken.owner, taken.held), (owner, Held { turn: turn.turn, fence: 2 }));
    assert_eq!(numbers(&taken.events), [1, 2]);
    // Once; and whoever held it before writes nothing.
    assert!(db.take_back(node(), held(&turn)).await.unwrap().is_none());
    assert_eq!(db.running(node()).await.unwrap(), [taken.held]);
    let late = db.append(node(), LEASE, vec![batch(&turn, tokens(3, 3))]).await.unwrap();
    assert_eq!(late.lost, [turn.turn]);
}
