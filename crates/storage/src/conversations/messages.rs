//! Single messages and pages of them.

use sqlx::AnyConnection;
use vertice_domain::{ConversationId, Error, Message, MessageId, Page, PageRequest, SealedPart, UserId};

use super::{kept, one, parts};
use crate::{
    cursor::{self, Key, List},
    database::Database,
    fault::Fault,
    insert::{self, Insert, Statement},
    rows::{self, message_columns},
    search::{FORM, words},
    search_text::{clean, has_code},
};

const INSERT: Insert = Insert {
    head: "INSERT INTO messages (id, conversation_id, parent_id, role, status, model, provider, turn_id, \
           finish_reason, usage, receipt, created_at, has_code, content, search_text, words, search_form, thinking, images) VALUES",
    columns: 19,
    tail: "",
};

/// Stores messages of the owner's inside a transaction, with what goes back to their providers; they keep the blobs that
/// they name.
pub(crate) async fn insert(
    connection: &mut AnyConnection,
    owner: UserId,
    messages: &[(&Message, &[SealedPart])],
) -> Result<(), Fault> {
    insert::all(connection, INSERT, messages, |statement, (message, _)| bind(statement, message)).await?;
    let made_of = messages.iter().map(|(message, sealed)| (message.id, message.parts.as_slice(), *sealed));
    parts::insert(connection, made_of).await?;
    for (message, _) in messages {
        let named = kept::named_by(&message.parts);
        if kept::keep(connection, owner, message.id, &named, message.created_at).await? > 0 {
            let problem = "names a picture or a file that is not kept here (any more); send it again";
            return Err(Fault::Refused(Error::invalid_field("content", problem)));
        }
    }
    Ok(())
}

/// `content`, `thinking` and `images` say what the parts say, for the programs of the version before.
fn bind(statement: Statement, message: &Message) -> Result<Statement, Fault> {
    let (text, images) = (message.text(), message.attachments());
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
        .bind(i64::from(has_code(&text)))
        .bind(clean(&text))
        .bind("")
        .bind(words(&text))
        .bind(FORM)
        .bind(clean(&message.thinking()))
        .bind((!images.is_empty()).then(|| rows::to_json(&images)).transpose()?))
}

pub(super) async fn get(database: &Database, owner: UserId, id: MessageId) -> Result<Option<Message>, Fault> {
    let mut transaction = database.begin_read().await?;
    let row = sqlx::query(concat!(
        "SELECT ",
        message_columns!(),
        " FROM messages m JOIN conversations c ON c.id = m.conversation_id \
         WHERE m.id = $1 AND c.owner_id = $2 AND c.deleted_at IS NULL"
    ))
    .bind(id.to_string())
    .bind(owner.to_string())
    .fetch_optional(&mut *transaction)
    .await?;
    let Some(row) = row else { return Ok(None) };
    let mut message = [rows::message(&row)?];
    parts::fill(&mut transaction, &mut message).await?;
    let [message] = message;
    Ok(Some(message))
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
    let mut page = cursor::page(List::Messages, page, messages, |message: &Message| Key {
        numbers: vec![message.created_at.as_millis()],
        id: message.id.to_string(),
    });
    parts::fill(&mut transaction, &mut page.items).await?;
    Ok(Some(page))
}
