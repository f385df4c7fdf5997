//! Reports over the ledger.

use std::time::Instant;

use sqlx::{AssertSqlSafe, Executor as _};
use vertice_domain::{
    ApiToken, GroupBy, Outcome, Report, ReportQuery, ReportScope, Sums, Timestamp, TokenCounts, Usd, UserId,
    report::ToolRow,
};
use vertice_ports::{
    AccountStore as _, ConversationStore as _, Ids as _, Ledger as _, ToolLedger as _,
    ledger::{CallOutcome, LedgerEntry, ToolUse},
};
use vertice_runtime::SystemIds;
use vertice_storage::Database;

use crate::{
    fixtures::{at, chain, user},
    harness::Store,
    ledger::call,
};

fn moment(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn query(group_by: GroupBy) -> ReportQuery {
    ReportQuery {
        scope: ReportScope::Mine,
        from: moment("2026-11-01T00:00:00Z"),
        to: moment("2026-12-01T00:00:00Z"),
        group_by,
    }
}

/// A call of a model that cost so much.
fn priced(user: UserId, time: &str, model: &str, nanos: i64) -> LedgerEntry {
    LedgerEntry { model: model.into(), cost: Some(Usd::from_nanos(nanos)), ..call(user, moment(time)) }
}

async fn enter(db: &Database, entries: impl IntoIterator<Item = LedgerEntry>) {
    // Copies of one call are calls of their own.
    let entries: Vec<_> =
        entries.into_iter().map(|entry| LedgerEntry { id: SystemIds.call(), ..entry }).collect();
    db.enter(&entries).await.unwrap();
}

fn keys(report: &Report) -> Vec<(&str, u64, i64)> {
    report.items.iter().map(|row| (row.key.as_str(), row.sums.calls, row.sums.cost_usd.as_nanos())).collect()
}

pub(crate) async fn days_stand_in_their_order(store: &Store) {
    let (db, ann) = (&store.db, SystemIds.user());
    let calls = [
        priced(ann, "2026-10-31T23:59:59.999Z", "a", 1_000),
        priced(ann, "2026-11-26T00:00:00Z", "a", 1),
        priced(ann, "2026-11-25T23:59:59.999Z", "a", 2),
        priced(ann, "2026-11-26T23:59:59.999Z", "b", 4),
        priced(ann, "2026-11-09T12:00:00Z", "b", 8),
        priced(ann, "2026-12-01T00:00:00Z", "a", 1_000),
        priced(SystemIds.user(), "2026-11-26T00:00:00Z", "a", 1_000),
    ];
    enter(db, calls).await;
    let by_day = db.report(Some(ann), &query(GroupBy::Day)).await.unwrap();
    assert_eq!(keys(&by_day), [("2026-11-09", 1, 8), ("2026-11-25", 1, 2), ("2026-11-26", 2, 5)]);
    let by_model = db.report(Some(ann), &query(GroupBy::DayModel)).await.unwrap();
    let wanted =
        [("2026-11-09 b", 1, 8), ("2026-11-25 a", 1, 2), ("2026-11-26 b", 1, 4), ("2026-11-26 a", 1, 1)];
    assert_eq!(keys(&by_model), wanted);
    assert_eq!((by_day.total.calls, by_day.total.cost_usd), (4, Usd::from_nanos(15)));
}

pub(crate) async fn models_stand_by_their_cost(store: &Store) {
    let (db, ann) = (&store.db, SystemIds.user());
    let day = "2026-11-26T00:00:00Z";
    let unpriced = LedgerEntry { cost: None, saved: None, ..priced(ann, day, "unknown", 0) };
    enter(db, [priced(ann, day, "cheap", 1), priced(ann, day, "dear", 9), unpriced]).await;
    enter(db, [priced(ann, day, "cheap", 2), priced(ann, day, "also cheap", 3)]).await;
    let report = db.report(Some(ann), &query(GroupBy::Model)).await.unwrap();
    assert_eq!(keys(&report), [("dear", 1, 9), ("also cheap", 1, 3), ("cheap", 2, 3), ("unknown", 1, 0)]);
    assert!(report.items.iter().all(|row| row.label.is_none()));
}

pub(crate) async fn every_sum_is_there(store: &Store) {
    let (db, ann) = (&store.db, SystemIds.user());
    let plain = priced(ann, "2026-11-26T00:00:00Z", "a", 10);
    let unpriced = LedgerEntry { cost: None, saved: None, ..plain.clone() };
    let failed = LedgerEntry {
        tokens: TokenCounts::default(),
        outcome: CallOutcome::Failed,
        cost: Some(Usd::ZERO),
        saved: None,
        ..plain.clone()
    };
    let stood_in = LedgerEntry { failover: true, saved: Some(Usd::from_nanos(100)), ..plain.clone() };
    let cut = LedgerEntry { outcome: CallOutcome::Cancelled, estimated: true, ..plain.clone() };
    enter(db, [plain, unpriced, failed, stood_in, cut]).await;
    let wanted = Sums {
        calls: 5,
        input_tokens: 4,
        output_tokens: 80,
        cache_read_tokens: 1_200,
        cache_write_tokens: 216_000,
        cost_usd: Usd::from_nanos(30),
        saved_usd: Usd::from_nanos(86),
        unpriced_calls: 1,
        failed_calls: 1,
        failover_calls: 1,
        estimated_calls: 1,
    };
    let report = db.report(Some(ann), &query(GroupBy::Day)).await.unwrap();
    assert_eq!((report.items[0].sums, report.total), (wanted, wanted));
}

pub(crate) async fn labels_are_the_owners_words(store: &Store) {
    let db = &store.db;
    let (ann, bob) = (user(db, "ann@example.com").await, user(db, "bob@example.com").await);
    let (talk, _) = chain(db, ann, "About pools", &["hello"]).await;
    let (gone, _) = chain(db, ann, "Deleted", &["hello"]).await;
    assert!(db.delete(ann, gone.id, at(0)).await.unwrap());
    let token = ApiToken {
        id: SystemIds.token(),
        name: "laptop".into(),
        scopes: Vec::new(),
        created_at: at(0),
        last_used_at: None,
        expires_at: None,
    };
    db.create_token(ann, &token, [1; 32], None).await.unwrap();
    let day = "2026-11-26T00:00:00Z";
    let mut first = priced(ann, day, "a", 9);
    (first.conversation, first.token) = (Some(talk.id), Some(token.id));
    let second = LedgerEntry { conversation: Some(gone.id), ..priced(ann, day, "a", 5) };
    enter(db, [first, second, priced(ann, day, "a", 1), priced(bob, day, "a", 3)]).await;

    let labels = async |user, group_by| {
        let report = db.report(user, &query(group_by)).await.unwrap();
        report.items.into_iter().map(|row| (row.key, row.label)).collect::<Vec<_>>()
    };
    let row = |key: &dyn ToString, label: Option<&str>| (key.to_string(), label.map(str::to_owned));
    let talks = [row(&talk.id, Some("About pools")), row(&gone.id, None), row(&"none", None)];
    assert_eq!(labels(Some(ann), GroupBy::Conversation).await, talks);
    let tokens = [row(&token.id, Some("laptop")), row(&"none", None)];
    assert_eq!(labels(Some(ann), GroupBy::Token).await, tokens);
    let users = [row(&ann, Some("ann@example.com")), row(&bob, Some("bob@example.com"))];
    assert_eq!(labels(None, GroupBy::User).await, users);
    let everybodys = [row(&talk.id, None), row(&gone.id, None), row(&"none", None)];
    assert_eq!(labels(None, GroupBy::Conversation).await, everybodys);
}

pub(crate) async fn the_median_is_the_middle_one(store: &Store) {
    let (db, ann) = (&store.db, SystemIds.user());
    let took = |first_token_ms| LedgerEntry { first_token_ms, ..priced(ann, "2026-11-26T00:00:00Z", "a", 1) };
    let median = async || db.report(Some(ann), &query(GroupBy::Day)).await.unwrap().median_first_token_ms;
    enter(db, [took(None)]).await;
    assert_eq!(median().await, None);
    enter(db, [took(Some(900)), took(Some(30)), took(Some(100)), took(None)]).await;
    assert_eq!(median().await, Some(100));
    enter(db, [took(Some(120))]).await;
    assert_eq!(median().await, Some(100));
    let others = LedgerEntry { user: SystemIds.user(), ..took(Some(1)) };
    enter(db, vec![others; 9]).await;
    assert_eq!(median().await, Some(100));
}

pub(crate) async fn an_empty_period_is_an_empty_report(store: &Store) {
    for group_by in [GroupBy::Day, GroupBy::Model, GroupBy::DayModel, GroupBy::User, GroupBy::Token] {
        for user in [None, Some(SystemIds.user())] {
            assert_eq!(store.db.report(user, &query(group_by)).await.unwrap(), Report::default());
        }
    }
}

pub(crate) async fn a_report_by_any_key_adds_up_to_the_same_total(store: &Store) {
    let db = &store.db;
    let users = [SystemIds.user(), SystemIds.user()];
    let mut sum = 0;
    for n in 0..60_u32 {
        let time = format!("2026-11-{:02}T{:02}:00:00Z", n % 28 + 1, n % 24);
        let user = users[usize::from(n % 3 == 0)];
        let mut entry = priced(user, &time, &format!("model {}", n % 5), i64::from(n) * 1_000_003);
        entry.conversation = (n % 4 == 0).then(|| SystemIds.conversation());
        entry.estimated = n % 7 == 0;
        sum += i64::from(n) * 1_000_003;
        enter(db, [entry]).await;
    }
    let wanted = db.report(None, &query(GroupBy::Day)).await.unwrap().total;
    assert_eq!((wanted.calls, wanted.cost_usd), (60, Usd::from_nanos(sum)));
    let groups = [GroupBy::Model, GroupBy::DayModel, GroupBy::User, GroupBy::Conversation, GroupBy::Token];
    for group_by in groups {
        assert_eq!(db.report(None, &query(group_by)).await.unwrap().total, wanted, "{group_by:?}");
        let mut parts = Sums::default();
        for user in users {
            parts = parts.plus(db.report(Some(user), &query(group_by)).await.unwrap().total);
        }
        assert_eq!(parts, wanted, "{group_by:?}");
    }
}

pub(crate) async fn tools_stand_by_their_use(store: &Store) {
    let db = &store.db;
    let (ada, bob) = (user(db, "ada@example.com").await, user(db, "bob@example.com").await);
    let used = |owner, call: &str, tool: &str, outcome, ms| ToolUse {
        turn: SystemIds.turn(),
        call: call.into(),
        user: owner,
        conversation: None,
        token: None,
        server: "files".into(),
        tool: tool.into(),
        outcome,
        result_tokens: 10,
        duration_ms: 5,
        ended_at: at(ms),
    };
    let once = used(ada, "1", "read", Outcome::Success, 1);
    let entries = [
        once.clone(),
        once,
        used(ada, "1", "read", Outcome::Failed, 2),
        used(ada, "1", "list\u{0}", Outcome::Success, 3),
        used(ada, "1", "read", Outcome::Success, 100),
        used(bob, "1", "list", Outcome::Success, 3),
    ];
    for entry in entries {
        db.enter_use(entry).await.unwrap();
    }
    let row = |tool: &str, calls, failed_calls, last| ToolRow {
        server: "files".into(),
        tool: tool.into(),
        calls,
        failed_calls,
        result_tokens: 10 * calls,
        duration_ms: 5 * calls,
        last_used_at: at(last),
    };
    let tools = async |user, limit| db.tools(user, at(0), at(100), limit).await.unwrap();
    assert_eq!(tools(Some(ada), 9).await, [row("read", 2, 1, 2), row("list", 1, 0, 3)]);
    assert_eq!(tools(None, 9).await, [row("list", 2, 0, 3), row("read", 2, 1, 2)]);
    assert_eq!(tools(Some(ada), 1).await.len(), 1);
}

/// A million calls of one user, three years of them: prints how long the readings take.
#[expect(clippy::print_stdout, reason = "figures are what it is for")]
async fn figures(store: &Store) {
    let (db, ann) = (&store.db, SystemIds.user());
    let from = moment("2025-12-01T00:00:00Z").as_millis();
    let columns = "user_id, turn_id, provider, model, input_tokens, output_tokens, cache_read_tokens, \
        cache_write_tokens, cache_write_long_tokens, reasoning_tokens, estimated, cost_nanos, saved_nanos, outcome, \
        started_at, first_token_ms, total_ms";
    let numbers = if store.is_sqlite() {
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000000) SELECT i FROM n"
    } else {
        "SELECT CAST(i AS BIGINT) AS i FROM generate_series(1, 1000000) AS s(i)"
    };
    let fill = format!(
        "INSERT INTO ledger ({columns}) SELECT '{ann}', '{ann}', 'openai', 'model ' || CAST(i % 12 AS TEXT), 900, 300, \
         1000, 0, 0, 0, 0, i, i, 'ok', {from} + i * 31536, i % 2000, 4000 FROM ({numbers}) AS numbers"
    );
    let mut connection = store.connection().await;
    connection.execute(AssertSqlSafe(fill)).await.unwrap();
    connection.execute("ANALYZE").await.unwrap();
    let year = |group_by| ReportQuery {
        from: Timestamp::from_millis(from),
        to: Timestamp::from_millis(from + 366 * 86_400_000),
        ..query(group_by)
    };
    let groups = [GroupBy::Day, GroupBy::Model, GroupBy::DayModel, GroupBy::Conversation, GroupBy::Token];
    for group_by in groups {
        let began = Instant::now();
        let report = db.report(Some(ann), &year(group_by)).await.unwrap();
        println!("{group_by:?}: {} calls in {:?}", report.total.calls, began.elapsed());
    }
    let month =
        ReportQuery { from: Timestamp::from_millis(from + 300 * 86_400_000), ..year(GroupBy::DayModel) };
    let began = Instant::now();
    let report = db.report(Some(ann), &month).await.unwrap();
    println!("DayModel of 66 days: {} calls in {:?}", report.total.calls, began.elapsed());
    let began = Instant::now();
    let spent = db.spent(ann, None, Timestamp::from_millis(from + 364 * 86_400_000)).await.unwrap();
    println!("spent in a day: {} tokens in {:?}", spent.tokens, began.elapsed());
}

#[tokio::test]
#[ignore = "prints figures"]
async fn figures_of_a_million_calls_on_sqlite() {
    let store = Store::sqlite().await;
    figures(&store).await;
    store.remove().await;
}

#[tokio::test]
#[ignore = "prints figures"]
async fn figures_of_a_million_calls_on_postgres() {
    let Some(store) = Store::postgres().await else { return };
    figures(&store).await;
    store.remove().await;
}
