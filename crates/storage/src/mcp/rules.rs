//! What people let their turns do. Rules of a conversation go with it, by a trigger of the database.

use sqlx::any::AnyRow;
use vertice_domain::{ConversationId, McpServerId, ToolPermission, UserId};
use vertice_ports::mcp::StoredRule;

use super::seen;
use crate::{database::Database, fault::Fault, rows, search_text::clean};

pub(super) async fn of(database: &Database, user: UserId) -> Result<Vec<StoredRule>, Fault> {
    let found = sqlx::query(concat!(
        "SELECT r.server_id, r.tool, r.conversation_id, r.arguments, r.permission \
         FROM mcp_rules r JOIN mcp_servers s ON s.id = r.server_id WHERE r.owner_id = $1 AND ",
        seen!(),
        " ORDER BY r.server_id, r.tool, r.conversation_id, r.arguments"
    ))
    .bind(user.to_string())
    .fetch_all(database.reader())
    .await?;
    found.iter().map(rule).collect()
}

fn rule(row: &AnyRow) -> Result<StoredRule, Fault> {
    let conversation = match rows::text(row, "conversation_id")?.as_str() {
        "" => None,
        _ => Some(rows::parsed::<ConversationId>(row, "conversation_id")?),
    };
    let arguments = rows::text(row, "arguments")?;
    Ok(StoredRule {
        server: rows::parsed(row, "server_id")?,
        tool: rows::text(row, "tool")?,
        conversation,
        arguments: Some(arguments).filter(|arguments| !arguments.is_empty()),
        permission: rows::word(row, "permission", ToolPermission::parse)?,
    })
}

pub(super) async fn put(database: &Database, user: UserId, rule: &StoredRule) -> Result<bool, Fault> {
    let done = sqlx::query(concat!(
        "INSERT INTO mcp_rules (owner_id, server_id, tool, conversation_id, arguments, permission) \
         SELECT $1, s.id, $3, $4, $5, $6 FROM mcp_servers s WHERE s.id = $2 AND ",
        seen!(),
        " AND ($4 = '' OR EXISTS (SELECT 1 FROM conversations c \
         WHERE c.id = $4 AND c.owner_id = $1 AND c.deleted_at IS NULL)) \
         ON CONFLICT (owner_id, server_id, tool, conversation_id, arguments) \
         DO UPDATE SET permission = excluded.permission"
    ))
    .bind(user.to_string())
    .bind(rule.server.to_string())
    .bind(clean(&rule.tool))
    .bind(rule.conversation.map(|id| id.to_string()).unwrap_or_default())
    .bind(rule.arguments.as_deref().map(clean).unwrap_or_default())
    .bind(rule.permission.as_str())
    .execute(database.writer())
    .await?;
    Ok(done.rows_affected() == 1)
}

pub(super) async fn drop(
    database: &Database,
    user: UserId,
    server: McpServerId,
    tool: &str,
) -> Result<(), Fault> {
    sqlx::query("DELETE FROM mcp_rules WHERE owner_id = $1 AND server_id = $2 AND tool = $3")
        .bind(user.to_string())
        .bind(server.to_string())
        .bind(clean(tool))
        .execute(database.writer())
        .await?;
    Ok(())
}
