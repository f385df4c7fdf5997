//! Where the bytes lie: on this machine's disk, or in a bucket that several nodes share. Both keep them under the same names. It
//! must never look in one place for what belongs in the other.

use std::time::{Duration, SystemTime};

use bytes::Bytes;
use vertice_domain::{BlobHash, Result};
use vertice_ports::blobs::BlobStream;

use super::{
    bucket::{self, Bucket},
    files::{self, Files},
};

/// One of the two. Cheap to clone.
#[derive(Debug, Clone)]
pub(super) enum Place {
    Disk(Files),
    Bucket(Bucket),
}

impl Place {
    /// Keeps the bytes, unless they are there.
    pub(super) async fn keep(&self, hash: BlobHash, bytes: &Bytes) -> Result<()> {
        match self {
            Self::Disk(files) if files.has(hash, bytes.len() as u64).await => Ok(()),
            Self::Disk(files) => files.write(hash, bytes).await.map_err(|error| files::unwritable(&error)),
            Self::Bucket(bucket) => {
                bucket.keep(hash, bytes).await.map_err(|error| bucket::unwritable(&error))
            }
        }
    }

    /// Whether the bytes are there, by their size.
    pub(super) async fn has(&self, hash: BlobHash, size: u64) -> Result<bool> {
        match self {
            Self::Disk(files) => Ok(files.has(hash, size).await),
            Self::Bucket(bucket) => bucket.has(hash, size).await.map_err(|error| bucket::unreadable(&error)),
        }
    }

    /// All of the bytes; none: they are missing or have another size.
    pub(super) async fn read(&self, hash: BlobHash, size: u64) -> Result<Option<Bytes>> {
        match self {
            Self::Disk(files) => files.read(hash, size).await.map_err(|error| files::unreadable(&error)),
            Self::Bucket(bucket) => bucket.read(hash, size).await.map_err(|error| bucket::unreadable(&error)),
        }
    }

    /// The same piece by piece.
    pub(super) async fn stream(&self, hash: BlobHash, size: u64) -> Result<Option<BlobStream>> {
        match self {
            Self::Disk(files) => files.stream(hash, size).await.map_err(|error| files::unreadable(&error)),
            Self::Bucket(bucket) => {
                bucket.stream(hash, size).await.map_err(|error| bucket::unreadable(&error))
            }
        }
    }

    /// `false`: this one cannot be removed, though others may be. An error: the place cannot be used.
    pub(super) async fn remove(&self, hash: BlobHash) -> Result<bool> {
        match self {
            Self::Disk(files) => {
                let removed = files.remove(hash).await;
                if let Err(error) = &removed {
                    tracing::warn!(%error, %hash, "a blob that nothing refers to cannot be removed");
                }
                Ok(removed.is_ok())
            }
            Self::Bucket(bucket) => {
                bucket.remove(hash).await.map(|()| true).map_err(|error| bucket::unwritable(&error))
            }
        }
    }

    /// Removes what a crash left half written longer than `age` before `now`. A bucket shows no half objects.
    pub(super) async fn clear_unfinished(&self, now: SystemTime, age: Duration) {
        let Self::Disk(files) = self else { return };
        if let Err(error) = files.clear_unfinished(now, age).await {
            tracing::warn!(%error, "files that were never finished cannot be removed");
        }
    }

    /// Whether the place can be used, asked so that it costs next to nothing.
    pub(super) async fn probe(&self) -> Result<()> {
        match self {
            Self::Disk(files) => files.probe().await.map_err(|error| files::unwritable(&error)),
            Self::Bucket(bucket) => bucket.ping().await.map_err(|error| bucket::unusable(&error)),
        }
    }
}
