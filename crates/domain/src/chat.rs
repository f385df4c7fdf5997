//! What a caller may ask of the chat API, and the rules it must keep.

mod options;

use serde::Deserialize;
use utoipa::ToSchema;

use crate::{
    Author, Content, ConversationId, Error, FieldError, MessageId, Result, content::MAX_IMAGES, conversation,
    file::MAX_FILES,
};

pub use options::{DEFAULT_MAX_TOKENS, DEFAULT_TEMPERATURE, Effort, ModelChoice, Sampling, ToolChoice};

/// Limits that the server's settings put on a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChatLimits {
    /// The most output tokens one call may ask for (`MAX_TOKENS_PER_REQUEST`).
    pub max_tokens: u32,
}

/// The longest message, in characters.
pub const MAX_MESSAGE_CHARS: usize = 32_000;

/// The body of `POST /api/v1/chat` and `/api/v1/chat/stream`, as sent: not yet validated.
#[derive(Debug, Clone, PartialEq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChatRequest {
    /// The messages; inside a conversation just the new one.
    pub messages: Vec<StatelessMessage>,
    /// The conversation to append to; none: a stateless call.
    #[serde(default)]
    pub conversation_id: Option<String>,
    /// Instructions before everything else.
    #[serde(default)]
    pub system_prompt: Option<String>,
    /// A model's id, or `auto`.
    #[serde(default)]
    pub model: Option<String>,
    /// The most output tokens.
    #[serde(default)]
    pub max_tokens: Option<i64>,
    /// Randomness, 0 to 1.
    #[serde(default)]
    pub temperature: Option<f64>,
    /// Whether prompt caching may be used.
    #[serde(default)]
    pub enable_caching: Option<bool>,
    /// How hard to think, for models that think; none: as the model does by itself.
    #[serde(default)]
    pub effort: Option<Effort>,
    /// Whether the message was spoken and its answer will be heard: `auto` then looks for the model that begins to answer
    /// soonest.
    #[serde(default)]
    pub spoken: Option<bool>,
    /// Accepted and ignored: the path decides.
    #[serde(default)]
    pub stream: Option<bool>,
    /// The message this one answers.
    #[serde(default)]
    pub parent_message_id: Option<String>,
    /// Which tools may be used: `auto`, `none`, or their names.
    #[serde(default)]
    #[schema(value_type = Option<Value>)]
    pub tools: Option<ToolChoice>,
}

/// One message of a request.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StatelessMessage {
    /// Who wrote it.
    pub role: Author,
    /// What it says.
    pub content: Content,
}

/// A message for a conversation, validated.
#[derive(Debug, Clone, PartialEq)]
pub struct SendMessage {
    /// Where; none: a new conversation is made.
    pub conversation: Option<ConversationId>,
    /// Under which message; none: under the head.
    pub parent: Option<MessageId>,
    pub content: Content,
    /// What it quotes.
    pub quotes: Vec<crate::Quote>,
    /// What a new conversation is for.
    pub mode: crate::Mode,
    /// The model for this turn; none: the conversation's.
    pub model: Option<ModelChoice>,
    /// Instructions for this turn instead of the conversation's.
    pub system_prompt: Option<String>,
    /// How to ask.
    pub sampling: Sampling,
    /// Which tools may be used.
    pub tools: ToolChoice,
}

/// A call that leaves no trace but in the ledger, validated.
#[derive(Debug, Clone, PartialEq)]
pub struct StatelessCall {
    /// The messages, the last one the user's.
    pub messages: Vec<(Author, Content)>,
    pub model: ModelChoice,
    /// Instructions.
    pub system_prompt: Option<String>,
    /// How to ask.
    pub sampling: Sampling,
    /// Which tools may be used.
    pub tools: ToolChoice,
}

/// A validated request.
#[derive(Debug, Clone, PartialEq)]
pub enum ValidChat {
    /// Inside a conversation.
    Send(SendMessage),
    /// Without one.
    Stateless(StatelessCall),
}

/// Checks one message's text, pushing onto `errors` under the name `field`.
pub fn check_text(text: &str, field: &str, errors: &mut Vec<FieldError>) {
    if text.trim().is_empty() {
        errors.push(FieldError::new(field, "must not be empty"));
    } else if text.chars().nth(MAX_MESSAGE_CHARS).is_some() {
        errors.push(FieldError::new(field, format!("must be at most {MAX_MESSAGE_CHARS} characters")));
    } else if text.contains('\0') {
        errors.push(FieldError::new(field, "must not contain NUL characters"));
    }
}

/// Checks a message's text and pictures, pushing onto `errors` under the name `field`. A picture needs no words.
pub fn check_content(content: &Content, field: &str, errors: &mut Vec<FieldError>) {
    if content.images().count() > MAX_IMAGES {
        errors.push(FieldError::new(field, format!("must hold at most {MAX_IMAGES} images")));
    }
    if content.files().count() > MAX_FILES {
        errors.push(FieldError::new(field, format!("must hold at most {MAX_FILES} files")));
    }
    let text = content.plain();
    let is_text_alone = content.images().next().is_none() && content.files().next().is_none();
    if is_text_alone || !text.is_empty() {
        check_text(&text, field, errors);
    }
}

impl ChatRequest {
    /// Checks every rule of the contract at once. Ids that cannot exist read as "not found".
    pub fn validate(self, limits: ChatLimits) -> Result<ValidChat> {
        let mut errors = Vec::new();
        self.check_messages(&mut errors);
        conversation::check_system_prompt(self.system_prompt.as_deref(), &mut errors);
        let sampling = self.sampling(limits, &mut errors);
        if self.parent_message_id.is_some() && self.conversation_id.is_none() {
            errors.push(FieldError::new("parent_message_id", "needs conversation_id"));
        }
        if !errors.is_empty() {
            return Err(Error::invalid(errors));
        }
        let Some(conversation) = self.conversation_id else {
            return Ok(ValidChat::Stateless(StatelessCall {
                messages: self.messages.into_iter().map(|m| (m.role, m.content)).collect(),
                model: self.model.map_or(ModelChoice::Auto, ModelChoice::from),
                system_prompt: self.system_prompt,
                sampling,
                tools: self.tools.unwrap_or(ToolChoice::None),
            }));
        };
        let parent = self.parent_message_id.map(|id| id.parse().map_err(|_| Error::not_found("message")));
        Ok(ValidChat::Send(SendMessage {
            conversation: Some(conversation.parse().map_err(|_| Error::not_found("conversation"))?),
            parent: parent.transpose()?,
            content: self.messages.into_iter().next().map(|m| m.content).unwrap_or_default(),
            quotes: Vec::new(),
            mode: crate::Mode::default(),
            model: self.model.map(ModelChoice::from),
            system_prompt: self.system_prompt,
            sampling,
            tools: self.tools.unwrap_or(ToolChoice::Auto),
        }))
    }

    fn check_messages(&self, errors: &mut Vec<FieldError>) {
        match self.messages.last() {
            None => errors.push(FieldError::new("messages", "must hold at least one message")),
            Some(last) if last.role != Author::User => {
                errors.push(FieldError::new("messages", "the last message must be the user's"));
            }
            Some(_) if self.conversation_id.is_some() && self.messages.len() > 1 => {
                errors.push(FieldError::new("messages", "inside a conversation, send just the new message"));
            }
            Some(_) => {}
        }
        for (index, message) in self.messages.iter().enumerate() {
            check_content(&message.content, &format!("messages[{index}].content"), errors);
            if message.role == Author::Assistant {
                let field = format!("messages[{index}].content");
                if message.content.images().next().is_some() {
                    errors.push(FieldError::new(field, "images belong into messages of the user"));
                } else if message.content.files().next().is_some() {
                    errors.push(FieldError::new(field, "files belong into messages of the user"));
                }
            }
        }
    }

    fn sampling(&self, limits: ChatLimits, errors: &mut Vec<FieldError>) -> Sampling {
        let mut sampling = Sampling::defaults(limits);
        if let Some(wanted) = self.max_tokens {
            match u32::try_from(wanted) {
                Ok(tokens) if (1..=limits.max_tokens).contains(&tokens) => sampling.max_tokens = tokens,
                _ => errors.push(FieldError::new(
                    "max_tokens",
                    format!("must be between 1 and {}", limits.max_tokens),
                )),
            }
        }
        if let Some(temperature) = self.temperature {
            if (0.0..=1.0).contains(&temperature) {
                sampling.temperature = temperature;
            } else {
                errors.push(FieldError::new("temperature", "must be between 0 and 1"));
            }
        }
        sampling.caching = self.enable_caching.unwrap_or(true);
        sampling.effort = self.effort;
        sampling.spoken = self.spoken.unwrap_or(false);
        sampling
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: ChatLimits = ChatLimits { max_tokens: 8192 };

    fn fields(json: &str) -> Vec<String> {
        let request: ChatRequest = serde_json::from_str(json).unwrap();
        request.validate(LIMITS).unwrap_err().fields.into_iter().map(|error| error.field).collect()
    }

    #[test]
    fn every_broken_rule_is_named() {
        let json = r#"{"messages":[{"role":"user","content":" "},{"role":"assistant","content":"a"}],
            "max_tokens":0,"temperature":1.5,"parent_message_id":"x","tools":["rm"]}"#;
        assert_eq!(
            fields(json),
            ["messages", "messages[0].content", "max_tokens", "temperature", "parent_message_id"]
        );
        assert_eq!(fields(r#"{"messages":[]}"#), ["messages"]);
    }

    #[test]
    fn an_impossible_id_is_not_found() {
        let json = r#"{"messages":[{"role":"user","content":"a"}],"conversation_id":"nope"}"#;
        let request: ChatRequest = serde_json::from_str(json).unwrap();
        assert_eq!(request.validate(LIMITS).unwrap_err().code, "not_found");
    }
}
