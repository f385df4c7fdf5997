//! Sessions and API tokens: found by the hash of their secret, ended by their owner.

use vertice_domain::{ApiToken, Error, Page, PageRequest, Role, SessionId, Timestamp, TokenId, UserId};
use vertice_ports::store::SecretHash;

use crate::{
    cursor::{self, Key, List},
    database::Database,
    fault::Fault,
    rows,
    search_text::clean,
};

/// How exactly a token's last use is noted, in milliseconds.
const USE_RESOLUTION_MS: i64 = 60_000;

/// Stores a session that lasts from the first to the second time, and removes those that have ended.
pub(super) async fn create_session(
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

pub(super) async fn session_by_hash(
    database: &Database,
    hash: SecretHash,
    now: Timestamp,
) -> Result<Option<(SessionId, UserId, Role)>, Fault> {
    let row = sqlx::query(
        "SELECT s.id, s.owner_id, u.role FROM sessions s JOIN users u ON u.id = s.owner_id \
         WHERE s.hash = $1 AND s.expires_at > $2",
    )
    .bind(hex(hash))
    .bind(now.as_millis())
    .fetch_optional(database.reader())
    .await?;
    row.map(|row| {
        Ok((rows::parsed(&row, "id")?, rows::parsed(&row, "owner_id")?, rows::parsed(&row, "role")?))
    })
    .transpose()
}

pub(super) async fn delete_session(database: &Database, owner: UserId, id: SessionId) -> Result<(), Fault> {
    sqlx::query("DELETE FROM sessions WHERE id = $1 AND owner_id = $2")
        .bind(id.to_string())
        .bind(owner.to_string())
        .execute(database.writer())
        .await?;
    Ok(())
}

pub(super) async fn delete_sessions(database: &Database, owner: UserId) -> Result<(), Fault> {
    sqlx::query("DELETE FROM sessions WHERE owner_id = $1")
        .bind(owner.to_string())
        .execute(database.writer())
        .await?;
    Ok(())
}

pub(super) async fn create_token(
    database: &Database,
    owner: UserId,
    token: &ApiToken,
    hash: SecretHash,
) -> Result<(), Fault> {
    let scopes: Vec<&str> = token.scopes.iter().map(|scope| scope.as_str()).collect();
    sqlx::query(
        "INSERT INTO api_tokens (id, owner_id, name, scopes, hash, created_at, last_used_at, expires_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(token.id.to_string())
    .bind(owner.to_string())
    .bind(clean(&token.name))
    .bind(scopes.join(" "))
    .bind(hex(hash))
    .bind(token.created_at.as_millis())
    .bind(token.last_used_at.map(Timestamp::as_millis))
    .bind(token.expires_at.map(Timestamp::as_millis))
    .execute(database.writer())
    .await?;
    Ok(())
}

pub(super) async fn token_by_hash(
    database: &Database,
    hash: SecretHash,
    now: Timestamp,
) -> Result<Option<(ApiToken, UserId, Role)>, Fault> {
    let row = sqlx::query(
        "SELECT t.id, t.name, t.scopes, t.created_at, t.last_used_at, t.expires_at, t.owner_id, u.role \
         FROM api_tokens t JOIN users u ON u.id = t.owner_id \
         WHERE t.hash = $1 AND (t.expires_at IS NULL OR t.expires_at > $2)",
    )
    .bind(hex(hash))
    .bind(now.as_millis())
    .fetch_optional(database.reader())
    .await?;
    let Some(row) = row else { return Ok(None) };
    let (mut token, owner) = (rows::token(&row)?, rows::parsed(&row, "owner_id")?);
    let minute = Timestamp::from_millis(now.as_millis().div_euclid(USE_RESOLUTION_MS) * USE_RESOLUTION_MS);
    if token.last_used_at.is_none_or(|last| last < minute) {
        note_use(database, token.id, minute).await;
        token.last_used_at = Some(minute);
    }
    Ok(Some((token, owner, rows::parsed(&row, "role")?)))
}

/// Notes a token's use. A database that cannot be written must not lock out a caller who only reads, so a failure goes
/// to the log alone.
async fn note_use(database: &Database, token: TokenId, minute: Timestamp) {
    let noted = sqlx::query("UPDATE api_tokens SET last_used_at = $1 WHERE id = $2")
        .bind(minute.as_millis())
        .bind(token.to_string())
        .execute(database.writer())
        .await;
    if let Err(fault) = noted {
        // Becoming the domain's error is what logs it.
        let _logged = Error::from(Fault::from(fault));
    }
}

pub(super) async fn tokens(
    database: &Database,
    owner: UserId,
    page: &PageRequest,
) -> Result<Page<ApiToken>, Fault> {
    let start = Key { numbers: vec![i64::MAX], id: String::new() };
    let start = cursor::decode(List::Tokens, page, start)?;
    let found = sqlx::query(
        "SELECT id, name, scopes, created_at, last_used_at, expires_at FROM api_tokens \
         WHERE owner_id = $1 AND (created_at, id) < ($2, $3) ORDER BY created_at DESC, id DESC LIMIT $4",
    )
    .bind(owner.to_string())
    .bind(start.numbers[0])
    .bind(start.id)
    .bind(cursor::rows_wanted(page))
    .fetch_all(database.reader())
    .await?;
    let tokens = found.iter().map(rows::token).collect::<Result<_, _>>()?;
    Ok(cursor::page(List::Tokens, page, tokens, |token: &ApiToken| Key {
        numbers: vec![token.created_at.as_millis()],
        id: token.id.to_string(),
    }))
}

pub(super) async fn delete_token(database: &Database, owner: UserId, id: TokenId) -> Result<bool, Fault> {
    let done = sqlx::query("DELETE FROM api_tokens WHERE id = $1 AND owner_id = $2")
        .bind(id.to_string())
        .bind(owner.to_string())
        .execute(database.writer())
        .await?;
    Ok(done.rows_affected() == 1)
}

fn hex(hash: SecretHash) -> String {
    hash.iter().map(|byte| format!("{byte:02x}")).collect()
}
