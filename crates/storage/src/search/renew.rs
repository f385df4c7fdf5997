//! Rows whose words nobody has made yet: those that were there before there were any, and those of a node that still runs the version
//! before. They are written anew, a few at a time.

use std::time::Duration;

use sqlx::{AssertSqlSafe, any::AnyRow};
use vertice_ports::Blobs;

use super::{FORM, names, words};
use crate::{database::Database, fault::Fault, rows};

/// How many rows are written in one transaction: others write meanwhile.
const AT_ONCE: i64 = 50;
/// The pause after each, in which they do.
const PAUSE: Duration = Duration::from_millis(5);

/// Writes them anew until there are none; how many there were. Contents of artifacts are read from `blobs`.
pub(crate) async fn renew(database: &Database, blobs: &dyn Blobs) -> vertice_domain::Result<u64> {
    let mut renewed = 0;
    for table in [Table::Conversations, Table::Messages, Table::Artifacts] {
        loop {
            let count = batch(database, blobs, table).await?;
            if count == 0 {
                break;
            }
            renewed += count;
            tokio::time::sleep(PAUSE).await;
        }
    }
    Ok(renewed)
}

#[derive(Clone, Copy)]
enum Table {
    Conversations,
    Messages,
    Artifacts,
}

impl Table {
    /// What the words are made of.
    const fn old_rows(self) -> &'static str {
        match self {
            Self::Conversations => {
                "SELECT id, title AS text FROM conversations WHERE search_form = 0 ORDER BY created_at, id LIMIT $1"
            }
            Self::Messages => {
                "SELECT id, content AS text FROM messages WHERE search_form = 0 ORDER BY created_at, id LIMIT $1"
            }
            Self::Artifacts => {
                "SELECT a.id, a.title AS text, a.path, a.owner_id, v.hash FROM artifacts a JOIN artifact_versions v \
                 ON v.artifact_id = a.id AND v.version = a.version WHERE a.search_form = 0 \
                 ORDER BY a.created_at, a.id LIMIT $1"
            }
        }
    }

    /// Nothing, where somebody else has written the row meanwhile.
    const fn update(self) -> &'static str {
        match self {
            Self::Conversations => {
                "UPDATE conversations SET title_words = $1, search_form = $3 \
                 WHERE id = $4 AND search_form = 0 AND title = $2"
            }
            Self::Messages => {
                "UPDATE messages SET words = $1, search_form = $3 WHERE id = $4 AND search_form = 0 AND content = $2"
            }
            Self::Artifacts => {
                "UPDATE artifacts SET name_words = $1, words = $2, search_form = $3 WHERE id = $4 AND search_form = 0"
            }
        }
    }
}

/// A row with its words: of an artifact those of its names and of its content, else the words and the text that they are of.
struct Renewed {
    id: String,
    first: String,
    second: String,
}

async fn batch(database: &Database, blobs: &dyn Blobs, table: Table) -> vertice_domain::Result<u64> {
    let found = sqlx::query(AssertSqlSafe(table.old_rows())).bind(AT_ONCE).fetch_all(database.reader()).await;
    let found = found.map_err(Fault::from)?;
    let mut renewed = Vec::with_capacity(found.len());
    for row in &found {
        renewed.push(match table {
            Table::Artifacts => artifact(row, blobs).await?,
            Table::Conversations | Table::Messages => text(row)?,
        });
        tokio::task::yield_now().await;
    }
    Ok(store(database, table, renewed).await?)
}

fn text(row: &AnyRow) -> Result<Renewed, Fault> {
    let text = rows::text(row, "text")?;
    Ok(Renewed { id: rows::text(row, "id")?, first: words(&text), second: text })
}

/// A content that is missing has no words.
async fn artifact(row: &AnyRow, blobs: &dyn Blobs) -> vertice_domain::Result<Renewed> {
    let content = blobs.get(rows::parsed(row, "owner_id")?, rows::parsed(row, "hash")?).await?;
    let content = content.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default();
    let first = names(&rows::text(row, "text")?, &rows::text(row, "path")?);
    Ok(Renewed { id: rows::text(row, "id")?, first, second: words(&content) })
}

async fn store(database: &Database, table: Table, renewed: Vec<Renewed>) -> Result<u64, Fault> {
    if renewed.is_empty() {
        return Ok(0);
    }
    let mut count = 0;
    let mut transaction = database.begin_write().await?;
    for Renewed { id, first, second } in renewed {
        let done = sqlx::query(AssertSqlSafe(table.update()))
            .bind(first)
            .bind(second)
            .bind(FORM)
            .bind(id)
            .execute(&mut *transaction)
            .await?;
        count += done.rows_affected();
    }
    transaction.commit().await?;
    Ok(count)
}
