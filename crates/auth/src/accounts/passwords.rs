//! Other passwords: changed by who knows the former one, or set from the server's console.

use vertice_domain::{Actor, Email, Error, Profile, Result, SessionId, account::Credential};

use super::Auth;
use crate::{hashing::Lane, strength, throttle::Bucket};

/// A new password that will do.
fn check(field: &str, new: &str, profile: &Profile) -> Result<()> {
    let mut errors = Vec::new();
    strength::check(field, new, &[profile.email.as_str(), &profile.name], &mut errors);
    if errors.is_empty() { Ok(()) } else { Err(Error::invalid(errors)) }
}

fn gone() -> Error {
    Error::not_found("user")
}

impl Auth {
    pub(super) async fn replace_password(&self, actor: &Actor, current: &str, new: &str) -> Result<()> {
        let profile = self.own_profile(actor).await?;
        check("new", new, &profile)?;
        if current == new {
            return Err(Error::invalid_field("new", "Choose another one: this is the one you have."));
        }
        let (_, hash) = self.store.user_by_email(&profile.email).await?.ok_or_else(gone)?;
        // A stolen session must not be a way to guess the password that it does not know.
        let bucket = [Bucket::User(actor.user)];
        self.throttle.attempt(&bucket, self.clock.now())?;
        let current = if current.len() > strength::MAX_BYTES { "" } else { current };
        let verified = self.hashing.verify(Lane::Known, current, Some(hash)).await;
        let right = verified.inspect_err(|_| self.throttle.did_not_happen(&bucket, self.clock.now()))?;
        if !right {
            return Err(Error::invalid_field("current", "That is not your password."));
        }
        self.throttle.succeeded(&bucket, self.clock.now());
        let keep = match actor.credential {
            Credential::Session(id) => Some(id),
            Credential::Token { .. } | Credential::Issuer { .. } | Credential::Console => None,
        };
        self.set_password(&profile, new, keep).await
    }

    pub(super) async fn force_password(&self, email: &Email, new: &str) -> Result<()> {
        let (profile, _) = self.store.user_by_email(email).await?.ok_or_else(gone)?;
        check("password", new, &profile)?;
        self.set_password(&profile, new, None).await
    }

    async fn set_password(&self, profile: &Profile, new: &str, keep: Option<SessionId>) -> Result<()> {
        let hash = self.hashing.hash(Lane::Known, new).await?;
        let stored = self.store.set_password(profile.id, &hash, keep).await;
        self.actors.forget(profile.id);
        if stored? { Ok(()) } else { Err(gone()) }
    }
}
