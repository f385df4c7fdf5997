//! Bytes by their hash, as files or as objects of a bucket, and in the database whose they are and what refers to them.
//!
//! A blob's row is there before its bytes and goes with them, so that none are left behind that no row knows of. It must
//! never give bytes to somebody who does not own them, nor report bytes as kept that are not.

mod adopt;
mod bucket;
mod files;
mod place;
mod rows;
mod sweep;

use std::{path::PathBuf, sync::Arc};

use async_trait::async_trait;
use bytes::Bytes;
use futures::{StreamExt as _, TryStreamExt as _};
use sha2::{Digest as _, Sha256};
use vertice_domain::{BlobHash, Error, ErrorKind, Result, UserId};
use vertice_ports::{Blobs, Clock, blobs::BlobStream};

pub(crate) use self::rows::keep;
pub use self::{
    adopt::Adopted,
    bucket::{Bucket, BucketConfig, BucketError, BucketTuning},
};
use self::{files::Files, place::Place};
use crate::{database::Database, fault::Fault};

/// How many blobs are looked for at once.
const AT_ONCE: usize = 8;

/// Blobs with their owners. Cheap to clone.
#[derive(Clone)]
pub struct StoredBlobs {
    database: Database,
    place: Place,
    clock: Arc<dyn Clock>,
    /// What one user may keep, in bytes.
    limit: u64,
}

impl StoredBlobs {
    /// Blobs in the folder `root`, which is made when it is needed; of each user at most `limit` bytes.
    pub fn on_disk(database: Database, root: PathBuf, limit: u64, clock: Arc<dyn Clock>) -> Self {
        Self { database, place: Place::Disk(Files::new(root)), clock, limit }
    }

    /// Blobs in a bucket.
    pub fn in_bucket(database: Database, bucket: Bucket, limit: u64, clock: Arc<dyn Clock>) -> Self {
        Self { database, place: Place::Bucket(bucket), clock, limit }
    }
}

/// The hash of `bytes`, worked out where it keeps nobody waiting.
async fn digest(bytes: Bytes) -> Result<BlobHash> {
    let hashed = tokio::task::spawn_blocking(move || BlobHash::new(Sha256::digest(&bytes).into())).await;
    hashed.map_err(|_| Error::internal())
}

#[async_trait]
impl Blobs for StoredBlobs {
    async fn put(&self, owner: UserId, media_type: &str, bytes: Bytes) -> Result<BlobHash> {
        let (hash, size) = (digest(bytes.clone()).await?, bytes.len() as u64);
        let blob = rows::New { hash, media_type, size, now: self.clock.now() };
        rows::hold(&self.database, owner, &blob, self.limit).await?;
        // A sweep takes row and bytes together: with the row held, bytes that are there now stay.
        self.place.keep(hash, &bytes).await?;
        Ok(hash)
    }

    async fn get(&self, owner: UserId, hash: BlobHash) -> Result<Option<Bytes>> {
        let Some(size) = rows::size(&self.database, owner, hash).await? else { return Ok(None) };
        self.place.read(hash, size).await
    }

    async fn read(&self, owner: UserId, hash: BlobHash) -> Result<Option<BlobStream>> {
        let Some(size) = rows::size(&self.database, owner, hash).await? else { return Ok(None) };
        self.place.stream(hash, size).await
    }

    async fn sizes(&self, owner: UserId, hashes: &[BlobHash]) -> Result<Vec<(BlobHash, u64)>> {
        let owned = rows::sizes(&self.database, owner, hashes).await?;
        let looked = owned.into_iter().map(|(hash, size)| async move {
            let is_here = self.place.has(hash, size).await?;
            if !is_here {
                tracing::error!(%hash, "a blob's bytes are missing or damaged; restore them from a backup");
            }
            Ok::<_, Error>(is_here.then_some((hash, size)))
        });
        let found: Vec<_> = futures::stream::iter(looked).buffered(AT_ONCE).try_collect().await?;
        Ok(found.into_iter().flatten().collect())
    }

    async fn sweep(&self) -> Result<u64> {
        Ok(sweep::sweep(&self.database, &self.place, self.clock.now()).await?)
    }

    async fn ping(&self) -> Result<()> {
        self.place.probe().await
    }
}

/// Over what one user may keep.
fn exceeded(used: u64, size: u64, limit: u64) -> Fault {
    let mb = |bytes: u64| bytes.div_ceil(1024 * 1024);
    let message = format!(
        "Your pictures and files may take {} MB in all and take {} MB already: {} MB more do not fit. Delete conversations \
         with pictures, or ask the administrator for more room (STORAGE_LIMIT_MB_PER_USER).",
        limit / (1024 * 1024),
        mb(used),
        mb(size)
    );
    Fault::Refused(Error::new(ErrorKind::TooLarge, "storage_exceeded", message))
}
