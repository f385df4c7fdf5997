//! Which tools were used, by whom, and what that took.

use sqlx::any::AnyRow;
use vertice_domain::{Timestamp, UserId, report::ToolRow};
use vertice_ports::ledger::ToolUse;

use crate::{
    database::{Database, Verdict},
    fault::Fault,
    rows,
    search_text::clean,
};

pub(super) async fn enter(database: &Database, used: ToolUse) -> Result<(), Fault> {
    database
        .grouped(move |connection| {
            Box::pin(async move {
                sqlx::query(
                    "INSERT INTO tool_uses (turn_id, call, user_id, conversation_id, token_id, server, tool, outcome, \
                     result_tokens, duration_ms, ended_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) \
                     ON CONFLICT (turn_id, call) DO NOTHING",
                )
                .bind(used.turn.to_string())
                .bind(clean(&used.call))
                .bind(used.user.to_string())
                .bind(used.conversation.map(|id| id.to_string()))
                .bind(used.token.map(|id| id.to_string()))
                .bind(clean(&used.server))
                .bind(clean(&used.tool))
                .bind(used.outcome.as_str())
                .bind(i64::try_from(used.result_tokens).unwrap_or(i64::MAX))
                .bind(i64::try_from(used.duration_ms).unwrap_or(i64::MAX))
                .bind(used.ended_at.as_millis())
                .execute(connection)
                .await?;
                Ok(Verdict::Keep(()))
            })
        })
        .await
}

/// PostgreSQL adds whole numbers up to decimal ones, hence the casts.
pub(super) async fn report(
    database: &Database,
    user: Option<UserId>,
    (from, to): (Timestamp, Timestamp),
    limit: u32,
) -> Result<Vec<ToolRow>, Fault> {
    let found = sqlx::query(
        "SELECT server, tool, CAST(COUNT(*) AS BIGINT) AS calls, \
         CAST(SUM(CASE WHEN outcome = 'success' THEN 0 ELSE 1 END) AS BIGINT) AS failed_calls, \
         CAST(SUM(result_tokens) AS BIGINT) AS result_tokens, CAST(SUM(duration_ms) AS BIGINT) AS duration_ms, \
         MAX(ended_at) AS last_used_at FROM tool_uses \
         WHERE user_id = COALESCE($1, user_id) AND ended_at >= $2 AND ended_at < $3 \
         GROUP BY server, tool ORDER BY COUNT(*) DESC, server, tool LIMIT $4",
    )
    .bind(user.map(|user| user.to_string()))
    .bind(from.as_millis())
    .bind(to.as_millis())
    .bind(i64::from(limit))
    .fetch_all(database.reader())
    .await?;
    found.iter().map(row).collect()
}

fn row(found: &AnyRow) -> Result<ToolRow, Fault> {
    Ok(ToolRow {
        server: rows::text(found, "server")?,
        tool: rows::text(found, "tool")?,
        calls: rows::count(found, "calls")?,
        failed_calls: rows::count(found, "failed_calls")?,
        result_tokens: rows::count(found, "result_tokens")?,
        duration_ms: rows::count(found, "duration_ms")?,
        last_used_at: rows::time(found, "last_used_at")?,
    })
}
