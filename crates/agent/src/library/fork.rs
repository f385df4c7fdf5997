//! Copies a path of messages into a conversation of its own. Pure but for the ids it is given.

use std::collections::HashMap;

use vertice_domain::{
    Conversation, Error, ErrorKind, Message, MessageId, MessageStatus, Result, SealedPart, Timestamp, title,
};
use vertice_ports::{Ids, store::WholeMessage};

/// The copy of `source` with the messages of `path`, under new ids. An answer still being written cannot be copied.
pub(super) fn copy(
    source: &Conversation,
    path: Vec<Message>,
    sealed: Vec<(MessageId, SealedPart)>,
    ids: &dyn Ids,
    now: Timestamp,
) -> Result<(Conversation, Vec<WholeMessage>)> {
    if path.iter().any(|message| message.status == MessageStatus::Streaming) {
        let message = "The answer is still being written. Wait for its end or stop it, then fork.";
        return Err(Error::new(ErrorKind::Conflict, "turn_running", message));
    }
    let conversation_id = ids.conversation();
    let new_ids: HashMap<MessageId, MessageId> =
        path.iter().map(|message| (message.id, ids.message())).collect();
    let mut seals: HashMap<MessageId, Vec<SealedPart>> = HashMap::new();
    for (message, part) in sealed {
        seals.entry(message).or_default().push(part);
    }
    let copied = |message: Message| WholeMessage {
        sealed: seals.remove(&message.id).unwrap_or_default(),
        message: Message {
            id: new_ids[&message.id],
            conversation_id,
            parent_id: message.parent_id.and_then(|parent| new_ids.get(&parent).copied()),
            // The turn is the original's: its log tells of the original message.
            turn_id: None,
            ..message
        },
    };
    let messages: Vec<WholeMessage> = path.into_iter().map(copied).collect();
    let conversation = Conversation {
        id: conversation_id,
        title: title::of_copy(&source.title),
        pinned: false,
        archived: false,
        head_message_id: messages.last().map(|copy| copy.message.id),
        created_at: now,
        updated_at: now,
        ..source.clone()
    };
    Ok((conversation, messages))
}
