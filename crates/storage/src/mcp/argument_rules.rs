//! What people let their turns do with certain arguments: all rules about one tool in one row.

use sqlx::any::AnyRow;
use vertice_domain::UserId;
use vertice_ports::mcp::StoredArgumentRules;

use super::seen;
use crate::{database::Database, fault::Fault, rows, search_text::clean};

pub(super) async fn of(database: &Database, user: UserId) -> Result<Vec<StoredArgumentRules>, Fault> {
    let found = sqlx::query(concat!(
        "SELECT r.server_id, r.tool, r.rules \
         FROM mcp_argument_rules r JOIN mcp_servers s ON s.id = r.server_id WHERE r.owner_id = $1 AND ",
        seen!(),
        " ORDER BY r.server_id, r.tool"
    ))
    .bind(user.to_string())
    .fetch_all(database.reader())
    .await?;
    found.iter().map(rules).collect()
}

/// Rules that cannot be read are a fault: to go on without them would allow what they deny.
fn rules(row: &AnyRow) -> Result<StoredArgumentRules, Fault> {
    let json = rows::text(row, "rules")?;
    Ok(StoredArgumentRules {
        server: rows::parsed(row, "server_id")?,
        tool: rows::text(row, "tool")?,
        rules: serde_json::from_str(&json).map_err(|_| Fault::Unreadable("rules"))?,
    })
}

pub(super) async fn put(
    database: &Database,
    user: UserId,
    stored: &StoredArgumentRules,
) -> Result<bool, Fault> {
    let done = sqlx::query(concat!(
        "INSERT INTO mcp_argument_rules (owner_id, server_id, tool, rules) \
         SELECT $1, s.id, $3, $4 FROM mcp_servers s WHERE s.id = $2 AND ",
        seen!(),
        " ON CONFLICT (owner_id, server_id, tool) DO UPDATE SET rules = excluded.rules"
    ))
    .bind(user.to_string())
    .bind(stored.server.to_string())
    .bind(clean(&stored.tool))
    .bind(rows::to_json(&stored.rules)?)
    .execute(database.writer())
    .await?;
    Ok(done.rows_affected() == 1)
}
