//! Bytes as files by their hash, and in the database whose they are and what refers to them.
//!
//! A blob's row is there before its file and goes with it, so that no file is left behind that no row knows of. It must
//! never give bytes to somebody who does not own them, nor report bytes as kept that are not on the disk.

mod adopt;
mod files;
mod rows;
mod sweep;

use std::{path::PathBuf, sync::Arc};

use async_trait::async_trait;
use bytes::Bytes;
use sha2::{Digest as _, Sha256};
use vertice_domain::{BlobHash, Error, ErrorKind, Result, UserId};
use vertice_ports::{Blobs, Clock, blobs::BlobStream};

pub use adopt::Adopted;

use self::files::Files;
use crate::{database::Database, fault::Fault};

/// Blobs on this machine's disk. Cheap to clone.
#[derive(Clone)]
pub struct DiskBlobs {
    database: Database,
    files: Files,
    clock: Arc<dyn Clock>,
    /// What one user may keep, in bytes.
    limit: u64,
}

impl DiskBlobs {
    /// Blobs in the folder `root`, which is made when it is needed; of each user at most `limit` bytes.
    pub fn new(database: Database, root: PathBuf, limit: u64, clock: Arc<dyn Clock>) -> Self {
        Self { database, files: Files::new(root), clock, limit }
    }

    /// Writes the file, unless it is there.
    async fn store(&self, hash: BlobHash, bytes: &[u8]) -> Result<()> {
        if self.files.has(hash, bytes.len() as u64).await {
            return Ok(());
        }
        self.files.write(hash, bytes).await.map_err(|error| files::unwritable(&error))
    }
}

/// The hash of `bytes`, worked out where it keeps nobody waiting.
async fn digest(bytes: Bytes) -> Result<BlobHash> {
    let hashed = tokio::task::spawn_blocking(move || BlobHash::new(Sha256::digest(&bytes).into())).await;
    hashed.map_err(|_| Error::internal())
}

#[async_trait]
impl Blobs for DiskBlobs {
    async fn put(&self, owner: UserId, media_type: &str, bytes: Bytes) -> Result<BlobHash> {
        let (hash, size) = (digest(bytes.clone()).await?, bytes.len() as u64);
        let blob = rows::New { hash, media_type, size, now: self.clock.now() };
        rows::hold(&self.database, owner, &blob, self.limit).await?;
        // A sweep takes row and file together: with the row held, a file that is there now stays.
        self.store(hash, &bytes).await?;
        Ok(hash)
    }

    async fn get(&self, owner: UserId, hash: BlobHash) -> Result<Option<Bytes>> {
        let Some(size) = rows::size(&self.database, owner, hash).await? else { return Ok(None) };
        Ok(self.files.read(hash, size).await.map_err(|error| files::unreadable(&error))?)
    }

    async fn read(&self, owner: UserId, hash: BlobHash) -> Result<Option<BlobStream>> {
        let Some(size) = rows::size(&self.database, owner, hash).await? else { return Ok(None) };
        Ok(self.files.stream(hash, size).await.map_err(|error| files::unreadable(&error))?)
    }

    async fn sizes(&self, owner: UserId, hashes: &[BlobHash]) -> Result<Vec<(BlobHash, u64)>> {
        let mut here = Vec::new();
        for (hash, size) in rows::sizes(&self.database, owner, hashes).await? {
            if self.files.has(hash, size).await {
                here.push((hash, size));
            } else {
                tracing::error!(%hash, "a blob's file is missing or damaged; restore the folder of blobs from a backup");
            }
        }
        Ok(here)
    }

    async fn sweep(&self) -> Result<u64> {
        Ok(sweep::sweep(&self.database, &self.files, self.clock.now()).await?)
    }

    async fn ping(&self) -> Result<()> {
        self.files.probe().await.map_err(|error| files::unwritable(&error))
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
