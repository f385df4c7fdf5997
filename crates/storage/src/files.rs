//! Files that people attach. What they hold lies among the blobs, which go with them by a trigger of the database.

use async_trait::async_trait;
use sqlx::{AnyConnection, any::AnyRow};
use vertice_domain::{BlobHash, File, FileId, FileKind, Result, Timestamp, UserId};
use vertice_ports::{
    FileStore,
    files::{Reading, StoredFile},
};

use crate::{
    blob,
    database::Database,
    fault::Fault,
    rows::{self, count, optional_count, optional_parsed, optional_text, parsed, text, time},
    search_text::clean,
};

#[async_trait]
impl FileStore for Database {
    async fn add_file(&self, owner: UserId, file: &StoredFile) -> Result<()> {
        Ok(add(self, owner, file).await?)
    }

    async fn file(&self, owner: UserId, id: FileId) -> Result<Option<StoredFile>> {
        Ok(one(self, owner, id).await?)
    }

    async fn delete_file(&self, owner: UserId, id: FileId) -> Result<bool> {
        Ok(delete(self, owner, id).await?)
    }
}

async fn add(
    database: &Database,
    owner: UserId,
    StoredFile { file, hash, reading }: &StoredFile,
) -> Result<(), Fault> {
    let number =
        |count: u64| i64::try_from(count).map_err(|_| Fault::Broken("a file is larger than any number"));
    let reading = reading.as_ref();
    let mut transaction = database.begin_write().await?;
    sqlx::query(
        "INSERT INTO files (id, owner_id, name, media_type, kind, size, hash, read_hash, read_type, read_size, pages, \
         characters, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
    )
    .bind(file.id.to_string())
    .bind(owner.to_string())
    .bind(clean(&file.name))
    .bind(clean(&file.media_type))
    .bind(file.kind.as_str())
    .bind(number(file.size)?)
    .bind(hash.to_string())
    .bind(reading.map(|read| read.hash.to_string()))
    .bind(reading.map(|read| clean(&read.media_type)))
    .bind(reading.map(|read| number(read.size)).transpose()?)
    .bind(file.pages.map(i64::from))
    .bind(file.characters.map(number).transpose()?)
    .bind(file.created_at.as_millis())
    .execute(&mut *transaction)
    .await?;
    for hash in std::iter::once(hash).chain(reading.map(|read| &read.hash)) {
        keep(&mut transaction, owner, file.id, *hash, file.created_at).await?;
    }
    Ok(transaction.commit().await?)
}

/// Lets the file keep a blob, which nothing else has to hold for it any more.
async fn keep(
    connection: &mut AnyConnection,
    owner: UserId,
    id: FileId,
    hash: BlobHash,
    now: Timestamp,
) -> Result<(), Fault> {
    blob::keep(connection, owner, ("file", id.to_string()), hash, now).await?;
    sqlx::query("DELETE FROM blob_refs WHERE owner_id = $1 AND kind = 'put' AND hash = $2")
        .bind(owner.to_string())
        .bind(hash.to_string())
        .execute(connection)
        .await?;
    Ok(())
}

async fn one(database: &Database, owner: UserId, id: FileId) -> Result<Option<StoredFile>, Fault> {
    let found = sqlx::query(
        "SELECT id, name, media_type, kind, size, hash, read_hash, read_type, read_size, pages, characters, \
         created_at FROM files \
         WHERE id = $1 AND owner_id = $2",
    )
    .bind(id.to_string())
    .bind(owner.to_string())
    .fetch_optional(database.reader())
    .await?;
    found.as_ref().map(stored).transpose()
}

fn stored(row: &AnyRow) -> Result<StoredFile, Fault> {
    let pages = optional_count(row, "pages")?.map(u32::try_from).transpose();
    let file = File {
        id: parsed(row, "id")?,
        name: text(row, "name")?,
        media_type: text(row, "media_type")?,
        size: count(row, "size")?,
        kind: rows::word(row, "kind", FileKind::parse)?,
        pages: pages.map_err(|_| Fault::Unreadable("pages"))?,
        characters: optional_count(row, "characters")?,
        created_at: time(row, "created_at")?,
    };
    let read = (
        optional_parsed(row, "read_hash")?,
        optional_text(row, "read_type")?,
        optional_count(row, "read_size")?,
    );
    let reading = match read {
        (Some(hash), Some(media_type), Some(size)) => Some(Reading { hash, media_type, size }),
        _ => None,
    };
    Ok(StoredFile { file, hash: parsed(row, "hash")?, reading })
}

async fn delete(database: &Database, owner: UserId, id: FileId) -> Result<bool, Fault> {
    let done = sqlx::query("DELETE FROM files WHERE id = $1 AND owner_id = $2")
        .bind(id.to_string())
        .bind(owner.to_string())
        .execute(database.writer())
        .await?;
    Ok(done.rows_affected() == 1)
}
