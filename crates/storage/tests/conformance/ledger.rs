//! The ledger: what is entered, what was spent, and the calls themselves.

use sqlx::Row as _;
use vertice_domain::{Provider, Timestamp, TokenCounts, Usd, UserId, report::LedgerRow};
use vertice_ports::{
    Ids as _, Ledger as _, SystemIds,
    ledger::{CallOutcome, LedgerEntry, Spent},
};

use crate::{fixtures::at, harness::Store};

/// A priced call that answered.
pub(crate) fn call(user: UserId, started_at: Timestamp) -> LedgerEntry {
    LedgerEntry {
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
    store.db.record(entry.clone()).await.unwrap();
    entry.conversation = Some(SystemIds.conversation());
    entry.token = Some(SystemIds.token());
    (entry.own_key, entry.failover) = (true, true);
    entry.cost = Some(Usd::from_nanos(77));
    entry.saved = Some(Usd::from_nanos(-7));
    entry.price = Some(r#"{"input":"3"}"#.into());
    entry.first_token_ms = Some(12);
    entry.upstream_request_id = Some("req\0_1".into());
    store.db.record(entry.clone()).await.unwrap();

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
        db.record(entry).await.unwrap();
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
        db.record(entry).await.unwrap();
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
