//! API tokens: found by the hash of their secret, revoked by their owner together with those made from them.

use sqlx::{Any, Transaction};
use vertice_domain::{ApiToken, Page, PageRequest, Role, Timestamp, TokenId, UserId};
use vertice_ports::store::SecretHash;

use super::hex;
use crate::{
    cursor::{self, Key, List},
    database::Database,
    fault::Fault,
    rows,
    search_text::clean,
};

/// Stores a token with its secret's hash and the token it was made with. That one may be revoked at the same time: then
/// nothing is stored.
pub(super) async fn create(
    database: &Database,
    owner: UserId,
    token: &ApiToken,
    (hash, parent): (SecretHash, Option<TokenId>),
) -> Result<bool, Fault> {
    let mut transaction = database.begin_write().await?;
    if let Some(parent) = parent {
        hold(&mut transaction, owner).await?;
        let found = sqlx::query("SELECT id FROM api_tokens WHERE id = $1 AND owner_id = $2")
            .bind(parent.to_string())
            .bind(owner.to_string())
            .fetch_optional(&mut *transaction)
            .await?;
        if found.is_none() {
            return Ok(false);
        }
    }
    let scopes: Vec<&str> = token.scopes.iter().map(|scope| scope.as_str()).collect();
    sqlx::query(
        "INSERT INTO api_tokens \
         (id, owner_id, name, scopes, hash, created_at, last_used_at, expires_at, parent_id) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
    )
    .bind(token.id.to_string())
    .bind(owner.to_string())
    .bind(clean(&token.name))
    .bind(scopes.join(" "))
    .bind(hex(hash))
    .bind(token.created_at.as_millis())
    .bind(token.last_used_at.map(Timestamp::as_millis))
    .bind(token.expires_at.map(Timestamp::as_millis))
    .bind(parent.map(|id| id.to_string()))
    .execute(&mut *transaction)
    .await?;
    transaction.commit().await?;
    Ok(true)
}

pub(super) async fn by_hash(
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
    row.map(|row| Ok((rows::token(&row)?, rows::parsed(&row, "owner_id")?, rows::parsed(&row, "role")?)))
        .transpose()
}

pub(super) async fn note_use(database: &Database, token: TokenId, at: Timestamp) -> Result<(), Fault> {
    sqlx::query("UPDATE api_tokens SET last_used_at = $1 WHERE id = $2")
        .bind(at.as_millis())
        .bind(token.to_string())
        .execute(database.writer())
        .await?;
    Ok(())
}

pub(super) async fn page(
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

/// Revokes a token, and those made with it, and those made with these.
pub(super) async fn delete(database: &Database, owner: UserId, id: TokenId) -> Result<bool, Fault> {
    let mut transaction = database.begin_write().await?;
    hold(&mut transaction, owner).await?;
    let done = sqlx::query(
        "WITH RECURSIVE family (id) AS ( \
             SELECT id FROM api_tokens WHERE id = $1 AND owner_id = $2 \
             UNION SELECT t.id FROM api_tokens t JOIN family f ON t.parent_id = f.id \
         ) DELETE FROM api_tokens WHERE owner_id = $2 AND id IN (SELECT id FROM family)",
    )
    .bind(id.to_string())
    .bind(owner.to_string())
    .execute(&mut *transaction)
    .await?;
    transaction.commit().await?;
    Ok(done.rows_affected() > 0)
}

/// Makes other changes of this user's families of tokens wait for the end of the transaction: a token that is being made
/// must not outlive the one it is made with. A change that changes nothing holds the row, on both databases.
async fn hold(transaction: &mut Transaction<'static, Any>, owner: UserId) -> Result<(), Fault> {
    sqlx::query("UPDATE users SET name = name WHERE id = $1")
        .bind(owner.to_string())
        .execute(&mut **transaction)
        .await?;
    Ok(())
}
