//! Artifacts: files that a conversation's model and its person write together. Nothing of one is ever overwritten: each change
//! is a version.

mod kind;
mod path;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{ArtifactId, Author, ConversationId, Error, ErrorKind, MessageId, Timestamp, TurnId};

pub use self::{
    kind::{ArtifactKind, ending_of, language_of},
    path::ArtifactPath,
};

/// The longest content, in bytes.
pub const MAX_CONTENT: usize = 1024 * 1024;
/// The most artifacts of one conversation.
pub const MAX_IN_CONVERSATION: u32 = 500;
/// The longest title and the longest note, in characters.
pub const MAX_TITLE_CHARS: usize = 200;
/// The code of an error: the content's file is damaged or gone.
pub const CONTENT_MISSING: &str = "content_missing";

impl ArtifactId {
    /// The id of the artifact that a call of a tool makes: whoever hears of the call knows it, and the same call never makes two.
    pub fn of_call(turn: TurnId, call: &str) -> Self {
        Self::new(uuid::Uuid::new_v5(&turn.as_uuid(), call.as_bytes()))
    }
}

/// An artifact, without its content.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Artifact {
    pub id: ArtifactId,
    pub conversation_id: ConversationId,
    /// The answer that made it; none: a person did.
    pub message_id: Option<MessageId>,
    /// Where it is among the others: names between slashes.
    #[schema(value_type = String, example = "src/App.tsx")]
    pub path: ArtifactPath,
    pub title: String,
    /// What it is shown as.
    #[serde(rename = "type")]
    pub kind: ArtifactKind,
    /// What its text is written in, as code blocks name it: `rust`, `tsx`.
    pub language: Option<String>,
    /// Its newest version, from 1.
    pub version: u32,
    /// How large that is, in bytes.
    pub size: u64,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// An artifact with the content of its newest version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ArtifactDocument {
    #[serde(flatten)]
    pub artifact: Artifact,
    pub content: String,
}

/// A version of an artifact, without its content.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ArtifactVersion {
    /// Its number, from 1.
    pub version: u32,
    pub created_by: Author,
    pub created_at: Timestamp,
    /// What it is for; empty: nobody said so.
    pub note: String,
    /// The answer that made it; none: a person did.
    pub message_id: Option<MessageId>,
    /// How large it is, in bytes.
    pub size: u64,
    /// Lines that the version before has not.
    pub added: u32,
    /// Lines of the version before that it has not.
    pub removed: u32,
}

/// A version with its content.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct VersionDocument {
    #[serde(flatten)]
    pub version: ArtifactVersion,
    pub content: String,
}

/// A version of an artifact, as a part of an answer refers to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ArtifactRef {
    pub id: ArtifactId,
    pub version: u32,
    /// Where it was then.
    #[schema(value_type = String)]
    pub path: ArtifactPath,
    pub title: String,
    #[serde(rename = "type")]
    pub kind: ArtifactKind,
    pub added: u32,
    pub removed: u32,
}

impl ArtifactRef {
    /// This version of that artifact.
    pub fn new(artifact: &Artifact, version: &ArtifactVersion) -> Self {
        let Artifact { id, path, title, kind, .. } = artifact;
        let ArtifactVersion { version, added, removed, .. } = *version;
        Self { id: *id, version, path: path.clone(), title: title.clone(), kind: *kind, added, removed }
    }
}

/// A title or a note, if it can be one.
pub fn checked_title(field: &str, text: &str) -> Result<String, Error> {
    let text = text.trim();
    if text.chars().count() > MAX_TITLE_CHARS || text.chars().any(char::is_control) {
        let message = format!("must be one line of at most {MAX_TITLE_CHARS} characters");
        return Err(Error::invalid_field(field, message));
    }
    Ok(text.to_owned())
}

/// Refuses a content that is too large to be kept as text.
pub fn check_content(content: &str) -> Result<(), Error> {
    if content.len() <= MAX_CONTENT {
        return Ok(());
    }
    let message = format!(
        "An artifact holds at most 1 MB of text, and this is {} kB. Split it into several files.",
        content.len().div_ceil(1024)
    );
    Err(Error::new(ErrorKind::TooLarge, "artifact_too_large", message))
}
