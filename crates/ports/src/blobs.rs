//! Bytes by their hash, with owners.

use async_trait::async_trait;
use bytes::Bytes;
use futures::stream::BoxStream;
use vertice_domain::{BlobHash, Result, UserId};

/// A blob's bytes, piece by piece. It ends with an error where not all of them could be read.
pub type BlobStream = BoxStream<'static, Result<Bytes>>;

/// Bytes that somebody keeps here. Whoever may not see a blob finds none.
#[async_trait]
pub trait Blobs: Send + Sync {
    /// Keeps the bytes for their owner: for good when it returns. They are the owner's for a day, and as long as something
    /// of theirs refers to them. More than the owner may keep: `storage_exceeded`. Cannot be written: `storage_unavailable`.
    async fn put(&self, owner: UserId, media_type: &str, bytes: Bytes) -> Result<BlobHash>;
    /// The bytes, if they are the owner's.
    async fn get(&self, owner: UserId, hash: BlobHash) -> Result<Option<Bytes>>;
    /// The same piece by piece, for what need not lie in memory as a whole.
    async fn read(&self, owner: UserId, hash: BlobHash) -> Result<Option<BlobStream>>;
    /// Those of the blobs that are the owner's and whose bytes are here, with their sizes.
    async fn sizes(&self, owner: UserId, hashes: &[BlobHash]) -> Result<Vec<(BlobHash, u64)>>;
    /// Removes what nothing has referred to for a day; how many blobs that were.
    async fn sweep(&self) -> Result<u64>;
    /// Whether bytes can be kept and read, without keeping any: cheap enough to be asked every second.
    async fn ping(&self) -> Result<()>;
}
