//! What a message is made of: parts in order, each at a position of its own.
//!
//! [`Part`] is what everybody may see. What one provider wants back byte for byte is [`Sealed`], which cannot be serialised:
//! it reaches the log, the store and the provider it came from, and no door.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{ArtifactRef, AttachedFile, BlobHash, Elicitation, ImageType, Provider, Quote, Usd};

/// One piece of a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Part {
    /// Its place in the message, from 0. Sealed blocks take places too, so that the visible ones may have gaps.
    pub position: u32,
    /// The step of the turn that wrote it, from 1; 0: no model wrote it.
    #[serde(default)]
    pub step: u32,
    /// What it is.
    #[serde(flatten)]
    pub kind: PartKind,
}

/// The kinds of parts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum PartKind {
    /// Text, in Markdown.
    Text {
        /// The text.
        text: String,
    },
    /// What the model thought.
    Thinking {
        /// The text.
        text: String,
    },
    /// A picture.
    Image {
        /// Where its bytes are.
        source: ImageSource,
    },
    /// A file that the user attached: a text, or a PDF. Pictures are `image`.
    File(AttachedFile),
    /// A resource of an MCP server that the user attached.
    Quote(Quote),
    /// A tool that the model called.
    ToolCall(ToolCall),
    /// What came of a tool call.
    ToolResult(ToolResult),
    /// What a tool's server asked the person in the midst of a call. No model hears of it.
    Elicitation(Elicitation),
    /// What the person said while the turn ran. The model hears of it with the next step.
    Steering {
        /// The text, in Markdown.
        text: String,
    },
    /// Something about the turn itself. No model hears of it.
    Notice(Notice),
    /// A kind that this version does not know. It keeps its place.
    #[serde(other)]
    Unknown,
}

impl PartKind {
    /// Its text, where it is the answer's own.
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Text { text } => Some(text),
            _ => None,
        }
    }

    /// The text that deltas append to.
    pub(crate) const fn growing(&mut self) -> Option<&mut String> {
        match self {
            Self::Text { text } | Self::Thinking { text } => Some(text),
            Self::ToolCall(call) => Some(&mut call.arguments),
            _ => None,
        }
    }
}

/// What a turn says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "notice", rename_all = "snake_case")]
pub enum Notice {
    /// It ended because it had taken so many steps.
    StepLimit { steps: u32 },
    /// It ended because it had run so long.
    TimeLimit { seconds: u64 },
    /// It ended because it had cost so much.
    CostLimit { usd: Usd },
    /// It ended because the model went on making the same call, with the same result.
    Loop { tool: String },
    /// A notice that this version does not know.
    #[serde(other)]
    Unknown,
}

/// Where a picture's bytes are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ImageSource {
    /// Among this server's blobs.
    Blob {
        /// Under this hash.
        hash: BlobHash,
        /// Its form, as its bytes show it.
        media_type: ImageType,
        /// Its size in bytes.
        size: u64,
    },
    /// At an address elsewhere, from which the provider fetches it.
    Url {
        /// The https address.
        url: String,
    },
}

impl ImageSource {
    /// Of what lies among this server's blobs: under which hash, in which form, and how many bytes.
    pub const fn kept(&self) -> Option<(BlobHash, ImageType, u64)> {
        match self {
            Self::Blob { hash, media_type, size } => Some((*hash, *media_type, *size)),
            Self::Url { .. } => None,
        }
    }
}

/// A call of a tool.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ToolCall {
    /// The call's id, as the provider gave it or as it was made up; unique in its message.
    pub id: String,
    /// The server that has the tool.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub server: String,
    /// The tool's name, as its server calls it.
    pub name: String,
    /// The name that models call it by, where it is another one.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub called: String,
    /// Its arguments as the model wrote them: nearly always a JSON object, but a model may err.
    pub arguments: String,
    /// The arguments it is made with, where a person has changed them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edited: Option<String>,
    /// How far it has come.
    pub state: ToolState,
}

impl ToolCall {
    /// A call of which nothing is known yet but what is called.
    pub fn proposed(id: impl Into<String>, server: impl Into<String>, name: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            server: server.into(),
            name: name.into(),
            called: String::new(),
            arguments: String::new(),
            edited: None,
            state: ToolState::Proposed,
        }
    }

    /// The name that models call the tool by.
    pub fn model_name(&self) -> &str {
        if self.called.is_empty() { &self.name } else { &self.called }
    }
}

/// How far a tool call has come.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum ToolState {
    /// The model is writing it, or has just written it.
    #[default]
    Proposed,
    /// A person is asked.
    Waiting {
        /// Why, in one sentence.
        reason: String,
        /// What exactly is asked for: a decision must name it.
        fingerprint: String,
    },
    /// It runs.
    Running,
    /// It has ended.
    Ended {
        /// How.
        outcome: Outcome,
    },
    /// A state that this version does not know.
    #[serde(other)]
    Unknown,
}

/// How a tool call ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// With a result.
    Success,
    /// The tool failed, or there is none of that name.
    Failed,
    /// A person did not allow it.
    Denied,
    /// A person answered in the tool's place.
    Answered,
    /// It was stopped before it ended, or never ran.
    Cancelled,
    /// The server went down while it ran: whether it had an effect is not known.
    Interrupted,
    /// An outcome that this version does not know.
    #[serde(other)]
    Unknown,
}

impl Outcome {
    const ALL: [Self; 6] =
        [Self::Success, Self::Failed, Self::Denied, Self::Answered, Self::Cancelled, Self::Interrupted];

    /// The word for it in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::Failed => "failed",
            Self::Denied => "denied",
            Self::Answered => "answered",
            Self::Cancelled => "cancelled",
            Self::Interrupted => "interrupted",
            Self::Unknown => "unknown",
        }
    }

    /// The outcome of that word; one that is not known here is [`Outcome::Unknown`].
    pub fn parse(text: &str) -> Self {
        Self::ALL.into_iter().find(|outcome| outcome.as_str() == text).unwrap_or(Self::Unknown)
    }

    /// Whether the model is told that it failed.
    pub const fn is_error(self) -> bool {
        !matches!(self, Self::Success | Self::Answered)
    }
}

/// What stood between a call and its server, so that the call never came to be made, or its end was not heard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Trouble {
    /// The server cannot be reached.
    Unreachable,
    /// It wants the person to sign in.
    NeedsSignIn,
    /// A trouble that this version does not know.
    #[serde(other)]
    Unknown,
}

/// What came of a tool call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ToolResult {
    /// Of which call.
    pub call: String,
    /// How it ended.
    pub outcome: Outcome,
    /// What the tool said, or what the model is told in its place.
    pub content: String,
    /// The pictures it gave. Those that lie here are served below the message, by their hash.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub images: Vec<ImageSource>,
    /// How long it ran, in milliseconds.
    #[serde(default)]
    pub duration_ms: u64,
    /// What stood between it and its server.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trouble: Option<Trouble>,
    /// The version of an artifact that it made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub artifact: Option<ArtifactRef>,
}

/// What a provider wants back as it said it, at its place among the parts: a signature, encrypted reasoning. Bound to a
/// provider and a model; nobody else gets it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sealed {
    pub provider: Provider,
    /// The model it is bound to.
    pub model: String,
    /// The JSON as the provider's encoder wants it back.
    pub data: String,
}

/// A sealed block at its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealedPart {
    /// Its place in the message.
    pub position: u32,
    /// The step that it belongs to.
    pub step: u32,
    pub sealed: Sealed,
}

/// The texts of `parts` as one.
pub fn joined_text(parts: &[Part]) -> String {
    let mut all = String::new();
    for (at, part) in parts.iter().enumerate() {
        if let PartKind::Text { text } = &part.kind {
            all.push_str(separator(&parts[..at], part));
            all.push_str(text);
        }
    }
    all
}

/// What stands between the text of the parts `before` and that of `part`: a blank line, unless only something sealed
/// interrupted the text.
pub fn separator(before: &[Part], part: &Part) -> &'static str {
    let said = before.iter().any(|part| part.kind.text().is_some_and(|text| !text.is_empty()));
    if said && !before.last().is_some_and(|last| goes_on(last, part)) { "\n\n" } else { "" }
}

/// Whether `part` goes on with the text of `last`, the visible part before it: only something sealed interrupted it.
pub fn goes_on(last: &Part, part: &Part) -> bool {
    let texts = last.kind.text().is_some() && part.kind.text().is_some();
    texts && last.step == part.step && last.position + 1 < part.position
}

/// What was thought, as one text.
pub fn joined_thinking(parts: &[Part]) -> String {
    let thoughts = parts.iter().filter_map(|part| match &part.kind {
        PartKind::Thinking { text } => Some(text.as_str()),
        _ => None,
    });
    thoughts.collect::<Vec<_>>().join("\n\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_read_back_and_unknown_ones_keep_their_place() {
        let call = ToolCall {
            arguments: "{}".into(),
            state: ToolState::Ended { outcome: Outcome::Denied },
            ..ToolCall::proposed("c1", "", "look")
        };
        let part = Part { position: 3, step: 1, kind: PartKind::ToolCall(call) };
        let json = serde_json::to_string(&part).unwrap();
        assert_eq!(serde_json::from_str::<Part>(&json).unwrap(), part, "{json}");
        let tomorrow: Part =
            serde_json::from_str(r#"{"position":4,"step":2,"kind":"hologram","depth":[1,{"a":2}]}"#).unwrap();
        assert_eq!(tomorrow, Part { position: 4, step: 2, kind: PartKind::Unknown });
        let state: ToolState = serde_json::from_str(r#"{"state":"dreaming","of":{"sheep":3}}"#).unwrap();
        assert_eq!(state, ToolState::Unknown);
    }

    #[test]
    fn texts_are_joined_by_blank_lines() {
        let part = |position, kind| Part { position, step: 1, kind };
        let parts = [
            part(0, PartKind::Thinking { text: "hm".into() }),
            part(1, PartKind::Text { text: "a".into() }),
            part(2, PartKind::Unknown),
            part(3, PartKind::Text { text: "b".into() }),
            // At 4 stands something sealed.
            part(5, PartKind::Text { text: "c".into() }),
        ];
        assert_eq!((joined_text(&parts).as_str(), joined_thinking(&parts).as_str()), ("a\n\nbc", "hm"));
    }
}
