//! [`Devices`]: browsers in which an account has been used before, recognised by a sealed word that they keep.
//!
//! The word says nothing of who is calling; it spares an account's owner the wait that others' wrong passwords cause.

use std::sync::atomic::{AtomicBool, Ordering};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use vertice_domain::{Timestamp, UserId};
use vertice_ports::accounts::DeviceSecret;

use crate::vault::{SecretSource, Vault, VaultError};

/// How long a device is known after its last sign-in, in milliseconds: a year.
const KNOWN_MS: i64 = 365 * 24 * 60 * 60 * 1_000;
/// The longest word that is looked at, in bytes.
const MAX_BYTES: usize = 256;

/// One browser of one user: random.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct DeviceId(u128);

pub(crate) struct Devices {
    vault: Vault,
    told: AtomicBool,
}

impl Devices {
    pub(crate) fn new(source: SecretSource) -> Self {
        Self { vault: Vault::new(source), told: AtomicBool::new(false) }
    }

    /// The word for a browser in which `user` has just signed in; none: it cannot be made, which must not keep anybody
    /// from signing in.
    pub(crate) async fn word(
        &self,
        user: UserId,
        known: Option<DeviceId>,
        now: Timestamp,
    ) -> Option<DeviceSecret> {
        let DeviceId(id) = known.unwrap_or_else(|| DeviceId(u128::from_le_bytes(crate::random::bytes())));
        match self.vault.seal(&purpose(user), &format!("{id} {}", now.as_millis())).await {
            Ok(sealed) => Some(DeviceSecret(URL_SAFE_NO_PAD.encode(sealed))),
            Err(error) => {
                self.tell(&error);
                None
            }
        }
    }

    /// The browser, if `user` has signed in there before.
    pub(crate) async fn recognise(
        &self,
        user: UserId,
        word: &DeviceSecret,
        now: Timestamp,
    ) -> Option<DeviceId> {
        if word.0.len() > MAX_BYTES {
            return None;
        }
        let sealed = URL_SAFE_NO_PAD.decode(&word.0).ok()?;
        let text = match self.vault.open(&purpose(user), &sealed).await {
            Ok(text) => text,
            Err(VaultError::Sealed) => return None,
            Err(error) => {
                self.tell(&error);
                return None;
            }
        };
        let (id, issued_at) = text.split_once(' ')?;
        let issued_at = Timestamp::from_millis(issued_at.parse().ok()?);
        (issued_at.plus_millis(KNOWN_MS) > now).then_some(DeviceId(id.parse().ok()?))
    }

    fn tell(&self, error: &VaultError) {
        if !self.told.swap(true, Ordering::Relaxed) {
            tracing::error!(%error, "known devices cannot be recognised");
        }
    }
}

fn purpose(user: UserId) -> String {
    format!("known device of {user}")
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "tests put files in the way themselves")]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[tokio::test]
    async fn a_device_is_known_to_one_user_for_a_year() {
        let devices = |byte| Devices::new(SecretSource::Given([byte; 32]));
        let (ann, bob) = (UserId::new(Uuid::from_u128(1)), UserId::new(Uuid::from_u128(2)));
        let now = Timestamp::from_millis(0);
        let word = devices(1).word(ann, None, now).await.unwrap();
        let known = devices(1).recognise(ann, &word, now).await;
        assert!(known.is_some());
        assert_eq!(devices(1).recognise(bob, &word, now).await, None);
        assert_eq!(devices(2).recognise(ann, &word, now).await, None);
        assert_eq!(devices(1).recognise(ann, &word, now.plus_millis(KNOWN_MS)).await, None);
        let renewed = devices(1).word(ann, known, now.plus_millis(KNOWN_MS)).await.unwrap();
        assert_eq!(devices(1).recognise(ann, &renewed, now.plus_millis(KNOWN_MS)).await, known);
        for nonsense in ["", "x", "ä", &"a".repeat(5_000), &word.0[1..]] {
            let nonsense = DeviceSecret(nonsense.to_owned());
            assert_eq!(devices(1).recognise(ann, &nonsense, now).await, None);
        }
        assert!(word.0.len() <= MAX_BYTES);
    }

    #[tokio::test]
    async fn a_lost_secret_keeps_nobody_out() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret.key");
        std::fs::write(&path, "nonsense").unwrap();
        let devices = Devices::new(SecretSource::File(path));
        let ann = UserId::new(Uuid::from_u128(1));
        assert!(devices.word(ann, None, Timestamp::from_millis(0)).await.is_none());
    }
}
