//! Which blobs messages keep. What a message names becomes its own as long as its owner may see it; it goes with the
//! message, by a trigger of the database.

use std::collections::BTreeSet;

use sqlx::AnyConnection;
use vertice_domain::{
    BlobHash, ImageSource, LogEntry, LoggedEvent, MessageId, Part, PartKind, Timestamp, TurnEvent, UserId,
};

use crate::fault::Fault;

pub(crate) fn named_by<'a>(parts: impl IntoIterator<Item = &'a Part>) -> BTreeSet<BlobHash> {
    let sources = parts.into_iter().flat_map(|part| match &part.kind {
        PartKind::Image { source } => std::slice::from_ref(source),
        PartKind::ToolResult(result) => result.images.as_slice(),
        _ => &[],
    });
    sources
        .filter_map(|source| match source {
            ImageSource::Blob { hash, .. } => Some(*hash),
            ImageSource::Url { .. } => None,
        })
        .collect()
}

/// The blobs of the parts that begin in these entries.
pub(crate) fn named_in<'a>(events: impl IntoIterator<Item = &'a LoggedEvent>) -> BTreeSet<BlobHash> {
    named_by(events.into_iter().filter_map(|logged| match &logged.entry {
        LogEntry::Event(TurnEvent::PartStarted(part)) => Some(&**part),
        _ => None,
    }))
}

/// Gives the blobs to a message of the owner's; how many of them the owner does not have.
pub(crate) async fn keep(
    connection: &mut AnyConnection,
    owner: UserId,
    message: MessageId,
    hashes: &BTreeSet<BlobHash>,
    now: Timestamp,
) -> Result<usize, Fault> {
    let mut missing = 0;
    for hash in hashes {
        let seen = sqlx::query("SELECT kind FROM blob_refs WHERE hash = $1 AND owner_id = $2 LIMIT 1")
            .bind(hash.to_string())
            .bind(owner.to_string())
            .fetch_optional(&mut *connection)
            .await?;
        if seen.is_none() {
            missing += 1;
            continue;
        }
        sqlx::query(
            "INSERT INTO blob_refs (hash, owner_id, kind, id, created_at) VALUES ($1, $2, 'message', $3, $4) \
             ON CONFLICT (hash, owner_id, kind, id) DO NOTHING",
        )
        .bind(hash.to_string())
        .bind(owner.to_string())
        .bind(message.to_string())
        .bind(now.as_millis())
        .execute(&mut *connection)
        .await?;
        sqlx::query("DELETE FROM blob_refs WHERE hash = $1 AND owner_id = $2 AND kind = 'put'")
            .bind(hash.to_string())
            .bind(owner.to_string())
            .execute(&mut *connection)
            .await?;
    }
    Ok(missing)
}
