//! What the model is shown of a conversation. Pure.

use vertice_domain::{Author, Message, MessageStatus};

/// What the model is asked after an answer that broke off. New models refuse to go on from a prefilled answer.
const CONTINUE: &str = "Your last answer broke off. Continue it exactly where it stopped: begin with the very next \
                        character, repeat nothing of it, and do not comment on the interruption.";

/// The messages of a path as the model reads them. Failed answers and empty ones are left out; answers that were
/// interrupted or cancelled keep what there is.
pub(crate) fn history(path: &[Message]) -> Vec<(Author, String)> {
    path.iter()
        .filter(|message| message.status != MessageStatus::Error && !message.content.trim().is_empty())
        .map(|message| (message.role, message.content.clone()))
        .collect()
}

/// The same, with an unfinished answer that is to be gone on with.
pub(crate) fn continuing(path: &[Message], partial: &str) -> Vec<(Author, String)> {
    let mut messages = history(path);
    if !partial.trim().is_empty() {
        messages.push((Author::Assistant, partial.to_owned()));
        messages.push((Author::User, CONTINUE.to_owned()));
    }
    messages
}
