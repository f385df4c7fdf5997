//! Copies a path of messages into a conversation of its own. Pure but for the ids it is given.

use std::collections::HashMap;

use vertice_domain::{Conversation, Error, ErrorKind, Message, MessageId, MessageStatus, Result, Timestamp};
use vertice_ports::Ids;

/// The copy of `source` with the messages of `path`, under new ids. An answer still being written cannot be copied.
pub(super) fn copy(
    source: &Conversation,
    path: &[Message],
    ids: &dyn Ids,
    now: Timestamp,
) -> Result<(Conversation, Vec<Message>)> {
    if path.iter().any(|message| message.status == MessageStatus::Streaming) {
        let message = "The answer is still being written. Wait for its end or stop it, then fork.";
        return Err(Error::new(ErrorKind::Conflict, "turn_running", message));
    }
    let conversation_id = ids.conversation();
    let new_ids: HashMap<MessageId, MessageId> =
        path.iter().map(|message| (message.id, ids.message())).collect();
    let messages: Vec<Message> = path
        .iter()
        .map(|message| Message {
            id: new_ids[&message.id],
            conversation_id,
            parent_id: message.parent_id.and_then(|parent| new_ids.get(&parent).copied()),
            // The turn is the original's: its log tells of the original message.
            turn_id: None,
            ..message.clone()
        })
        .collect();
    let conversation = Conversation {
        id: conversation_id,
        pinned: false,
        archived: false,
        head_message_id: messages.last().map(|message| message.id),
        created_at: now,
        updated_at: now,
        ..source.clone()
    };
    Ok((conversation, messages))
}
