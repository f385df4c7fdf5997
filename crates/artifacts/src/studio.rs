//! [`Studio`]: the port, on the stores.

use std::{collections::HashSet, sync::Arc};

use async_trait::async_trait;
use bytes::Bytes;
use vertice_domain::{
    Action, Actor, Artifact, ArtifactId, ArtifactKind, ArtifactVersion, BlobHash, ConversationId, Error,
    FeedEvent, Page, PageRequest, Result, Timestamp, UserId, artifact,
    artifact::{ArtifactDocument, VersionDocument},
};
use vertice_ports::{
    ArtifactStore, Artifacts, Blobs, Bus, Clock, Ids,
    artifacts::{
        ArtifactPatch, ArtifactWrite, LineDiff, Made, Merged, NewArtifact, NewVersion, StoredArtifact,
        Written,
    },
};

use crate::{
    archive, aside, compare, naming, path,
    writing::{Draft, stale, taken},
};

/// How often a write that may go on any version looks which one is the newest.
const ATTEMPTS: usize = 5;

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
        let bytes = self.blobs.get(owner, hash).await?;
        let text = bytes.and_then(|bytes| String::from_utf8(bytes.into()).ok());
        text.ok_or_else(|| {
            tracing::error!(%hash, "an artifact's content is missing; restore the folder of blobs from a backup");
            Error::internal()
        })
    }

    async fn document(&self, owner: UserId, stored: StoredArtifact) -> Result<ArtifactDocument> {
        let content = self.content(owner, stored.hash).await?;
        Ok(ArtifactDocument { artifact: stored.artifact, content })
    }

    async fn all(&self, owner: UserId, conversation: ConversationId) -> Result<Vec<StoredArtifact>> {
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
        let before = self.content(owner, stored.hash).await?;
        let NewVersion { content, note, by, .. } = new.clone();
        if before == content {
            return Ok(Some(ArtifactDocument { artifact: stored.artifact.clone(), content }));
        }
        let draft = Draft { content: content.clone(), note, by };
        let version = self.version_of(owner, Some((&stored.artifact, before)), draft).await?;
        let ArtifactVersion { version: number, size, created_at, .. } = version.version;
        let write = ArtifactWrite::Version(stored.artifact.id, version);
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

#[async_trait]
impl Artifacts for Studio {
    async fn list(
        &self,
        actor: &Actor,
        conversation: Option<ConversationId>,
        page: &PageRequest,
    ) -> Result<Page<Artifact>> {
        actor.may(Action::ReadConversations)?;
        let found = self.store.artifacts(actor.user, conversation, page).await?;
        Ok(found.ok_or_else(|| Error::not_found("conversation"))?.map(|stored| stored.artifact))
    }

    async fn get(&self, actor: &Actor, id: ArtifactId) -> Result<ArtifactDocument> {
        actor.may(Action::ReadConversations)?;
        let stored = self.found(actor.user, id).await?;
        self.document(actor.user, stored).await
    }

    async fn at(
        &self,
        actor: &Actor,
        conversation: ConversationId,
        wanted: &str,
    ) -> Result<Option<ArtifactDocument>> {
        actor.may(Action::Chat)?;
        let key = path("path", wanted)?.key();
        match self.store.artifact_at(actor.user, conversation, &key).await? {
            Some(stored) => self.document(actor.user, stored).await.map(Some),
            None => Ok(None),
        }
    }

    async fn paths(&self, actor: &Actor, conversation: ConversationId) -> Result<Vec<Artifact>> {
        actor.may(Action::Chat)?;
        Ok(self.all(actor.user, conversation).await?.into_iter().map(|stored| stored.artifact).collect())
    }

    async fn free_path(
        &self,
        actor: &Actor,
        conversation: ConversationId,
        title: &str,
        kind: Option<ArtifactKind>,
        language: Option<&str>,
    ) -> Result<String> {
        actor.may(Action::WriteConversations)?;
        let all = self.all(actor.user, conversation).await?;
        let taken: HashSet<String> = all.into_iter().map(|stored| stored.artifact.path.key()).collect();
        naming::free(title, kind, language, &taken)
    }

    async fn made(&self, actor: &Actor, id: ArtifactId, version: u32) -> Result<VersionDocument> {
        actor.may(Action::Chat)?;
        self.version_document(actor.user, id, version).await
    }

    async fn create(&self, actor: &Actor, new: NewArtifact) -> Result<ArtifactDocument> {
        actor.may(deed(new.by))?;
        let content = new.content.clone();
        let (artifact, version) = self.drafted(actor.user, new).await?;
        let write = ArtifactWrite::Create(artifact.clone(), version);
        self.write_all(actor.user, std::slice::from_ref(&write)).await?;
        self.tell(actor, artifact.artifact.conversation_id);
        Ok(ArtifactDocument { artifact: artifact.artifact, content })
    }

    async fn write(&self, actor: &Actor, id: ArtifactId, new: NewVersion) -> Result<ArtifactDocument> {
        actor.may(deed(new.by))?;
        artifact::check_content(&new.content)?;
        for _ in 0..ATTEMPTS {
            let stored = self.found(actor.user, id).await?;
            if new.expected.is_some_and(|expected| expected != stored.artifact.version) {
                return Err(stale(Some(stored.artifact.version)));
            }
            if let Some(written) = self.add(actor.user, &stored, &new).await? {
                self.tell(actor, written.artifact.conversation_id);
                return Ok(written);
            }
        }
        Err(stale(None))
    }

    async fn patch(&self, actor: &Actor, id: ArtifactId, patch: ArtifactPatch) -> Result<ArtifactDocument> {
        actor.may(Action::WriteConversations)?;
        let mut stored = self.found(actor.user, id).await?;
        let changed = &mut stored.artifact;
        if let Some(title) = patch.title {
            changed.title = match artifact::checked_title("title", &title)? {
                title if title.is_empty() => return Err(Error::invalid_field("title", "must not be empty")),
                title => title,
            };
        }
        if let Some(wanted) = patch.path {
            let moved = path("path", &wanted)?;
            let (before, now) =
                (artifact::language_of(changed.path.as_str()), artifact::language_of(moved.as_str()));
            if before != now {
                changed.language = now.map(str::to_owned);
                changed.kind = ArtifactKind::of_path(moved.as_str());
            }
            changed.path = moved;
        }
        changed.kind = patch.kind.unwrap_or(changed.kind);
        changed.updated_at = self.clock.now();
        match self.store.change_artifact(actor.user, changed).await? {
            Written::Taken(path) => return Err(taken(&path)),
            Written::Done => {}
            Written::Absent | Written::Stale | Written::TooMany => return Err(missing()),
        }
        self.tell(actor, stored.artifact.conversation_id);
        self.document(actor.user, stored).await
    }

    async fn delete(&self, actor: &Actor, id: ArtifactId) -> Result<()> {
        actor.may(Action::WriteConversations)?;
        let stored = self.found(actor.user, id).await?;
        if !self.store.delete_artifact(actor.user, id, self.clock.now()).await? {
            return Err(missing());
        }
        self.tell(actor, stored.artifact.conversation_id);
        Ok(())
    }

    async fn undelete(&self, actor: &Actor, id: ArtifactId) -> Result<ArtifactDocument> {
        actor.may(Action::WriteConversations)?;
        match self.store.undelete_artifact(actor.user, id).await? {
            Written::Done => {}
            Written::Taken(path) => return Err(taken(&path)),
            Written::Absent | Written::Stale | Written::TooMany => return Err(missing()),
        }
        let stored = self.found(actor.user, id).await?;
        self.tell(actor, stored.artifact.conversation_id);
        self.document(actor.user, stored).await
    }

    async fn versions(
        &self,
        actor: &Actor,
        id: ArtifactId,
        page: &PageRequest,
    ) -> Result<Page<ArtifactVersion>> {
        actor.may(Action::ReadConversations)?;
        let found = self.store.artifact_versions(actor.user, id, page).await?;
        Ok(found.ok_or_else(missing)?.map(|stored| stored.version))
    }

    async fn version(&self, actor: &Actor, id: ArtifactId, version: u32) -> Result<VersionDocument> {
        actor.may(Action::ReadConversations)?;
        self.version_document(actor.user, id, version).await
    }

    async fn restore(&self, actor: &Actor, id: ArtifactId, version: u32) -> Result<ArtifactDocument> {
        let old = self.version(actor, id, version).await?;
        let note = format!("Version {version} restored");
        let new = NewVersion { content: old.content, expected: None, note, by: Made::ByPerson };
        self.write(actor, id, new).await
    }

    async fn diff(&self, actor: &Actor, id: ArtifactId, from: u32, to: u32) -> Result<String> {
        let path = self.found(actor.user, id).await?.artifact.path;
        let (old, new) = (self.version(actor, id, from).await?, self.version(actor, id, to).await?);
        let named = move |version| format!("{path} (version {version})");
        aside(move || compare::unified(&old.content, &new.content, &named(from), &named(to))).await
    }

    async fn compare(&self, actor: &Actor, id: ArtifactId, from: u32, to: u32) -> Result<LineDiff> {
        let (old, new) = (self.version(actor, id, from).await?, self.version(actor, id, to).await?);
        aside(move || compare::lines(&old.content, &new.content)).await
    }

    async fn merge(&self, actor: &Actor, id: ArtifactId, base: u32, content: &str) -> Result<Merged> {
        artifact::check_content(content)?;
        let (base, ours) = (self.version(actor, id, base).await?.content, content.to_owned());
        let newest = self.get(actor, id).await?;
        let version = newest.artifact.version;
        let (content, conflicts) = aside(move || compare::merged(&base, &ours, &newest.content)).await?;
        Ok(Merged { content, conflicts, version })
    }

    async fn edited_since(
        &self,
        actor: &Actor,
        conversation: ConversationId,
        since: Timestamp,
    ) -> Result<Vec<(Artifact, String)>> {
        actor.may(Action::Chat)?;
        let edited = self.store.artifacts_edited_since(actor.user, conversation, since).await?;
        let mut told = Vec::with_capacity(edited.len());
        for (StoredArtifact { artifact, hash }, before) in edited {
            let new = self.content(actor.user, hash).await?;
            let (old, from) = match before {
                Some(before) => {
                    let name = format!("{} (version {})", artifact.path, before.version.version);
                    (self.content(actor.user, before.hash).await?, name)
                }
                None => (String::new(), "/dev/null".to_owned()),
            };
            let to = format!("{} (version {})", artifact.path, artifact.version);
            let diff = aside(move || compare::unified(&old, &new, &from, &to)).await?;
            if !diff.is_empty() {
                told.push((artifact, diff));
            }
        }
        Ok(told)
    }

    async fn export(&self, actor: &Actor, conversation: ConversationId) -> Result<Bytes> {
        actor.may(Action::ReadConversations)?;
        let mut packing = archive::Packing::default();
        for StoredArtifact { artifact, hash } in self.all(actor.user, conversation).await? {
            let content = self.content(actor.user, hash).await?;
            packing = aside(move || packing.with(&artifact.path, &content)).await??;
        }
        packing.finish()
    }

    async fn import(
        &self,
        actor: &Actor,
        conversation: ConversationId,
        packed: Bytes,
    ) -> Result<Vec<ArtifactDocument>> {
        actor.may(Action::WriteConversations)?;
        let files = aside(move || archive::unpacked(&packed)).await??;
        let imported = self.imported(actor.user, conversation, files).await?;
        self.tell(actor, conversation);
        Ok(imported)
    }
}
