//! [`Studio`]: the artifacts of all users, on the stores.

mod port;

use std::sync::Arc;

use vertice_domain::{
    Action, Actor, Artifact, ArtifactId, ArtifactKind, ArtifactVersion, BlobHash, ConversationId, Error,
    ErrorKind, FeedEvent, PageRequest, Result, UserId, artifact,
    artifact::{ArtifactDocument, VersionDocument},
};
use vertice_ports::{
    ArtifactStore, Blobs, Bus, Clock, Ids,
    artifacts::{ArtifactPatch, ArtifactWrite, Made, NewVersion, StoredArtifact, StoredVersion},
};

use crate::{
    compare, compared, path,
    writing::{Draft, stale},
};

/// The artifacts of all users, each for its owner only.
pub struct Studio {
    pub(crate) store: Arc<dyn ArtifactStore>,
    pub(crate) blobs: Arc<dyn Blobs>,
    bus: Arc<dyn Bus>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) ids: Arc<dyn Ids>,
}

/// What a [`Studio`] is made of.
pub struct StudioDependencies {
    pub store: Arc<dyn ArtifactStore>,
    pub blobs: Arc<dyn Blobs>,
    pub bus: Arc<dyn Bus>,
    pub clock: Arc<dyn Clock>,
    pub ids: Arc<dyn Ids>,
}

impl Studio {
    pub fn new(StudioDependencies { store, blobs, bus, clock, ids }: StudioDependencies) -> Self {
        Self { store, blobs, bus, clock, ids }
    }

    fn tell(&self, actor: &Actor, conversation_id: ConversationId) {
        self.bus.announce(actor.user, FeedEvent::ArtifactsChanged { conversation_id });
    }

    async fn found(&self, owner: UserId, id: ArtifactId) -> Result<StoredArtifact> {
        self.store.artifact(owner, id).await?.ok_or_else(missing)
    }

    async fn version_document(&self, owner: UserId, id: ArtifactId, version: u32) -> Result<VersionDocument> {
        let missing = || Error::not_found("version");
        let stored = self.store.artifact_version(owner, id, version).await?.ok_or_else(missing)?;
        let content = self.content(owner, stored.hash).await?;
        Ok(VersionDocument { version: stored.version, content })
    }

    pub(crate) async fn content(&self, owner: UserId, hash: BlobHash) -> Result<String> {
        self.content_if_there(owner, hash).await?.ok_or_else(lost)
    }

    /// None: its file is damaged or gone. What only is written over needs it no more.
    pub(crate) async fn content_if_there(&self, owner: UserId, hash: BlobHash) -> Result<Option<String>> {
        let bytes = self.blobs.get(owner, hash).await?;
        let text = bytes.and_then(|bytes| String::from_utf8(bytes.into()).ok());
        if text.is_none() {
            tracing::error!(%hash, "an artifact's content is missing; restore the folder of blobs from a backup");
        }
        Ok(text)
    }

    async fn document(&self, owner: UserId, stored: StoredArtifact) -> Result<ArtifactDocument> {
        let content = self.content(owner, stored.hash).await?;
        Ok(ArtifactDocument { artifact: stored.artifact, content })
    }

    pub(crate) async fn all(
        &self,
        owner: UserId,
        conversation: ConversationId,
    ) -> Result<Vec<StoredArtifact>> {
        let (mut all, mut cursor) = (Vec::new(), None);
        loop {
            let page = PageRequest::new(Some(PageRequest::MAX), cursor)?;
            let page = self.store.artifacts(owner, Some(conversation), &page).await?;
            let page = page.ok_or_else(|| Error::not_found("conversation"))?;
            all.extend(page.items);
            cursor = page.next_cursor;
            if cursor.is_none() {
                return Ok(all);
            }
        }
    }

    /// One try to add a version. None: another one came first.
    async fn add(
        &self,
        owner: UserId,
        stored: &StoredArtifact,
        new: &NewVersion,
    ) -> Result<Option<ArtifactDocument>> {
        let before = self.content_if_there(owner, stored.hash).await?;
        let NewVersion { content, note, by, .. } = new.clone();
        if before.as_ref() == Some(&content) {
            return Ok(Some(ArtifactDocument { artifact: stored.artifact.clone(), content }));
        }
        let draft = Draft { content: content.clone(), note, by };
        let before = (&stored.artifact, before.unwrap_or_default());
        let version = self.version_of(owner, Some(before), draft).await?;
        let ArtifactVersion { version: number, size, created_at, .. } = version.version;
        let write = ArtifactWrite::Version(stored.artifact.id, version, content.clone());
        match self.write_all(owner, std::slice::from_ref(&write)).await {
            Ok(()) => {
                let artifact =
                    Artifact { version: number, size, updated_at: created_at, ..stored.artifact.clone() };
                Ok(Some(ArtifactDocument { artifact, content }))
            }
            Err(error) if error.code == stale(None).code => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The artifact as it is to be.
    fn patched(&self, mut artifact: Artifact, patch: ArtifactPatch) -> Result<Artifact> {
        if let Some(wanted) = patch.path {
            let moved = path("path", &wanted)?;
            let (before, now) =
                (artifact::language_of(artifact.path.as_str()), artifact::language_of(moved.as_str()));
            if before != now {
                artifact.language = now.map(str::to_owned);
                artifact.kind = ArtifactKind::of_path(moved.as_str());
            }
            // Nobody gave it another title than its name.
            if artifact.title == artifact.path.name() {
                moved.name().clone_into(&mut artifact.title);
            }
            artifact.path = moved;
        }
        if let Some(title) = patch.title {
            artifact.title = match artifact::checked_title("title", &title)? {
                title if title.is_empty() => return Err(Error::invalid_field("title", "must not be empty")),
                title => title,
            };
        }
        artifact.kind = patch.kind.unwrap_or(artifact.kind);
        artifact.updated_at = self.clock.now();
        Ok(artifact)
    }

    /// What a person has changed, as a unified diff from `before` on (none: they made it). What cannot be read is left out: a
    /// conversation goes on without it.
    async fn edited(
        &self,
        owner: UserId,
        StoredArtifact { artifact, hash }: StoredArtifact,
        before: Option<StoredVersion>,
    ) -> Result<Option<(Artifact, String)>> {
        let Some(new) = self.content_if_there(owner, hash).await? else { return Ok(None) };
        let (old, from) = match before {
            Some(before) => {
                let name = format!("{} (version {})", artifact.path, before.version.version);
                let Some(old) = self.content_if_there(owner, before.hash).await? else { return Ok(None) };
                (old, name)
            }
            None => (String::new(), "/dev/null".to_owned()),
        };
        let to = format!("{} (version {})", artifact.path, artifact.version);
        let diff = compared(move || compare::unified(&old, &new, &from, &to)).await?;
        Ok((!diff.is_empty()).then_some((artifact, diff)))
    }
}

const fn deed(by: Made) -> Action {
    match by {
        Made::ByPerson => Action::WriteConversations,
        // Whoever may have models answer lets them write, too.
        Made::ByModel { .. } => Action::Chat,
    }
}

fn missing() -> Error {
    Error::not_found("artifact")
}

fn lost() -> Error {
    let message = "The content of this artifact is missing on the server. Its administrator can restore the folder of blobs from a \
                   backup.";
    Error::new(ErrorKind::Internal, artifact::CONTENT_MISSING, message)
}
