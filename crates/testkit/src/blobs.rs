//! Blobs in memory.

use std::{collections::HashMap, sync::Mutex};

use async_trait::async_trait;
use bytes::Bytes;
use futures::StreamExt as _;
use sha2::{Digest as _, Sha256};
use vertice_domain::{BlobHash, Result, UserId};
use vertice_ports::{Blobs, blobs::BlobStream};

/// Keeps everything that is put, until a test takes it away.
#[derive(Debug, Default)]
pub struct MemoryBlobs(Mutex<HashMap<(UserId, BlobHash), Bytes>>);

impl MemoryBlobs {
    /// Loses the bytes of everybody.
    pub fn lose(&self) {
        self.0.lock().expect("no test panics while it holds this").clear();
    }

    fn of(&self, owner: UserId, hash: BlobHash) -> Option<Bytes> {
        self.0.lock().expect("no test panics while it holds this").get(&(owner, hash)).cloned()
    }
}

#[async_trait]
impl Blobs for MemoryBlobs {
    async fn put(&self, owner: UserId, _: &str, bytes: Bytes) -> Result<BlobHash> {
        let hash = BlobHash::new(Sha256::digest(&bytes).into());
        self.0.lock().expect("no test panics while it holds this").insert((owner, hash), bytes);
        Ok(hash)
    }

    async fn get(&self, owner: UserId, hash: BlobHash) -> Result<Option<Bytes>> {
        Ok(self.of(owner, hash))
    }

    async fn read(&self, owner: UserId, hash: BlobHash) -> Result<Option<BlobStream>> {
        let Some(bytes) = self.of(owner, hash) else { return Ok(None) };
        let pieces: Vec<_> = bytes.chunks(100_000).map(|piece| Ok(Bytes::copy_from_slice(piece))).collect();
        Ok(Some(futures::stream::iter(pieces).boxed()))
    }

    async fn sizes(&self, owner: UserId, hashes: &[BlobHash]) -> Result<Vec<(BlobHash, u64)>> {
        let size = |hash: &BlobHash| self.of(owner, *hash).map(|bytes| (*hash, bytes.len() as u64));
        Ok(hashes.iter().filter_map(size).collect())
    }

    async fn sweep(&self) -> Result<u64> {
        Ok(0)
    }

    async fn ping(&self) -> Result<()> {
        Ok(())
    }
}
