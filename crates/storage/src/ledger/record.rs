//! Entering calls: before they are made, and when they have ended.

use sqlx::{AnyConnection, AssertSqlSafe, any::AnyRow};
use vertice_domain::{CallId, Provider, Usd};
use vertice_ports::ledger::{CallOutcome, Gone, LedgerEntry};

use super::rows::tokens;
use crate::{
    database::{Database, Verdict},
    fault::{Fault, skipped},
    insert::{self, Insert, Statement},
    rows,
    search_text::clean,
};

const HEAD: &str = "INSERT INTO ledger (call_id, node, user_id, conversation_id, turn_id, provider, model, \
    input_tokens, output_tokens, cache_read_tokens, cache_write_tokens, cache_write_long_tokens, reasoning_tokens, \
    estimated, cost_nanos, saved_nanos, outcome, started_at, first_token_ms, total_ms, upstream_request_id, token_id, \
    own_key, failover, price) VALUES";
const COLUMNS: usize = 25;

/// A call that is about to be made.
const OPENED: Insert = Insert { head: HEAD, columns: COLUMNS, tail: "ON CONFLICT (call_id) DO NOTHING" };

/// The end of a call. The real bill also replaces the estimate of a call that was taken for interrupted.
const CLOSED: Insert = Insert {
    head: HEAD,
    columns: COLUMNS,
    tail: "ON CONFLICT (call_id) DO UPDATE SET \
        input_tokens = excluded.input_tokens, output_tokens = excluded.output_tokens, \
        cache_read_tokens = excluded.cache_read_tokens, cache_write_tokens = excluded.cache_write_tokens, \
        cache_write_long_tokens = excluded.cache_write_long_tokens, \
        reasoning_tokens = excluded.reasoning_tokens, estimated = excluded.estimated, \
        cost_nanos = excluded.cost_nanos, saved_nanos = excluded.saved_nanos, outcome = excluded.outcome, \
        first_token_ms = excluded.first_token_ms, total_ms = excluded.total_ms, \
        upstream_request_id = excluded.upstream_request_id, failover = excluded.failover, price = excluded.price \
        WHERE ledger.outcome IN ('running', 'interrupted')",
};

/// In one commit with the turns that begin and end meanwhile.
pub(super) async fn enter(database: &Database, calls: &[LedgerEntry]) -> Result<(), Fault> {
    let (opened, closed): (Vec<_>, Vec<_>) =
        calls.iter().cloned().partition(|call| call.outcome == CallOutcome::Running);
    let statements = insert::statements(opened.len()) + insert::statements(closed.len());
    if statements == 1 {
        database.grouped_statement(move |connection| Box::pin(write(connection, opened, closed))).await
    } else {
        database.grouped(move |connection| Box::pin(write(connection, opened, closed))).await
    }
}

async fn write(
    connection: &mut AnyConnection,
    opened: Vec<LedgerEntry>,
    closed: Vec<LedgerEntry>,
) -> Result<Verdict<()>, Fault> {
    insert::all(connection, OPENED, &opened, |row, call| Ok(bind(row, call))).await?;
    insert::all(connection, CLOSED, &closed, |row, call| Ok(bind(row, call))).await?;
    Ok(Verdict::Keep(()))
}

fn bind(row: Statement, entry: &LedgerEntry) -> Statement {
    row.bind(entry.id.to_string())
        .bind(entry.node.to_string())
        .bind(entry.user.to_string())
        .bind(entry.conversation.map(|id| id.to_string()))
        .bind(entry.turn.to_string())
        .bind(entry.provider.as_str())
        .bind(clean(&entry.model))
        .bind(count(entry.tokens.input))
        .bind(count(entry.tokens.output))
        .bind(count(entry.tokens.cache_read))
        .bind(count(entry.tokens.cache_write))
        .bind(count(entry.tokens.cache_write_long))
        .bind(count(entry.tokens.reasoning))
        .bind(i64::from(entry.estimated))
        .bind(entry.cost.map(Usd::as_nanos))
        .bind(entry.saved.map(Usd::as_nanos))
        .bind(entry.outcome.as_str())
        .bind(entry.started_at.as_millis())
        .bind(entry.first_token_ms.map(count))
        .bind(count(entry.total_ms))
        .bind(entry.upstream_request_id.as_deref().map(clean))
        .bind(entry.token.map(|id| id.to_string()))
        .bind(i64::from(entry.own_key))
        .bind(i64::from(entry.failover))
        .bind(entry.price.as_deref().map(clean))
}

/// Takes back calls that were opened and never made.
pub(super) async fn withdraw(database: &Database, calls: &[CallId]) -> Result<(), Fault> {
    let calls = calls.to_vec();
    database
        .grouped(move |connection| {
            Box::pin(async move {
                for call in calls {
                    sqlx::query("DELETE FROM ledger WHERE call_id = $1 AND outcome = 'running'")
                        .bind(call.to_string())
                        .execute(&mut *connection)
                        .await?;
                }
                Ok(Verdict::Keep(()))
            })
        })
        .await
}

/// Closes what processes left open. Tokens and cost stay what was entered at the beginning.
pub(super) async fn close_open(database: &Database, of: Gone) -> Result<u64, Fault> {
    let open = open_of(database, of);
    let sql = format!("UPDATE ledger SET outcome = 'interrupted', estimated = 1 WHERE {open}");
    database
        .grouped(move |connection| {
            Box::pin(
                async move { Ok(Verdict::Keep(gone(sql, of).execute(connection).await?.rows_affected())) },
            )
        })
        .await
}

/// The running calls of processes that are gone.
fn open_of(database: &Database, of: Gone) -> String {
    let others = "outcome = 'running' AND node <> $1";
    match of {
        Gone::AllBut(_) => others.to_owned(),
        Gone::Leaseless(_) => {
            let now = database.now_ms();
            format!(
                "{others} AND NOT EXISTS (SELECT 1 FROM nodes n WHERE n.id = ledger.node AND n.lease_until > {now})"
            )
        }
    }
}

/// A statement over [`open_of`].
fn gone(sql: String, of: Gone) -> Statement {
    let (Gone::AllBut(node) | Gone::Leaseless(node)) = of;
    sqlx::query(AssertSqlSafe(sql)).bind(node.to_string())
}

pub(super) async fn left_open(database: &Database, of: Gone, limit: u32) -> Result<Vec<LedgerEntry>, Fault> {
    let sql = format!(
        "SELECT call_id, node, user_id, conversation_id, turn_id, provider, model, token_id, own_key, failover, \
         input_tokens, output_tokens, cache_read_tokens, cache_write_tokens, cache_write_long_tokens, \
         reasoning_tokens, estimated, cost_nanos, saved_nanos, price, started_at, first_token_ms, total_ms, \
         upstream_request_id FROM ledger WHERE {} ORDER BY started_at DESC, call_id DESC LIMIT {limit}",
        open_of(database, of)
    );
    let found = gone(sql, of).fetch_all(database.reader()).await?;
    let left = |row: &AnyRow| running(row).map_err(skipped("a call that was left open")).ok();
    Ok(found.iter().filter_map(left).collect())
}

fn running(row: &AnyRow) -> Result<LedgerEntry, Fault> {
    Ok(LedgerEntry {
        id: rows::parsed(row, "call_id")?,
        node: rows::parsed(row, "node")?,
        user: rows::parsed(row, "user_id")?,
        conversation: rows::optional_parsed(row, "conversation_id")?,
        turn: rows::parsed(row, "turn_id")?,
        provider: rows::word(row, "provider", Provider::parse)?,
        model: rows::text(row, "model")?,
        token: rows::optional_parsed(row, "token_id")?,
        own_key: rows::flag(row, "own_key")?,
        failover: rows::flag(row, "failover")?,
        tokens: tokens(row)?,
        estimated: rows::flag(row, "estimated")?,
        cost: rows::optional_number(row, "cost_nanos")?.map(Usd::from_nanos),
        saved: rows::optional_number(row, "saved_nanos")?.map(Usd::from_nanos),
        price: rows::optional_text(row, "price")?,
        outcome: CallOutcome::Running,
        started_at: rows::time(row, "started_at")?,
        first_token_ms: rows::optional_count(row, "first_token_ms")?,
        total_ms: rows::count(row, "total_ms")?,
        upstream_request_id: rows::optional_text(row, "upstream_request_id")?,
    })
}

/// The greatest count that is stored. No real one comes near it, and a sum over a billion rows of it still fits into
/// the signed numbers in which both databases count.
const MAX_COUNT: u64 = i64::MAX.unsigned_abs() / 1_000_000_000;

fn count(value: u64) -> i64 {
    i64::try_from(value.min(MAX_COUNT)).unwrap_or(i64::MAX)
}
