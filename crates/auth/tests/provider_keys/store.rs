//! The store of sealed keys in memory.

use std::sync::{
    Mutex,
    atomic::{AtomicUsize, Ordering},
};

use async_trait::async_trait;
use vertice_domain::{Provider, Result, Timestamp, UserId};
use vertice_ports::{ProviderKeyStore, provider_keys::SealedKey};

#[derive(Default)]
pub(crate) struct Store {
    keys: Mutex<Vec<(UserId, SealedKey)>>,
    reads: AtomicUsize,
}

impl Store {
    pub(crate) fn all(&self) -> Vec<(UserId, SealedKey)> {
        self.keys.lock().unwrap().clone()
    }

    pub(crate) fn plant(&self, owner: UserId, key: SealedKey) {
        self.keys.lock().unwrap().push((owner, key));
    }

    /// How often keys were read.
    pub(crate) fn reads(&self) -> usize {
        self.reads.load(Ordering::SeqCst)
    }
}

#[async_trait]
impl ProviderKeyStore for Store {
    async fn provider_keys(&self, owner: UserId) -> Result<Vec<SealedKey>> {
        self.reads.fetch_add(1, Ordering::SeqCst);
        Ok(self.all().into_iter().filter(|(user, _)| *user == owner).map(|(_, key)| key).collect())
    }

    async fn put_provider_key(&self, owner: UserId, key: &SealedKey, _: Timestamp) -> Result<()> {
        self.delete_provider_key(owner, key.info.provider).await?;
        self.plant(owner, key.clone());
        Ok(())
    }

    async fn delete_provider_key(&self, owner: UserId, provider: Provider) -> Result<bool> {
        let mut keys = self.keys.lock().unwrap();
        let before = keys.len();
        keys.retain(|(user, key)| *user != owner || key.info.provider != provider);
        Ok(keys.len() < before)
    }
}
