//! Users' own keys for providers: sealed at rest, never shown again.

use async_trait::async_trait;
use vertice_domain::{Actor, Provider, ProviderKey, Result, Timestamp, UserId};

/// A key in the clear, for the moment of a call. It cannot be printed by accident.
#[derive(Clone, PartialEq, Eq)]
pub struct PlainKey(String);

impl PlainKey {
    pub fn new(key: impl Into<String>) -> Self {
        Self(key.into())
    }

    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for PlainKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PlainKey(…)")
    }
}

/// The users' own keys.
#[async_trait]
pub trait ProviderKeys: Send + Sync {
    /// The actor's keys, without the keys themselves.
    async fn list(&self, actor: &Actor) -> Result<Vec<ProviderKey>>;
    /// Stores a key in place of the one before. A key that cannot be one: an invalid field `key`.
    async fn set(&self, actor: &Actor, provider: Provider, key: &str) -> Result<ProviderKey>;
    /// Removes a key. None there: not found.
    async fn delete(&self, actor: &Actor, provider: Provider) -> Result<()>;
    /// The keys in the clear, for calls on this user's behalf. Cheap: it is asked on the way of every message.
    async fn reveal(&self, owner: UserId) -> Result<Vec<(Provider, PlainKey)>>;
}

/// A key as it is stored: sealed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealedKey {
    /// What may be told of it.
    pub info: ProviderKey,
    /// Nonce and ciphertext.
    pub sealed: Vec<u8>,
}

/// Where sealed keys are kept.
#[async_trait]
pub trait ProviderKeyStore: Send + Sync {
    async fn provider_keys(&self, owner: UserId) -> Result<Vec<SealedKey>>;
    /// Stores a key in place of the one before.
    async fn put_provider_key(&self, owner: UserId, key: &SealedKey, now: Timestamp) -> Result<()>;
    /// Removes a key; `false`: there was none.
    async fn delete_provider_key(&self, owner: UserId, provider: Provider) -> Result<bool>;
}
