//! Where artifacts are among the others of their conversation: no two at one place, and none where another one needs a folder.

use sqlx::AnyConnection;
use vertice_domain::{ArtifactId, ArtifactPath, ConversationId, UserId};

use crate::{fault::Fault, rows};

/// Where an artifact is to be.
pub(super) struct Place<'a> {
    pub(super) conversation: ConversationId,
    pub(super) id: ArtifactId,
    pub(super) path: &'a ArtifactPath,
}

/// Holds the conversation until the end of the transaction, so that of two changes at once the second one sees what the first
/// one makes; whether there is such a conversation.
pub(super) async fn hold(
    connection: &mut AnyConnection,
    owner: UserId,
    conversation: ConversationId,
) -> Result<bool, Fault> {
    let held = sqlx::query(
        "UPDATE conversations SET updated_at = updated_at WHERE id = $1 AND owner_id = $2 AND deleted_at IS NULL",
    )
    .bind(conversation.to_string())
    .bind(owner.to_string())
    .execute(connection)
    .await?;
    Ok(held.rows_affected() == 1)
}

/// The path of another artifact that cannot be beside this one.
pub(super) async fn in_the_way(
    connection: &mut AnyConnection,
    Place { conversation, id, path }: &Place<'_>,
) -> Result<Option<ArtifactPath>, Fault> {
    let row = sqlx::query(
        "SELECT path FROM artifacts WHERE conversation_id = $1 AND id <> $2 AND deleted_at IS NULL AND (path_key = $3 \
         OR substr($3, 1, length(path_key) + 1) = path_key || '/' OR substr(path_key, 1, length($3) + 1) = $3 || '/') \
         LIMIT 1",
    )
    .bind(conversation.to_string())
    .bind(id.to_string())
    .bind(path.key())
    .fetch_optional(connection)
    .await?;
    row.map(|row| rows::parsed(&row, "path")).transpose()
}

/// How many artifacts a conversation has.
pub(super) async fn count(
    connection: &mut AnyConnection,
    conversation: ConversationId,
) -> Result<i64, Fault> {
    let row = sqlx::query(
        "SELECT COUNT(*) AS artifacts FROM artifacts WHERE conversation_id = $1 AND deleted_at IS NULL",
    )
    .bind(conversation.to_string())
    .fetch_one(connection)
    .await?;
    rows::number(&row, "artifacts")
}

/// Whether there still is such an artifact.
pub(super) async fn is_there(
    connection: &mut AnyConnection,
    owner: UserId,
    id: ArtifactId,
) -> Result<bool, Fault> {
    let found =
        sqlx::query("SELECT 1 AS one FROM artifacts WHERE id = $1 AND owner_id = $2 AND deleted_at IS NULL")
            .bind(id.to_string())
            .bind(owner.to_string())
            .fetch_optional(connection)
            .await?;
    Ok(found.is_some())
}
