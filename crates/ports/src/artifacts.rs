//! Artifacts: what doors and tools ask for, and how they are stored.

use async_trait::async_trait;
use bytes::Bytes;
use vertice_domain::{
    Actor, Artifact, ArtifactId, ArtifactKind, ArtifactPath, ArtifactVersion, Author, BlobHash,
    ConversationId, MessageId, Page, PageRequest, Result, Timestamp, UserId,
    artifact::{ArtifactDocument, VersionDocument},
};

/// An artifact to be made. What is left out follows from the path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewArtifact {
    pub conversation: ConversationId,
    /// As it was asked for; it is checked.
    pub path: String,
    pub title: Option<String>,
    pub kind: Option<ArtifactKind>,
    pub language: Option<String>,
    pub content: String,
    /// What its first version is for.
    pub note: String,
    pub by: Made,
}

/// Who makes a version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Made {
    ByPerson,
    /// By a model's call of a tool, under the id that the call gives: the same call never makes two artifacts, nor two versions.
    ByModel {
        message: MessageId,
        id: ArtifactId,
    },
}

impl Made {
    pub const fn author(self) -> Author {
        match self {
            Self::ByPerson => Author::User,
            Self::ByModel { .. } => Author::Assistant,
        }
    }

    /// The id that the call gives which makes it.
    pub const fn call(self) -> Option<ArtifactId> {
        match self {
            Self::ByPerson => None,
            Self::ByModel { id, .. } => Some(id),
        }
    }

    /// The answer that makes it.
    pub const fn message(self) -> Option<MessageId> {
        match self {
            Self::ByPerson => None,
            Self::ByModel { message, .. } => Some(message),
        }
    }
}

/// A new version of an artifact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewVersion {
    pub content: String,
    /// The version that it was made from; another one by now: `version_conflict`. None: whatever is there.
    pub expected: Option<u32>,
    pub note: String,
    pub by: Made,
}

/// What is to be different about an artifact, beside its content.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ArtifactPatch {
    pub title: Option<String>,
    pub path: Option<String>,
    pub kind: Option<ArtifactKind>,
}

/// What stands between two texts, line by line.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LineDiff {
    /// Changes with the lines around them.
    pub hunks: Vec<Vec<DiffLine>>,
    pub added: u32,
    pub removed: u32,
    /// Whether there is more than is told.
    pub cut: bool,
}

/// A line, with its numbers (from 1) in the texts that have it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DiffLine {
    pub old: Option<u32>,
    pub new: Option<u32>,
    pub spans: Vec<DiffSpan>,
}

/// A piece of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DiffSpan {
    /// Whether the other text has something else here.
    pub changed: bool,
    pub text: String,
}

/// What a version and somebody else's changes make together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Merged {
    /// With marks where both changed the same lines.
    pub content: String,
    /// How many such places there are.
    pub conflicts: usize,
    /// The version that it is made from.
    pub version: u32,
}

/// The artifacts of conversations, each for its owner only.
#[async_trait]
pub trait Artifacts: Send + Sync {
    /// Those of a conversation, in the order in which they were made; without a conversation, all of the actor's own.
    async fn list(
        &self,
        actor: &Actor,
        conversation: Option<ConversationId>,
        page: &PageRequest,
    ) -> Result<Page<Artifact>>;
    async fn get(&self, actor: &Actor, id: ArtifactId) -> Result<ArtifactDocument>;
    /// The artifact at a path, if there is one, as tools find it.
    async fn at(
        &self,
        actor: &Actor,
        conversation: ConversationId,
        path: &str,
    ) -> Result<Option<ArtifactDocument>>;
    /// All of a conversation's, as tools see them.
    async fn paths(&self, actor: &Actor, conversation: ConversationId) -> Result<Vec<Artifact>>;
    /// What the call of a tool has written.
    async fn made(&self, actor: &Actor, id: ArtifactId, version: u32) -> Result<VersionDocument>;
    /// The version that a tool's call has made, by the id that the call gives, and its artifact as it is now; for the server itself,
    /// which finds the call without a result.
    async fn made_by(&self, owner: UserId, call: ArtifactId) -> Result<Option<(Artifact, VersionDocument)>>;
    /// A path that is not taken, for something of this title.
    async fn free_path(
        &self,
        actor: &Actor,
        conversation: ConversationId,
        title: &str,
        kind: Option<ArtifactKind>,
        language: Option<&str>,
    ) -> Result<String>;
    /// A path that is taken: `path_taken`.
    async fn create(&self, actor: &Actor, new: NewArtifact) -> Result<ArtifactDocument>;
    /// The same, not yet stored: its content is kept, and it is stored together with something else.
    async fn draft(&self, actor: &Actor, new: NewArtifact) -> Result<(StoredArtifact, StoredVersion)>;
    /// Adds a version; one that changes nothing is not added.
    async fn write(&self, actor: &Actor, id: ArtifactId, new: NewVersion) -> Result<ArtifactDocument>;
    async fn patch(&self, actor: &Actor, id: ArtifactId, patch: ArtifactPatch) -> Result<ArtifactDocument>;
    async fn delete(&self, actor: &Actor, id: ArtifactId) -> Result<()>;
    /// Takes a deletion back, while that can be done.
    async fn undelete(&self, actor: &Actor, id: ArtifactId) -> Result<ArtifactDocument>;
    /// Its versions, the newest first.
    async fn versions(
        &self,
        actor: &Actor,
        id: ArtifactId,
        page: &PageRequest,
    ) -> Result<Page<ArtifactVersion>>;
    async fn version(&self, actor: &Actor, id: ArtifactId, version: u32) -> Result<VersionDocument>;
    /// Makes a new version of an old one.
    async fn restore(&self, actor: &Actor, id: ArtifactId, version: u32) -> Result<ArtifactDocument>;
    /// What stands between two versions, as a unified diff.
    async fn diff(&self, actor: &Actor, id: ArtifactId, from: u32, to: u32) -> Result<String>;
    /// The same line by line, with the words marked that differ; bounded.
    async fn compare(&self, actor: &Actor, id: ArtifactId, from: u32, to: u32) -> Result<LineDiff>;
    /// `content`, which was made from the version `base`, merged with what the newest version has changed since.
    async fn merge(&self, actor: &Actor, id: ArtifactId, base: u32, content: &str) -> Result<Merged>;
    /// What people have changed in a conversation since then: artifacts, each with a unified diff from the version that was the
    /// newest then.
    async fn edited_since(
        &self,
        actor: &Actor,
        conversation: ConversationId,
        since: Timestamp,
    ) -> Result<Vec<(Artifact, String)>>;
    /// All of a conversation's as a zip archive.
    async fn export(&self, actor: &Actor, conversation: ConversationId) -> Result<Bytes>;
    /// Makes artifacts of all files of a zip archive; new versions of those that are there. All of them, or none.
    async fn import(
        &self,
        actor: &Actor,
        conversation: ConversationId,
        archive: Bytes,
    ) -> Result<Vec<ArtifactDocument>>;
}

/// An artifact as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredArtifact {
    pub artifact: Artifact,
    /// Where the content of its newest version is.
    pub hash: BlobHash,
}

/// A version as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredVersion {
    pub version: ArtifactVersion,
    pub hash: BlobHash,
    /// The id that the call of a tool gives which made it. The same call makes no second one.
    pub call: Option<ArtifactId>,
}

/// An artifact with its first version, to be stored with its conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WholeArtifact {
    pub stored: StoredArtifact,
    pub first: StoredVersion,
    /// By whose words it is found; none: another artifact of the owner's holds the same.
    pub content: Option<String>,
}

/// Something to be written; all of it in one transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ArtifactWrite {
    /// An artifact with its first version, and its content, by whose words it is found.
    Create(StoredArtifact, StoredVersion, String),
    /// The next version of one, with its content; only if the newest one has the number before.
    Version(ArtifactId, StoredVersion, String),
}

/// How a write ended. Only [`Self::Done`] has changed anything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Written {
    Done,
    /// There is no such artifact or conversation.
    Absent,
    /// Another version is the newest one, or it has other names by now.
    Stale,
    /// The artifact at this path stands in the way: it has the same, or is a file where the other one needs a folder.
    Taken(ArtifactPath),
    /// The conversation would have more than it may.
    TooMany,
}

/// Artifacts and their versions; contents lie among the blobs.
#[async_trait]
pub trait ArtifactStore: Send + Sync {
    /// None: there is no such conversation.
    async fn artifacts(
        &self,
        owner: UserId,
        conversation: Option<ConversationId>,
        page: &PageRequest,
    ) -> Result<Option<Page<StoredArtifact>>>;
    async fn artifact(&self, owner: UserId, id: ArtifactId) -> Result<Option<StoredArtifact>>;
    /// The one whose path has this key.
    async fn artifact_at(
        &self,
        owner: UserId,
        conversation: ConversationId,
        key: &str,
    ) -> Result<Option<StoredArtifact>>;
    /// `most`: how many a conversation may have.
    async fn write_artifacts(&self, owner: UserId, writes: &[ArtifactWrite], most: u32) -> Result<Written>;
    /// Changes its title, path, kind and language, and nothing else; only if they are as in `before`.
    async fn change_artifact(&self, owner: UserId, before: &Artifact, after: &Artifact) -> Result<Written>;
    /// Takes it away, to be had back until it is purged with the conversations; whether it was there.
    async fn delete_artifact(&self, owner: UserId, id: ArtifactId, now: Timestamp) -> Result<bool>;
    /// `most`: how many a conversation may have.
    async fn undelete_artifact(&self, owner: UserId, id: ArtifactId, most: u32) -> Result<Written>;
    /// The newest first; none: there is no such artifact.
    async fn artifact_versions(
        &self,
        owner: UserId,
        id: ArtifactId,
        page: &PageRequest,
    ) -> Result<Option<Page<StoredVersion>>>;
    async fn artifact_version(
        &self,
        owner: UserId,
        id: ArtifactId,
        version: u32,
    ) -> Result<Option<StoredVersion>>;
    /// The version that a call has made, and its artifact as it is now.
    async fn artifact_version_by(
        &self,
        owner: UserId,
        call: ArtifactId,
    ) -> Result<Option<(StoredArtifact, StoredVersion)>>;
    /// Artifacts of a conversation that a person has changed since then, each with its newest version before that.
    async fn artifacts_edited_since(
        &self,
        owner: UserId,
        conversation: ConversationId,
        since: Timestamp,
    ) -> Result<Vec<(StoredArtifact, Option<StoredVersion>)>>;
}
