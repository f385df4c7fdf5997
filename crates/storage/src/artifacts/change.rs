//! Names of artifacts, and taking them away.

use vertice_domain::{Artifact, ArtifactId, Timestamp, UserId};
use vertice_ports::artifacts::Written;

use super::place::{self, Place};
use crate::{database::Database, fault::Fault, rows, search, search_text::clean};

pub(super) async fn change(
    database: &Database,
    owner: UserId,
    before: &Artifact,
    artifact: &Artifact,
) -> Result<Written, Fault> {
    let mut transaction = database.begin_write().await?;
    if !place::hold(&mut transaction, owner, artifact.conversation_id).await? {
        return Ok(Written::Absent);
    }
    let wanted = Place { conversation: artifact.conversation_id, id: artifact.id, path: &artifact.path };
    if let Some(path) = place::in_the_way(&mut transaction, &wanted).await? {
        return Ok(Written::Taken(path));
    }
    let done = sqlx::query(
        "UPDATE artifacts SET path = $1, path_key = $2, title = $3, kind = $4, language = $5, updated_at = $6, \
         name_words = $14 \
         WHERE id = $7 AND owner_id = $8 AND conversation_id = $9 AND deleted_at IS NULL \
         AND path = $10 AND title = $11 AND kind = $12 AND COALESCE(language, '') = $13",
    )
    .bind(artifact.path.as_str().to_owned())
    .bind(artifact.path.key())
    .bind(clean(&artifact.title))
    .bind(artifact.kind.as_str())
    .bind(artifact.language.as_deref().map(clean))
    .bind(artifact.updated_at.as_millis())
    .bind(artifact.id.to_string())
    .bind(owner.to_string())
    .bind(artifact.conversation_id.to_string())
    .bind(before.path.as_str().to_owned())
    .bind(before.title.clone())
    .bind(before.kind.as_str())
    .bind(before.language.clone().unwrap_or_default())
    .bind(search::names(&artifact.title, artifact.path.as_str()))
    .execute(&mut *transaction)
    .await?;
    if done.rows_affected() == 0 {
        let there = place::is_there(&mut transaction, owner, artifact.id).await?;
        return Ok(if there { Written::Stale } else { Written::Absent });
    }
    transaction.commit().await?;
    Ok(Written::Done)
}

pub(super) async fn delete(
    database: &Database,
    owner: UserId,
    id: ArtifactId,
    now: Timestamp,
) -> Result<bool, Fault> {
    let done = sqlx::query(
        "UPDATE artifacts SET deleted_at = $1 WHERE id = $2 AND owner_id = $3 AND deleted_at IS NULL AND EXISTS \
         (SELECT 1 FROM conversations c WHERE c.id = artifacts.conversation_id AND c.deleted_at IS NULL)",
    )
    .bind(now.as_millis())
    .bind(id.to_string())
    .bind(owner.to_string())
    .execute(database.writer())
    .await?;
    Ok(done.rows_affected() == 1)
}

pub(super) async fn undelete(
    database: &Database,
    owner: UserId,
    id: ArtifactId,
    most: u32,
) -> Result<Written, Fault> {
    let mut transaction = database.begin_write().await?;
    let row = sqlx::query("SELECT conversation_id, path FROM artifacts WHERE id = $1 AND owner_id = $2")
        .bind(id.to_string())
        .bind(owner.to_string())
        .fetch_optional(&mut *transaction)
        .await?;
    let Some(row) = row else { return Ok(Written::Absent) };
    let (conversation, path) = (rows::parsed(&row, "conversation_id")?, rows::parsed(&row, "path")?);
    if !place::hold(&mut transaction, owner, conversation).await? {
        return Ok(Written::Absent);
    }
    let wanted = Place { conversation, id, path: &path };
    if let Some(path) = place::in_the_way(&mut transaction, &wanted).await? {
        return Ok(Written::Taken(path));
    }
    let done = sqlx::query("UPDATE artifacts SET deleted_at = NULL WHERE id = $1 AND owner_id = $2")
        .bind(id.to_string())
        .bind(owner.to_string())
        .execute(&mut *transaction)
        .await?;
    // It may have been purged meanwhile.
    if done.rows_affected() == 0 {
        return Ok(Written::Absent);
    }
    if place::count(&mut transaction, conversation).await? > i64::from(most) {
        return Ok(Written::TooMany);
    }
    transaction.commit().await?;
    Ok(Written::Done)
}

/// Removes for good what was deleted before then.
pub(crate) async fn purge(database: &Database, before: Timestamp) -> Result<(), Fault> {
    sqlx::query("DELETE FROM artifacts WHERE deleted_at < $1")
        .bind(before.as_millis())
        .execute(database.writer())
        .await?;
    Ok(())
}
