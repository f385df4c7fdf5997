//! Messages.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    AttachedFile, BlobHash, ConversationId, FinishReason, ImageSource, ImageType, Intent, MessageId, Part,
    PartKind, Provider, RoutedBy, Timestamp, TurnId, Usage, event::Candidate, part,
};

/// Who wrote a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
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
    pub id: MessageId,
    /// The conversation it belongs to.
    pub conversation_id: ConversationId,
    /// The message it answers; none: it opens the conversation.
    pub parent_id: Option<MessageId>,
    pub role: Author,
    /// What it is made of, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<Part>,
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
    pub usage: Option<Usage>,
    /// When it was begun.
    pub created_at: Timestamp,
    /// What the footer under an answer says beyond tokens and cost.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub receipt: Option<Receipt>,
}

impl Message {
    /// A whole message that says nothing yet and was written by nobody in particular.
    pub const fn blank(
        id: MessageId,
        conversation_id: ConversationId,
        parent_id: Option<MessageId>,
        role: Author,
        created_at: Timestamp,
    ) -> Self {
        Self {
            id,
            conversation_id,
            parent_id,
            role,
            parts: Vec::new(),
            status: MessageStatus::Complete,
            model: None,
            provider: None,
            turn_id: None,
            finish_reason: None,
            usage: None,
            created_at,
            receipt: None,
        }
    }

    /// Its text, in Markdown.
    pub fn text(&self) -> String {
        part::joined_text(&self.parts)
    }

    /// What the model thought, where it told.
    pub fn thinking(&self) -> String {
        part::joined_thinking(&self.parts)
    }

    /// Its pictures, in order.
    pub fn images(&self) -> impl Iterator<Item = &ImageSource> {
        self.parts.iter().filter_map(|part| match &part.kind {
            PartKind::Image { source } => Some(source),
            _ => None,
        })
    }

    /// Its files, in order; pictures are none of them.
    pub fn files(&self) -> impl Iterator<Item = &AttachedFile> {
        self.parts.iter().filter_map(|part| match &part.kind {
            PartKind::File(file) => Some(file),
            _ => None,
        })
    }

    /// The picture of that hash, if a tool gave it to this message: its form and its size.
    pub fn tool_picture(&self, wanted: BlobHash) -> Option<(ImageType, u64)> {
        let given = self.parts.iter().flat_map(|part| match &part.kind {
            PartKind::ToolResult(result) => result.images.as_slice(),
            _ => &[],
        });
        given
            .filter_map(ImageSource::kept)
            .find(|(hash, ..)| *hash == wanted)
            .map(|(_, form, size)| (form, size))
    }

    /// Where its pictures are to be fetched.
    pub fn attachments(&self) -> Vec<Attachment> {
        let attachment = |(index, source): (usize, &ImageSource)| match source {
            ImageSource::Blob { media_type, .. } => Attachment {
                media_type: Some(*media_type),
                url: format!("/api/v1/messages/{}/images/{index}", self.id),
            },
            ImageSource::Url { url } => Attachment { media_type: None, url: url.clone() },
        };
        self.images().enumerate().map(attachment).collect()
    }
}

/// A picture of a message, to be fetched from its own address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Attachment {
    /// Its media type; none: it lies at an address elsewhere.
    pub media_type: Option<ImageType>,
    /// Where it is: a path on this server, or an address elsewhere.
    pub url: String,
}

/// A message as programs read it: its text, its thinking and its pictures at hand, and its parts in order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = Message)]
pub struct MessageDocument {
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
    /// Its pictures, without their bytes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub images: Vec<Attachment>,
    /// What it is made of, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<Part>,
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

impl From<Message> for MessageDocument {
    fn from(message: Message) -> Self {
        Self {
            content: message.text(),
            thinking: message.thinking(),
            images: message.attachments(),
            id: message.id,
            conversation_id: message.conversation_id,
            parent_id: message.parent_id,
            role: message.role,
            parts: message.parts,
            status: message.status,
            model: message.model,
            provider: message.provider,
            turn_id: message.turn_id,
            finish_reason: message.finish_reason,
            usage: message.usage,
            created_at: message.created_at,
            receipt: message.receipt,
        }
    }
}

/// How an answer came about: shown in the footer under it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
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
    /// What the message asked for, as the router saw it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub intent: Option<Intent>,
    /// Who chose the model.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub routed_by: Option<RoutedBy>,
    /// The models weighed, the chosen one first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub candidates: Vec<Candidate>,
    /// Why the prompt cache served nothing, or less than it could have, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cache_miss: Option<String>,
}
