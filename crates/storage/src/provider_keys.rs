//! The users' own keys for providers, as they were sealed: this crate cannot open them.

use async_trait::async_trait;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use sqlx::any::AnyRow;
use vertice_domain::{Provider, ProviderKey, Result, Timestamp, UserId};
use vertice_ports::{ProviderKeyStore, provider_keys::SealedKey};

use crate::{database::Database, fault::Fault, rows, search_text::clean};

#[async_trait]
impl ProviderKeyStore for Database {
    async fn provider_keys(&self, owner: UserId) -> Result<Vec<SealedKey>> {
        Ok(keys(self, owner).await?)
    }

    async fn put_provider_key(&self, owner: UserId, key: &SealedKey, now: Timestamp) -> Result<()> {
        Ok(put(self, owner, key, now).await?)
    }

    async fn delete_provider_key(&self, owner: UserId, provider: Provider) -> Result<bool> {
        Ok(delete(self, owner, provider).await?)
    }
}

async fn keys(database: &Database, owner: UserId) -> Result<Vec<SealedKey>, Fault> {
    let found = sqlx::query(
        "SELECT provider, ends_in, sealed, created_at FROM provider_keys WHERE owner_id = $1 ORDER BY provider",
    )
    .bind(owner.to_string())
    .fetch_all(database.reader())
    .await?;
    found.iter().map(key).collect()
}

fn key(row: &AnyRow) -> Result<SealedKey, Fault> {
    let info = ProviderKey {
        provider: rows::word(row, "provider", Provider::parse)?,
        ends_in: rows::text(row, "ends_in")?,
        created_at: rows::time(row, "created_at")?,
    };
    Ok(SealedKey { info, sealed: rows::sealed(row, "sealed")? })
}

async fn put(database: &Database, owner: UserId, key: &SealedKey, now: Timestamp) -> Result<(), Fault> {
    sqlx::query(
        "INSERT INTO provider_keys (owner_id, provider, ends_in, sealed, created_at) VALUES ($1, $2, $3, $4, $5) \
         ON CONFLICT (owner_id, provider) DO UPDATE SET ends_in = excluded.ends_in, sealed = excluded.sealed, \
         created_at = excluded.created_at",
    )
    .bind(owner.to_string())
    .bind(key.info.provider.as_str())
    .bind(clean(&key.info.ends_in))
    .bind(STANDARD.encode(&key.sealed))
    .bind(now.as_millis())
    .execute(database.writer())
    .await?;
    Ok(())
}

async fn delete(database: &Database, owner: UserId, provider: Provider) -> Result<bool, Fault> {
    let done = sqlx::query("DELETE FROM provider_keys WHERE owner_id = $1 AND provider = $2")
        .bind(owner.to_string())
        .bind(provider.as_str())
        .execute(database.writer())
        .await?;
    Ok(done.rows_affected() == 1)
}
