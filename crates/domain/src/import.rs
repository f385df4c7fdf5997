//! Imports: conversations of other apps, and of this one, that come in as a file. What was taken of it, and what was not.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::Conversation;

/// The most that a report tells one by one of what was not taken; the others are counted.
pub const MOST_TOLD: usize = 1_000;

/// The code of an error: the file holds no conversation in any form that is known.
pub const NO_CONVERSATIONS: &str = "no_conversations";

/// Where a conversation was exported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ImportSource {
    Vertice,
    ChatGpt,
    Claude,
}

impl ImportSource {
    /// The word for it in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Vertice => "vertice",
            Self::ChatGpt => "chatgpt",
            Self::Claude => "claude",
        }
    }

    /// What people call it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Vertice => "Vertice",
            Self::ChatGpt => "ChatGPT",
            Self::Claude => "Claude",
        }
    }
}

/// What an import made.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
pub struct Imported {
    /// The conversations that were taken, in the file's order.
    pub items: Vec<Conversation>,
    /// What was taken, and what was not.
    pub report: ImportReport,
}

/// What an import took, and what it did not.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
pub struct ImportReport {
    /// Conversations that were taken.
    pub taken: u64,
    /// Their messages.
    pub messages: u64,
    /// Their artifacts.
    pub artifacts: u64,
    /// Conversations that were here already, from an earlier import of them.
    pub already_here: u64,
    /// What was not taken, the first thousand of it.
    pub skipped: Vec<Skipped>,
    /// How much more was not taken.
    pub more_skipped: u64,
    /// What has no place here of the conversations that were taken.
    pub left_out: Vec<LeftOut>,
    /// Why it ended before the file's end; what was taken before stays. Sending the file again doubles nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stopped: Option<String>,
}

/// Something that was not taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Skipped {
    /// What: a file of the archive, or which conversation of which file.
    pub what: String,
    /// Why, in one sentence.
    pub why: String,
    pub code: SkipCode,
}

/// Why something was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SkipCode {
    /// It is not what its app writes.
    Unreadable,
    /// It is larger than one conversation may be.
    TooLarge,
    /// It says nothing.
    Empty,
    /// It is here, and there are messages in the file that it has not.
    Grown,
    /// A file of the archive without conversations.
    NoConversation,
    /// A file of the archive that cannot be unpacked.
    BadEntry,
    /// Something of it cannot be stored here.
    Refused,
}

/// A kind of thing that was left out, and how often.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LeftOut {
    pub kind: Loss,
    pub count: u64,
}

/// What has no place in a conversation that was taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Loss {
    /// A picture whose bytes are not in the file. A sentence stands for it.
    Picture,
    /// Another file that was attached, without its text. A sentence stands for it.
    File,
    /// Sound or video. A sentence stands for it; what was said stays, where it is written down.
    Recording,
    /// What the other app tells its models and shows nobody.
    HiddenMessage,
    /// A note of the other app's, as how long a model thought.
    AppNote,
    /// A piece in a form that is not known.
    UnknownPart,
    /// A branch that could not be made out of its messages.
    Branch,
    /// An older version of an artifact: exports hold the newest one.
    ArtifactVersion,
    /// An artifact whose content is not in the file.
    Artifact,
    /// The model that a conversation was to go on with, which is not known here: the router chooses.
    Model,
}

/// How far an import has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
pub struct ImportProgress {
    /// Bytes of the file that were read.
    pub read: u64,
    /// Bytes of the file.
    pub of: u64,
    /// Conversations that were taken.
    pub taken: u64,
    /// Their messages.
    pub messages: u64,
}

impl ImportReport {
    /// Notes what was not taken.
    pub fn skip(&mut self, skipped: Skipped) {
        if self.skipped.len() < MOST_TOLD {
            self.skipped.push(skipped);
        } else {
            self.more_skipped += 1;
        }
    }

    /// Notes what was left out.
    pub fn lose(&mut self, kind: Loss, count: u64) {
        match self.left_out.iter_mut().find(|left| left.kind == kind) {
            Some(left) => left.count += count,
            None => self.left_out.push(LeftOut { kind, count }),
        }
    }

    /// Whether there was any conversation in it, taken or not.
    pub fn found_any(&self) -> bool {
        self.taken + self.already_here > 0
            || self
                .skipped
                .iter()
                .any(|skipped| !matches!(skipped.code, SkipCode::NoConversation | SkipCode::BadEntry))
    }
}
