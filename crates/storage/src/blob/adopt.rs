//! Pictures of versions that kept them in the database: from `message_images` into blobs, one at a time, each whole in one
//! transaction, so that a start that was broken off goes on where it was.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::Bytes;
use sqlx::any::AnyRow;
use vertice_domain::{Image, ImageSource, ImageType, Result, Timestamp, UserId};

use super::{StoredBlobs, digest, rows};
use crate::{
    database::Database,
    fault::Fault,
    rows::{number, optional_text, parsed, text, to_json},
};

/// Pictures looked for in one statement; their bytes are read one by one.
const BATCH: i64 = 100;

/// What became of the pictures of earlier versions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Adopted {
    /// Those that are blobs, or addresses in their message, now.
    pub moved: u64,
    /// Those that cannot be read. They stay where they are, and their messages are shown without them.
    pub unreadable: u64,
}

struct PictureRow {
    message: String,
    position: i64,
    owner: UserId,
}

impl StoredBlobs {
    /// Moves the pictures of earlier versions to where they belong. To be called before the first request is answered.
    pub async fn adopt(&self) -> Result<Adopted> {
        let (mut adopted, mut last) = (Adopted::default(), (String::new(), -1));
        loop {
            let rows = rows_after(&self.database, &last).await?;
            let Some(end) = rows.last() else { break };
            last = (end.message.clone(), end.position);
            for row in rows {
                match self.adopt_one(&row).await? {
                    true => adopted.moved += 1,
                    false => {
                        let (message, position) = (&row.message, row.position);
                        tracing::warn!(%message, position, "a picture of an earlier version cannot be read; it stays as it is");
                        adopted.unreadable += 1;
                    }
                }
            }
        }
        if adopted != Adopted::default() {
            tracing::info!(adopted.moved, adopted.unreadable, "moved pictures out of the database");
        }
        Ok(adopted)
    }

    /// `false`: it cannot be read.
    async fn adopt_one(&self, row: &PictureRow) -> Result<bool> {
        let Some(stored) = picture(&self.database, row).await? else { return Ok(true) };
        let now = self.clock.now();
        if let Some(url) = optional_text(&stored, "url")? {
            let Ok(Image::Url { url }) = Image::from_url(&url) else { return Ok(false) };
            return Ok(replace(&self.database, row, &ImageSource::Url { url }, now).await.map(|()| true)?);
        }
        let Some(data) = optional_text(&stored, "data")? else { return Ok(false) };
        let Some((media_type, bytes)) = decoded(data).await else { return Ok(false) };
        let (hash, size) = (digest(bytes.clone()).await?, bytes.len() as u64);
        self.place.keep(hash, &bytes).await?;
        let source = ImageSource::Blob { hash, media_type, size };
        replace(&self.database, row, &source, now).await?;
        Ok(true)
    }
}

/// The form is what the bytes show, whatever was written beside them.
async fn decoded(data: String) -> Option<(ImageType, Bytes)> {
    let bytes = tokio::task::spawn_blocking(move || STANDARD.decode(data.trim()).ok()).await.ok()??;
    Some((ImageType::of(&bytes)?, bytes.into()))
}

async fn rows_after(database: &Database, after: &(String, i64)) -> Result<Vec<PictureRow>, Fault> {
    let found = sqlx::query(
        "SELECT i.message_id, i.position, c.owner_id FROM message_images i \
         JOIN messages m ON m.id = i.message_id JOIN conversations c ON c.id = m.conversation_id \
         WHERE i.message_id > $1 OR (i.message_id = $1 AND i.position > $2) \
         ORDER BY i.message_id, i.position LIMIT $3",
    )
    .bind(after.0.clone())
    .bind(after.1)
    .bind(BATCH)
    .fetch_all(database.reader())
    .await?;
    let row = |row: &AnyRow| {
        let (message, position) = (text(row, "message_id")?, number(row, "position")?);
        Ok(PictureRow { message, position, owner: parsed(row, "owner_id")? })
    };
    found.iter().map(row).collect()
}

async fn picture(database: &Database, row: &PictureRow) -> Result<Option<AnyRow>, Fault> {
    let found = sqlx::query("SELECT data, url FROM message_images WHERE message_id = $1 AND position = $2")
        .bind(row.message.clone())
        .bind(row.position)
        .fetch_optional(database.reader())
        .await?;
    Ok(found)
}

/// The picture becomes a part of its message; what was kept before goes.
async fn replace(
    database: &Database,
    row: &PictureRow,
    source: &ImageSource,
    now: Timestamp,
) -> Result<(), Fault> {
    let mut transaction = database.begin_write().await?;
    if let ImageSource::Blob { hash, media_type, size } = source {
        let blob = rows::New { hash: *hash, media_type: media_type.as_str(), size: *size, now };
        rows::insert(&mut transaction, &blob).await?;
        rows::refer(&mut transaction, row.owner, &blob, "message", &row.message).await?;
    }
    sqlx::query(
        "INSERT INTO message_parts (message_id, position, step, kind, body) VALUES ($1, $2, 0, 'image', $3) \
         ON CONFLICT (message_id, position) DO NOTHING",
    )
    .bind(row.message.clone())
    .bind(row.position)
    .bind(to_json(&serde_json::json!({ "source": source }))?)
    .execute(&mut *transaction)
    .await?;
    sqlx::query("DELETE FROM message_images WHERE message_id = $1 AND position = $2")
        .bind(row.message.clone())
        .bind(row.position)
        .execute(&mut *transaction)
        .await?;
    Ok(transaction.commit().await?)
}
