//! The ledger: what is entered, what was spent, and the calls themselves.

use sqlx::{Executor as _, Row as _};
use vertice_domain::{
    GroupBy, Provider, ReportQuery, ReportScope, Timestamp, TokenCounts, Usd, UserId, report::LedgerRow,
};
use vertice_ports::{
    Ids as _, Ledger as _, TurnStore as _,
    ledger::{CallOutcome, Gone, LedgerEntry, Spent},
};
use vertice_runtime::SystemIds;
use vertice_storage::Database;

use crate::{
    fixtures::{ENDED, LEASE, at},
    harness::Store,
};

/// A priced call that answered.
pub(crate) fn call(user: UserId, started_at: Timestamp) -> LedgerEntry {
    LedgerEntry {
        id: SystemIds.call(),
        node: SystemIds.node(),
        user,
        conversation: None,
        turn: SystemIds.turn(),
        provider: Provider::Openai,
        model: "model-1".into(),
        token: None,
        own_key: false,
        failover: false,
        tokens: TokenCounts {
            input: 1,
            output: 20,
            cache_read: 300,
            cache_write: 4_000,
            cache_write_long: 50_000,
            reasoning: 6,
        },
        estimated: false,
        cost: Some(Usd::from_nanos(70)),
        saved: Some(Usd::from_nanos(-7)),
        price: None,
        outcome: CallOutcome::Ok,
        started_at,
        first_token_ms: None,
        total_ms: 9,
        upstream_request_id: None,
    }
}

pub(crate) async fn calls_are_entered_as_they_were(store: &Store) {
    let mut entry = LedgerEntry {
        cost: None,
        saved: None,
        outcome: CallOutcome::Failed,
        ..call(SystemIds.user(), at(0))
    };
    store.db.enter(&[entry.clone()]).await.unwrap();
    entry.id = SystemIds.call();
    entry.conversation = Some(SystemIds.conversation());
    entry.token = Some(SystemIds.token());
    (entry.own_key, entry.failover) = (true, true);
    entry.cost = Some(Usd::from_nanos(77));
    entry.saved = Some(Usd::from_nanos(-7));
    entry.price = Some(r#"{"input":"3"}"#.into());
    entry.first_token_ms = Some(12);
    entry.upstream_request_id = Some("req\0_1".into());
    store.db.enter(&[entry.clone()]).await.unwrap();

    let mut connection = store.connection().await;
    let rows = sqlx::query("SELECT * FROM ledger ORDER BY id").fetch_all(&mut connection).await.unwrap();
    assert_eq!(rows.len(), 2);
    assert_eq!(rows[0].get::<Option<i64>, _>("cost_nanos"), None);
    assert_eq!(rows[0].get::<String, _>("outcome"), "failed");
    assert_eq!(rows[0].get::<Option<String>, _>("token_id"), None);
    assert_eq!((rows[0].get::<i64, _>("own_key"), rows[0].get::<i64, _>("failover")), (0, 0));
    assert_eq!(rows[1].get::<i64, _>("cost_nanos"), 77);
    assert_eq!(rows[1].get::<i64, _>("saved_nanos"), -7);
    assert_eq!(rows[1].get::<i64, _>("cache_write_long_tokens"), 50_000);
    assert_eq!(rows[1].get::<String, _>("upstream_request_id"), "req_1");
    assert_eq!(rows[1].get::<String, _>("user_id"), entry.user.to_string());
    assert_eq!(rows[1].get::<String, _>("token_id"), entry.token.unwrap().to_string());
    assert_eq!((rows[1].get::<i64, _>("own_key"), rows[1].get::<i64, _>("failover")), (1, 1));
    assert_eq!(rows[1].get::<String, _>("price"), r#"{"input":"3"}"#);
}

pub(crate) async fn what_was_spent_is_summed(store: &Store) {
    let (db, user) = (&store.db, SystemIds.user());
    assert_eq!(db.spent(user, None, at(0)).await.unwrap(), Spent::default());
    let other_model = LedgerEntry { model: "model-2".into(), cost: None, ..call(user, at(11)) };
    let cancelled = LedgerEntry { outcome: CallOutcome::Cancelled, ..call(user, at(12)) };
    let local = LedgerEntry { provider: Provider::Local, ..call(user, at(12)) };
    let somebody_elses = call(SystemIds.user(), at(12));
    for entry in [call(user, at(9)), call(user, at(10)), other_model, cancelled, local, somebody_elses] {
        db.enter(&[entry]).await.unwrap();
    }
    // Input, output and both kinds of cache writes; what a cache served is free of the quota.
    let tokens = 54_021;
    let spent = |calls: u64, cost: i64| Spent { tokens: tokens * calls, cost: Usd::from_nanos(cost) };
    assert_eq!(db.spent(user, None, at(10)).await.unwrap(), spent(3, 140));
    assert_eq!(db.spent(user, Some("model-1"), at(10)).await.unwrap(), spent(2, 140));
    assert_eq!(db.spent(user, Some("model-2"), at(0)).await.unwrap(), spent(1, 0));
    assert_eq!(db.spent(user, None, at(13)).await.unwrap(), Spent::default());
}

pub(crate) async fn calls_are_listed_newest_first(store: &Store) {
    let (db, user) = (&store.db, SystemIds.user());
    let mut told = call(user, at(2));
    told.conversation = Some(SystemIds.conversation());
    told.token = Some(SystemIds.token());
    told.estimated = true;
    told.first_token_ms = Some(5);
    told.upstream_request_id = Some("req_1".into());
    let bare = LedgerEntry { cost: None, saved: None, outcome: CallOutcome::Failed, ..call(user, at(3)) };
    for entry in [call(user, at(0)), told.clone(), bare, call(user, at(4)), call(SystemIds.user(), at(2))] {
        db.enter(&[entry]).await.unwrap();
    }
    let rows = db.rows(Some(user), at(1), at(4), 10).await.unwrap();
    assert_eq!(rows.iter().map(|row| row.started_at).collect::<Vec<_>>(), [at(3), at(2)]);
    assert_eq!((rows[0].outcome.as_str(), rows[0].cost_usd, rows[0].conversation_id), ("failed", None, None));
    let wanted = LedgerRow {
        started_at: told.started_at,
        user_id: user,
        conversation_id: told.conversation,
        token_id: told.token,
        model: "model-1".into(),
        provider: "openai".into(),
        outcome: "ok".into(),
        tokens: told.tokens,
        estimated: true,
        cost_usd: told.cost,
        saved_usd: told.saved,
        first_token_ms: Some(5),
        total_ms: 9,
        upstream_request_id: told.upstream_request_id,
    };
    assert_eq!(rows[1], wanted);
    assert_eq!(db.rows(None, at(0), at(9), 10).await.unwrap().len(), 5);
    assert_eq!(db.rows(None, at(0), at(9), 2).await.unwrap().len(), 2);
}

/// A call that is about to be made.
fn opened(user: UserId) -> LedgerEntry {
    LedgerEntry { estimated: true, outcome: CallOutcome::Running, total_ms: 0, ..call(user, at(1)) }
}

/// The same at its end.
fn closed(open: &LedgerEntry) -> LedgerEntry {
    LedgerEntry {
        tokens: TokenCounts { input: 7, output: 3, ..TokenCounts::default() },
        estimated: false,
        cost: Some(Usd::from_nanos(9)),
        saved: None,
        price: Some("{}".into()),
        outcome: CallOutcome::Ok,
        failover: true,
        first_token_ms: Some(4),
        total_ms: 40,
        upstream_request_id: Some("req_1".into()),
        ..open.clone()
    }
}

/// What is summed and listed of a user: calls, tokens that count, rows.
async fn seen(db: &Database, user: UserId) -> (u64, u64, Vec<(String, u64)>) {
    let query = ReportQuery { scope: ReportScope::Mine, from: at(0), to: at(9), group_by: GroupBy::Day };
    let report = db.report(Some(user), &query).await.unwrap();
    let spent = db.spent(user, None, at(0)).await.unwrap();
    let rows = db.rows(Some(user), at(0), at(9), 10).await.unwrap();
    (report.total.calls, spent.tokens, rows.into_iter().map(|row| (row.outcome, row.tokens.input)).collect())
}

pub(crate) async fn a_call_is_seen_when_it_has_ended_and_then_stays_as_it_is(store: &Store) {
    let (db, user) = (&store.db, SystemIds.user());
    let open = opened(user);
    db.enter(std::slice::from_ref(&open)).await.unwrap();
    assert_eq!(seen(db, user).await, (0, 0, Vec::new()));

    let end = closed(&open);
    db.enter(std::slice::from_ref(&end)).await.unwrap();
    let wanted = (1, 10, vec![("ok".to_owned(), 7)]);
    assert_eq!(seen(db, user).await, wanted);
    let [row]: [LedgerRow; 1] = db.rows(Some(user), at(0), at(9), 9).await.unwrap().try_into().unwrap();
    assert_eq!((row.estimated, row.cost_usd, row.saved_usd), (false, end.cost, None));
    assert_eq!((row.first_token_ms, row.total_ms), (Some(4), 40));
    assert_eq!(row.upstream_request_id, end.upstream_request_id);

    // Confirmations get lost: the same, an opening that comes late and another end change nothing.
    let other = LedgerEntry { outcome: CallOutcome::Failed, tokens: TokenCounts::default(), ..end.clone() };
    db.enter(&[open.clone(), end, other]).await.unwrap();
    db.withdraw(&[open.id]).await.unwrap();
    assert_eq!(db.close_open(Gone::AllBut(SystemIds.node())).await.unwrap(), 0);
    assert_eq!(seen(db, user).await, wanted);
}

pub(crate) async fn an_end_without_a_beginning_is_entered(store: &Store) {
    let (db, user) = (&store.db, SystemIds.user());
    let end = closed(&opened(user));
    db.enter(&[end.clone(), closed(&opened(user))]).await.unwrap();
    assert_eq!(seen(db, user).await.0, 2);
}

pub(crate) async fn what_was_never_made_is_taken_back(store: &Store) {
    let (db, user) = (&store.db, SystemIds.user());
    let (made, unmade) = (opened(user), opened(user));
    db.enter(&[made.clone(), unmade.clone()]).await.unwrap();
    db.withdraw(&[unmade.id, SystemIds.call()]).await.unwrap();
    assert_eq!(db.close_open(Gone::AllBut(made.node)).await.unwrap(), 0, "none is left of the other's");
    assert_eq!(db.close_open(Gone::AllBut(SystemIds.node())).await.unwrap(), 1);
}

pub(crate) async fn what_a_process_left_open_is_read_as_it_was_entered(store: &Store) {
    let (db, user) = (&store.db, SystemIds.user());
    let (here, gone) = (SystemIds.node(), SystemIds.node());
    let left: Vec<_> = (0..3)
        .map(|n| LedgerEntry {
            node: gone,
            started_at: at(n),
            token: Some(SystemIds.token()),
            ..opened(user)
        })
        .collect();
    db.enter(&left).await.unwrap();
    db.enter(&[LedgerEntry { node: here, ..opened(user) }]).await.unwrap();
    db.enter(&[closed(&LedgerEntry { node: gone, ..opened(user) })]).await.unwrap();
    let mut connection = store.connection().await;
    let unreadable = format!("UPDATE ledger SET turn_id = 'junk' WHERE call_id = '{}'", left[1].id);
    connection.execute(sqlx::AssertSqlSafe(unreadable)).await.unwrap();
    let newest_first = [left[2].clone(), left[0].clone()];
    for of in [Gone::AllBut(here), Gone::Leaseless(here)] {
        assert_eq!(db.left_open(of, 9).await.unwrap(), newest_first);
        assert_eq!(db.left_open(of, 1).await.unwrap(), newest_first[..1]);
    }
    // Closed at what is known better by now; what cannot be read, as it is.
    let tokens = TokenCounts { output: 321, ..left[2].tokens };
    let heard = LedgerEntry { outcome: CallOutcome::Interrupted, tokens, ..left[2].clone() };
    db.enter(&[heard]).await.unwrap();
    assert_eq!(db.left_open(Gone::AllBut(here), 9).await.unwrap(), [left[0].clone()]);
    assert_eq!(db.close_open(Gone::AllBut(here)).await.unwrap(), 2);
    let rows = db.rows(Some(user), at(0), at(9), 9).await.unwrap();
    assert!(rows.iter().any(|row| row.tokens == tokens && row.outcome == "interrupted"));
}

pub(crate) async fn what_a_process_left_open_is_closed_at_its_estimate(store: &Store) {
    let (db, user) = (&store.db, SystemIds.user());
    let (here, gone) = (SystemIds.node(), SystemIds.node());
    let mine = LedgerEntry { node: here, ..opened(user) };
    let left = LedgerEntry { node: gone, ..opened(user) };
    let ended = closed(&LedgerEntry { node: gone, ..opened(user) });
    db.enter(&[mine.clone(), left.clone(), ended]).await.unwrap();
    assert_eq!(db.close_open(Gone::AllBut(here)).await.unwrap(), 1);
    assert_eq!(db.close_open(Gone::AllBut(here)).await.unwrap(), 0, "once");
    let rows = db.rows(Some(user), at(0), at(9), 9).await.unwrap();
    let row = rows.iter().find(|row| row.outcome == "interrupted").unwrap();
    assert_eq!((row.tokens, row.cost_usd, row.estimated), (left.tokens, left.cost, true));
    assert_eq!(seen(db, user).await.0, 2);
    assert_eq!(db.spent(user, None, at(0)).await.unwrap().tokens, 54_021 + 10);

    // It was not gone after all: its real bill counts.
    db.enter(&[closed(&left)]).await.unwrap();
    assert_eq!(seen(db, user).await, (2, 20, vec![("ok".into(), 7), ("ok".into(), 7)]));
    assert_eq!(db.close_open(Gone::AllBut(here)).await.unwrap(), 0);
    assert_eq!(db.close_open(Gone::AllBut(gone)).await.unwrap(), 1);
    assert_eq!(seen(db, user).await.0, 3);
}

pub(crate) async fn what_a_node_with_a_lease_has_open_stays_open(store: &Store) {
    let (db, user) = (&store.db, SystemIds.user());
    let (here, living, late, unknown) =
        (SystemIds.node(), SystemIds.node(), SystemIds.node(), SystemIds.node());
    for node in [living, late] {
        db.append(node, LEASE, Vec::new()).await.unwrap();
    }
    let open = [here, living, late, unknown].map(|node| LedgerEntry { node, ..opened(user) });
    db.enter(&open).await.unwrap();
    assert_eq!(db.close_open(Gone::Leaseless(here)).await.unwrap(), 1, "whoever never had one");
    db.append(late, ENDED, Vec::new()).await.unwrap();
    assert_eq!(db.close_open(Gone::Leaseless(here)).await.unwrap(), 1, "and whose has run out");
    assert_eq!(db.close_open(Gone::Leaseless(here)).await.unwrap(), 0);
    assert_eq!(db.close_open(Gone::Leaseless(late)).await.unwrap(), 1, "another asks: the first is gone");
    assert_eq!(seen(db, user).await.0, 3);
}

pub(crate) async fn many_calls_are_entered_at_once(store: &Store) {
    let (db, user) = (&store.db, SystemIds.user());
    let open: Vec<_> = (0..300).map(|_| opened(user)).collect();
    db.enter(&open).await.unwrap();
    let ends: Vec<_> = open.iter().map(closed).collect();
    // Of two nodes that write at once, neither is in the other's way.
    let (first, second) = ends.split_at(150);
    let other = store.open_again().await.unwrap();
    let (here, there) = tokio::join!(db.enter(first), other.enter(second));
    here.unwrap();
    there.unwrap();
    other.close().await;
    let query = ReportQuery { scope: ReportScope::Mine, from: at(0), to: at(9), group_by: GroupBy::Model };
    let total = db.report(Some(user), &query).await.unwrap().total;
    assert_eq!((total.calls, total.input_tokens, total.estimated_calls), (300, 2_100, 0));
}
