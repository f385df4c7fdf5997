//! Artifacts, as far as conversations want them: read.

use async_trait::async_trait;
use vertice_domain::{Artifact, ArtifactId, ConversationId, Page, PageRequest, Result, Timestamp, UserId};
use vertice_ports::{
    ArtifactStore,
    artifacts::{ArtifactWrite, StoredArtifact, StoredVersion, Written},
};

use super::Store;

#[async_trait]
impl ArtifactStore for Store {
    /// Pages of two, so that reading all of them takes several.
    async fn artifacts(
        &self,
        owner: UserId,
        conversation: Option<ConversationId>,
        page: &PageRequest,
    ) -> Result<Option<Page<StoredArtifact>>> {
        let inside = self.lock();
        if conversation.is_some_and(|id| inside.owned(owner, id).is_none()) {
            return Ok(None);
        }
        let from: usize = page.cursor.as_deref().map_or(0, |cursor| cursor.parse().unwrap());
        let of =
            |stored: &StoredArtifact| conversation.is_none_or(|id| stored.artifact.conversation_id == id);
        let all: Vec<_> =
            inside.artifacts.iter().map(|(stored, _)| stored.clone()).filter(|stored| of(stored)).collect();
        let next_cursor = (from + 2 < all.len()).then(|| (from + 2).to_string());
        Ok(Some(Page { items: all.into_iter().skip(from).take(2).collect(), next_cursor }))
    }

    async fn artifact(&self, _: UserId, id: ArtifactId) -> Result<Option<StoredArtifact>> {
        let inside = self.lock();
        Ok(inside
            .artifacts
            .iter()
            .find(|(stored, _)| stored.artifact.id == id)
            .map(|(stored, _)| stored.clone()))
    }

    async fn artifact_at(&self, _: UserId, _: ConversationId, _: &str) -> Result<Option<StoredArtifact>> {
        Ok(None)
    }

    async fn write_artifacts(&self, _: UserId, _: &[ArtifactWrite], _: u32) -> Result<Written> {
        Ok(Written::Absent)
    }

    async fn change_artifact(&self, _: UserId, _: &Artifact, _: &Artifact) -> Result<Written> {
        Ok(Written::Absent)
    }

    async fn delete_artifact(&self, _: UserId, _: ArtifactId, _: Timestamp) -> Result<bool> {
        Ok(false)
    }

    async fn undelete_artifact(&self, _: UserId, _: ArtifactId, _: u32) -> Result<Written> {
        Ok(Written::Absent)
    }

    async fn artifact_versions(
        &self,
        _: UserId,
        id: ArtifactId,
        _: &PageRequest,
    ) -> Result<Option<Page<StoredVersion>>> {
        let inside = self.lock();
        let found = inside.artifacts.iter().find(|(stored, _)| stored.artifact.id == id);
        Ok(found.map(|(_, version)| Page { items: vec![version.clone()], next_cursor: None }))
    }

    async fn artifact_version_by(
        &self,
        _: UserId,
        _: ArtifactId,
    ) -> Result<Option<(StoredArtifact, StoredVersion)>> {
        Ok(None)
    }

    async fn artifact_version(
        &self,
        _: UserId,
        id: ArtifactId,
        version: u32,
    ) -> Result<Option<StoredVersion>> {
        let inside = self.lock();
        let found = inside.artifacts.iter().find(|(stored, _)| stored.artifact.id == id);
        Ok(found.map(|(_, stored)| stored.clone()).filter(|stored| stored.version.version == version))
    }

    async fn artifacts_edited_since(
        &self,
        _: UserId,
        _: ConversationId,
        _: Timestamp,
    ) -> Result<Vec<(StoredArtifact, Option<StoredVersion>)>> {
        Ok(Vec::new())
    }
}
