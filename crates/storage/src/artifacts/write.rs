//! New artifacts and new versions: all that is asked for, or nothing.

use std::collections::BTreeSet;

use sqlx::AnyConnection;
use vertice_domain::{Artifact, ArtifactId, BlobHash, ConversationId, Timestamp, UserId};
use vertice_ports::artifacts::{ArtifactWrite, StoredArtifact, StoredVersion, Written};

use crate::{database::Database, fault::Fault, search_text::clean};

pub(super) async fn all(
    database: &Database,
    owner: UserId,
    writes: &[ArtifactWrite],
    most: u32,
) -> Result<Written, Fault> {
    let mut transaction = database.begin_write().await?;
    let mut grown = BTreeSet::new();
    for write in writes {
        let written = match write {
            ArtifactWrite::Create(artifact, version) => {
                grown.insert(artifact.artifact.conversation_id);
                create(&mut transaction, owner, artifact, version).await?
            }
            ArtifactWrite::Version(id, version) => add(&mut transaction, owner, *id, version).await?,
        };
        if written != Written::Done {
            return Ok(written);
        }
    }
    for conversation in grown {
        if count(&mut transaction, conversation).await? > i64::from(most) {
            return Ok(Written::TooMany);
        }
    }
    transaction.commit().await?;
    Ok(Written::Done)
}

async fn create(
    connection: &mut AnyConnection,
    owner: UserId,
    StoredArtifact { artifact, .. }: &StoredArtifact,
    version: &StoredVersion,
) -> Result<Written, Fault> {
    // Of two at once, the second one counts what the first one makes.
    let conversation = sqlx::query(
        "UPDATE conversations SET updated_at = updated_at WHERE id = $1 AND owner_id = $2 AND deleted_at IS NULL",
    )
    .bind(artifact.conversation_id.to_string())
    .bind(owner.to_string())
    .execute(&mut *connection)
    .await?;
    if conversation.rows_affected() == 0 {
        return Ok(Written::Absent);
    }
    let inserted = insert(connection, owner, artifact).await?;
    if inserted == 0 {
        return Ok(Written::Taken(artifact.path.clone()));
    }
    insert_version(connection, owner, artifact.id, version).await?;
    Ok(Written::Done)
}

async fn insert(connection: &mut AnyConnection, owner: UserId, artifact: &Artifact) -> Result<u64, Fault> {
    let done = sqlx::query(
        "INSERT INTO artifacts (id, owner_id, conversation_id, message_id, path, path_key, title, kind, language, \
         version, created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) \
         ON CONFLICT DO NOTHING",
    )
    .bind(artifact.id.to_string())
    .bind(owner.to_string())
    .bind(artifact.conversation_id.to_string())
    .bind(artifact.message_id.map(|id| id.to_string()))
    .bind(artifact.path.as_str().to_owned())
    .bind(artifact.path.key())
    .bind(clean(&artifact.title))
    .bind(artifact.kind.as_str())
    .bind(artifact.language.as_deref().map(clean))
    .bind(i64::from(artifact.version))
    .bind(artifact.created_at.as_millis())
    .bind(artifact.updated_at.as_millis())
    .execute(connection)
    .await?;
    Ok(done.rows_affected())
}

async fn add(
    connection: &mut AnyConnection,
    owner: UserId,
    id: ArtifactId,
    version: &StoredVersion,
) -> Result<Written, Fault> {
    let number = i64::from(version.version.version);
    let done = sqlx::query(
        "UPDATE artifacts SET version = $1, updated_at = $2 \
         WHERE id = $3 AND owner_id = $4 AND version = $1 - 1 AND deleted_at IS NULL AND EXISTS \
         (SELECT 1 FROM conversations c WHERE c.id = artifacts.conversation_id AND c.deleted_at IS NULL)",
    )
    .bind(number)
    .bind(version.version.created_at.as_millis())
    .bind(id.to_string())
    .bind(owner.to_string())
    .execute(&mut *connection)
    .await?;
    if done.rows_affected() == 0 {
        let there = sqlx::query(
            "SELECT 1 AS one FROM artifacts WHERE id = $1 AND owner_id = $2 AND deleted_at IS NULL",
        )
        .bind(id.to_string())
        .bind(owner.to_string())
        .fetch_optional(&mut *connection)
        .await?;
        return Ok(if there.is_some() { Written::Stale } else { Written::Absent });
    }
    insert_version(connection, owner, id, version).await?;
    Ok(Written::Done)
}

async fn insert_version(
    connection: &mut AnyConnection,
    owner: UserId,
    id: ArtifactId,
    StoredVersion { version, hash }: &StoredVersion,
) -> Result<(), Fault> {
    sqlx::query(
        "INSERT INTO artifact_versions (artifact_id, version, hash, size, created_by, created_at, note, message_id, \
         added, removed) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
    )
    .bind(id.to_string())
    .bind(i64::from(version.version))
    .bind(hash.to_string())
    .bind(i64::try_from(version.size).map_err(|_| Fault::Broken("an artifact is larger than any number"))?)
    .bind(version.created_by.as_str())
    .bind(version.created_at.as_millis())
    .bind(clean(&version.note))
    .bind(version.message_id.map(|id| id.to_string()))
    .bind(i64::from(version.added))
    .bind(i64::from(version.removed))
    .execute(&mut *connection)
    .await?;
    refer(connection, owner, id, *hash, version.created_at).await
}

/// Lets the artifact keep the blob.
async fn refer(
    connection: &mut AnyConnection,
    owner: UserId,
    id: ArtifactId,
    hash: BlobHash,
    now: Timestamp,
) -> Result<(), Fault> {
    sqlx::query(
        "INSERT INTO blob_refs (hash, owner_id, kind, id, created_at) VALUES ($1, $2, 'artifact', $3, $4) \
         ON CONFLICT (hash, owner_id, kind, id) DO NOTHING",
    )
    .bind(hash.to_string())
    .bind(owner.to_string())
    .bind(id.to_string())
    .bind(now.as_millis())
    .execute(connection)
    .await?;
    Ok(())
}

async fn count(connection: &mut AnyConnection, conversation: ConversationId) -> Result<i64, Fault> {
    let row = sqlx::query(
        "SELECT COUNT(*) AS artifacts FROM artifacts WHERE conversation_id = $1 AND deleted_at IS NULL",
    )
    .bind(conversation.to_string())
    .fetch_one(connection)
    .await?;
    crate::rows::number(&row, "artifacts")
}
