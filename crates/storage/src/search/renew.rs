//! Rows whose words the versions before have made, or another node that still runs one: written anew, a few at a time.

use std::time::Duration;

use sqlx::AssertSqlSafe;

use super::{FORM, names, words};
use crate::{database::Database, fault::Fault, rows};

/// How many rows are written in one transaction: others write meanwhile.
const AT_ONCE: i64 = 50;
/// The pause after each, in which they do.
const PAUSE: Duration = Duration::from_millis(5);

/// Writes them anew until there are none; how many there were.
pub(crate) async fn renew(database: &Database) -> Result<u64, Fault> {
    let mut renewed = 0;
    for table in [Table::Conversations, Table::Messages, Table::Artifacts] {
        loop {
            let count = batch(database, table).await?;
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
    /// What the words are made of, oldest first: of what is found the newest has the highest number.
    const fn old_rows(self) -> &'static str {
        match self {
            Self::Conversations => {
                "SELECT id, title AS text, '' AS path FROM conversations WHERE search_form = 0 \
                 ORDER BY created_at LIMIT $1"
            }
            Self::Messages => {
                "SELECT id, content AS text, '' AS path FROM messages WHERE search_form = 0 \
                 ORDER BY created_at LIMIT $1"
            }
            Self::Artifacts => {
                "SELECT id, title AS text, path FROM artifacts WHERE search_form = 0 ORDER BY created_at LIMIT $1"
            }
        }
    }

    /// Nothing, where somebody else has written the row meanwhile.
    const fn update(self) -> &'static str {
        match self {
            Self::Conversations => {
                "UPDATE conversations SET title_search = $1, search_form = $2 WHERE id = $3 AND search_form = 0"
            }
            Self::Messages => {
                "UPDATE messages SET search_text = $1, search_form = $2 WHERE id = $3 AND search_form = 0"
            }
            Self::Artifacts => {
                "UPDATE artifacts SET search_names = $1, search_form = $2 WHERE id = $3 AND search_form = 0"
            }
        }
    }
}

async fn batch(database: &Database, table: Table) -> Result<u64, Fault> {
    let found =
        sqlx::query(AssertSqlSafe(table.old_rows())).bind(AT_ONCE).fetch_all(database.reader()).await?;
    if found.is_empty() {
        return Ok(0);
    }
    let mut transaction = database.begin_write().await?;
    for row in &found {
        let (id, text) = (rows::text(row, "id")?, rows::text(row, "text")?);
        let words = match table {
            Table::Artifacts => names(&text, &rows::text(row, "path")?),
            Table::Conversations | Table::Messages => words(&text),
        };
        sqlx::query(AssertSqlSafe(table.update()))
            .bind(words)
            .bind(FORM)
            .bind(id)
            .execute(&mut *transaction)
            .await?;
    }
    transaction.commit().await?;
    Ok(found.len() as u64)
}
