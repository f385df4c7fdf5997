//! The stream protocol: what happens in a turn, in order. One log, one order, one replay rule: "from sequence n".
//!
//! REST sends each event as SSE (`event:` is [`TurnEvent::name`], `data:` is [`TurnEvent::data`]); the browser gets the
//! same events framed by [`crate::frame`].

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{ConversationId, MessageId, Provider, TurnId, Usage, Usd};

/// What a message asks for, as the router sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Intent {
    /// A plain question.
    Simple,
    /// Writing or reading code.
    Code,
    /// Thinking in several steps.
    Reasoning,
    /// More text than the small windows hold.
    LongContext,
    /// Pictures.
    Vision,
    /// Spoken words: the answer is heard, so that it matters most how soon it begins.
    Voice,
}

/// Who chose the model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RoutedBy {
    /// The user named it.
    User,
    /// The router chose it.
    Router,
    /// The first choice failed before it said anything.
    Failover,
}

/// A model that the router weighed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Candidate {
    /// The model's id.
    pub model: String,
    /// What this call would cost there; none: unknown price.
    pub estimated_usd: Option<Usd>,
}

/// What a turn is: sent first of all, and again when the provider has told the cache figures.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Metadata {
    /// The turn.
    pub turn_id: TurnId,
    /// The message it writes.
    pub message_id: MessageId,
    /// The user's message it answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_message_id: Option<MessageId>,
    /// The conversation; none: a stateless call.
    pub conversation_id: Option<ConversationId>,
    /// The model that answers.
    pub model: String,
    /// Who runs it.
    pub provider: Provider,
    /// What the message asks for.
    pub intent: Intent,
    /// Who chose the model.
    pub routed_by: RoutedBy,
    /// Why, in one sentence.
    pub reason: String,
    /// The models weighed, the chosen one among them.
    pub candidates: Vec<Candidate>,
    /// Whether the provider's cache served part of the input.
    pub cached: bool,
    /// How many input tokens it served.
    pub tokens_saved: u64,
}

/// A failure inside a turn, fit to be shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TurnFailure {
    /// A stable snake_case word: `provider_overloaded`, `provider_auth`, `stream_truncated`.
    pub code: String,
    /// What happened, then what to do.
    pub message: String,
    /// The HTTP status that says it best.
    pub status: u16,
    /// Whether the same request may succeed later.
    pub retryable: bool,
    /// After how many seconds it is worth trying again, if the provider said so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after_s: Option<u64>,
}

/// Why a turn ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum FinishReason {
    /// The model had said everything.
    Stop,
    /// The answer reached its length limit.
    MaxTokens,
    /// The tool loop reached its limit.
    ToolLimit,
    /// The user stopped it.
    Cancelled,
    /// It failed; an error event says how.
    Error,
    /// The model refused.
    Refusal,
    /// The server was restarted meanwhile.
    Interrupted,
}

impl FinishReason {
    const ALL: [Self; 7] = [
        Self::Stop,
        Self::MaxTokens,
        Self::ToolLimit,
        Self::Cancelled,
        Self::Error,
        Self::Refusal,
        Self::Interrupted,
    ];

    /// The word for it in the API and in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Stop => "stop",
            Self::MaxTokens => "max_tokens",
            Self::ToolLimit => "tool_limit",
            Self::Cancelled => "cancelled",
            Self::Error => "error",
            Self::Refusal => "refusal",
            Self::Interrupted => "interrupted",
        }
    }

    /// The reason of that word, if there is one.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.as_str() == text)
    }
}

/// The bill of one provider call inside a turn.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CallUsage {
    /// The model that was called.
    pub model: String,
    /// Its tokens and cost.
    #[serde(flatten)]
    pub usage: Usage,
    /// Why the prompt cache served nothing, or less than it could have, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cache_miss: Option<String>,
}

/// The end of a turn.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Done {
    /// Why it ended.
    pub finish_reason: FinishReason,
    /// The message that was written.
    pub message_id: MessageId,
}

/// One event of a turn.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", content = "data", rename_all = "snake_case")]
pub enum TurnEvent {
    /// What the turn is.
    Metadata(Box<Metadata>),
    /// A piece of the answer.
    Token {
        /// The text to append.
        token: String,
    },
    /// A piece of the model's thinking.
    Thinking {
        /// The text to append.
        text: String,
    },
    /// The bill of one provider call.
    Usage(Box<CallUsage>),
    /// A failure; always followed by `Done`.
    Error(Box<TurnFailure>),
    /// The end.
    Done(Done),
}

impl TurnEvent {
    /// The event's name on the wire.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Metadata(_) => "metadata",
            Self::Token { .. } => "token",
            Self::Thinking { .. } => "thinking",
            Self::Usage(_) => "usage",
            Self::Error(_) => "error",
            Self::Done(_) => "done",
        }
    }

    /// The event's data on the wire, as JSON on one line.
    pub fn data(&self) -> String {
        #[derive(Serialize)]
        struct Token<'a> {
            token: &'a str,
        }
        #[derive(Serialize)]
        struct Thinking<'a> {
            text: &'a str,
        }
        let json = match self {
            Self::Metadata(metadata) => serde_json::to_string(metadata),
            Self::Token { token } => serde_json::to_string(&Token { token }),
            Self::Thinking { text } => serde_json::to_string(&Thinking { text }),
            Self::Usage(usage) => serde_json::to_string(usage),
            Self::Error(failure) => serde_json::to_string(failure),
            Self::Done(done) => serde_json::to_string(done),
        };
        json.expect("these types have string keys only and cannot fail to serialise")
    }

    /// Whether nothing comes after it.
    pub const fn is_last(&self) -> bool {
        matches!(self, Self::Done(_))
    }
}

/// An event with its place in the turn's log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoggedEvent {
    /// The sequence number in the turn: from 1, without gaps.
    pub seq: u64,
    /// What happened.
    #[serde(flatten)]
    pub event: TurnEvent,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_reads_back() {
        let logged = LoggedEvent { seq: 3, event: TurnEvent::Token { token: "né\n".into() } };
        let json = serde_json::to_string(&logged).unwrap();
        assert_eq!(json, r#"{"seq":3,"event":"token","data":{"token":"né\n"}}"#);
        assert_eq!(serde_json::from_str::<LoggedEvent>(&json).unwrap(), logged);
        assert_eq!(logged.event.data(), r#"{"token":"né\n"}"#);
    }
}
