//! Artifacts as they are read.

use sqlx::{AssertSqlSafe, any::AnyRow};
use vertice_domain::{
    Artifact, ArtifactId, ArtifactKind, ArtifactVersion, Author, ConversationId, Page, PageRequest,
    Timestamp, UserId,
};
use vertice_ports::artifacts::{StoredArtifact, StoredVersion};

use super::{columns, seen, version_columns};
use crate::{
    cursor::{self, Key, List},
    database::Database,
    fault::Fault,
    rows,
};

pub(super) async fn list(
    database: &Database,
    owner: UserId,
    conversation: Option<ConversationId>,
    page: &PageRequest,
) -> Result<Option<Page<StoredArtifact>>, Fault> {
    let start = Key { numbers: vec![i64::MIN], id: String::new() };
    let start = cursor::decode(List::Artifacts, page, start)?;
    if let Some(conversation) = conversation
        && !has_conversation(database, owner, conversation).await?
    {
        return Ok(None);
    }
    let of = if conversation.is_some() { " AND a.conversation_id = $5" } else { "" };
    let sql = format!(
        concat!(
            "SELECT ",
            columns!(),
            " WHERE ",
            seen!(),
            " AND (a.created_at, a.id) > ($2, $3){of} ORDER BY a.created_at, a.id LIMIT $4"
        ),
        of = of
    );
    let mut statement = sqlx::query(AssertSqlSafe(sql))
        .bind(owner.to_string())
        .bind(start.numbers[0])
        .bind(start.id.clone())
        .bind(cursor::rows_wanted(page));
    if let Some(conversation) = conversation {
        statement = statement.bind(conversation.to_string());
    }
    let found = statement.fetch_all(database.reader()).await?;
    let found = found.iter().map(artifact).collect::<Result<_, _>>()?;
    Ok(Some(cursor::page(List::Artifacts, page, found, |last: &StoredArtifact| Key {
        numbers: vec![last.artifact.created_at.as_millis()],
        id: last.artifact.id.to_string(),
    })))
}

async fn has_conversation(
    database: &Database,
    owner: UserId,
    conversation: ConversationId,
) -> Result<bool, Fault> {
    let found = sqlx::query(
        "SELECT 1 AS one FROM conversations WHERE id = $1 AND owner_id = $2 AND deleted_at IS NULL",
    )
    .bind(conversation.to_string())
    .bind(owner.to_string())
    .fetch_optional(database.reader())
    .await?;
    Ok(found.is_some())
}

pub(super) async fn one(
    database: &Database,
    owner: UserId,
    id: ArtifactId,
) -> Result<Option<StoredArtifact>, Fault> {
    let row = sqlx::query(concat!("SELECT ", columns!(), " WHERE ", seen!(), " AND a.id = $2"))
        .bind(owner.to_string())
        .bind(id.to_string())
        .fetch_optional(database.reader())
        .await?;
    row.as_ref().map(artifact).transpose()
}

pub(super) async fn at(
    database: &Database,
    owner: UserId,
    conversation: ConversationId,
    key: &str,
) -> Result<Option<StoredArtifact>, Fault> {
    let row = sqlx::query(concat!(
        "SELECT ",
        columns!(),
        " WHERE ",
        seen!(),
        " AND a.conversation_id = $2 AND a.path_key = $3"
    ))
    .bind(owner.to_string())
    .bind(conversation.to_string())
    .bind(key.to_owned())
    .fetch_optional(database.reader())
    .await?;
    row.as_ref().map(artifact).transpose()
}

pub(super) async fn versions(
    database: &Database,
    owner: UserId,
    id: ArtifactId,
    page: &PageRequest,
) -> Result<Option<Page<StoredVersion>>, Fault> {
    let start = Key { numbers: vec![i64::MAX], id: String::new() };
    let start = cursor::decode(List::Versions, page, start)?;
    if one(database, owner, id).await?.is_none() {
        return Ok(None);
    }
    let found = sqlx::query(concat!(
        "SELECT ",
        version_columns!(),
        " FROM artifact_versions v WHERE v.artifact_id = $1 AND v.version < $2 ORDER BY v.version DESC LIMIT $3"
    ))
    .bind(id.to_string())
    .bind(start.numbers[0])
    .bind(cursor::rows_wanted(page))
    .fetch_all(database.reader())
    .await?;
    let found = found.iter().map(stored_version).collect::<Result<_, _>>()?;
    Ok(Some(cursor::page(List::Versions, page, found, |last: &StoredVersion| Key {
        numbers: vec![i64::from(last.version.version)],
        id: id.to_string(),
    })))
}

pub(super) async fn version(
    database: &Database,
    owner: UserId,
    id: ArtifactId,
    version: u32,
) -> Result<Option<StoredVersion>, Fault> {
    let row = sqlx::query(concat!(
        "SELECT ",
        version_columns!(),
        " FROM artifact_versions v JOIN artifacts a ON a.id = v.artifact_id WHERE ",
        seen!(),
        " AND a.id = $2 AND v.version = $3"
    ))
    .bind(owner.to_string())
    .bind(id.to_string())
    .bind(i64::from(version))
    .fetch_optional(database.reader())
    .await?;
    row.as_ref().map(stored_version).transpose()
}

pub(super) async fn version_by(
    database: &Database,
    owner: UserId,
    call: ArtifactId,
) -> Result<Option<(StoredArtifact, StoredVersion)>, Fault> {
    let row = sqlx::query(concat!(
        "SELECT ",
        version_columns!(),
        ", a.id AS artifact_id FROM artifact_versions v JOIN artifacts a ON a.id = v.artifact_id WHERE ",
        seen!(),
        " AND v.made_by = $2"
    ))
    .bind(owner.to_string())
    .bind(call.to_string())
    .fetch_optional(database.reader())
    .await?;
    let Some(row) = row else { return Ok(None) };
    let artifact = one(database, owner, rows::parsed(&row, "artifact_id")?).await?;
    Ok(artifact.zip(Some(stored_version(&row)?)))
}

/// The newest version before is that which the model has seen, or made itself.
pub(super) async fn edited_since(
    database: &Database,
    owner: UserId,
    conversation: ConversationId,
    since: Timestamp,
) -> Result<Vec<(StoredArtifact, Option<StoredVersion>)>, Fault> {
    let found = sqlx::query(concat!(
        "SELECT ",
        columns!(),
        " WHERE ",
        seen!(),
        " AND a.conversation_id = $2 AND EXISTS (SELECT 1 FROM artifact_versions e WHERE e.artifact_id = a.id \
         AND e.created_at > $3 AND e.created_by = $4) ORDER BY a.created_at, a.id"
    ))
    .bind(owner.to_string())
    .bind(conversation.to_string())
    .bind(since.as_millis())
    .bind(Author::User.as_str())
    .fetch_all(database.reader())
    .await?;
    let mut edited = Vec::with_capacity(found.len());
    for row in &found {
        let artifact = artifact(row)?;
        let before = before(database, artifact.artifact.id, since).await?;
        edited.push((artifact, before));
    }
    Ok(edited)
}

async fn before(
    database: &Database,
    id: ArtifactId,
    since: Timestamp,
) -> Result<Option<StoredVersion>, Fault> {
    let row = sqlx::query(concat!(
        "SELECT ",
        version_columns!(),
        " FROM artifact_versions v WHERE v.artifact_id = $1 AND (v.created_at <= $2 OR v.created_by <> $3) \
         ORDER BY v.version DESC LIMIT 1"
    ))
    .bind(id.to_string())
    .bind(since.as_millis())
    .bind(Author::User.as_str())
    .fetch_optional(database.reader())
    .await?;
    row.as_ref().map(stored_version).transpose()
}

fn artifact(row: &AnyRow) -> Result<StoredArtifact, Fault> {
    let artifact = Artifact {
        id: rows::parsed(row, "id")?,
        conversation_id: rows::parsed(row, "conversation_id")?,
        message_id: rows::optional_parsed(row, "message_id")?,
        path: rows::parsed(row, "path")?,
        title: rows::text(row, "title")?,
        kind: rows::word(row, "kind", ArtifactKind::parse)?,
        language: rows::optional_text(row, "language")?,
        version: small(row, "version")?,
        size: rows::count(row, "size")?,
        created_at: rows::time(row, "created_at")?,
        updated_at: rows::time(row, "updated_at")?,
    };
    Ok(StoredArtifact { artifact, hash: rows::parsed(row, "hash")? })
}

fn stored_version(row: &AnyRow) -> Result<StoredVersion, Fault> {
    let version = ArtifactVersion {
        version: small(row, "version")?,
        created_by: rows::word(row, "created_by", Author::parse)?,
        created_at: rows::time(row, "created_at")?,
        note: rows::text(row, "note")?,
        message_id: rows::optional_parsed(row, "message_id")?,
        size: rows::count(row, "size")?,
        added: small(row, "added")?,
        removed: small(row, "removed")?,
    };
    Ok(StoredVersion {
        version,
        hash: rows::parsed(row, "hash")?,
        call: rows::optional_parsed(row, "made_by")?,
    })
}

fn small(row: &AnyRow, column: &'static str) -> Result<u32, Fault> {
    u32::try_from(rows::number(row, column)?).map_err(|_| Fault::Unreadable(column))
}
