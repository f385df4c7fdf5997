//! Conversations.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{ConversationId, Error, FieldError, MessageId, Result, Timestamp};

/// What a conversation is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// To talk.
    #[default]
    Chat,
    /// To work on files and run code: it has a workspace, and its models have the tools for that.
    Code,
}

impl Mode {
    /// The word for it in the API and in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Chat => "chat",
            Self::Code => "code",
        }
    }

    /// The mode of that word, if there is one.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Chat, Self::Code].into_iter().find(|mode| mode.as_str() == text)
    }
}

/// A conversation: a tree of messages with one owner. `head_message_id` is the leaf its owner looks at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Conversation {
    /// The conversation's id.
    pub id: ConversationId,
    /// What the sidebar calls it.
    pub title: String,
    /// Kept at the top of the sidebar.
    pub pinned: bool,
    /// Out of the way, but findable.
    pub archived: bool,
    /// The model it asks: an id, or `auto`.
    pub model: String,
    /// Instructions that come before everything else.
    pub system_prompt: Option<String>,
    /// What it is for.
    pub mode: Mode,
    /// The newest message of the branch its owner looks at.
    pub head_message_id: Option<MessageId>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When its content last changed. Renaming and pinning do not count: they must not reorder the list.
    pub updated_at: Timestamp,
}

/// An item of a search: the conversation, and where in it the words stand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ConversationHit {
    /// The conversation found.
    #[serde(flatten)]
    pub conversation: Conversation,
    /// The message that matched; none when only the title did, or when nothing was searched for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message_id: Option<MessageId>,
    /// The words around the match, as plain text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub snippet: Option<String>,
}

/// What a new conversation starts with.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewConversation {
    /// Its title; none: named after its first message.
    #[serde(default)]
    pub title: Option<String>,
    /// Its model; none: `auto`.
    #[serde(default)]
    pub model: Option<String>,
    /// Its instructions.
    #[serde(default)]
    pub system_prompt: Option<String>,
    /// What it is for.
    #[serde(default)]
    pub mode: Option<Mode>,
}

/// Changes to a conversation; what is absent stays as it is.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ConversationPatch {
    /// A new title.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Pin or unpin.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pinned: Option<bool>,
    /// Archive or bring back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub archived: Option<bool>,
    /// Another model from now on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// Other instructions; an empty text takes them away.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub system_prompt: Option<String>,
    /// What it is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mode: Option<Mode>,
}

/// The longest title, in characters.
pub const MAX_TITLE_CHARS: usize = 200;
/// The longest system prompt, in characters.
pub const MAX_SYSTEM_PROMPT_CHARS: usize = 32_000;

fn check_title(title: Option<&str>, errors: &mut Vec<FieldError>) {
    let Some(title) = title else { return };
    if title.trim().is_empty() {
        errors.push(FieldError::new("title", "must not be empty"));
    } else if title.chars().count() > MAX_TITLE_CHARS {
        errors.push(FieldError::new("title", format!("must be at most {MAX_TITLE_CHARS} characters")));
    } else if title.contains('\0') {
        errors.push(FieldError::new("title", "must not contain NUL characters"));
    }
}

/// Checks a system prompt's length, pushing onto `errors`.
pub fn check_system_prompt(prompt: Option<&str>, errors: &mut Vec<FieldError>) {
    let Some(prompt) = prompt else { return };
    if prompt.chars().count() > MAX_SYSTEM_PROMPT_CHARS {
        let message = format!("must be at most {MAX_SYSTEM_PROMPT_CHARS} characters");
        errors.push(FieldError::new("system_prompt", message));
    } else if prompt.contains('\0') {
        errors.push(FieldError::new("system_prompt", "must not contain NUL characters"));
    }
}

fn finish(errors: Vec<FieldError>) -> Result<()> {
    if errors.is_empty() { Ok(()) } else { Err(Error::invalid(errors)) }
}

impl NewConversation {
    /// Checks lengths; whether the model exists is for the catalogue to say.
    pub fn validate(&self) -> Result<()> {
        let mut errors = Vec::new();
        check_title(self.title.as_deref(), &mut errors);
        check_system_prompt(self.system_prompt.as_deref(), &mut errors);
        finish(errors)
    }
}

impl ConversationPatch {
    /// Checks lengths; whether the model exists is for the catalogue to say.
    pub fn validate(&self) -> Result<()> {
        let mut errors = Vec::new();
        check_title(self.title.as_deref(), &mut errors);
        check_system_prompt(self.system_prompt.as_deref(), &mut errors);
        finish(errors)
    }
}
