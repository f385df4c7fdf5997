//! The vault: seals secrets that must be read again (the users' keys for providers) with one secret of the server's own,
//! and opens them. It must never log what it seals or opens, nor its own secret.

use std::{
    fmt,
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use chacha20poly1305::{
    KeyInit as _, XChaCha20Poly1305, XNonce,
    aead::{Aead as _, Payload},
};
use tokio::sync::OnceCell;
use zeroize::Zeroizing;

use crate::random;

/// Bytes of the vault's own secret.
pub const SECRET_BYTES: usize = 32;
/// Bytes of a nonce. It is random for each sealing; 192 bits are enough for that (XChaCha draft, section 3.1).
const NONCE_BYTES: usize = 24;

/// Where the vault's own secret comes from.
#[derive(Clone)]
pub enum SecretSource {
    Given([u8; SECRET_BYTES]),
    /// This file; it is made, for its owner's eyes only, when it is needed for the first time.
    File(PathBuf),
}

impl fmt::Debug for SecretSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Given(_) => f.write_str("Given(…)"),
            Self::File(path) => f.debug_tuple("File").field(path).finish(),
        }
    }
}

/// Why the vault cannot be used, or a sealed text not be opened.
#[derive(Debug, thiserror::Error)]
pub(crate) enum VaultError {
    /// The file of its secret cannot be read or made.
    #[error("the file {path} cannot be used: {source}")]
    File { path: PathBuf, source: io::Error },
    /// The file holds something else.
    #[error("the file {0} does not hold a secret of 32 bytes in base64; restore it from a backup")]
    NoSecret(PathBuf),
    /// It was sealed with another secret, for another purpose, or it was changed since.
    #[error("a sealed secret cannot be opened")]
    Sealed,
}

/// Seals and opens.
pub(crate) struct Vault {
    source: SecretSource,
    cipher: OnceCell<XChaCha20Poly1305>,
}

impl Vault {
    pub(crate) fn new(source: SecretSource) -> Self {
        Self { source, cipher: OnceCell::new() }
    }

    /// Seals a text: nonce and ciphertext. It can only be opened for the same purpose.
    pub(crate) async fn seal(&self, purpose: &str, text: &str) -> Result<Vec<u8>, VaultError> {
        let nonce = random::bytes::<NONCE_BYTES>();
        let payload = Payload { msg: text.as_bytes(), aad: purpose.as_bytes() };
        let sealed = self.cipher().await?.encrypt(&XNonce::from(nonce), payload);
        Ok([nonce.as_slice(), &sealed.map_err(|_| VaultError::Sealed)?].concat())
    }

    /// Opens what [`Self::seal`] made for the same purpose.
    pub(crate) async fn open(&self, purpose: &str, sealed: &[u8]) -> Result<String, VaultError> {
        let (nonce, msg) = sealed.split_first_chunk::<NONCE_BYTES>().ok_or(VaultError::Sealed)?;
        let payload = Payload { msg, aad: purpose.as_bytes() };
        let text = self.cipher().await?.decrypt(&XNonce::from(*nonce), payload);
        String::from_utf8(text.map_err(|_| VaultError::Sealed)?).map_err(|_| VaultError::Sealed)
    }

    async fn cipher(&self) -> Result<&XChaCha20Poly1305, VaultError> {
        self.cipher
            .get_or_try_init(|| async {
                let secret = match &self.source {
                    SecretSource::Given(secret) => Zeroizing::new(*secret),
                    SecretSource::File(path) => from_file(path.clone()).await?,
                };
                Ok(XChaCha20Poly1305::new((&*secret).into()))
            })
            .await
    }
}

async fn from_file(path: PathBuf) -> Result<Zeroizing<[u8; SECRET_BYTES]>, VaultError> {
    let fault = |source| VaultError::File { path: path.clone(), source };
    let place = path.clone();
    let read = tokio::task::spawn_blocking(move || read_or_make(&place)).await;
    let text =
        read.map_err(|_| fault(io::Error::other("the task that reads it was stopped")))?.map_err(fault)?;
    let secret = STANDARD.decode(text.trim()).ok().and_then(|bytes| bytes.try_into().ok());
    secret.map(Zeroizing::new).ok_or(VaultError::NoSecret(path))
}

#[expect(clippy::disallowed_methods, reason = "runs where blocking is allowed")]
fn read_or_make(path: &Path) -> io::Result<Zeroizing<String>> {
    match std::fs::read_to_string(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => make(path)?,
        read => return read.map(Zeroizing::new),
    }
    std::fs::read_to_string(path).map(Zeroizing::new)
}

/// Makes the file whole or not at all. Where another process was quicker, its file stays.
#[expect(clippy::disallowed_methods, reason = "runs where blocking is allowed")]
fn make(path: &Path) -> io::Result<()> {
    let draft = path.with_extension(format!("{}.new", std::process::id()));
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&draft)?;
    let secret = Zeroizing::new(STANDARD.encode(random::bytes::<SECRET_BYTES>()));
    file.write_all(secret.as_bytes())?;
    file.sync_all()?;
    match std::fs::hard_link(&draft, path) {
        // A file system without links.
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => std::fs::rename(&draft, path),
        _ => std::fs::remove_file(&draft),
    }
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "tests look at the file themselves")]
mod tests {
    use super::*;

    fn vault(byte: u8) -> Vault {
        Vault::new(SecretSource::Given([byte; SECRET_BYTES]))
    }

    #[tokio::test]
    async fn only_the_same_secret_opens_for_the_same_purpose() {
        let sealed = vault(1).seal("ada openai", "sk-secret").await.unwrap();
        assert!(!sealed.windows(9).any(|window| window == b"sk-secret"));
        assert_eq!(vault(1).open("ada openai", &sealed).await.unwrap(), "sk-secret");
        assert!(vault(2).open("ada openai", &sealed).await.is_err());
        assert!(vault(1).open("eve openai", &sealed).await.is_err());
        for broken in [&sealed[..23], &sealed[..30], &[]] {
            assert!(vault(1).open("ada openai", broken).await.is_err());
        }
        assert_ne!(sealed, vault(1).seal("ada openai", "sk-secret").await.unwrap(), "each has its own nonce");
    }

    #[tokio::test]
    async fn the_file_is_made_once_for_its_owner_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret.key");
        let file = || Vault::new(SecretSource::File(path.clone()));
        let sealed = file().seal("p", "text").await.unwrap();
        assert_eq!(file().open("p", &sealed).await.unwrap(), "text");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        }
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "no draft stays behind");
        std::fs::write(&path, "nonsense").unwrap();
        assert!(matches!(file().open("p", &sealed).await, Err(VaultError::NoSecret(_))));
        assert!(!format!("{:?}", SecretSource::Given([7; 32])).contains('7'));
    }
}
