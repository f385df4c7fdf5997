//! Artifacts and their versions. Contents lie among the blobs, which the versions refer to.

mod change;
mod place;
mod read;
mod write;

use async_trait::async_trait;
use vertice_domain::{Artifact, ArtifactId, ConversationId, Page, PageRequest, Result, Timestamp, UserId};
use vertice_ports::{
    ArtifactStore,
    artifacts::{ArtifactWrite, StoredArtifact, StoredVersion, Written},
};

use crate::database::Database;

pub(crate) use self::{change::purge, write::create_all};

/// Artifacts `a` that the owner `$1` sees.
macro_rules! seen {
    () => {
        "a.owner_id = $1 AND a.deleted_at IS NULL AND EXISTS \
         (SELECT 1 FROM conversations c WHERE c.id = a.conversation_id AND c.deleted_at IS NULL)"
    };
}

/// The columns of an artifact `a`, with its newest version `v`.
macro_rules! columns {
    () => {
        "a.id, a.conversation_id, a.message_id, a.path, a.title, a.kind, a.language, a.version, a.created_at, \
         a.updated_at, v.hash, v.size \
         FROM artifacts a JOIN artifact_versions v ON v.artifact_id = a.id AND v.version = a.version"
    };
}

/// The columns of a version `v`.
macro_rules! version_columns {
    () => {
        "v.version, v.hash, v.size, v.created_by, v.created_at, v.note, v.message_id, v.made_by, v.added, v.removed"
    };
}

use {columns, seen, version_columns};

#[async_trait]
impl ArtifactStore for Database {
    async fn artifacts(
        &self,
        owner: UserId,
        conversation: Option<ConversationId>,
        page: &PageRequest,
    ) -> Result<Option<Page<StoredArtifact>>> {
        Ok(read::list(self, owner, conversation, page).await?)
    }

    async fn artifact(&self, owner: UserId, id: ArtifactId) -> Result<Option<StoredArtifact>> {
        Ok(read::one(self, owner, id).await?)
    }

    async fn artifact_at(
        &self,
        owner: UserId,
        conversation: ConversationId,
        key: &str,
    ) -> Result<Option<StoredArtifact>> {
        Ok(read::at(self, owner, conversation, key).await?)
    }

    async fn write_artifacts(&self, owner: UserId, writes: &[ArtifactWrite], most: u32) -> Result<Written> {
        Ok(write::all(self, owner, writes, most).await?)
    }

    async fn change_artifact(&self, owner: UserId, before: &Artifact, after: &Artifact) -> Result<Written> {
        Ok(change::change(self, owner, before, after).await?)
    }

    async fn delete_artifact(&self, owner: UserId, id: ArtifactId, now: Timestamp) -> Result<bool> {
        Ok(change::delete(self, owner, id, now).await?)
    }

    async fn undelete_artifact(&self, owner: UserId, id: ArtifactId, most: u32) -> Result<Written> {
        Ok(change::undelete(self, owner, id, most).await?)
    }

    async fn artifact_versions(
        &self,
        owner: UserId,
        id: ArtifactId,
        page: &PageRequest,
    ) -> Result<Option<Page<StoredVersion>>> {
        Ok(read::versions(self, owner, id, page).await?)
    }

    async fn artifact_version(
        &self,
        owner: UserId,
        id: ArtifactId,
        version: u32,
    ) -> Result<Option<StoredVersion>> {
        Ok(read::version(self, owner, id, version).await?)
    }

    async fn artifact_version_by(
        &self,
        owner: UserId,
        call: ArtifactId,
    ) -> Result<Option<(StoredArtifact, StoredVersion)>> {
        Ok(read::version_by(self, owner, call).await?)
    }

    async fn artifacts_edited_since(
        &self,
        owner: UserId,
        conversation: ConversationId,
        since: Timestamp,
    ) -> Result<Vec<(StoredArtifact, Option<StoredVersion>)>> {
        Ok(read::edited_since(self, owner, conversation, since).await?)
    }
}
