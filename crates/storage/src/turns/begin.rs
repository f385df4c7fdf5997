//! A turn's beginning.

use sqlx::AnyConnection;
use vertice_domain::{Conversation, MessageId, UserId, title};
use vertice_ports::turns::BeginTurn;

use crate::{
    conversations::{messages, one},
    database::{Database, Verdict},
    fault::Fault,
    search::{FORM, words},
    search_text::clean,
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
    // First of all: it says whether the conversation is the owner's, and holds it until the commit.
    let parents = parents(begin);
    match &begin.new_conversation {
        Some(_) if !parents.is_empty() => return Ok(false),
        Some(new) => one::insert(connection, owner, &with_head(new, begin)).await?,
        None if !move_head(connection, owner, begin, &parents).await? => return Ok(false),
        None => {}
    }
    let stored: Vec<_> =
        begin.user_message.iter().chain([&begin.answer]).map(|message| (message, [].as_slice())).collect();
    messages::insert(connection, owner, &stored).await?;
    insert_turn(connection, owner, begin).await?;
    Ok(true)
}

/// The messages that must be in the conversation already: one, or none.
fn parents(begin: &BeginTurn) -> Vec<MessageId> {
    let new = begin.user_message.as_ref().map(|message| message.id);
    let asked = begin.user_message.as_ref().and_then(|message| message.parent_id);
    let mut parents: Vec<_> = [asked, begin.answer.parent_id].into_iter().flatten().collect();
    parents.retain(|parent| Some(*parent) != new);
    parents.dedup();
    parents
}

/// The new conversation as it is after the beginning.
fn with_head(new: &Conversation, begin: &BeginTurn) -> Conversation {
    let mut conversation = new.clone();
    conversation.head_message_id = Some(begin.answer.id);
    conversation.updated_at = begin.answer.created_at;
    if let Some(title) = begin.title.as_ref().filter(|_| ["", title::UNTITLED].contains(&&*new.title)) {
        conversation.title.clone_from(title);
    }
    if let Some(model) = &begin.model {
        conversation.model.clone_from(model);
    }
    conversation
}

/// Makes the answer the head, and gives the conversation its title and model, if it holds the parents.
async fn move_head(
    connection: &mut AnyConnection,
    owner: UserId,
    begin: &BeginTurn,
    parents: &[MessageId],
) -> Result<bool, Fault> {
    let parent = |place: usize| parents.get(place).map(MessageId::to_string);
    let done = sqlx::query(
        "UPDATE conversations SET head_message_id = $1, updated_at = $2, \
         title = CASE WHEN title IN ('', $3) THEN COALESCE($4, title) ELSE title END, \
         title_words = CASE WHEN title IN ('', $3) THEN COALESCE($5, title_words) ELSE title_words END, \
         search_form = CASE WHEN title IN ('', $3) AND $5 IS NOT NULL THEN $12 ELSE search_form END, \
         model = COALESCE($6, model) WHERE id = $7 AND owner_id = $8 AND deleted_at IS NULL \
         AND $9 = (SELECT COUNT(*) FROM messages m WHERE m.conversation_id = $7 AND m.id IN ($10, $11))",
    )
    .bind(begin.answer.id.to_string())
    .bind(begin.answer.created_at.as_millis())
    .bind(title::UNTITLED)
    .bind(begin.title.as_deref().map(clean))
    .bind(begin.title.as_deref().map(words))
    .bind(begin.model.as_deref().map(clean))
    .bind(begin.answer.conversation_id.to_string())
    .bind(owner.to_string())
    .bind(i64::try_from(parents.len()).unwrap_or(i64::MAX))
    .bind(parent(0))
    .bind(parent(1))
    .bind(FORM)
    .execute(connection)
    .await?;
    Ok(done.rows_affected() == 1)
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
