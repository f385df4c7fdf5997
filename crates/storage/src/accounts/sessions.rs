//! Sessions: found by the hash of their secret, ended by their owner, or by another password.

use vertice_domain::{SessionId, Timestamp, UserId};
use vertice_ports::store::{SecretHash, StoredSession};

use super::hex;
use crate::{database::Database, fault::Fault, rows};

/// Stores a session that lasts from the first to the second time, and removes those that have ended.
pub(super) async fn create(
    database: &Database,
    owner: UserId,
    id: SessionId,
    hash: SecretHash,
    (now, expires_at): (Timestamp, Timestamp),
) -> Result<(), Fault> {
    let mut transaction = database.begin_write().await?;
    sqlx::query("DELETE FROM sessions WHERE expires_at <= $1")
        .bind(now.as_millis())
        .execute(&mut *transaction)
        .await?;
    sqlx::query(
        "INSERT INTO sessions (id, owner_id, hash, created_at, expires_at) VALUES ($1, $2, $3, $4, $5)",
    )
    .bind(id.to_string())
    .bind(owner.to_string())
    .bind(hex(hash))
    .bind(now.as_millis())
    .bind(expires_at.as_millis())
    .execute(&mut *transaction)
    .await?;
    Ok(transaction.commit().await?)
}

pub(super) async fn by_hash(
    database: &Database,
    hash: SecretHash,
    now: Timestamp,
) -> Result<Option<StoredSession>, Fault> {
    let row = sqlx::query(
        "SELECT s.id, s.owner_id, s.expires_at, u.role FROM sessions s JOIN users u ON u.id = s.owner_id \
         WHERE s.hash = $1 AND s.expires_at > $2",
    )
    .bind(hex(hash))
    .bind(now.as_millis())
    .fetch_optional(database.reader())
    .await?;
    row.map(|row| {
        Ok(StoredSession {
            id: rows::parsed(&row, "id")?,
            owner: rows::parsed(&row, "owner_id")?,
            role: rows::parsed(&row, "role")?,
            expires_at: rows::time(&row, "expires_at")?,
        })
    })
    .transpose()
}

pub(super) async fn delete(database: &Database, owner: UserId, id: SessionId) -> Result<(), Fault> {
    sqlx::query("DELETE FROM sessions WHERE id = $1 AND owner_id = $2")
        .bind(id.to_string())
        .bind(owner.to_string())
        .execute(database.writer())
        .await?;
    Ok(())
}

pub(super) async fn delete_all(database: &Database, owner: UserId) -> Result<(), Fault> {
    sqlx::query("DELETE FROM sessions WHERE owner_id = $1")
        .bind(owner.to_string())
        .execute(database.writer())
        .await?;
    Ok(())
}

/// Another password, and no session that was begun with the former one but `keep`.
pub(super) async fn set_password(
    database: &Database,
    owner: UserId,
    password_hash: &str,
    keep: Option<SessionId>,
) -> Result<bool, Fault> {
    let mut transaction = database.begin_write().await?;
    let done = sqlx::query("UPDATE users SET password_hash = $1 WHERE id = $2")
        .bind(password_hash)
        .bind(owner.to_string())
        .execute(&mut *transaction)
        .await?;
    sqlx::query("DELETE FROM sessions WHERE owner_id = $1 AND id <> $2")
        .bind(owner.to_string())
        .bind(keep.map(|id| id.to_string()).unwrap_or_default())
        .execute(&mut *transaction)
        .await?;
    transaction.commit().await?;
    Ok(done.rows_affected() == 1)
}
