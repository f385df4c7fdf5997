//! New artifacts and new versions: all that is asked for, or nothing.

use std::collections::BTreeSet;

use sqlx::AnyConnection;
use vertice_domain::{Artifact, ArtifactId, BlobHash, ConversationId, UserId};
use vertice_ports::artifacts::{ArtifactWrite, StoredArtifact, StoredVersion, WholeArtifact, Written};

use super::place::{self, Place};
use crate::{
    blob,
    database::Database,
    fault::Fault,
    rows,
    search::{self, FORM, words},
    search_text::clean,
};

pub(super) async fn all(
    database: &Database,
    owner: UserId,
    writes: &[ArtifactWrite],
    most: u32,
) -> Result<Written, Fault> {
    let words = words_of(writes).await;
    let mut transaction = database.begin_write().await?;
    let grown: BTreeSet<ConversationId> = writes.iter().filter_map(grows).collect();
    for conversation in &grown {
        if !place::hold(&mut transaction, owner, *conversation).await? {
            return Ok(Written::Absent);
        }
    }
    let mut writes: Vec<(&ArtifactWrite, String)> = writes.iter().zip(words).collect();
    // Two that write several take them in the same order, so that neither waits for what waits for it.
    writes.sort_by_key(|(write, _)| match write {
        ArtifactWrite::Version(id, ..) => Some(*id),
        ArtifactWrite::Create(..) => None,
    });
    for (write, words) in writes {
        let written = match write {
            ArtifactWrite::Create(artifact, version, _) => {
                create(&mut transaction, owner, artifact, version, words).await?
            }
            ArtifactWrite::Version(id, version, _) => {
                add(&mut transaction, owner, *id, version, words).await?
            }
        };
        if written != Written::Done {
            return Ok(written);
        }
    }
    for conversation in grown {
        if place::count(&mut transaction, conversation).await? > i64::from(most) {
            return Ok(Written::TooMany);
        }
    }
    transaction.commit().await?;
    Ok(Written::Done)
}

/// Made before anybody is kept waiting for the transaction; others go on between two of them.
async fn words_of(writes: &[ArtifactWrite]) -> Vec<String> {
    let mut all = Vec::with_capacity(writes.len());
    for write in writes {
        let (ArtifactWrite::Create(_, _, content) | ArtifactWrite::Version(_, _, content)) = write;
        all.push(words(content));
        tokio::task::yield_now().await;
    }
    all
}

/// The conversation that has one more artifact then.
const fn grows(write: &ArtifactWrite) -> Option<ConversationId> {
    match write {
        ArtifactWrite::Create(StoredArtifact { artifact, .. }, ..) => Some(artifact.conversation_id),
        ArtifactWrite::Version(..) => None,
    }
}

/// Writes artifacts of a conversation that the same transaction makes.
pub(crate) async fn create_all(
    connection: &mut AnyConnection,
    owner: UserId,
    artifacts: &[WholeArtifact],
) -> Result<(), Fault> {
    for WholeArtifact { stored, first, content } in artifacts {
        let words = match content {
            Some(content) => words(content),
            None => words_of_same(connection, owner, first.hash).await?,
        };
        if create(connection, owner, stored, first, words).await? != Written::Done {
            return Err(Fault::Broken("an artifact was to be stored that cannot be beside the others"));
        }
    }
    Ok(())
}

/// The words of a content that another artifact holds already.
async fn words_of_same(
    connection: &mut AnyConnection,
    owner: UserId,
    hash: BlobHash,
) -> Result<String, Fault> {
    let row = sqlx::query(
        "SELECT a.words FROM artifacts a JOIN artifact_versions v ON v.artifact_id = a.id AND v.version = a.version \
         WHERE a.owner_id = $1 AND v.hash = $2 LIMIT 1",
    )
    .bind(owner.to_string())
    .bind(hash.to_string())
    .fetch_optional(connection)
    .await?;
    row.map_or_else(|| Ok(String::new()), |row| rows::text(&row, "words"))
}

/// In a conversation that is held.
async fn create(
    connection: &mut AnyConnection,
    owner: UserId,
    StoredArtifact { artifact, .. }: &StoredArtifact,
    version: &StoredVersion,
    words: String,
) -> Result<Written, Fault> {
    let wanted = Place { conversation: artifact.conversation_id, id: artifact.id, path: &artifact.path };
    if let Some(path) = place::in_the_way(connection, &wanted).await? {
        return Ok(Written::Taken(path));
    }
    let inserted = insert(connection, owner, artifact, words).await?;
    if inserted == 0 {
        // The same call of a tool has made it.
        return Ok(Written::Taken(artifact.path.clone()));
    }
    insert_version(connection, owner, artifact.id, version).await?;
    Ok(Written::Done)
}

async fn insert(
    connection: &mut AnyConnection,
    owner: UserId,
    artifact: &Artifact,
    words: String,
) -> Result<u64, Fault> {
    let done = sqlx::query(
        "INSERT INTO artifacts (id, owner_id, conversation_id, message_id, path, path_key, title, kind, language, \
         version, created_at, updated_at, name_words, words, search_form) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15) \
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
    .bind(search::names(&artifact.title, artifact.path.as_str()))
    .bind(words)
    .bind(FORM)
    .execute(connection)
    .await?;
    Ok(done.rows_affected())
}

async fn add(
    connection: &mut AnyConnection,
    owner: UserId,
    id: ArtifactId,
    version: &StoredVersion,
    words: String,
) -> Result<Written, Fault> {
    let number = i64::from(version.version.version);
    let done = sqlx::query(
        "UPDATE artifacts SET version = $1, updated_at = $2, words = $5, search_form = $6 \
         WHERE id = $3 AND owner_id = $4 AND version = $1 - 1 AND deleted_at IS NULL AND EXISTS \
         (SELECT 1 FROM conversations c WHERE c.id = artifacts.conversation_id AND c.deleted_at IS NULL)",
    )
    .bind(number)
    .bind(version.version.created_at.as_millis())
    .bind(id.to_string())
    .bind(owner.to_string())
    .bind(words)
    .bind(FORM)
    .execute(&mut *connection)
    .await?;
    if done.rows_affected() == 0 {
        let there = place::is_there(connection, owner, id).await?;
        return Ok(if there { Written::Stale } else { Written::Absent });
    }
    insert_version(connection, owner, id, version).await?;
    Ok(Written::Done)
}

async fn insert_version(
    connection: &mut AnyConnection,
    owner: UserId,
    id: ArtifactId,
    StoredVersion { version, hash, call }: &StoredVersion,
) -> Result<(), Fault> {
    sqlx::query(
        "INSERT INTO artifact_versions (artifact_id, version, hash, size, created_by, created_at, note, message_id, \
         made_by, added, removed) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
    )
    .bind(id.to_string())
    .bind(i64::from(version.version))
    .bind(hash.to_string())
    .bind(i64::try_from(version.size).map_err(|_| Fault::Broken("an artifact is larger than any number"))?)
    .bind(version.created_by.as_str())
    .bind(version.created_at.as_millis())
    .bind(clean(&version.note))
    .bind(version.message_id.map(|id| id.to_string()))
    .bind(call.map(|id| id.to_string()))
    .bind(i64::from(version.added))
    .bind(i64::from(version.removed))
    .execute(&mut *connection)
    .await?;
    blob::keep(connection, owner, ("artifact", id.to_string()), *hash, version.created_at).await
}
