//! The rows of blobs: whose they are, how large, and what refers to them.

use sqlx::{AnyConnection, AssertSqlSafe};
use vertice_domain::{BlobHash, Timestamp, UserId};

use super::exceeded;
use crate::{
    database::Database,
    fault::Fault,
    rows::{count, parsed},
    search_text::clean,
};

/// What refers to a blob that was put and is not yet part of anything.
const PUT: &str = "put";

/// Blobs asked for in one statement.
const BATCH: usize = 100;

/// A blob to be kept.
pub(super) struct New<'a> {
    pub(super) hash: BlobHash,
    pub(super) media_type: &'a str,
    pub(super) size: u64,
    pub(super) now: Timestamp,
}

/// Makes the blob its owner's for a while, if they may keep that much.
pub(super) async fn hold(
    database: &Database,
    owner: UserId,
    blob: &New<'_>,
    limit: u64,
) -> Result<(), Fault> {
    let mut transaction = database.begin_write().await?;
    // Of two at once, the second one counts what the first one keeps.
    sqlx::query("UPDATE users SET name = name WHERE id = $1")
        .bind(owner.to_string())
        .execute(&mut *transaction)
        .await?;
    if !is_owned(&mut transaction, owner, blob.hash).await? {
        let used = used(&mut transaction, owner).await?;
        if used.saturating_add(blob.size) > limit {
            return Err(exceeded(used, blob.size, limit));
        }
    }
    insert(&mut transaction, blob).await?;
    refer(&mut transaction, owner, blob, PUT, "").await?;
    Ok(transaction.commit().await?)
}

async fn is_owned(connection: &mut AnyConnection, owner: UserId, hash: BlobHash) -> Result<bool, Fault> {
    let found = sqlx::query("SELECT 1 AS one FROM blob_refs WHERE hash = $1 AND owner_id = $2 LIMIT 1")
        .bind(hash.to_string())
        .bind(owner.to_string())
        .fetch_optional(connection)
        .await?;
    Ok(found.is_some())
}

/// What a user keeps, in bytes; a blob that they have twice counts once.
async fn used(connection: &mut AnyConnection, owner: UserId) -> Result<u64, Fault> {
    let row = sqlx::query(
        "SELECT CAST(COALESCE(SUM(size), 0) AS BIGINT) AS used FROM blobs \
         WHERE hash IN (SELECT hash FROM blob_refs WHERE owner_id = $1)",
    )
    .bind(owner.to_string())
    .fetch_one(connection)
    .await?;
    count(&row, "used")
}

/// Enters a blob, or notes that it was kept once more.
pub(super) async fn insert(connection: &mut AnyConnection, blob: &New<'_>) -> Result<(), Fault> {
    sqlx::query(
        "INSERT INTO blobs (hash, media_type, size, created_at) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (hash) DO UPDATE SET created_at = excluded.created_at",
    )
    .bind(blob.hash.to_string())
    .bind(clean(blob.media_type))
    .bind(i64::try_from(blob.size).map_err(|_| Fault::Broken("a blob is larger than any number"))?)
    .bind(blob.now.as_millis())
    .execute(connection)
    .await?;
    Ok(())
}

/// Lets something of the owner's refer to a blob.
pub(super) async fn refer(
    connection: &mut AnyConnection,
    owner: UserId,
    blob: &New<'_>,
    kind: &'static str,
    id: &str,
) -> Result<(), Fault> {
    sqlx::query(
        "INSERT INTO blob_refs (hash, owner_id, kind, id, created_at) VALUES ($1, $2, $3, $4, $5) \
         ON CONFLICT (hash, owner_id, kind, id) DO UPDATE SET created_at = excluded.created_at",
    )
    .bind(blob.hash.to_string())
    .bind(owner.to_string())
    .bind(kind)
    .bind(id.to_owned())
    .bind(blob.now.as_millis())
    .execute(connection)
    .await?;
    Ok(())
}

/// Lets an artifact or a file, as `kind` says, keep a blob as long as it is there itself.
pub(crate) async fn keep(
    connection: &mut AnyConnection,
    owner: UserId,
    (kind, id): (&'static str, String),
    hash: BlobHash,
    now: Timestamp,
) -> Result<(), Fault> {
    sqlx::query(
        "INSERT INTO blob_refs (hash, owner_id, kind, id, created_at) VALUES ($1, $2, $3, $4, $5) \
         ON CONFLICT (hash, owner_id, kind, id) DO NOTHING",
    )
    .bind(hash.to_string())
    .bind(owner.to_string())
    .bind(kind)
    .bind(id)
    .bind(now.as_millis())
    .execute(connection)
    .await?;
    Ok(())
}

pub(super) async fn size(database: &Database, owner: UserId, hash: BlobHash) -> Result<Option<u64>, Fault> {
    Ok(sizes(database, owner, &[hash]).await?.pop().map(|(_, size)| size))
}

/// The sizes of those blobs that are the owner's.
pub(super) async fn sizes(
    database: &Database,
    owner: UserId,
    hashes: &[BlobHash],
) -> Result<Vec<(BlobHash, u64)>, Fault> {
    let mut found = Vec::with_capacity(hashes.len());
    for some in hashes.chunks(BATCH) {
        let places: Vec<String> = (2..some.len() + 2).map(|place| format!("${place}")).collect();
        let sql = format!(
            "SELECT b.hash, b.size FROM blobs b WHERE b.hash IN ({}) AND EXISTS \
             (SELECT 1 FROM blob_refs r WHERE r.hash = b.hash AND r.owner_id = $1)",
            places.join(", ")
        );
        let mut statement = sqlx::query(AssertSqlSafe(sql)).bind(owner.to_string());
        for hash in some {
            statement = statement.bind(hash.to_string());
        }
        for row in statement.fetch_all(database.reader()).await? {
            found.push((parsed(&row, "hash")?, count(&row, "size")?));
        }
    }
    Ok(found)
}

/// Ends the hold of what was put before `before`.
pub(super) async fn let_go(database: &Database, before: Timestamp) -> Result<(), Fault> {
    sqlx::query("DELETE FROM blob_refs WHERE kind = $1 AND created_at < $2")
        .bind(PUT)
        .bind(before.as_millis())
        .execute(database.writer())
        .await?;
    Ok(())
}

/// Some of the blobs after `after` that nothing refers to and nobody has put since `before`.
pub(super) async fn forgotten(
    database: &Database,
    before: Timestamp,
    after: &str,
) -> Result<Vec<BlobHash>, Fault> {
    let found = sqlx::query(
        "SELECT b.hash FROM blobs b WHERE b.hash > $1 AND b.created_at < $2 \
         AND NOT EXISTS (SELECT 1 FROM blob_refs r WHERE r.hash = b.hash) ORDER BY b.hash LIMIT 100",
    )
    .bind(after.to_owned())
    .bind(before.as_millis())
    .fetch_all(database.reader())
    .await?;
    found.iter().map(|row| parsed(row, "hash")).collect()
}

/// Removes a blob's row, if that is still so.
pub(super) async fn delete(
    connection: &mut AnyConnection,
    hash: BlobHash,
    before: Timestamp,
) -> Result<bool, Fault> {
    let done = sqlx::query(
        "DELETE FROM blobs WHERE hash = $1 AND created_at < $2 \
         AND NOT EXISTS (SELECT 1 FROM blob_refs r WHERE r.hash = blobs.hash)",
    )
    .bind(hash.to_string())
    .bind(before.as_millis())
    .execute(connection)
    .await?;
    Ok(done.rows_affected() == 1)
}
