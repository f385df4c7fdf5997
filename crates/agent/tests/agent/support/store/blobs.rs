//! Blobs.

use async_trait::async_trait;
use bytes::Bytes;
use futures::{StreamExt as _, stream};
use sha2::{Digest as _, Sha256};
use vertice_domain::{BlobHash, Result, UserId};
use vertice_ports::{Blobs, blobs::BlobStream};

use super::Store;

#[async_trait]
impl Blobs for Store {
    async fn put(&self, owner: UserId, _: &str, bytes: Bytes) -> Result<BlobHash> {
        let hash = BlobHash::new(Sha256::digest(&bytes).into());
        self.change(|inside| inside.blobs.insert((owner, hash), bytes));
        Ok(hash)
    }

    async fn get(&self, owner: UserId, hash: BlobHash) -> Result<Option<Bytes>> {
        Ok(self.lock().blobs.get(&(owner, hash)).cloned())
    }

    async fn read(&self, owner: UserId, hash: BlobHash) -> Result<Option<BlobStream>> {
        let bytes = self.get(owner, hash).await?;
        Ok(bytes.map(|bytes| stream::iter([Ok(bytes)]).boxed()))
    }

    async fn sizes(&self, owner: UserId, hashes: &[BlobHash]) -> Result<Vec<(BlobHash, u64)>> {
        let inside = self.lock();
        let size = |hash: &BlobHash| Some((*hash, inside.blobs.get(&(owner, *hash))?.len() as u64));
        Ok(hashes.iter().filter_map(size).collect())
    }

    async fn sweep(&self) -> Result<u64> {
        Ok(0)
    }

    async fn ping(&self) -> Result<()> {
        Ok(())
    }
}
