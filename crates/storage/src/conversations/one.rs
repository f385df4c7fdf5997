//! Storing, changing, deleting and bringing back one conversation.

use sqlx::AnyConnection;
use vertice_domain::{Conversation, ConversationId, ConversationPatch, Timestamp, UserId};

use crate::{
    database::Database,
    fault::Fault,
    rows::{self, conversation_columns},
    search::{FORM, words},
    search_text::clean,
};

/// Stores a conversation inside a transaction.
pub(crate) async fn insert(
    connection: &mut AnyConnection,
    owner: UserId,
    conversation: &Conversation,
) -> Result<(), Fault> {
    sqlx::query(concat!(
        "INSERT INTO conversations (",
        conversation_columns!(),
        ", owner_id, title_search, title_words, search_form) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, '', $12, $13)"
    ))
    .bind(conversation.id.to_string())
    .bind(clean(&conversation.title))
    .bind(i64::from(conversation.pinned))
    .bind(i64::from(conversation.archived))
    .bind(clean(&conversation.model))
    .bind(conversation.system_prompt.as_deref().map(clean))
    .bind(conversation.mode.as_str())
    .bind(conversation.head_message_id.map(|id| id.to_string()))
    .bind(conversation.created_at.as_millis())
    .bind(conversation.updated_at.as_millis())
    .bind(owner.to_string())
    .bind(words(&conversation.title))
    .bind(FORM)
    .execute(connection)
    .await?;
    Ok(())
}

pub(super) async fn get(
    database: &Database,
    owner: UserId,
    id: ConversationId,
) -> Result<Option<Conversation>, Fault> {
    let mut connection = database.reader().acquire().await?;
    find(&mut connection, owner, id).await
}

/// The owner's conversation, unless deleted.
pub(crate) async fn find(
    connection: &mut AnyConnection,
    owner: UserId,
    id: ConversationId,
) -> Result<Option<Conversation>, Fault> {
    let row = sqlx::query(concat!(
        "SELECT ",
        conversation_columns!(),
        " FROM conversations WHERE id = $1 AND owner_id = $2 AND deleted_at IS NULL"
    ))
    .bind(id.to_string())
    .bind(owner.to_string())
    .fetch_optional(connection)
    .await?;
    row.as_ref().map(rows::conversation).transpose()
}

pub(super) async fn patch(
    database: &Database,
    owner: UserId,
    id: ConversationId,
    patch: &ConversationPatch,
) -> Result<Option<Conversation>, Fault> {
    let row = sqlx::query(concat!(
        "UPDATE conversations SET title = COALESCE($1, title), title_words = COALESCE($2, title_words), \
         search_form = CASE WHEN $2 IS NULL THEN search_form ELSE $10 END, pinned = COALESCE($3, pinned), archived = COALESCE($4, archived), model = COALESCE($5, model), \
         system_prompt = NULLIF(COALESCE($6, system_prompt), ''), mode = COALESCE($7, mode) \
         WHERE id = $8 AND owner_id = $9 AND deleted_at IS NULL RETURNING ",
        conversation_columns!()
    ))
    .bind(patch.title.as_deref().map(clean))
    .bind(patch.title.as_deref().map(words))
    .bind(patch.pinned.map(i64::from))
    .bind(patch.archived.map(i64::from))
    .bind(patch.model.as_deref().map(clean))
    .bind(patch.system_prompt.as_deref().map(clean))
    .bind(patch.mode.map(|mode| mode.as_str()))
    .bind(id.to_string())
    .bind(owner.to_string())
    .bind(FORM)
    .fetch_all(database.writer())
    .await?;
    row.first().map(rows::conversation).transpose()
}

pub(super) async fn retitle(
    database: &Database,
    owner: UserId,
    id: ConversationId,
    from: &str,
    to: &str,
) -> Result<bool, Fault> {
    let done = sqlx::query(
        "UPDATE conversations SET title = $1, title_words = $2, search_form = $6 \
         WHERE id = $3 AND owner_id = $4 AND title = $5 AND deleted_at IS NULL",
    )
    .bind(clean(to))
    .bind(words(to))
    .bind(id.to_string())
    .bind(owner.to_string())
    .bind(clean(from))
    .bind(FORM)
    .execute(database.writer())
    .await?;
    Ok(done.rows_affected() > 0)
}

pub(super) async fn delete(
    database: &Database,
    owner: UserId,
    id: ConversationId,
    now: Timestamp,
) -> Result<bool, Fault> {
    let done = sqlx::query(
        "UPDATE conversations SET deleted_at = $1 WHERE id = $2 AND owner_id = $3 AND deleted_at IS NULL",
    )
    .bind(now.as_millis())
    .bind(id.to_string())
    .bind(owner.to_string())
    .execute(database.writer())
    .await?;
    Ok(done.rows_affected() == 1)
}

pub(super) async fn restore(
    database: &Database,
    owner: UserId,
    id: ConversationId,
) -> Result<Option<Conversation>, Fault> {
    let row = sqlx::query(concat!(
        "UPDATE conversations SET deleted_at = NULL WHERE id = $1 AND owner_id = $2 RETURNING ",
        conversation_columns!()
    ))
    .bind(id.to_string())
    .bind(owner.to_string())
    .fetch_all(database.writer())
    .await?;
    row.first().map(rows::conversation).transpose()
}

/// Conversations that were deleted before `$1`.
macro_rules! purgeable {
    () => {
        "deleted_at < $1 AND NOT EXISTS \
         (SELECT 1 FROM turns t WHERE t.conversation_id = conversations.id AND t.state = 'running')"
    };
}

/// Leaves alone what a turn still writes to: its end must find its place. One that sleeps goes with its conversation.
pub(super) async fn purge(database: &Database, before: Timestamp) -> Result<u64, Fault> {
    let mut purged = 0;
    loop {
        let found = sqlx::query(concat!("SELECT id FROM conversations WHERE ", purgeable!(), " LIMIT 100"))
            .bind(before.as_millis())
            .fetch_all(database.reader())
            .await?;
        let mut gone = 0;
        for row in &found {
            gone += purge_one(database, before, rows::text(row, "id")?).await?;
        }
        purged += gone;
        if gone == 0 {
            return Ok(purged);
        }
    }
}

/// One at a time, however much it holds: others write between two of them.
async fn purge_one(database: &Database, before: Timestamp, id: String) -> Result<u64, Fault> {
    let mut transaction = database.begin_write().await?;
    if let Some(patience) = database.long_statement() {
        sqlx::query(patience).execute(&mut *transaction).await?;
    }
    let done = sqlx::query(concat!("DELETE FROM conversations WHERE ", purgeable!(), " AND id = $2"))
        .bind(before.as_millis())
        .bind(id)
        .execute(&mut *transaction)
        .await?;
    transaction.commit().await?;
    Ok(done.rows_affected())
}
