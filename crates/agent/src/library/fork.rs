//! Copies a path of messages into a conversation of its own. Pure but for the ids it is given.

use std::collections::HashMap;

use vertice_domain::{
    Conversation, Error, ErrorKind, Message, MessageId, MessageStatus, Result, Timestamp, message::Attachment,
};
use vertice_ports::Ids;

/// A copied conversation.
pub(super) struct Copy {
    pub(super) conversation: Conversation,
    pub(super) messages: Vec<Message>,
    /// The copies' ids by the originals'.
    pub(super) new_ids: HashMap<MessageId, MessageId>,
}

/// The copy of `source` with the messages of `path`, under new ids. An answer still being written cannot be copied.
pub(super) fn copy(source: &Conversation, path: &[Message], ids: &dyn Ids, now: Timestamp) -> Result<Copy> {
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
            images: moved(&message.images, message.id, new_ids[&message.id]),
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
    Ok(Copy { conversation, messages, new_ids })
}

/// The same pictures under the copy's address.
fn moved(images: &[Attachment], from: MessageId, to: MessageId) -> Vec<Attachment> {
    let (from, to) = (from.to_string(), to.to_string());
    let moved = |image: &Attachment| match image.media_type {
        Some(_) => Attachment { url: image.url.replace(&from, &to), ..image.clone() },
        None => image.clone(),
    };
    images.iter().map(moved).collect()
}
