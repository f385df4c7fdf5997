//! The servers themselves.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use sqlx::any::AnyRow;
use vertice_domain::{McpServerId, UserId};
use vertice_ports::mcp::StoredServer;

use super::seen;
use crate::{database::Database, fault::Fault, rows};

pub(super) async fn seen_by(database: &Database, user: UserId) -> Result<Vec<StoredServer>, Fault> {
    let found = sqlx::query(concat!(
        "SELECT s.id, s.owner_id, s.name, s.enabled, s.shared, s.trusted, s.private_network, s.transport, s.era, \
         s.created_at FROM mcp_servers s WHERE ",
        seen!(),
        " ORDER BY s.name, s.id"
    ))
    .bind(user.to_string())
    .fetch_all(database.reader())
    .await?;
    found.iter().map(server).collect()
}

fn server(row: &AnyRow) -> Result<StoredServer, Fault> {
    Ok(StoredServer {
        id: rows::parsed(row, "id")?,
        owner: rows::parsed(row, "owner_id")?,
        name: rows::parsed(row, "name")?,
        enabled: rows::flag(row, "enabled")?,
        shared: rows::flag(row, "shared")?,
        trusted: rows::flag(row, "trusted")?,
        private_network: rows::flag(row, "private_network")?,
        transport: rows::sealed(row, "transport")?,
        era: rows::optional_text(row, "era")?,
        created_at: rows::time(row, "created_at")?,
    })
}

pub(super) async fn add(database: &Database, server: &StoredServer) -> Result<bool, Fault> {
    let done = sqlx::query(
        "INSERT INTO mcp_servers \
         (id, owner_id, name, enabled, shared, trusted, private_network, transport, era, created_at) \
         SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10 \
         WHERE NOT EXISTS (SELECT 1 FROM mcp_servers s WHERE s.name = $3 AND s.shared = 1) \
         ON CONFLICT DO NOTHING",
    )
    .bind(server.id.to_string())
    .bind(server.owner.to_string())
    .bind(server.name.as_str())
    .bind(i64::from(server.enabled))
    .bind(i64::from(server.shared))
    .bind(i64::from(server.trusted))
    .bind(i64::from(server.private_network))
    .bind(STANDARD.encode(&server.transport))
    .bind(server.era.as_deref())
    .bind(server.created_at.as_millis())
    .execute(database.writer())
    .await?;
    Ok(done.rows_affected() == 1)
}

pub(super) async fn change(database: &Database, server: &StoredServer) -> Result<bool, Fault> {
    let done = sqlx::query(
        "UPDATE mcp_servers SET enabled = $1, shared = $2, trusted = $3, private_network = $4, transport = $5, era = $6 \
         WHERE id = $7 AND owner_id = $8",
    )
    .bind(i64::from(server.enabled))
    .bind(i64::from(server.shared))
    .bind(i64::from(server.trusted))
    .bind(i64::from(server.private_network))
    .bind(STANDARD.encode(&server.transport))
    .bind(server.era.as_deref())
    .bind(server.id.to_string())
    .bind(server.owner.to_string())
    .execute(database.writer())
    .await;
    match done {
        Ok(done) => Ok(done.rows_affected() == 1),
        // Somebody shares one of that name.
        Err(sqlx::Error::Database(error)) if error.is_unique_violation() => Ok(false),
        Err(error) => Err(error.into()),
    }
}

pub(super) async fn remove(database: &Database, owner: UserId, server: McpServerId) -> Result<bool, Fault> {
    let done = sqlx::query("DELETE FROM mcp_servers WHERE id = $1 AND owner_id = $2")
        .bind(server.to_string())
        .bind(owner.to_string())
        .execute(database.writer())
        .await?;
    Ok(done.rows_affected() == 1)
}

pub(super) async fn set_era(
    database: &Database,
    server: McpServerId,
    era: Option<&str>,
) -> Result<(), Fault> {
    sqlx::query("UPDATE mcp_servers SET era = $1 WHERE id = $2")
        .bind(era)
        .bind(server.to_string())
        .execute(database.writer())
        .await?;
    Ok(())
}
