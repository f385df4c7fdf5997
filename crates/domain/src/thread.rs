//! A conversation as a page shows it: one path through the tree, with its forks.

use serde::{Deserialize, Serialize};

use crate::{Conversation, Message, MessageId, TurnId};

/// A message on the shown path, with its siblings (the message itself among them, oldest first).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ThreadMessage {
    #[serde(flatten)]
    pub message: Message,
    /// All messages with the same parent, oldest first.
    pub siblings: Vec<MessageId>,
}

impl ThreadMessage {
    /// Its place among its siblings, from 1, and how many there are.
    pub fn branch(&self) -> (usize, usize) {
        let place = self.siblings.iter().position(|id| *id == self.message.id).unwrap_or(0);
        (place + 1, self.siblings.len().max(1))
    }
}

/// A conversation and the path from its root to its head.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Thread {
    pub conversation: Conversation,
    /// The path, oldest first.
    pub messages: Vec<ThreadMessage>,
    /// The turn that is writing the last message right now.
    pub running: Option<RunningTurn>,
}

/// A turn that has not ended, and how much of it the message holds that it writes: whoever follows it from there misses
/// nothing and hears nothing twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunningTurn {
    pub turn: TurnId,
    /// The last event that the message holds.
    pub seq: u64,
}
