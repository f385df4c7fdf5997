//! What a turn was begun with, for when it turns out not to have begun, and how a message is known again.

use leptos::prelude::*;
use vertice_domain::{Author, ConversationId, MessageId, Thread, ThreadMessage};

use crate::{
    api::ApiError,
    chat::entry::{Entry, Sending, Submission},
};

/// What a turn was begun with, for when it turns out not to have begun.
#[derive(Clone)]
pub(super) enum Origin {
    /// A message of the user's.
    Message(Box<Sent>),
    /// Asks for a new answer in the place of these entries.
    Answer(Vec<Entry>),
    /// None of this page's: it ran already.
    Elsewhere,
}

/// A message on its way.
#[derive(Clone)]
pub(super) struct Sent {
    pub(super) entry: Entry,
    pub(super) submission: Submission,
    /// The message it was written under.
    pub(super) parent: Option<MessageId>,
    /// The conversations that the user had before.
    pub(super) listed: Vec<ConversationId>,
}

/// How a message is known again.
struct Trace<'a> {
    text: &'a str,
    pictures: usize,
    parent: Option<MessageId>,
    instead_of: Option<MessageId>,
}

impl Trace<'_> {
    fn is_of(&self, told: &ThreadMessage) -> bool {
        let ThreadMessage { message, siblings } = told;
        let placed = match self.instead_of {
            Some(original) => message.id != original && siblings.contains(&original),
            None => message.parent_id == self.parent,
        };
        placed
            && message.role == Author::User
            && message.text() == self.text
            && message.images().count() == self.pictures
    }
}

impl Sent {
    /// The message as a thread tells it, if it is there.
    pub(super) fn found_in<'a>(&self, thread: &'a Thread) -> Option<&'a ThreadMessage> {
        let trace = Trace {
            text: &self.submission.written.text,
            pictures: self.entry.pictures().len(),
            parent: self.parent,
            instead_of: self.submission.instead_of,
        };
        thread.messages.iter().find(|told| trace.is_of(told))
    }
}

impl Origin {
    /// Notes that a message did not arrive.
    pub(super) fn note_refusal(&self, error: &ApiError) {
        if let Self::Message(sent) = self {
            sent.entry.sending.set(Sending::NotSent(Box::new(sent.submission.clone()), error.clone()));
        }
    }
}

#[cfg(test)]
mod tests {
    use vertice_domain::{Message, Part, PartKind, Timestamp};

    use super::*;

    fn id(number: u8) -> MessageId {
        format!("01936b1e-0000-7000-8000-0000000000{number:02}").parse().expect("an id")
    }

    fn told(number: u8, parent: Option<u8>, role: Author, text: &str, siblings: &[u8]) -> ThreadMessage {
        let conversation = "01936b1e-0000-7000-8000-000000000001".parse().expect("an id");
        let blank = Message::blank(id(number), conversation, parent.map(id), role, Timestamp::from_millis(0));
        let part = Part { position: 0, step: 0, kind: PartKind::Text { text: text.to_owned() } };
        ThreadMessage {
            message: Message { parts: vec![part], ..blank },
            siblings: siblings.iter().map(|number| id(*number)).collect(),
        }
    }

    #[test]
    fn a_message_is_known_by_its_place_and_its_words() {
        let sent = Trace { text: "go on", pictures: 0, parent: Some(id(2)), instead_of: None };
        assert!(sent.is_of(&told(3, Some(2), Author::User, "go on", &[3])));
        assert!(!sent.is_of(&told(5, Some(4), Author::User, "go on", &[5])), "said once more, later");
        assert!(!sent.is_of(&told(3, Some(2), Author::User, "stop", &[3])));
        assert!(!sent.is_of(&told(3, Some(2), Author::Assistant, "go on", &[3])));
        assert!(!Trace { pictures: 1, ..sent }.is_of(&told(3, Some(2), Author::User, "go on", &[3])));
    }

    #[test]
    fn an_edit_is_known_as_a_sibling_of_what_it_changes() {
        let edit = Trace { text: "better", pictures: 0, parent: None, instead_of: Some(id(3)) };
        assert!(edit.is_of(&told(7, Some(2), Author::User, "better", &[3, 7])));
        assert!(!edit.is_of(&told(3, Some(2), Author::User, "better", &[3])), "the message itself");
        assert!(!edit.is_of(&told(9, Some(8), Author::User, "better", &[9])));
    }
}
