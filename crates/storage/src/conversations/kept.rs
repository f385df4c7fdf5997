//! Which blobs messages keep. What a message names becomes its own as long as its owner may see it; it goes with the
//! message, by a trigger of the database.

use std::collections::BTreeSet;

use sqlx::AnyConnection;
use vertice_domain::{
    BlobHash, ImageSource, LogEntry, LoggedEvent, MessageId, Part, PartKind, Timestamp, TurnEvent, UserId,
};

use crate::{
    fault::Fault,
    insert::{self, Insert},
    rows,
};

/// What a message refers to by.
const KIND: &str = "message";

const INSERT: Insert = Insert {
    head: "INSERT INTO blob_refs (hash, owner_id, kind, id, created_at) VALUES",
    columns: 5,
    tail: "ON CONFLICT (hash, owner_id, kind, id) DO NOTHING",
};

pub(crate) fn named_by<'a>(parts: impl IntoIterator<Item = &'a Part>) -> BTreeSet<BlobHash> {
    let mut named = BTreeSet::new();
    for part in parts {
        match &part.kind {
            PartKind::Image { source } => named.extend(source.kept().map(|(hash, ..)| hash)),
            PartKind::ToolResult(result) => {
                named.extend(result.images.iter().filter_map(ImageSource::kept).map(|(hash, ..)| hash));
            }
            PartKind::File(file) => named.extend([file.hash, file.text]),
            _ => {}
        }
    }
    named
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
    let hashes: Vec<BlobHash> = hashes.iter().copied().collect();
    let mut missing = hashes.len();
    for some in hashes.chunks(insert::LARGEST) {
        let sql = "SELECT DISTINCT hash FROM blob_refs WHERE owner_id = $1 AND hash IN ";
        let found = insert::one_of(sql, some, "", Some(&owner)).fetch_all(&mut *connection).await?;
        let here = found.iter().map(|row| rows::text(row, "hash")).collect::<Result<Vec<_>, _>>()?;
        if here.is_empty() {
            continue;
        }
        missing -= here.len();
        insert::all(connection, INSERT, &here, |statement, hash| {
            Ok(statement
                .bind(hash.clone())
                .bind(owner.to_string())
                .bind(KIND)
                .bind(message.to_string())
                .bind(now.as_millis()))
        })
        .await?;
        let sql = "DELETE FROM blob_refs WHERE owner_id = $1 AND kind = 'put' AND hash IN ";
        insert::one_of(sql, &here, "", Some(&owner)).execute(&mut *connection).await?;
    }
    Ok(missing)
}
