//! Entering a call.

use vertice_domain::Usd;
use vertice_ports::ledger::LedgerEntry;

use crate::{database::Database, fault::Fault, search_text::clean};

pub(super) async fn insert(database: &Database, entry: &LedgerEntry) -> Result<(), Fault> {
    sqlx::query(
        "INSERT INTO ledger (user_id, conversation_id, turn_id, provider, model, input_tokens, output_tokens, \
         cache_read_tokens, cache_write_tokens, cache_write_long_tokens, reasoning_tokens, estimated, cost_nanos, \
         saved_nanos, outcome, started_at, first_token_ms, total_ms, upstream_request_id, token_id, own_key, \
         failover, price) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, \
         $19, $20, $21, $22, $23)",
    )
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
    .execute(database.writer())
    .await?;
    Ok(())
}

/// The greatest count that is stored. No real one comes near it, and a sum over a billion rows of it still fits into
/// the signed numbers in which both databases count.
const MAX_COUNT: u64 = i64::MAX.unsigned_abs() / 1_000_000_000;

fn count(value: u64) -> i64 {
    i64::try_from(value.min(MAX_COUNT)).unwrap_or(i64::MAX)
}
