//! Removes blobs that nothing has referred to for a day.

use std::time::{Duration, UNIX_EPOCH};

use vertice_domain::{BlobHash, Timestamp};

use super::{place::Place, rows};
use crate::{database::Database, fault::Fault};

/// How long what was put waits for something to refer to it.
const HELD: Duration = Duration::from_secs(24 * 60 * 60);

/// How many blobs were removed.
pub(super) async fn sweep(database: &Database, place: &Place, now: Timestamp) -> Result<u64, Fault> {
    let before = Timestamp::from_millis(now.as_millis() - HELD.as_millis() as i64);
    rows::let_go(database, before).await?;
    let since_epoch = Duration::from_millis(u64::try_from(now.as_millis()).unwrap_or_default());
    place.clear_unfinished(UNIX_EPOCH + since_epoch, HELD).await;
    let (mut removed, mut after) = (0, String::new());
    loop {
        let batch = rows::forgotten(database, before, &after).await?;
        let Some(last) = batch.last() else { return Ok(removed) };
        after = last.to_string();
        for hash in batch {
            removed += u64::from(remove(database, place, hash, before).await?);
        }
    }
}

/// The bytes go before their row is gone for others: whoever puts the same bytes meanwhile waits for the row, and then
/// finds that they are not there.
async fn remove(
    database: &Database,
    place: &Place,
    hash: BlobHash,
    before: Timestamp,
) -> Result<bool, Fault> {
    let mut transaction = database.begin_write().await?;
    if !rows::delete(&mut transaction, hash, before).await? {
        return Ok(false);
    }
    if !place.remove(hash).await? {
        return Ok(false);
    }
    transaction.commit().await?;
    Ok(true)
}
