//! What servers list, and what of it was approved.

use std::collections::{BTreeSet, HashMap};

use sqlx::any::AnyRow;
use vertice_domain::{McpServerId, UserId};
use vertice_ports::mcp::StoredTool;

use super::seen;
use crate::{
    database::Database,
    fault::Fault,
    insert::{self, Insert},
    rows,
    search_text::clean,
};

/// A server that lists other tools again and again must not fill the disk: beyond so many that it does not list any more,
/// those that nobody has said anything about are forgotten.
const KEPT_UNLISTED: i64 = 1_000;

const LIST: Insert = Insert {
    head: "INSERT INTO mcp_tools (server_id, user_id, name, listed, definition, approved) VALUES",
    columns: 6,
    tail: "ON CONFLICT (server_id, user_id, name) DO UPDATE SET listed = excluded.listed, definition = excluded.definition",
};

pub(super) async fn seen_by(database: &Database, user: UserId) -> Result<Vec<StoredTool>, Fault> {
    let found = sqlx::query(concat!(
        "SELECT t.server_id, t.name, t.definition, t.approved \
         FROM mcp_tools t JOIN mcp_servers s ON s.id = t.server_id WHERE t.listed IS NOT NULL AND ",
        seen!(),
        // What the server has told them, else its owner, else everybody.
        " AND t.user_id = COALESCE(\
         (SELECT MAX(m.user_id) FROM mcp_tools m WHERE m.server_id = s.id AND m.user_id = $1), \
         (SELECT MAX(o.user_id) FROM mcp_tools o WHERE o.server_id = s.id AND o.user_id = s.owner_id), '') \
         ORDER BY s.name, s.id, t.listed"
    ))
    .bind(user.to_string())
    .fetch_all(database.reader())
    .await?;
    found.iter().map(tool).collect()
}

fn tool(row: &AnyRow) -> Result<StoredTool, Fault> {
    Ok(StoredTool {
        server: rows::parsed(row, "server_id")?,
        name: rows::text(row, "name")?,
        definition: rows::text(row, "definition")?,
        approved: rows::text(row, "approved")?,
    })
}

pub(super) async fn put(
    database: &Database,
    server: McpServerId,
    user: Option<UserId>,
    tools: &[(String, String)],
) -> Result<(), Fault> {
    let user = user.map(|user| user.to_string()).unwrap_or_default();
    let mut names = BTreeSet::new();
    // Of two of one name the first one counts.
    let listed: Vec<(String, String)> = tools
        .iter()
        .map(|(name, definition)| (clean(name), clean(definition)))
        .filter(|(name, _)| names.insert(name.clone()))
        .collect();
    let listed: Vec<(i64, (String, String))> = (0..).zip(listed).collect();
    let mut transaction = database.begin_write().await?;
    let lock = database.row_lock();
    // Two lists of one server must not mix.
    let found =
        sqlx::query(sqlx::AssertSqlSafe(format!("SELECT owner_id FROM mcp_servers WHERE id = $1{lock}")))
            .bind(server.to_string())
            .fetch_optional(&mut *transaction)
            .await?;
    let Some(found) = found else {
        // It was removed meanwhile.
        return Ok(());
    };
    // What its owner has approved counts for those who are told of it later, too.
    let approved: HashMap<String, String> = sqlx::query(
        "SELECT name, approved FROM mcp_tools WHERE server_id = $1 AND (user_id = '' OR user_id = $2) ORDER BY user_id",
    )
    .bind(server.to_string())
    .bind(rows::text(&found, "owner_id")?)
    .fetch_all(&mut *transaction)
    .await?
    .iter()
    .map(|row| Ok((rows::text(row, "name")?, rows::text(row, "approved")?)))
    .collect::<Result<_, Fault>>()?;
    sqlx::query(
        "UPDATE mcp_tools SET listed = NULL WHERE server_id = $1 AND user_id = $2 AND listed IS NOT NULL",
    )
    .bind(server.to_string())
    .bind(&user)
    .execute(&mut *transaction)
    .await?;
    insert::all(&mut transaction, LIST, &listed, |statement, (place, (name, definition))| {
        let statement = statement.bind(server.to_string()).bind(user.clone()).bind(name.clone()).bind(*place);
        let approved = approved.get(name).unwrap_or(definition);
        Ok(statement.bind(definition.clone()).bind(approved.clone()))
    })
    .await?;
    sqlx::query(
        "DELETE FROM mcp_tools WHERE server_id = $1 AND user_id = $3 AND listed IS NULL \
         AND (SELECT COUNT(*) FROM mcp_tools t WHERE t.server_id = $1 AND t.user_id = $3 AND t.listed IS NULL) > $2 \
         AND NOT EXISTS (SELECT 1 FROM mcp_rules r WHERE r.server_id = mcp_tools.server_id AND r.tool = mcp_tools.name)",
    )
    .bind(server.to_string())
    .bind(KEPT_UNLISTED)
    .bind(&user)
    .execute(&mut *transaction)
    .await?;
    transaction.commit().await?;
    Ok(())
}

pub(super) async fn approve(
    database: &Database,
    user: UserId,
    server: McpServerId,
    (tool, definition): (&str, &str),
) -> Result<bool, Fault> {
    let done = sqlx::query(
        "UPDATE mcp_tools SET approved = definition \
         WHERE server_id = $1 AND name = $2 AND definition = $3 AND listed IS NOT NULL \
         AND (user_id = $4 OR (user_id = '' AND EXISTS (SELECT 1 FROM mcp_servers s WHERE s.id = $1 AND s.owner_id = $4)))",
    )
    .bind(server.to_string())
    .bind(clean(tool))
    .bind(clean(definition))
    .bind(user.to_string())
    .execute(database.writer())
    .await?;
    Ok(done.rows_affected() == 1)
}
