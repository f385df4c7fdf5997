//! The port: who may do it, then what is done.

use std::collections::HashSet;

use async_trait::async_trait;
use bytes::Bytes;
use vertice_domain::{
    Action, Actor, Artifact, ArtifactId, ArtifactKind, ArtifactVersion, ConversationId, Error, Page,
    PageRequest, Result, Timestamp, UserId, artifact,
    artifact::{ArtifactDocument, VersionDocument},
};
use vertice_ports::{
    Artifacts,
    artifacts::{
        ArtifactPatch, ArtifactWrite, LineDiff, Made, Merged, NewArtifact, NewVersion, StoredArtifact,
        StoredVersion, Written,
    },
};

use super::{Studio, deed, missing};
use crate::{
    compare, compared, naming, path,
    writing::{stale, taken, too_many},
};

/// How often a write that may go on any version looks which one is the newest.
const ATTEMPTS: usize = 5;

/// The most artifacts whose changes are compared for one message.
const MOST_EDITED: usize = 10;

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

    async fn made_by(&self, owner: UserId, call: ArtifactId) -> Result<Option<(Artifact, VersionDocument)>> {
        let Some((stored, version)) = self.store.artifact_version_by(owner, call).await? else {
            return Ok(None);
        };
        let content = self.content(owner, version.hash).await?;
        Ok(Some((stored.artifact, VersionDocument { version: version.version, content })))
    }

    async fn create(&self, actor: &Actor, new: NewArtifact) -> Result<ArtifactDocument> {
        actor.may(deed(new.by))?;
        let content = new.content.clone();
        let (artifact, version) = self.drafted(actor.user, new).await?;
        let write = ArtifactWrite::Create(artifact.clone(), version, content.clone());
        self.write_all(actor.user, std::slice::from_ref(&write)).await?;
        self.tell(actor, artifact.artifact.conversation_id);
        Ok(ArtifactDocument { artifact: artifact.artifact, content })
    }

    async fn draft(&self, actor: &Actor, new: NewArtifact) -> Result<(StoredArtifact, StoredVersion)> {
        actor.may(deed(new.by))?;
        self.drafted(actor.user, new).await
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
                if written.artifact.version != stored.artifact.version {
                    self.tell(actor, written.artifact.conversation_id);
                }
                return Ok(written);
            }
        }
        Err(stale(None))
    }

    async fn patch(&self, actor: &Actor, id: ArtifactId, patch: ArtifactPatch) -> Result<ArtifactDocument> {
        actor.may(Action::WriteConversations)?;
        for _ in 0..ATTEMPTS {
            let stored = self.found(actor.user, id).await?;
            let ArtifactDocument { artifact: before, content } = self.document(actor.user, stored).await?;
            let artifact = self.patched(before.clone(), patch.clone())?;
            match self.store.change_artifact(actor.user, &before, &artifact).await? {
                // Somebody else named it meanwhile: what they changed stays, and what is asked for here comes on top.
                Written::Stale => continue,
                Written::Taken(path) => return Err(taken(&path)),
                Written::Done => {}
                Written::Absent | Written::TooMany => return Err(missing()),
            }
            self.tell(actor, artifact.conversation_id);
            return Ok(ArtifactDocument { artifact, content });
        }
        Err(stale(None))
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
        match self.store.undelete_artifact(actor.user, id, artifact::MAX_IN_CONVERSATION).await? {
            Written::Done => {}
            Written::Taken(path) => return Err(taken(&path)),
            Written::TooMany => return Err(too_many()),
            Written::Absent | Written::Stale => return Err(missing()),
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
        actor.may(Action::WriteConversations)?;
        let content = self.version_document(actor.user, id, version).await?.content;
        let note = format!("Version {version} restored");
        let new = NewVersion { content, expected: None, note, by: Made::ByPerson };
        self.write(actor, id, new).await
    }

    async fn diff(&self, actor: &Actor, id: ArtifactId, from: u32, to: u32) -> Result<String> {
        let path = self.found(actor.user, id).await?.artifact.path;
        let (old, new) = (self.version(actor, id, from).await?, self.version(actor, id, to).await?);
        let named = move |version| format!("{path} (version {version})");
        compared(move || compare::unified(&old.content, &new.content, &named(from), &named(to))).await
    }

    async fn compare(&self, actor: &Actor, id: ArtifactId, from: u32, to: u32) -> Result<LineDiff> {
        let (old, new) = (self.version(actor, id, from).await?, self.version(actor, id, to).await?);
        compared(move || compare::lines(&old.content, &new.content)).await
    }

    async fn merge(&self, actor: &Actor, id: ArtifactId, base: u32, content: &str) -> Result<Merged> {
        artifact::check_content(content)?;
        let (base, ours) = (self.version(actor, id, base).await?.content, content.to_owned());
        let newest = self.get(actor, id).await?;
        let version = newest.artifact.version;
        let (content, conflicts) = compared(move || compare::merged(&base, &ours, &newest.content)).await?;
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
        for (stored, before) in edited.into_iter().take(MOST_EDITED) {
            told.extend(self.edited(actor.user, stored, before).await?);
        }
        Ok(told)
    }

    async fn export(&self, actor: &Actor, conversation: ConversationId) -> Result<Bytes> {
        actor.may(Action::ReadConversations)?;
        self.exported(actor.user, conversation).await
    }

    async fn import(
        &self,
        actor: &Actor,
        conversation: ConversationId,
        packed: Bytes,
    ) -> Result<Vec<ArtifactDocument>> {
        actor.may(Action::WriteConversations)?;
        let imported = self.imported(actor.user, conversation, packed).await?;
        self.tell(actor, conversation);
        Ok(imported)
    }
}
