//! [`SealingVault`]: the vault as other rooms use it. What cannot be opened any more is told once in the log, and is absent.

use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use vertice_domain::{Error, ErrorKind, Result};
use vertice_ports::Vault as Port;

use crate::vault::{SecretSource, Vault, VaultError};

/// Seals with the server's secret, and opens.
pub struct SealingVault {
    vault: Vault,
    told: AtomicBool,
}

impl SealingVault {
    /// With the secret of `source`.
    pub fn new(source: SecretSource) -> Self {
        Self { vault: Vault::new(source), told: AtomicBool::new(false) }
    }

    fn tell(&self) {
        if !self.told.swap(true, Ordering::Relaxed) {
            tracing::error!(
                "a sealed secret (a user's key for a provider, or how an MCP server is reached) cannot be opened, and is \
                 passed over: the server's secret is not the one it was sealed with. Set VERTICE_SECRET_KEY to its former \
                 value, or restore secret.key in the data directory, or have users store theirs again"
            );
        }
    }
}

fn unusable(error: &VaultError) -> Error {
    tracing::error!(%error, "secrets cannot be sealed or opened");
    let message =
        "Keys and other secrets cannot be stored or used right now. The server's log tells its admin why.";
    Error::new(ErrorKind::Unavailable, "storage_unavailable", message)
}

#[async_trait]
impl Port for SealingVault {
    async fn seal(&self, purpose: &str, text: &str) -> Result<Vec<u8>> {
        self.vault.seal(purpose, text).await.map_err(|error| unusable(&error))
    }

    async fn open(&self, purpose: &str, sealed: &[u8]) -> Result<Option<String>> {
        match self.vault.open(purpose, sealed).await {
            Ok(text) => Ok(Some(text)),
            Err(VaultError::Sealed | VaultError::NoSecret(_)) => {
                self.tell();
                Ok(None)
            }
            Err(error) => Err(unusable(&error)),
        }
    }
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "tests look at the file themselves")]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_cannot_be_opened_is_absent() {
        let vault = |byte| SealingVault::new(SecretSource::Given([byte; 32]));
        let sealed = vault(1).seal("mcp a", "text").await.unwrap();
        assert_eq!(vault(1).open("mcp a", &sealed).await.unwrap().as_deref(), Some("text"));
        assert_eq!(vault(1).open("mcp b", &sealed).await.unwrap(), None);
        assert_eq!(vault(2).open("mcp a", &sealed).await.unwrap(), None);
        assert_eq!(vault(1).open("mcp a", b"short").await.unwrap(), None);
    }

    #[tokio::test]
    async fn a_file_that_cannot_be_used_is_an_outage() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret.key");
        std::fs::write(&path, "nonsense").unwrap();
        let vault = SealingVault::new(SecretSource::File(path));
        let error = vault.seal("p", "hunter2").await.unwrap_err();
        assert_eq!((error.kind, error.code.as_str()), (ErrorKind::Unavailable, "storage_unavailable"));
        let vault = SealingVault::new(SecretSource::File(folder.path().join("none/secret.key")));
        let error = vault.open("p", &[0; 40]).await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::Unavailable);
        assert!(!error.message.contains("secret.key"), "paths are for the log");
    }
}
