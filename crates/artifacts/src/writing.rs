//! What is written: an artifact with its first version, or the next version of one.

use bytes::Bytes;
use vertice_domain::{
    Artifact, ArtifactId, ArtifactKind, ArtifactPath, ArtifactVersion, ConversationId, Error, ErrorKind,
    Result, UserId, artifact,
};
use vertice_ports::artifacts::{ArtifactWrite, Made, NewArtifact, StoredArtifact, StoredVersion, Written};

use crate::{compare, compared, path, studio::Studio};

/// What a content is kept as.
const MEDIA_TYPE: &str = "text/plain";

/// A version in the making.
pub(crate) struct Draft {
    pub(crate) content: String,
    pub(crate) note: String,
    pub(crate) by: Made,
}

impl Studio {
    /// A new artifact, not yet written.
    pub(crate) async fn drafted(&self, owner: UserId, new: NewArtifact) -> Result<StoredArtifactAndVersion> {
        let NewArtifact { conversation, path: wanted, title, kind, language, content, note, by } = new;
        let path = path("path", &wanted)?;
        let title = match title.as_deref().map(str::trim) {
            None | Some("") => path.name().to_owned(),
            Some(title) => artifact::checked_title("title", title)?,
        };
        let language = match language.as_deref().map(str::trim) {
            None | Some("") => artifact::language_of(path.as_str()).map(str::to_owned),
            Some(language) => Some(artifact::checked_title("language", language)?),
        };
        let named = Named {
            conversation,
            kind: kind.unwrap_or_else(|| ArtifactKind::of_path(path.as_str())),
            path,
            title,
            language,
        };
        let id = match by {
            Made::ByModel { id, .. } => id,
            Made::ByPerson => self.ids.artifact(),
        };
        let draft = Draft { content, note, by };
        self.first(owner, id, named, draft).await
    }

    async fn first(
        &self,
        owner: UserId,
        id: ArtifactId,
        named: Named,
        draft: Draft,
    ) -> Result<StoredArtifactAndVersion> {
        let by = draft.by;
        let version = self.version_of(owner, None, draft).await?;
        let Named { conversation, path, title, kind, language } = named;
        let artifact = Artifact {
            id,
            conversation_id: conversation,
            message_id: by.message(),
            path,
            title,
            kind,
            language,
            version: 1,
            size: version.version.size,
            created_at: version.version.created_at,
            updated_at: version.version.created_at,
        };
        Ok((StoredArtifact { artifact, hash: version.hash }, version))
    }

    /// The next version after `before`, with its content kept: its number, and what it changes.
    pub(crate) async fn version_of(
        &self,
        owner: UserId,
        before: Option<(&Artifact, String)>,
        draft: Draft,
    ) -> Result<StoredVersion> {
        let Draft { content, note, by } = draft;
        artifact::check_content(&content)?;
        let note = artifact::checked_title("note", &note)?;
        let (number, old) = before.map_or((0, String::new()), |(artifact, old)| (artifact.version, old));
        let new = content.clone();
        let (added, removed) = compared(move || compare::counts(&old, &new)).await?;
        let size = content.len() as u64;
        let hash = self.blobs.put(owner, MEDIA_TYPE, Bytes::from(content)).await?;
        let version = ArtifactVersion {
            version: number + 1,
            created_by: by.author(),
            created_at: self.clock.now(),
            note,
            message_id: by.message(),
            size,
            added,
            removed,
        };
        Ok(StoredVersion { version, hash, call: by.call() })
    }

    /// Writes all of it, or says why not.
    pub(crate) async fn write_all(&self, owner: UserId, writes: &[ArtifactWrite]) -> Result<()> {
        match self.store.write_artifacts(owner, writes, artifact::MAX_IN_CONVERSATION).await? {
            Written::Done => Ok(()),
            Written::Absent => Err(Error::not_found("conversation or artifact")),
            Written::Stale => Err(stale(None)),
            Written::Taken(path) => Err(taken(&path)),
            Written::TooMany => Err(too_many()),
        }
    }
}

/// An artifact, and its first version.
pub(crate) type StoredArtifactAndVersion = (StoredArtifact, StoredVersion);

/// What is known of an artifact before it has a version.
struct Named {
    conversation: ConversationId,
    path: ArtifactPath,
    title: String,
    kind: ArtifactKind,
    language: Option<String>,
}

/// Somebody else has written meanwhile.
pub(crate) fn stale(newest: Option<u32>) -> Error {
    let newest = newest.map(|version| format!(" to version {version}")).unwrap_or_default();
    let message = format!(
        "Somebody has changed this artifact meanwhile{newest}. Nothing was saved: read it again, and write what both have changed."
    );
    Error::new(ErrorKind::Conflict, "version_conflict", message)
}

pub(crate) fn taken(path: &ArtifactPath) -> Error {
    let message = format!("There is an artifact {path} already. Choose another path, or change that one.");
    Error::new(ErrorKind::Conflict, "path_taken", message)
}

pub(crate) fn too_many() -> Error {
    let message = format!(
        "A conversation holds at most {} artifacts. Delete some of them, or begin another conversation.",
        artifact::MAX_IN_CONVERSATION
    );
    Error::new(ErrorKind::TooLarge, "too_many_artifacts", message)
}
