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

/// A conversation and the path from its root to its head, or the end of that path.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Thread {
    pub conversation: Conversation,
    /// The path, oldest first.
    pub messages: Vec<ThreadMessage>,
    /// Whether the path has more before these.
    #[serde(default)]
    pub has_earlier: bool,
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

/// What stands on the path right before some message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EarlierMessages {
    /// A page of them, oldest first.
    pub messages: Vec<ThreadMessage>,
    /// Whether the path has more before these.
    pub has_earlier: bool,
}

/// How much of a conversation's path is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    Whole,
    /// The last [`Extent::PAGE`] messages; more, if otherwise this message of the path would not be among them.
    Recent(Option<MessageId>),
}

impl Extent {
    /// Messages that are told at once: several screens of any answers.
    pub const PAGE: usize = 40;
}
