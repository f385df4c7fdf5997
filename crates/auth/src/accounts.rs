//! [`Auth`]: the accounts of this server on its own database.

use std::sync::Arc;

use async_trait::async_trait;
use vertice_domain::{
    Actor, ApiToken, Email, Error, ErrorKind, Page, PageRequest, Profile, Result, Role, Scope, Timestamp,
    TokenId, UserId,
    account::{Credential, IssuedToken, Member},
};
use vertice_ports::{
    AccountStore, Accounts, Clock, Ids,
    accounts::{NewSession, Registration, SessionSecret, SiteStatus},
    store::NewUser,
};

use crate::{account, hashing::Hashing, policy, secret, throttle::Throttle};

/// How long a session lasts: 30 days, in milliseconds.
const SESSION_MS: i64 = 30 * 24 * 60 * 60 * 1_000;
/// The site's setting that says whether visitors may make accounts.
const REGISTRATION_OPEN: &str = "registration_open";

/// Accounts with e-mail and password.
pub struct Auth {
    store: Arc<dyn AccountStore>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn Ids>,
    setup_token: Option<String>,
    hashing: Hashing,
    throttle: Throttle,
}

impl Auth {
    /// Accounts on a store. With a `setup_token` the first account can only be made by whoever knows it.
    pub fn new(
        store: Arc<dyn AccountStore>,
        clock: Arc<dyn Clock>,
        ids: Arc<dyn Ids>,
        setup_token: Option<String>,
    ) -> Self {
        Self { store, clock, ids, setup_token, hashing: Hashing::new(), throttle: Throttle::default() }
    }

    async fn registration_open(&self) -> Result<bool> {
        Ok(self.store.setting(REGISTRATION_OPEN).await?.as_deref() == Some("true"))
    }

    async fn require_open(&self) -> Result<()> {
        if self.registration_open().await? {
            return Ok(());
        }
        let message = "This server takes no new accounts. Ask its admin to open registration.";
        Err(Error::forbidden("registration_closed", message))
    }

    fn check_setup_token(&self, given: Option<&str>) -> Result<()> {
        match (&self.setup_token, given) {
            (None, _) => Ok(()),
            (Some(wanted), Some(given)) if secret::same(wanted, given.trim()) => Ok(()),
            (Some(_), _) => Err(Error::invalid_field(
                "setup_token",
                "is not the one this server printed when it started; look into its log",
            )),
        }
    }

    async fn new_user(&self, email: Email, name: String, password: &str, role: Role) -> Result<NewUser> {
        let password_hash = self.hashing.hash(password).await?;
        let profile = Profile { id: self.ids.user(), email, name, role, created_at: self.clock.now() };
        Ok(NewUser { profile, password_hash })
    }

    async fn begin_session(&self, profile: Profile) -> Result<NewSession> {
        let (secret, now) = (secret::session(), self.clock.now());
        let expires_at = now.plus_millis(SESSION_MS);
        let (id, hash) = (self.ids.session(), secret::hash(&secret));
        self.store.create_session(profile.id, id, hash, now, expires_at).await?;
        Ok(NewSession { secret: SessionSecret(secret), expires_at, profile })
    }
}

fn taken() -> Error {
    Error::invalid_field("email", "has an account here already; sign in instead")
}

fn wrong_credentials() -> Error {
    let message = "The e-mail address or the password is wrong.";
    Error::new(ErrorKind::Unauthenticated, "wrong_credentials", message)
}

#[async_trait]
impl Accounts for Auth {
    async fn status(&self) -> Result<SiteStatus> {
        let first_run = !self.store.has_users().await?;
        Ok(SiteStatus {
            first_run,
            registration_open: self.registration_open().await?,
            setup_token_required: first_run && self.setup_token.is_some(),
        })
    }

    async fn register(&self, wish: Registration) -> Result<NewSession> {
        let first = !self.store.has_users().await?;
        if first {
            self.check_setup_token(wish.setup_token.as_deref())?;
        } else {
            self.require_open().await?;
        }
        let (email, name) = account::check(&wish.email, &wish.name, &wish.password)?;
        let role = if first { Role::Admin } else { Role::User };
        let user = self.new_user(email, name, &wish.password, role).await?;
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
        self.begin_session(profile).await
    }

    async fn sign_in(&self, email: &str, password: &str) -> Result<NewSession> {
        let email: Email = email.parse()?;
        self.throttle.attempt(email.as_str(), self.clock.now())?;
        let found = self.store.user_by_email(&email).await?;
        let (profile, hash) = found.map_or((None, None), |(profile, hash)| (Some(profile), Some(hash)));
        // No account has a longer one, and hashing it would only keep the server busy.
        let password = if password.len() > policy::MAX_BYTES { "" } else { password };
        let right = self.hashing.verify(password, hash).await?;
        let profile = profile.filter(|_| right).ok_or_else(wrong_credentials)?;
        self.throttle.clear(email.as_str());
        self.begin_session(profile).await
    }

    async fn sign_out(&self, actor: &Actor) -> Result<()> {
        match &actor.credential {
            Credential::Session(id) => self.store.delete_session(actor.user, *id).await,
            Credential::Token(..) | Credential::Console => Ok(()),
        }
    }

    async fn sign_out_everywhere(&self, actor: &Actor) -> Result<()> {
        self.store.delete_sessions(actor.user).await
    }

    async fn session_actor(&self, secret: &str) -> Result<Option<Actor>> {
        if !secret::looks_like_session(secret) {
            return Ok(None);
        }
        let found = self.store.session_by_hash(secret::hash(secret), self.clock.now()).await?;
        Ok(found.map(|(id, user, role)| Actor { user, role, credential: Credential::Session(id) }))
    }

    async fn token_actor(&self, secret: &str) -> Result<Option<Actor>> {
        if !secret::looks_like_token(secret) {
            return Ok(None);
        }
        let found = self.store.token_by_hash(secret::hash(secret), self.clock.now()).await?;
        Ok(found.map(|(token, user, role)| Actor {
            user,
            role,
            credential: Credential::Token(token.id, token.scopes),
        }))
    }

    async fn profile(&self, actor: &Actor) -> Result<Profile> {
        self.store.user(actor.user).await?.ok_or_else(Error::unauthenticated)
    }

    async fn set_registration_open(&self, actor: &Actor, open: bool) -> Result<()> {
        actor.require_admin()?;
        self.store.set_setting(REGISTRATION_OPEN, if open { "true" } else { "false" }).await
    }

    async fn tokens(&self, actor: &Actor, page: &PageRequest) -> Result<Page<ApiToken>> {
        self.store.tokens(actor.user, page).await
    }

    async fn issue_token(
        &self,
        actor: &Actor,
        name: &str,
        scopes: &[Scope],
        expires_at: Option<Timestamp>,
    ) -> Result<IssuedToken> {
        let now = self.clock.now();
        let (name, scopes) = account::check_token(actor, name, scopes, expires_at, now)?;
        let token_info =
            ApiToken { id: self.ids.token(), name, scopes, created_at: now, last_used_at: None, expires_at };
        let token = secret::token();
        self.store.create_token(actor.user, &token_info, secret::hash(&token)).await?;
        Ok(IssuedToken { token_info, token })
    }

    async fn revoke_token(&self, actor: &Actor, token: TokenId) -> Result<()> {
        if self.store.delete_token(actor.user, token).await? {
            Ok(())
        } else {
            Err(Error::not_found("token"))
        }
    }

    async fn members(&self, actor: &Actor, page: &PageRequest) -> Result<Page<Member>> {
        actor.require_admin()?;
        self.store.members(page).await
    }

    async fn set_daily_token_limit(&self, actor: &Actor, user: UserId, limit: Option<u64>) -> Result<()> {
        actor.require_admin()?;
        if self.store.set_daily_token_limit(user, limit).await? {
            Ok(())
        } else {
            Err(Error::not_found("user"))
        }
    }

    async fn create_user(&self, email: &str, password: &str, role: Role) -> Result<Profile> {
        let (email, name) = account::check(email, "", password)?;
        let user = self.new_user(email, name, password, role).await?;
        let profile = user.profile.clone();
        if self.store.create_user(user).await? { Ok(profile) } else { Err(taken()) }
    }

    async fn console_actor(&self, email: &Email) -> Result<Actor> {
        let (profile, _) = self.store.user_by_email(email).await?.ok_or_else(|| Error::not_found("user"))?;
        Ok(Actor { user: profile.id, role: profile.role, credential: Credential::Console })
    }
}
