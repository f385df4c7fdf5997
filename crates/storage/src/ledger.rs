//! The ledger: rows are added, never changed.

use async_trait::async_trait;
use vertice_domain::{Report, ReportQuery, Result, Timestamp, Usd, UserId, report::LedgerRow};
use vertice_ports::{
    Ledger,
    ledger::{LedgerEntry, Spent},
};

use crate::{database::Database, fault::Fault, search_text::clean};

#[async_trait]
impl Ledger for Database {
    async fn record(&self, entry: LedgerEntry) -> Result<()> {
        Ok(insert(self, &entry).await?)
    }

    async fn spent(&self, _: UserId, _: Option<&str>, _: Timestamp) -> Result<Spent> {
        todo!()
    }

    async fn report(&self, _: Option<UserId>, _: &ReportQuery) -> Result<Report> {
        todo!()
    }

    async fn rows(&self, _: Option<UserId>, _: Timestamp, _: Timestamp, _: u32) -> Result<Vec<LedgerRow>> {
        todo!()
    }
}

async fn insert(database: &Database, entry: &LedgerEntry) -> Result<(), Fault> {
    sqlx::query(
        "INSERT INTO ledger (user_id, conversation_id, turn_id, provider, model, input_tokens, output_tokens, \
         cache_read_tokens, cache_write_tokens, cache_write_long_tokens, reasoning_tokens, estimated, cost_nanos, \
         saved_nanos, outcome, started_at, first_token_ms, total_ms, upstream_request_id) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)",
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
    .execute(database.writer())
    .await?;
    Ok(())
}

/// Both databases count in signed numbers; no real count comes near their end.
fn count(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}
