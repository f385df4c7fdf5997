//! Password hashes: argon2id, off the async threads, in two lanes of one hash at a time.
//!
//! A flood of strangers fills its own lane alone: it takes at most one core, those who are too many are refused at once,
//! and whoever is known (a session, a known device) does not queue behind it.

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

/// Hashes computed at the same time in a lane.
const AT_ONCE: usize = 1;
/// The most that wait for their turn in a lane.
const MAX_WAITING: usize = 64;
/// How long one waits for its turn.
const PATIENCE: Duration = Duration::from_secs(10);

/// A hash with the parameters above that no password has. It is that of users who have none. Verifying against it costs an unknown address the same time
/// as a known one.
pub(crate) const NOBODYS: &str =
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

/// Who waits for a hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lane {
    /// Anybody.
    Strangers,
    /// Who has a session or a known device, or the server's console.
    Known,
}

/// One lane: its turns, and the places to wait for them (the one whose turn it is included).
struct Queue {
    turns: Arc<Semaphore>,
    places: Arc<Semaphore>,
}

impl Queue {
    fn new() -> Self {
        Self {
            turns: Arc::new(Semaphore::new(AT_ONCE)),
            places: Arc::new(Semaphore::new(AT_ONCE + MAX_WAITING)),
        }
    }
}

/// Hashes and verifies passwords.
pub(crate) struct Hashing {
    strangers: Queue,
    known: Queue,
}

impl Hashing {
    pub(crate) fn new() -> Self {
        Self { strangers: Queue::new(), known: Queue::new() }
    }

    /// The password's hash in PHC form.
    pub(crate) async fn hash(&self, lane: Lane, password: &str) -> Result<String> {
        let password = password.to_owned();
        self.run(lane, move || Ok(argon2()?.hash_password(password.as_bytes())?.to_string())).await
    }

    /// Whether the password has that hash; without one, `false` after the same time.
    pub(crate) async fn verify(&self, lane: Lane, password: &str, hash: Option<String>) -> Result<bool> {
        let password = password.to_owned();
        self.run(lane, move || {
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
        lane: Lane,
        work: impl FnOnce() -> Result<T, HashFault> + Send + 'static,
    ) -> Result<T> {
        let busy = || {
            let message = "Too many people are signing in right now. Try again in a moment.";
            let error = Error::new(ErrorKind::Unavailable, "sign_in_busy", message);
            Error { retry_after_s: Some(1), ..error }
        };
        let queue = match lane {
            Lane::Strangers => &self.strangers,
            Lane::Known => &self.known,
        };
        let place = Arc::clone(&queue.places).try_acquire_owned().map_err(|_| busy())?;
        let turn = time::timeout(PATIENCE, Arc::clone(&queue.turns).acquire_owned()).await;
        let turn = turn.map_err(|_| busy())?.map_err(|_| busy())?;
        let hashed = task::spawn_blocking(move || {
            let result = work();
            drop((turn, place));
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
        let hash = hashing.hash(Lane::Known, "correct horse").await.unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
        let verify = |password, hash| hashing.verify(Lane::Strangers, password, hash);
        assert!(verify("correct horse", Some(hash.clone())).await.unwrap());
        assert!(!verify("correct house", Some(hash)).await.unwrap());
        assert!(!verify("", None).await.unwrap());
        assert!(verify("x", Some("nonsense".into())).await.is_err());
    }

    #[tokio::test]
    async fn a_flood_is_refused_at_once_and_holds_up_nobody_who_is_known() {
        let hashing = Hashing::new();
        let mut flood: Vec<_> =
            (0..100).map(|_| Box::pin(hashing.verify(Lane::Strangers, "guess", None))).collect();
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        let mut refused = 0;
        flood.retain_mut(|attempt| match attempt.as_mut().poll(&mut context) {
            std::task::Poll::Ready(outcome) => {
                assert_eq!(outcome.unwrap_err().code, "sign_in_busy");
                refused += 1;
                false
            }
            std::task::Poll::Pending => true,
        });
        assert_eq!((refused, flood.len()), (100 - AT_ONCE - MAX_WAITING, AT_ONCE + MAX_WAITING));
        assert!(!hashing.verify(Lane::Known, "mine", None).await.unwrap());
        assert!(hashing.strangers.places.available_permits() <= AT_ONCE, "the strangers still wait");
        drop(flood);
        hashing.verify(Lane::Strangers, "guess", None).await.unwrap();
    }
}
