//! The stream protocol: what happens in a turn, in order. One log, one order, one replay rule: "from sequence n".
//!
//! Three forms, which change independently of each other: what is logged ([`LoggedEvent`], stored in a form of the store's
//! own), what the browser hears ([`SeenEvent`], framed by [`crate::frame`]), and what REST promises (a projection of the
//! server's). Readers skip what they do not know.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    ConversationId, ErrorKind, MessageId, MessageStatus, Part, Provider, SealedPart, ToolState, TurnId,
    Usage, Usd,
};

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
    /// Which kind of failure.
    #[serde(default = "TurnFailure::kind_of_old")]
    #[schema(value_type = String)]
    pub kind: ErrorKind,
    /// Whether the same request may succeed later.
    pub retryable: bool,
    /// After how many seconds it is worth trying again, if the provider said so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after_s: Option<u64>,
}

impl TurnFailure {
    /// Failures stored before there were kinds: nearly all were a provider's.
    const fn kind_of_old() -> ErrorKind {
        ErrorKind::Upstream
    }
}

impl From<crate::Error> for TurnFailure {
    fn from(error: crate::Error) -> Self {
        let retryable = error.is_retryable();
        let crate::Error { kind, code, message, retry_after_s, .. } = error;
        Self { code, message, kind, retryable, retry_after_s }
    }
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

    /// How far the message of a turn that ended so has come.
    pub const fn message_status(self) -> MessageStatus {
        match self {
            Self::Cancelled => MessageStatus::Cancelled,
            Self::Interrupted => MessageStatus::Interrupted,
            Self::Error => MessageStatus::Error,
            Self::Stop | Self::MaxTokens | Self::ToolLimit | Self::Refusal => MessageStatus::Complete,
        }
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

/// One model call of a turn, with the tools it asks for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepStarted {
    /// Its number in the turn, from 1.
    pub step: u32,
    /// The model that is called.
    pub model: String,
    pub provider: Provider,
}

/// A provider failed before its first word, and is asked once more after a pause.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Retrying {
    /// The model that is asked.
    pub model: String,
    pub provider: Provider,
    /// What went wrong, as in [`TurnFailure::code`].
    pub code: String,
    /// How long the pause is, in milliseconds.
    pub after_ms: u64,
}

/// How far a tool call that runs has come, as its tool says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallProgress {
    pub call: String,
    /// Of the whole, if that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub percent: Option<u8>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}

/// One event of a turn, as everybody may see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", content = "data", rename_all = "snake_case")]
pub enum TurnEvent {
    /// What the turn is: first of all, and again when that has changed.
    Metadata(Box<Metadata>),
    /// A model is called.
    StepStarted(Box<StepStarted>),
    /// The model is asked once more: it failed before its first word.
    Retrying(Box<Retrying>),
    /// A part begins; what it holds may be all of it already.
    PartStarted(Box<Part>),
    /// More of a part: of a text, of thinking, of a tool call's arguments.
    PartDelta {
        position: u32,
        /// The text to append.
        text: String,
    },
    /// A part is whole.
    PartEnded { position: u32 },
    /// A tool call has come further.
    ToolState {
        call: String,
        #[serde(flatten)]
        state: ToolState,
    },
    /// A tool call that runs has come further. Told now and then, not with every step.
    ToolProgress(Box<CallProgress>),
    /// The bill of one provider call.
    Usage(Box<CallUsage>),
    /// A failure; always followed by `Done`.
    Error(Box<TurnFailure>),
    /// The end.
    Done(Done),
    /// An event that this version does not know.
    #[serde(skip)]
    Unknown,
}

impl TurnEvent {
    /// Whether nothing comes after it.
    pub const fn is_last(&self) -> bool {
        matches!(self, Self::Done(_))
    }
}

/// What stands in a turn's log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LogEntry {
    /// An event that everybody may see.
    Event(TurnEvent),
    /// What a provider wants back. No door tells it.
    Sealed(Box<SealedPart>),
}

/// An entry of the log with its place in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoggedEvent {
    /// The sequence number in the turn: from 1, without gaps.
    pub seq: u64,
    /// What happened.
    pub entry: LogEntry,
}

impl LoggedEvent {
    /// A visible event with its number.
    pub const fn event(seq: u64, event: TurnEvent) -> Self {
        Self { seq, entry: LogEntry::Event(event) }
    }

    /// What everybody may see of it.
    pub const fn visible(&self) -> Option<&TurnEvent> {
        match &self.entry {
            LogEntry::Event(event) => Some(event),
            LogEntry::Sealed(_) => None,
        }
    }

    /// Whether nothing comes after it.
    pub const fn is_last(&self) -> bool {
        matches!(&self.entry, LogEntry::Event(event) if event.is_last())
    }
}

/// An event as the browser hears it. The numbers are the log's, with gaps where something is not for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SeenEvent {
    /// The sequence number in the turn.
    pub seq: u64,
    /// What happened.
    #[serde(flatten)]
    pub event: TurnEvent,
}

/// An event of tomorrow's server is [`TurnEvent::Unknown`] and keeps its number: a page that is open goes on.
impl<'de> Deserialize<'de> for SeenEvent {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        struct Raw {
            seq: u64,
            #[serde(flatten)]
            event: serde_json::Value,
        }
        let Raw { seq, event } = Raw::deserialize(deserializer)?;
        Ok(Self { seq, event: serde_json::from_value(event).unwrap_or(TurnEvent::Unknown) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::PartKind;

    fn read(json: &str) -> SeenEvent {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn an_event_reads_back() {
        let delta = TurnEvent::PartDelta { position: 2, text: "né\n".into() };
        let json = serde_json::to_string(&SeenEvent { seq: 3, event: delta.clone() }).unwrap();
        assert_eq!(json, r#"{"seq":3,"event":"part_delta","data":{"position":2,"text":"né\n"}}"#);
        assert_eq!(read(&json), SeenEvent { seq: 3, event: delta });
        let part = Part { position: 0, step: 1, kind: PartKind::Text { text: "a".into() } };
        let started = SeenEvent { seq: 4, event: TurnEvent::PartStarted(Box::new(part)) };
        assert_eq!(read(&serde_json::to_string(&started).unwrap()), started);
    }

    #[test]
    fn a_pause_before_the_first_word_reads_back() {
        let code = "provider_overloaded".to_owned();
        let retrying = Retrying { model: "m".into(), provider: Provider::Openai, code, after_ms: 500 };
        let seen = SeenEvent { seq: 2, event: TurnEvent::Retrying(Box::new(retrying)) };
        let json = serde_json::to_string(&seen).unwrap();
        assert_eq!(
            json,
            r#"{"seq":2,"event":"retrying","data":{"model":"m","provider":"openai","code":"provider_overloaded","after_ms":500}}"#
        );
        assert_eq!(read(&json), seen);
    }

    #[test]
    fn what_tomorrow_adds_keeps_its_number() {
        for json in [
            r#"{"seq":7,"event":"hologram","data":{"depth":1}}"#,
            r#"{"seq":7,"event":"part_delta","data":{"place":"here"}}"#,
            r#"{"seq":7,"news":true}"#,
        ] {
            assert_eq!(read(json), SeenEvent { seq: 7, event: TurnEvent::Unknown });
        }
    }
}
