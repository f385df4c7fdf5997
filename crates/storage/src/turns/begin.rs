//! A turn's beginning.

use sqlx::AnyConnection;
use vertice_domain::{ConversationId, MessageId, UserId, title};
use vertice_ports::turns::BeginTurn;

use crate::{
    conversations::{messages, one},
    database::{Database, Verdict},
    fault::Fault,
    search_text::{clean, fold},
};

pub(super) async fn begin(database: &Database, owner: UserId, begin: BeginTurn) -> Result<bool, Fault> {
    let conversation = begin.answer.conversation_id;
    let strays = begin.user_message.as_ref().is_some_and(|message| message.conversation_id != conversation)
        || begin.new_conversation.as_ref().is_some_and(|new| new.id != conversation);
    if strays {
        return Err(Fault::Broken("a turn's parts must all belong to one conversation"));
    }
    database
        .grouped(move |connection| {
            Box::pin(async move {
                let begun = store(connection, owner, &begin).await?;
                Ok(if begun { Verdict::Keep(true) } else { Verdict::Undo(false) })
            })
        })
        .await
}

async fn store(connection: &mut AnyConnection, owner: UserId, begin: &BeginTurn) -> Result<bool, Fault> {
    if let Some(new) = &begin.new_conversation {
        one::insert(connection, owner, new).await?;
    }
    // First of all: it says whether the conversation is the owner's, and holds it until the commit.
    if !move_head(connection, owner, begin).await? {
        return Ok(false);
    }
    let new = begin.user_message.as_ref().map(|message| message.id);
    let parents = [begin.user_message.as_ref().and_then(|message| message.parent_id), begin.answer.parent_id];
    for parent in parents.into_iter().flatten().filter(|parent| Some(*parent) != new) {
        if !holds(connection, begin.answer.conversation_id, parent).await? {
            return Ok(false);
        }
    }
    let stored: Vec<_> =
        begin.user_message.iter().chain([&begin.answer]).map(|message| (message, [].as_slice())).collect();
    messages::insert(connection, owner, &stored).await?;
    insert_turn(connection, owner, begin).await?;
    Ok(true)
}

/// Makes the answer the head, and gives the conversation its title and model.
async fn move_head(connection: &mut AnyConnection, owner: UserId, begin: &BeginTurn) -> Result<bool, Fault> {
    let done = sqlx::query(
        "UPDATE conversations SET head_message_id = $1, updated_at = $2, \
         title = CASE WHEN title IN ('', $3) THEN COALESCE($4, title) ELSE title END, \
         title_search = CASE WHEN title IN ('', $3) THEN COALESCE($5, title_search) ELSE title_search END, \
         model = COALESCE($6, model) WHERE id = $7 AND owner_id = $8 AND deleted_at IS NULL",
    )
    .bind(begin.answer.id.to_string())
    .bind(begin.answer.created_at.as_millis())
    .bind(title::UNTITLED)
    .bind(begin.title.as_deref().map(clean))
    .bind(begin.title.as_deref().map(fold))
    .bind(begin.model.as_deref().map(clean))
    .bind(begin.answer.conversation_id.to_string())
    .bind(owner.to_string())
    .execute(connection)
    .await?;
    Ok(done.rows_affected() == 1)
}

async fn holds(
    connection: &mut AnyConnection,
    conversation: ConversationId,
    message: MessageId,
) -> Result<bool, Fault> {
    let row = sqlx::query("SELECT id FROM messages WHERE id = $1 AND conversation_id = $2")
        .bind(message.to_string())
        .bind(conversation.to_string())
        .fetch_optional(connection)
        .await?;
    Ok(row.is_some())
}

async fn insert_turn(connection: &mut AnyConnection, owner: UserId, begin: &BeginTurn) -> Result<(), Fault> {
    sqlx::query(
        "INSERT INTO turns (id, owner_id, conversation_id, message_id, started_at, state, node, fence, settings) \
         VALUES ($1, $2, $3, $4, $5, 'running', $6, 1, $7)",
    )
    .bind(begin.turn.to_string())
    .bind(owner.to_string())
    .bind(begin.answer.conversation_id.to_string())
    .bind(begin.answer.id.to_string())
    .bind(begin.answer.created_at.as_millis())
    .bind(begin.node.to_string())
    .bind(clean(&begin.settings))
    .execute(connection)
    .await?;
    Ok(())
}
