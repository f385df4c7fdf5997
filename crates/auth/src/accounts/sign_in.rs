//! Making an account, and signing in.

use vertice_domain::{Email, Error, ErrorKind, Profile, Result, Role, SessionId};
use vertice_ports::{
    accounts::{NewSession, Registration, SessionSecret, Visit},
    store::NewUser,
};

use super::{Auth, taken};
use crate::{
    account,
    devices::DeviceId,
    hashing::Lane,
    secret, strength,
    throttle::{Bucket, Standing},
};

/// How long a session lasts: 30 days, in milliseconds.
const SESSION_MS: i64 = 30 * 24 * 60 * 60 * 1_000;

fn wrong_credentials(after: Standing) -> Error {
    let message = match after.left {
        0 => "Email or password is wrong.".to_owned(),
        1 => "Email or password is wrong. 1 attempt left.".to_owned(),
        left => format!("Email or password is wrong. {left} attempts left."),
    };
    let error = Error::new(ErrorKind::Unauthenticated, "wrong_credentials", message);
    Error { retry_after_s: after.wait_s, ..error }
}

impl Auth {
    /// The token that the first account needs, if it is asked of this visitor.
    pub(super) fn setup_token(&self, visit: &Visit) -> Option<&str> {
        self.setup.as_ref().filter(|setup| setup.always || !visit.is_local).map(|setup| setup.token.as_str())
    }

    fn check_setup_token(&self, visit: &Visit, given: Option<&str>) -> Result<()> {
        match (self.setup_token(visit), given) {
            (None, _) => Ok(()),
            (Some(wanted), Some(given)) if secret::same(wanted, given.trim()) => Ok(()),
            (Some(_), _) => Err(Error::invalid_field(
                "setup_token",
                "is not the one this server printed when it started; look into its log",
            )),
        }
    }

    async fn require_open(&self) -> Result<()> {
        if self.registration_open().await? {
            return Ok(());
        }
        let message = "This server takes no new accounts. Ask its admin to open registration.";
        Err(Error::forbidden("registration_closed", message))
    }

    pub(super) async fn new_user(
        &self,
        lane: Lane,
        (email, name): (Email, String),
        password: &str,
        role: Role,
    ) -> Result<NewUser> {
        let password_hash = self.hashing.hash(lane, password).await?;
        let profile =
            Profile { id: self.ids.user(), email, name, role, locale: None, created_at: self.clock.now() };
        Ok(NewUser { profile, password_hash })
    }

    pub(super) async fn sign_up(&self, visit: &Visit, registration: Registration) -> Result<NewSession> {
        let first = !self.has_users().await?;
        if first {
            self.check_setup_token(visit, registration.setup_token.as_deref())?;
        } else {
            self.require_open().await?;
        }
        let named = account::check(&registration.email, &registration.name, &registration.password)?;
        let role = if first { Role::Admin } else { Role::User };
        let user = self.new_user(Lane::Strangers, named, &registration.password, role).await?;
        let profile = user.profile.clone();
        if first {
            // Somebody else may have been first while the password was hashed.
            if !self.store.create_first_user(user).await? {
                let message = "Somebody else has just made the first account. Ask them for one.";
                return Err(Error::forbidden("registration_closed", message));
            }
        } else if !self.store.create_user(user).await? {
            return Err(taken());
        }
        Ok(self.begin_session(profile, None).await?.1)
    }

    pub(super) async fn admit(&self, visit: &Visit, email: &str, password: &str) -> Result<NewSession> {
        let email: Email = email.parse()?;
        let found = self.store.user_by_email(&email).await?;
        let device = match (&found, &visit.device) {
            (Some((profile, _)), Some(word)) => {
                self.devices.recognise(profile.id, word, self.clock.now()).await
            }
            _ => None,
        };
        let (lane, buckets) = match device {
            Some(device) => (Lane::Known, vec![Bucket::Device(device)]),
            None => (
                Lane::Strangers,
                vec![Bucket::Account(visit.network, email.clone()), Bucket::Network(visit.network)],
            ),
        };
        let after = self.throttle.attempt(&buckets, self.clock.now())?;
        let (profile, hash) = found.unzip();
        // No account has a longer one, and hashing it would only keep the server busy.
        let password = if password.len() > strength::MAX_BYTES { "" } else { password };
        let verified = self.hashing.verify(lane, password, hash.clone()).await;
        let right = verified.inspect_err(|_| self.throttle.did_not_happen(&buckets, self.clock.now()))?;
        let profile = profile.filter(|_| right).ok_or_else(|| wrong_credentials(after))?;
        self.throttle.succeeded(&buckets, self.clock.now());
        let (id, session) = self.begin_session(profile, device).await?;
        // Whoever changes a password ends the sessions there are; one that begins at that moment must not slip through.
        let now = self.store.user_by_email(&email).await?;
        if now.map(|(_, hash)| hash) == hash {
            return Ok(session);
        }
        self.store.delete_session(session.profile.id, id).await?;
        Err(wrong_credentials(Standing::default()))
    }

    pub(super) async fn begin_session(
        &self,
        profile: Profile,
        known: Option<DeviceId>,
    ) -> Result<(SessionId, NewSession)> {
        let (secret, now) = (secret::session(), self.clock.now());
        let expires_at = now.plus_millis(SESSION_MS);
        let (id, hash) = (self.ids.session(), secret::hash(&secret));
        self.store.create_session(profile.id, id, hash, now, expires_at).await?;
        let device = self.devices.word(profile.id, known, now).await;
        Ok((id, NewSession { secret: SessionSecret(secret), expires_at, profile, device }))
    }
}
