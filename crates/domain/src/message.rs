//! Messages.

use serde::{Deserialize, Serialize};

use crate::{ConversationId, FinishReason, MessageId, Provider, Timestamp, TurnId, Usage};

/// Who wrote a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Author {
    /// The user.
    User,
    /// The model.
    Assistant,
}

impl Author {
    /// The word for it in the API and in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Assistant => "assistant",
        }
    }

    /// The author of that word, if there is one.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::User, Self::Assistant].into_iter().find(|author| author.as_str() == text)
    }
}

/// How far a message has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MessageStatus {
    /// Whole.
    Complete,
    /// Being written by a turn that runs now.
    Streaming,
    /// Cut off by a restart of the server; the text so far is kept.
    Interrupted,
    /// Stopped by the user; the text so far is kept.
    Cancelled,
    /// Ended by a failure; the text so far is kept.
    Error,
}

impl MessageStatus {
    const ALL: [Self; 5] = [Self::Complete, Self::Streaming, Self::Interrupted, Self::Cancelled, Self::Error];

    /// The word for it in the API and in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Complete => "complete",
            Self::Streaming => "streaming",
            Self::Interrupted => "interrupted",
            Self::Cancelled => "cancelled",
            Self::Error => "error",
        }
    }

    /// The status of that word, if there is one.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == text)
    }
}

/// A message of a conversation. Messages are never rewritten: an edit or a regeneration is a sibling.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// The message's id.
    pub id: MessageId,
    /// The conversation it belongs to.
    pub conversation_id: ConversationId,
    /// The message it answers; none: it opens the conversation.
    pub parent_id: Option<MessageId>,
    /// Who wrote it.
    pub role: Author,
    /// Its text, in Markdown.
    pub content: String,
    /// What the model thought before it answered, where it told.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub thinking: String,
    /// How far it has come.
    pub status: MessageStatus,
    /// The model that wrote it.
    pub model: Option<String>,
    /// The provider that ran the model.
    pub provider: Option<Provider>,
    /// The turn that wrote it.
    pub turn_id: Option<TurnId>,
    /// Why its turn ended.
    pub finish_reason: Option<FinishReason>,
    /// What it cost.
    pub usage: Option<Usage>,
    /// When it was begun.
    pub created_at: Timestamp,
    /// What the footer under an answer says beyond tokens and cost.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub receipt: Option<Receipt>,
}

/// How an answer came about: shown in the footer under it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Receipt {
    /// Why this model was asked, in one sentence.
    pub reason: String,
    /// Milliseconds from the request to the first token.
    pub first_token_ms: Option<u64>,
    /// Milliseconds from the request to the end.
    pub total_ms: Option<u64>,
    /// What went wrong, if something did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<crate::TurnFailure>,
}
