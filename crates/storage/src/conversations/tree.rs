//! The tree of a conversation: paths, siblings, branches. Children are derived from parent pointers.

use std::collections::{HashMap, HashSet};

use sqlx::AnyConnection;
use vertice_domain::{
    ConversationId, EarlierMessages, Extent, Message, MessageId, RunningTurn, Thread, ThreadMessage, UserId,
};

use super::{one, parts};
use crate::{
    database::Database,
    fault::Fault,
    rows::{self, message_columns},
};

/// A conversation's messages without their texts, oldest first: each with its parent.
type Shape = Vec<(MessageId, Option<MessageId>)>;

pub(super) async fn path(
    database: &Database,
    owner: UserId,
    message: MessageId,
) -> Result<Option<Vec<Message>>, Fault> {
    let mut transaction = database.begin_read().await?;
    let Some(conversation) = conversation_of(&mut transaction, owner, message).await? else {
        return Ok(None);
    };
    load_path(&mut transaction, conversation, message, usize::MAX).await.map(Some)
}

pub(super) async fn thread(
    database: &Database,
    owner: UserId,
    id: ConversationId,
    extent: Extent,
) -> Result<Option<Thread>, Fault> {
    let mut transaction = database.begin_read().await?;
    let Some(conversation) = one::find(&mut transaction, owner, id).await? else { return Ok(None) };
    let Some(head) = conversation.head_message_id else {
        return Ok(Some(Thread { conversation, messages: Vec::new(), has_earlier: false, running: None }));
    };
    let shape = shape(&mut transaction, id).await?;
    let path = load_path(&mut transaction, id, head, length(&shape, head, extent)).await?;
    let running = running_turn(&mut transaction, id, head).await?;
    let EarlierMessages { messages, has_earlier } = with_siblings(path, &shape);
    Ok(Some(Thread { conversation, messages, has_earlier, running }))
}

pub(super) async fn earlier(
    database: &Database,
    owner: UserId,
    message: MessageId,
) -> Result<Option<EarlierMessages>, Fault> {
    let mut transaction = database.begin_read().await?;
    let Some(conversation) = conversation_of(&mut transaction, owner, message).await? else {
        return Ok(None);
    };
    let mut path = load_path(&mut transaction, conversation, message, Extent::PAGE + 1).await?;
    path.pop();
    let shape = shape(&mut transaction, conversation).await?;
    Ok(Some(with_siblings(path, &shape)))
}

/// How many messages of the path to `head` are told.
fn length(shape: &Shape, head: MessageId, extent: Extent) -> usize {
    let Extent::Recent(from) = extent else { return usize::MAX };
    let parents: HashMap<_, _> = shape.iter().copied().collect();
    let up = std::iter::successors(Some(head), |message| parents.get(message).copied().flatten());
    // No path is longer than there are messages, whatever the parents say.
    let place = from.and_then(|from| up.take(shape.len()).position(|message| message == from));
    place.map_or(Extent::PAGE, |place| (place + 1).max(Extent::PAGE))
}

fn with_siblings(path: Vec<Message>, shape: &Shape) -> EarlierMessages {
    let mut children: HashMap<Option<MessageId>, Vec<MessageId>> = HashMap::new();
    for (message, parent) in shape {
        children.entry(*parent).or_default().push(*message);
    }
    let has_earlier = path.first().is_some_and(|first| first.parent_id.is_some());
    let with_siblings = |message: Message| {
        let siblings = children.get(&message.parent_id).cloned().unwrap_or_default();
        ThreadMessage { message, siblings }
    };
    EarlierMessages { messages: path.into_iter().map(with_siblings).collect(), has_earlier }
}

pub(super) async fn select_branch(
    database: &Database,
    owner: UserId,
    message: MessageId,
) -> Result<Option<ConversationId>, Fault> {
    let mut transaction = database.begin_write().await?;
    let Some(conversation) = conversation_of(&mut transaction, owner, message).await? else {
        return Ok(None);
    };
    let head = newest_leaf(&shape(&mut transaction, conversation).await?, message);
    sqlx::query("UPDATE conversations SET head_message_id = $1 WHERE id = $2 AND owner_id = $3")
        .bind(head.to_string())
        .bind(conversation.to_string())
        .bind(owner.to_string())
        .execute(&mut *transaction)
        .await?;
    transaction.commit().await?;
    Ok(Some(conversation))
}

/// The newest message without children below (or at) `root`. A parent can be younger than its child (clocks step
/// back), so the order of `shape` says nothing about who is below whom.
fn newest_leaf(shape: &Shape, root: MessageId) -> MessageId {
    let mut children: HashMap<MessageId, Vec<MessageId>> = HashMap::new();
    for (message, parent) in shape {
        if let Some(parent) = parent {
            children.entry(*parent).or_default().push(*message);
        }
    }
    let mut leaves = HashSet::new();
    let mut open = vec![root];
    while let Some(message) = open.pop() {
        match children.get(&message) {
            Some(below) => open.extend(below),
            None => {
                leaves.insert(message);
            }
        }
    }
    shape.iter().rev().map(|(message, _)| *message).find(|message| leaves.contains(message)).unwrap_or(root)
}

async fn conversation_of(
    connection: &mut AnyConnection,
    owner: UserId,
    message: MessageId,
) -> Result<Option<ConversationId>, Fault> {
    let row = sqlx::query(
        "SELECT c.id FROM messages m JOIN conversations c ON c.id = m.conversation_id \
         WHERE m.id = $1 AND c.owner_id = $2 AND c.deleted_at IS NULL",
    )
    .bind(message.to_string())
    .bind(owner.to_string())
    .fetch_optional(connection)
    .await?;
    row.map(|row| rows::parsed(&row, "id")).transpose()
}

/// The path from the root to `last`, or so many messages at its end, in a conversation that is known to be the caller's.
async fn load_path(
    connection: &mut AnyConnection,
    conversation: ConversationId,
    last: MessageId,
    most: usize,
) -> Result<Vec<Message>, Fault> {
    let found = sqlx::query(concat!(
        "WITH RECURSIVE path (id, parent_id, depth) AS (\
         SELECT l.id, l.parent_id, 0 FROM messages l WHERE l.id = $1 AND l.conversation_id = $2 \
         UNION ALL \
         SELECT p.id, p.parent_id, path.depth + 1 FROM path JOIN messages p ON p.id = path.parent_id \
         WHERE path.depth + 1 < $3) \
         SELECT ",
        message_columns!(),
        " FROM path JOIN messages m ON m.id = path.id ORDER BY path.depth DESC"
    ))
    .bind(last.to_string())
    .bind(conversation.to_string())
    // PostgreSQL counts the depth in 32 bits.
    .bind(i32::try_from(most).unwrap_or(i32::MAX))
    .fetch_all(&mut *connection)
    .await?;
    let mut messages = found.iter().map(rows::message).collect::<Result<Vec<_>, _>>()?;
    parts::fill(connection, &mut messages).await?;
    Ok(messages)
}

async fn shape(connection: &mut AnyConnection, conversation: ConversationId) -> Result<Shape, Fault> {
    let found =
        sqlx::query("SELECT id, parent_id FROM messages WHERE conversation_id = $1 ORDER BY created_at, id")
            .bind(conversation.to_string())
            .fetch_all(connection)
            .await?;
    found.iter().map(|row| Ok((rows::parsed(row, "id")?, rows::optional_parsed(row, "parent_id")?))).collect()
}

async fn running_turn(
    connection: &mut AnyConnection,
    conversation: ConversationId,
    message: MessageId,
) -> Result<Option<RunningTurn>, Fault> {
    let row = sqlx::query(
        "SELECT id FROM turns WHERE conversation_id = $1 AND message_id = $2 AND state <> 'ended'",
    )
    .bind(conversation.to_string())
    .bind(message.to_string())
    .fetch_optional(connection)
    .await?;
    // Its parts are stored at its end.
    row.map(|row| Ok(RunningTurn { turn: rows::parsed(&row, "id")?, seq: 0 })).transpose()
}
