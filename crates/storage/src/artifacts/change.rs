//! Names of artifacts, and taking them away.

use vertice_domain::{Artifact, ArtifactId, Timestamp, UserId};
use vertice_ports::artifacts::Written;

use crate::{database::Database, fault::Fault, search_text::clean};

pub(super) async fn change(
    database: &Database,
    owner: UserId,
    artifact: &Artifact,
) -> Result<Written, Fault> {
    let done = sqlx::query(
        "UPDATE artifacts SET path = $1, path_key = $2, title = $3, kind = $4, language = $5, updated_at = $6 \
         WHERE id = $7 AND owner_id = $8 AND deleted_at IS NULL",
    )
    .bind(artifact.path.as_str().to_owned())
    .bind(artifact.path.key())
    .bind(clean(&artifact.title))
    .bind(artifact.kind.as_str())
    .bind(artifact.language.as_deref().map(clean))
    .bind(artifact.updated_at.as_millis())
    .bind(artifact.id.to_string())
    .bind(owner.to_string())
    .execute(database.writer())
    .await;
    written(done.map(|done| done.rows_affected()), || artifact.path.clone())
}

/// A row more or less; a path that another one has by now is taken.
fn written(
    done: Result<u64, sqlx::Error>,
    path: impl FnOnce() -> vertice_domain::ArtifactPath,
) -> Result<Written, Fault> {
    match done {
        Ok(0) => Ok(Written::Absent),
        Ok(_) => Ok(Written::Done),
        Err(sqlx::Error::Database(error)) if error.is_unique_violation() => Ok(Written::Taken(path())),
        Err(error) => Err(error.into()),
    }
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

pub(super) async fn undelete(database: &Database, owner: UserId, id: ArtifactId) -> Result<Written, Fault> {
    let path = sqlx::query("SELECT path FROM artifacts WHERE id = $1 AND owner_id = $2")
        .bind(id.to_string())
        .bind(owner.to_string())
        .fetch_optional(database.reader())
        .await?;
    let Some(path) = path else { return Ok(Written::Absent) };
    let path = crate::rows::parsed(&path, "path")?;
    let done = sqlx::query("UPDATE artifacts SET deleted_at = NULL WHERE id = $1 AND owner_id = $2")
        .bind(id.to_string())
        .bind(owner.to_string())
        .execute(database.writer())
        .await;
    written(done.map(|done| done.rows_affected()), || path)
}

/// Removes for good what was deleted before then.
pub(crate) async fn purge(database: &Database, before: Timestamp) -> Result<(), Fault> {
    sqlx::query("DELETE FROM artifacts WHERE deleted_at < $1")
        .bind(before.as_millis())
        .execute(database.writer())
        .await?;
    Ok(())
}
