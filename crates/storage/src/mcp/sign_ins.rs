//! What people are signed in with at servers, sealed.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use vertice_domain::{McpServerId, UserId};

use super::seen;
use crate::{database::Database, fault::Fault, rows};

pub(super) async fn get(
    database: &Database,
    user: UserId,
    server: McpServerId,
) -> Result<Option<Vec<u8>>, Fault> {
    let found = sqlx::query(concat!(
        "SELECT i.sealed FROM mcp_sign_ins i JOIN mcp_servers s ON s.id = i.server_id \
         WHERE i.owner_id = $1 AND i.server_id = $2 AND ",
        seen!()
    ))
    .bind(user.to_string())
    .bind(server.to_string())
    .fetch_optional(database.reader())
    .await?;
    found.as_ref().map(|row| rows::sealed(row, "sealed")).transpose()
}

pub(super) async fn put(
    database: &Database,
    user: UserId,
    server: McpServerId,
    sealed: &[u8],
) -> Result<bool, Fault> {
    let done = sqlx::query(concat!(
        "INSERT INTO mcp_sign_ins (owner_id, server_id, sealed) \
         SELECT $1, s.id, $3 FROM mcp_servers s WHERE s.id = $2 AND ",
        seen!(),
        " ON CONFLICT (owner_id, server_id) DO UPDATE SET sealed = excluded.sealed"
    ))
    .bind(user.to_string())
    .bind(server.to_string())
    .bind(STANDARD.encode(sealed))
    .execute(database.writer())
    .await?;
    Ok(done.rows_affected() == 1)
}

pub(super) async fn drop(database: &Database, user: UserId, server: McpServerId) -> Result<(), Fault> {
    sqlx::query("DELETE FROM mcp_sign_ins WHERE owner_id = $1 AND server_id = $2")
        .bind(user.to_string())
        .bind(server.to_string())
        .execute(database.writer())
        .await?;
    Ok(())
}
