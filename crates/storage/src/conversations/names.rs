//! The names of all conversations of a person: one statement, and nothing of what is in them.

use sqlx::any::AnyRow;
use vertice_domain::UserId;
use vertice_ports::library::ConversationName;

use crate::{database::Database, fault::Fault, rows};

pub(super) async fn names(
    database: &Database,
    owner: UserId,
    most: u32,
) -> Result<Vec<ConversationName>, Fault> {
    let found = sqlx::query(
        "SELECT id, title, pinned, archived, updated_at FROM conversations \
         WHERE owner_id = $1 AND deleted_at IS NULL ORDER BY updated_at DESC, id DESC LIMIT $2",
    )
    .bind(owner.to_string())
    .bind(i64::from(most))
    .fetch_all(database.reader())
    .await?;
    found.iter().map(name).collect()
}

fn name(row: &AnyRow) -> Result<ConversationName, Fault> {
    Ok(ConversationName {
        id: rows::parsed(row, "id")?,
        title: rows::text(row, "title")?,
        pinned: rows::flag(row, "pinned")?,
        archived: rows::flag(row, "archived")?,
        updated_at: rows::time(row, "updated_at")?,
    })
}
