//! What the model is shown of a conversation. Pure.

use std::collections::HashMap;

use vertice_domain::{Author, FinishReason, Image, Message, MessageId, MessageStatus};
use vertice_ports::prompt::{Block, PromptMessage};

/// The pictures of messages.
pub(crate) type Images = HashMap<MessageId, Vec<Image>>;

/// What the model is asked after an answer that broke off. New models refuse to go on from a prefilled answer.
const CONTINUE: &str = "Your last answer broke off. Continue it exactly where it stopped: begin with the very next \
                        character, repeat nothing of it, and do not comment on the interruption.";

/// The messages of a path as the model reads them. Failed, refused and empty answers are left out; answers that were
/// interrupted or cancelled keep what there is.
pub(crate) fn history(path: &[Message], images: &Images) -> Vec<PromptMessage> {
    path.iter()
        .filter(|message| !is_left_out(message))
        .map(|message| shown(message, images))
        .filter(|message| !message.blocks.is_empty())
        .collect()
}

/// Failed answers, and refused ones: providers ask to drop those before the conversation goes on (Anthropic, handling stop
/// reasons, 2026-11), since they make the next refusal likely.
fn is_left_out(message: &Message) -> bool {
    message.status == MessageStatus::Error
        || (message.role == Author::Assistant && message.finish_reason == Some(FinishReason::Refusal))
}

fn shown(message: &Message, images: &Images) -> PromptMessage {
    let pictures = images.get(&message.id).into_iter().flatten().cloned().map(Block::Image);
    let text = (!message.content.trim().is_empty()).then(|| Block::Text(message.content.clone()));
    PromptMessage { author: message.role, blocks: pictures.chain(text).collect() }
}

/// The same, with an unfinished answer that is to be gone on with.
pub(crate) fn continuing(path: &[Message], images: &Images, partial: &str) -> Vec<PromptMessage> {
    let mut messages = history(path, images);
    if !partial.trim().is_empty() {
        messages.push(PromptMessage::text(Author::Assistant, partial));
        messages.push(PromptMessage::text(Author::User, CONTINUE));
    }
    messages
}
