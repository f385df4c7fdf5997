//! The calls themselves, and what all readings of the ledger share: whose calls, and of when.

use sqlx::{Any, AssertSqlSafe, any::AnyArguments, any::AnyRow, query::Query};
use vertice_domain::{Timestamp, TokenCounts, Usd, UserId, report::LedgerRow};

use crate::{database::Database, fault::Fault, rows as read};

/// The calls of a period that have ended, `$1` up to but not including `$2`, of the user `$3` or of everybody. Each has an index of its
/// own, which a condition for both could not use.
pub(super) const fn calls(user: Option<UserId>) -> &'static str {
    match user {
        Some(_) => {
            "FROM ledger WHERE started_at >= $1 AND started_at < $2 AND user_id = $3 AND outcome <> 'running'"
        }
        None => "FROM ledger WHERE started_at >= $1 AND started_at < $2 AND outcome <> 'running'",
    }
}

/// A statement over [`calls`] with its period and its user bound.
pub(super) fn statement(
    sql: String,
    user: Option<UserId>,
    (from, to): (Timestamp, Timestamp),
) -> Query<'static, Any, AnyArguments> {
    let statement = sqlx::query(AssertSqlSafe(sql)).bind(from.as_millis()).bind(to.as_millis());
    match user {
        Some(user) => statement.bind(user.to_string()),
        None => statement,
    }
}

pub(super) async fn rows(
    database: &Database,
    user: Option<UserId>,
    period: (Timestamp, Timestamp),
    limit: u32,
) -> Result<Vec<LedgerRow>, Fault> {
    let sql = format!(
        "SELECT started_at, user_id, conversation_id, token_id, model, provider, outcome, input_tokens, \
         output_tokens, cache_read_tokens, cache_write_tokens, cache_write_long_tokens, reasoning_tokens, estimated, \
         cost_nanos, saved_nanos, first_token_ms, total_ms, upstream_request_id {} \
         ORDER BY started_at DESC, id DESC LIMIT {limit}",
        calls(user)
    );
    let found = statement(sql, user, period).fetch_all(database.reader()).await?;
    found.iter().map(row).collect()
}

/// A call's tokens by class.
pub(super) fn tokens(row: &AnyRow) -> Result<TokenCounts, Fault> {
    Ok(TokenCounts {
        input: read::count(row, "input_tokens")?,
        output: read::count(row, "output_tokens")?,
        cache_read: read::count(row, "cache_read_tokens")?,
        cache_write: read::count(row, "cache_write_tokens")?,
        cache_write_long: read::count(row, "cache_write_long_tokens")?,
        reasoning: read::count(row, "reasoning_tokens")?,
    })
}

fn row(row: &AnyRow) -> Result<LedgerRow, Fault> {
    Ok(LedgerRow {
        started_at: read::time(row, "started_at")?,
        user_id: read::parsed(row, "user_id")?,
        conversation_id: read::optional_parsed(row, "conversation_id")?,
        token_id: read::optional_parsed(row, "token_id")?,
        model: read::text(row, "model")?,
        provider: read::text(row, "provider")?,
        outcome: read::text(row, "outcome")?,
        tokens: tokens(row)?,
        estimated: read::flag(row, "estimated")?,
        cost_usd: read::optional_number(row, "cost_nanos")?.map(Usd::from_nanos),
        saved_usd: read::optional_number(row, "saved_nanos")?.map(Usd::from_nanos),
        first_token_ms: read::optional_count(row, "first_token_ms")?,
        total_ms: read::count(row, "total_ms")?,
        upstream_request_id: read::optional_text(row, "upstream_request_id")?,
    })
}
