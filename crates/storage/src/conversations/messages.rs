//! Single messages and pages of them.

use sqlx::AnyConnection;
use vertice_domain::{ConversationId, Message, MessageId, Page, PageRequest, UserId};

use super::one;
use crate::{
    cursor::{self, Key, List},
    database::Database,
    fault::Fault,
    insert::{self, Insert, Statement},
    rows::{self, message_columns},
    search_text::{clean, fold, has_code},
};

const INSERT: Insert = Insert {
    head: "INSERT INTO messages (id, conversation_id, parent_id, role, status, model, provider, turn_id, \
           finish_reason, usage, receipt, created_at, has_code, content, search_text, thinking, images) VALUES",
    columns: 17,
    tail: "",
};

/// Stores messages inside a transaction.
pub(crate) async fn insert(connection: &mut AnyConnection, messages: &[Message]) -> Result<(), Fault> {
    insert::all(connection, INSERT, messages, bind).await
}

fn bind(statement: Statement, message: &Message) -> Result<Statement, Fault> {
    Ok(statement
        .bind(message.id.to_string())
        .bind(message.conversation_id.to_string())
        .bind(message.parent_id.map(|id| id.to_string()))
        .bind(message.role.as_str())
        .bind(message.status.as_str())
        .bind(message.model.as_deref().map(clean))
        .bind(message.provider.map(|provider| provider.as_str()))
        .bind(message.turn_id.map(|id| id.to_string()))
        .bind(message.finish_reason.map(|reason| reason.as_str()))
        .bind(message.usage.as_ref().map(rows::to_json).transpose()?)
        .bind(message.receipt.as_ref().map(rows::to_json).transpose()?)
        .bind(message.created_at.as_millis())
        .bind(i64::from(has_code(&message.content)))
        .bind(clean(&message.content))
        .bind(fold(&message.content))
        .bind(clean(&message.thinking))
        .bind((!message.images.is_empty()).then(|| rows::to_json(&message.images)).transpose()?))
}

pub(super) async fn get(database: &Database, owner: UserId, id: MessageId) -> Result<Option<Message>, Fault> {
    let row = sqlx::query(concat!(
        "SELECT ",
        message_columns!(),
        " FROM messages m JOIN conversations c ON c.id = m.conversation_id \
         WHERE m.id = $1 AND c.owner_id = $2 AND c.deleted_at IS NULL"
    ))
    .bind(id.to_string())
    .bind(owner.to_string())
    .fetch_optional(database.reader())
    .await?;
    row.as_ref().map(rows::message).transpose()
}

pub(super) async fn page(
    database: &Database,
    owner: UserId,
    id: ConversationId,
    page: &PageRequest,
) -> Result<Option<Page<Message>>, Fault> {
    let start = Key { numbers: vec![i64::MIN], id: String::new() };
    let start = cursor::decode(List::Messages, page, start)?;
    let mut transaction = database.begin_read().await?;
    if one::find(&mut transaction, owner, id).await?.is_none() {
        return Ok(None);
    }
    let found = sqlx::query(concat!(
        "SELECT ",
        message_columns!(),
        " FROM messages m WHERE m.conversation_id = $1 AND (m.created_at, m.id) > ($2, $3) \
         ORDER BY m.created_at, m.id LIMIT $4"
    ))
    .bind(id.to_string())
    .bind(start.numbers[0])
    .bind(start.id)
    .bind(cursor::rows_wanted(page))
    .fetch_all(&mut *transaction)
    .await?;
    let messages = found.iter().map(rows::message).collect::<Result<_, _>>()?;
    Ok(Some(cursor::page(List::Messages, page, messages, |message: &Message| Key {
        numbers: vec![message.created_at.as_millis()],
        id: message.id.to_string(),
    })))
}
