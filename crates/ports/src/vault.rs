//! Secrets that must be read again, sealed at rest.

use async_trait::async_trait;
use vertice_domain::Result;

/// Seals with the server's own secret, and opens.
#[async_trait]
pub trait Vault: Send + Sync {
    /// Seals a text: it can only be opened for the same purpose.
    async fn seal(&self, purpose: &str, text: &str) -> Result<Vec<u8>>;
    /// Opens what was sealed for this purpose. None: it was sealed with another secret or for another purpose, or changed.
    async fn open(&self, purpose: &str, sealed: &[u8]) -> Result<Option<String>>;
}
