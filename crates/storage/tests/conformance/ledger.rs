//! The ledger.

use sqlx::Row as _;
use vertice_domain::{Provider, TokenCounts, Usd};
use vertice_ports::{
    Ids as _, Ledger as _, SystemIds,
    ledger::{CallOutcome, LedgerEntry},
};

use crate::{fixtures::at, harness::Store};

pub(crate) async fn calls_are_entered_as_they_were(store: &Store) {
    let mut entry = LedgerEntry {
        user: SystemIds.user(),
        conversation: None,
        turn: SystemIds.turn(),
        provider: Provider::Openai,
        model: "model-1".into(),
        tokens: TokenCounts {
            input: 1,
            output: 2,
            cache_read: 3,
            cache_write: 4,
            cache_write_long: 5,
            reasoning: 6,
        },
        estimated: false,
        cost: None,
        saved: None,
        outcome: CallOutcome::Failed,
        started_at: at(0),
        first_token_ms: None,
        total_ms: 9,
        upstream_request_id: None,
    };
    store.db.record(entry.clone()).await.unwrap();
    entry.conversation = Some(SystemIds.conversation());
    entry.cost = Some(Usd::from_nanos(77));
    entry.saved = Some(Usd::from_nanos(-7));
    entry.first_token_ms = Some(u64::MAX);
    entry.upstream_request_id = Some("req\0_1".into());
    store.db.record(entry.clone()).await.unwrap();

    let mut connection = store.connection().await;
    let rows = sqlx::query("SELECT * FROM ledger ORDER BY id").fetch_all(&mut connection).await.unwrap();
    assert_eq!(rows.len(), 2);
    assert_eq!(rows[0].get::<Option<i64>, _>("cost_nanos"), None);
    assert_eq!(rows[0].get::<String, _>("outcome"), "failed");
    assert_eq!(rows[1].get::<i64, _>("cost_nanos"), 77);
    assert_eq!(rows[1].get::<i64, _>("saved_nanos"), -7);
    assert_eq!(rows[1].get::<i64, _>("cache_write_long_tokens"), 5);
    assert_eq!(rows[1].get::<String, _>("upstream_request_id"), "req_1");
    assert_eq!(rows[1].get::<String, _>("user_id"), entry.user.to_string());
}
