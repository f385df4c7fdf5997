//! Password hashes: argon2id, off the async threads, never more than two at once.

use std::sync::Arc;
use std::time::Duration;

use argon2::{
    Algorithm, Argon2, Params, Version,
    password_hash::{self, PasswordHasher as _, PasswordVerifier as _, phc::PasswordHash},
};
use tokio::{sync::Semaphore, task, time};
use vertice_domain::{Error, ErrorKind, Result};

/// OWASP's parameters for argon2id (Password Storage Cheat Sheet): 19 MiB, two passes, one lane.
const MEMORY_KIB: u32 = 19 * 1_024;
const PASSES: u32 = 2;
const LANES: u32 = 1;

/// Hashes computed at the same time.
const AT_ONCE: usize = 2;
/// How long a sign-in waits for its turn.
const PATIENCE: Duration = Duration::from_secs(10);

/// A hash with the parameters above that no password has: verifying against it costs an unknown address the same time
/// as a known one.
const NOBODYS: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

#[derive(Debug, thiserror::Error)]
enum HashFault {
    #[error("argon2: {0}")]
    Argon2(#[from] password_hash::Error),
    #[error("argon2 parameters: {0}")]
    Params(argon2::Error),
    #[error("the hashing thread failed: {0}")]
    Thread(#[from] task::JoinError),
}

impl From<HashFault> for Error {
    fn from(fault: HashFault) -> Self {
        tracing::error!(%fault, "a password could not be hashed");
        Self::internal()
    }
}

/// Hashes and verifies passwords. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Hashing {
    permits: Arc<Semaphore>,
}

impl Hashing {
    pub(crate) fn new() -> Self {
        Self { permits: Arc::new(Semaphore::new(AT_ONCE)) }
    }

    /// The password's hash in PHC form.
    pub(crate) async fn hash(&self, password: &str) -> Result<String> {
        let password = password.to_owned();
        self.run(move || Ok(argon2()?.hash_password(password.as_bytes())?.to_string())).await
    }

    /// Whether the password has that hash; without one, `false` after the same time.
    pub(crate) async fn verify(&self, password: &str, hash: Option<String>) -> Result<bool> {
        let password = password.to_owned();
        self.run(move || {
            let parsed = PasswordHash::new(hash.as_deref().unwrap_or(NOBODYS));
            let parsed = parsed.map_err(password_hash::Error::from)?;
            match argon2()?.verify_password(password.as_bytes(), &parsed) {
                Ok(()) => Ok(hash.is_some()),
                Err(password_hash::Error::PasswordInvalid) => Ok(false),
                Err(error) => Err(error.into()),
            }
        })
        .await
    }

    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, HashFault> + Send + 'static,
    ) -> Result<T> {
        let busy = || {
            let message = "Too many people are signing in right now. Try again in a moment.";
            Error::new(ErrorKind::Unavailable, "sign_in_busy", message)
        };
        let permit = time::timeout(PATIENCE, self.permits.clone().acquire_owned()).await;
        let permit = permit.map_err(|_| busy())?.map_err(|_| busy())?;
        let hashed = task::spawn_blocking(move || {
            let result = work();
            drop(permit);
            result
        });
        Ok(hashed.await.map_err(HashFault::Thread)??)
    }
}

fn argon2() -> Result<Argon2<'static>, HashFault> {
    let params = Params::new(MEMORY_KIB, PASSES, LANES, None).map_err(HashFault::Params)?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_hash_knows_its_password_alone() {
        let hashing = Hashing::new();
        let hash = hashing.hash("correct horse").await.unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
        assert!(hashing.verify("correct horse", Some(hash.clone())).await.unwrap());
        assert!(!hashing.verify("correct house", Some(hash)).await.unwrap());
        assert!(!hashing.verify("", None).await.unwrap());
        assert!(hashing.verify("x", Some("nonsense".into())).await.is_err());
    }
}
