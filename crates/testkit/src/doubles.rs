//! In-memory doubles of small ports.

use std::sync::{
    Mutex,
    atomic::{AtomicI64, Ordering},
};

use async_trait::async_trait;
use bytes::Bytes;
use vertice_domain::{
    Actor, Attached, AttachedFile, Error, File, FileId, Provider, ProviderKey, QuotaStatus, Result, Role,
    Timestamp, Usd, UserId, account::Credential,
};
use vertice_ports::{
    Clock, Files, ProviderKeys, Quota,
    blobs::BlobStream,
    files::FileTexts,
    provider_keys::PlainKey,
    quota::{Left, Reservation},
};

/// A clock that moves only when it is told to.
#[derive(Debug)]
pub struct FixedClock(AtomicI64);

impl FixedClock {
    /// Stands at 2026-11-23T10:00:00Z.
    pub fn new() -> Self {
        Self(AtomicI64::new(1_795_428_000_000))
    }

    /// Moves on.
    pub fn advance_millis(&self, millis: i64) {
        self.0.fetch_add(millis, Ordering::Relaxed);
    }
}

impl Default for FixedClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for FixedClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.0.load(Ordering::Relaxed))
    }
}

/// Nobody has any files.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoFiles;

#[async_trait]
impl Files for NoFiles {
    async fn add(&self, _: &Actor, _: &str, _: Bytes) -> Result<File> {
        Err(Error::storage_unavailable())
    }

    async fn get(&self, _: &Actor, _: FileId) -> Result<File> {
        Err(Error::not_found("file"))
    }

    async fn read(&self, _: &Actor, _: FileId) -> Result<(File, BlobStream)> {
        Err(Error::not_found("file"))
    }

    async fn text(&self, _: &Actor, _: FileId) -> Result<String> {
        Err(Error::not_found("file"))
    }

    async fn attach(&self, _: &Actor, _: FileId) -> Result<Attached> {
        Err(Error::not_found("file"))
    }

    async fn texts(&self, _: UserId, _: &[&AttachedFile]) -> Result<FileTexts> {
        Ok(FileTexts::new())
    }

    async fn delete(&self, _: &Actor, _: FileId) -> Result<()> {
        Err(Error::not_found("file"))
    }
}

/// A quota without limits.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoLimits;

#[async_trait]
impl Quota for NoLimits {
    async fn status(&self, _: &Actor) -> Result<QuotaStatus> {
        Ok(QuotaStatus {
            tokens_used: 0,
            tokens_remaining: None,
            daily_limit: None,
            cost_usd: Usd::ZERO,
            resets_at: Timestamp::from_millis(0),
        })
    }

    async fn left(&self, _: &Actor) -> Result<Option<Left>> {
        Ok(None)
    }

    async fn reserve(&self, _: &Actor, _: &str, _: Option<u64>, _: u64) -> Result<Reservation> {
        Ok(Reservation::unlimited())
    }
}

/// Users' own keys, as a test sets them.
#[derive(Debug, Default)]
pub struct FixedKeys(pub Mutex<Vec<(Provider, PlainKey)>>);

#[async_trait]
impl ProviderKeys for FixedKeys {
    async fn list(&self, _: &Actor) -> Result<Vec<ProviderKey>> {
        let keys = self.0.lock().expect("no test panics while it holds the keys");
        let told = |(provider, key): &(Provider, PlainKey)| ProviderKey {
            provider: *provider,
            ends_in: key.reveal().chars().skip(key.reveal().chars().count().saturating_sub(4)).collect(),
            created_at: Timestamp::from_millis(0),
        };
        Ok(keys.iter().map(told).collect())
    }

    async fn set(&self, actor: &Actor, provider: Provider, key: &str) -> Result<ProviderKey> {
        self.0.lock().expect("no test panics while it holds the keys").push((provider, PlainKey::new(key)));
        let mut all = self.list(actor).await?;
        all.pop().ok_or_else(Error::internal)
    }

    async fn delete(&self, _: &Actor, provider: Provider) -> Result<()> {
        self.0.lock().expect("no test panics while it holds the keys").retain(|(own, _)| *own != provider);
        Ok(())
    }

    async fn reveal(&self, _: UserId) -> Result<Vec<(Provider, PlainKey)>> {
        Ok(self.0.lock().expect("no test panics while it holds the keys").clone())
    }
}

/// A user with a role, on the server's own console.
pub fn actor(role: Role) -> Actor {
    let user = UserId::new(uuid::Uuid::from_u128(0x0197_0000_0000_7000_8000_0000_0000_0001));
    Actor { user, role, credential: Credential::Console }
}
