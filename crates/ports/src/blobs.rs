//! Bytes by their hash, with owners.

use async_trait::async_trait;
use bytes::Bytes;
use vertice_domain::{BlobHash, Result, UserId};

/// Bytes that somebody keeps here. Whoever may not see a blob finds none.
#[async_trait]
pub trait Blobs: Send + Sync {
    /// Keeps the bytes for their owner: on the disk when it returns. Nothing refers to them yet; what is never referred to
    /// goes after a day. More than the owner may keep: `storage_exceeded`.
    async fn put(&self, owner: UserId, media_type: &str, bytes: Bytes) -> Result<BlobHash>;
    /// The bytes, if they are the owner's.
    async fn get(&self, owner: UserId, hash: BlobHash) -> Result<Option<Bytes>>;
    /// Removes what nothing refers to any more; how many blobs that were.
    async fn sweep(&self) -> Result<u64>;
    /// Whether bytes can be kept and read.
    async fn ping(&self) -> Result<()>;
}
