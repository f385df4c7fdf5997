//! [`SealedKeys`]: the users' own keys for providers, sealed in the store and opened for the moment of a call.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;
use vertice_domain::{
    Action, Actor, Error, Provider, ProviderKey, Result, Timestamp, UserId, provider_key::check_key,
};
use vertice_ports::{
    Clock, ProviderKeyStore, ProviderKeys, Vault as _,
    provider_keys::{PlainKey, SealedKey},
};

use crate::{sealing::SealingVault, vault::SecretSource};

/// Characters of a key that are shown.
const SHOWN: usize = 4;
/// How long opened keys are kept, in milliseconds: as long can it take until a key that was removed on another node is
/// no longer used on this one.
const KEPT_MS: i64 = 30_000;
/// The most users whose opened keys are kept.
const KEPT_USERS: usize = 1_024;

type Opened = Vec<(Provider, PlainKey)>;

/// Keys in a store.
pub struct SealedKeys {
    store: Arc<dyn ProviderKeyStore>,
    clock: Arc<dyn Clock>,
    vault: SealingVault,
    cache: Mutex<Cache>,
}

#[derive(Default)]
struct Cache {
    keys: HashMap<UserId, (Timestamp, Opened)>,
    /// Counts the changes, so that what was read before one is not kept after it.
    changes: u64,
}

impl SealedKeys {
    /// Keys in `store`, sealed with the secret of `source`.
    pub fn new(store: Arc<dyn ProviderKeyStore>, clock: Arc<dyn Clock>, source: SecretSource) -> Self {
        Self { store, clock, vault: SealingVault::new(source), cache: Mutex::default() }
    }

    fn cache(&self) -> MutexGuard<'_, Cache> {
        // Whatever a panic left half done is only a cache.
        self.cache.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn forget(&self, user: UserId) {
        let mut cache = self.cache();
        cache.changes += 1;
        cache.keys.remove(&user);
    }

    async fn open(&self, owner: UserId, sealed: &SealedKey) -> Result<Option<PlainKey>> {
        let opened = self.vault.open(&purpose(owner, sealed.info.provider), &sealed.sealed).await?;
        Ok(opened.map(PlainKey::new))
    }
}

/// What a key is sealed for: one user and one provider, so that nobody who writes to the database can give it to others.
fn purpose(owner: UserId, provider: Provider) -> String {
    format!("provider key of {owner} for {}", provider.as_str())
}

fn ends_in(key: &str) -> String {
    let hidden = key.chars().count().saturating_sub(SHOWN);
    key.chars().skip(hidden).collect()
}

fn check_provider(provider: Provider) -> Result<()> {
    match provider {
        Provider::Anthropic | Provider::Openai | Provider::Gemini | Provider::Groq => Ok(()),
        Provider::Local | Provider::Demo => Err(Error::invalid_field(
            "provider",
            "must be anthropic, openai, gemini or groq: others need no key",
        )),
    }
}

#[async_trait]
impl ProviderKeys for SealedKeys {
    async fn list(&self, actor: &Actor) -> Result<Vec<ProviderKey>> {
        actor.may(Action::ReadProviderKeys)?;
        let keys = self.store.provider_keys(actor.user).await?;
        Ok(keys.into_iter().map(|key| key.info).collect())
    }

    async fn set(&self, actor: &Actor, provider: Provider, key: &str) -> Result<ProviderKey> {
        actor.may(Action::WriteProviderKeys)?;
        check_provider(provider)?;
        let key = check_key(key)?;
        let now = self.clock.now();
        let info = ProviderKey { provider, ends_in: ends_in(key), created_at: now };
        let sealed = self.vault.seal(&purpose(actor.user, provider), key).await?;
        let sealed = SealedKey { info, sealed };
        let stored = self.store.put_provider_key(actor.user, &sealed, now).await;
        self.forget(actor.user);
        stored.map(|()| sealed.info)
    }

    async fn delete(&self, actor: &Actor, provider: Provider) -> Result<()> {
        actor.may(Action::WriteProviderKeys)?;
        let deleted = self.store.delete_provider_key(actor.user, provider).await;
        self.forget(actor.user);
        if deleted? { Ok(()) } else { Err(Error::not_found("key")) }
    }

    async fn reveal(&self, owner: UserId) -> Result<Opened> {
        let now = self.clock.now();
        let changes = {
            let cache = self.cache();
            match cache.keys.get(&owner) {
                Some((until, keys)) if *until > now => return Ok(keys.clone()),
                _ => cache.changes,
            }
        };
        let mut opened = Opened::new();
        for sealed in self.store.provider_keys(owner).await? {
            if let Some(key) = self.open(owner, &sealed).await? {
                opened.push((sealed.info.provider, key));
            }
        }
        let mut cache = self.cache();
        if cache.changes == changes {
            if cache.keys.len() >= KEPT_USERS {
                cache.keys.clear();
            }
            cache.keys.insert(owner, (now.plus_millis(KEPT_MS), opened.clone()));
        }
        Ok(opened)
    }
}
