//! The artifacts of a conversation, as forks and exports want them.

use vertice_domain::{
    Artifact, ArtifactId, ArtifactVersion, ConversationId, Error, PageRequest, Result, UserId,
};
use vertice_ports::{
    ArtifactStore, Blobs,
    artifacts::{StoredArtifact, StoredVersion},
};

use serde::Serialize;

/// Why a document does not hold a content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum LeftOut {
    /// It is damaged or gone.
    Unreadable,
    /// With it, the document would be too large.
    TooLarge,
}

/// An artifact as a document holds it.
#[derive(Serialize)]
pub(super) struct Exported {
    #[serde(flatten)]
    pub(super) artifact: Artifact,
    pub(super) content: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) left_out: Option<LeftOut>,
    /// All of them, the oldest first.
    pub(super) versions: Vec<ArtifactVersion>,
}

/// Where artifacts are.
pub(super) struct Shelf<'a> {
    pub(super) store: &'a dyn ArtifactStore,
    pub(super) blobs: &'a dyn Blobs,
    pub(super) owner: UserId,
}

impl Shelf<'_> {
    /// All of a conversation's, in the order in which they were made.
    async fn all(&self, conversation: ConversationId) -> Result<Vec<StoredArtifact>> {
        let (mut all, mut cursor) = (Vec::new(), None);
        loop {
            let page = PageRequest::new(Some(PageRequest::MAX), cursor)?;
            let page = self.store.artifacts(self.owner, Some(conversation), &page).await?;
            let page = page.ok_or_else(|| Error::not_found("conversation"))?;
            all.extend(page.items);
            cursor = page.next_cursor;
            if cursor.is_none() {
                return Ok(all);
            }
        }
    }

    /// The same, each with its newest version. One that is deleted meanwhile is left out.
    pub(super) async fn newest(
        &self,
        conversation: ConversationId,
    ) -> Result<Vec<(StoredArtifact, StoredVersion)>> {
        let mut newest = Vec::new();
        for stored in self.all(conversation).await? {
            let Artifact { id, version, .. } = stored.artifact;
            let version = self.store.artifact_version(self.owner, id, version).await?;
            newest.extend(version.map(|version| (stored, version)));
        }
        Ok(newest)
    }

    /// The same with contents of at most `most` bytes in all.
    pub(super) async fn exported(&self, conversation: ConversationId, most: u64) -> Result<Vec<Exported>> {
        let (mut exported, mut room) = (Vec::new(), most);
        for StoredArtifact { artifact, hash } in self.all(conversation).await? {
            let (content, left_out) = if artifact.size > room {
                (None, Some(LeftOut::TooLarge))
            } else {
                let bytes = self.blobs.get(self.owner, hash).await?;
                let content = bytes.and_then(|bytes| String::from_utf8(bytes.into()).ok());
                let left_out = content.is_none().then_some(LeftOut::Unreadable);
                (content, left_out)
            };
            if left_out == Some(LeftOut::Unreadable) {
                tracing::error!(%hash, "an artifact's content is missing; restore the folder of blobs from a backup");
            }
            room -= content.as_ref().map_or(0, |content| content.len() as u64).min(room);
            let versions = self.versions(artifact.id).await?;
            exported.push(Exported { artifact, content, left_out, versions });
        }
        Ok(exported)
    }

    async fn versions(&self, id: ArtifactId) -> Result<Vec<ArtifactVersion>> {
        let (mut versions, mut cursor) = (Vec::new(), None);
        loop {
            let page = PageRequest::new(Some(PageRequest::MAX), cursor)?;
            // Deleted meanwhile, it has none.
            let Some(page) = self.store.artifact_versions(self.owner, id, &page).await? else { break };
            versions.extend(page.items.into_iter().map(|stored| stored.version));
            cursor = page.next_cursor;
            if cursor.is_none() {
                break;
            }
        }
        versions.reverse();
        Ok(versions)
    }
}
