//! [`Auth`]: the accounts of this server on its own database.

mod hosted;
mod identities;
mod passwords;
mod sign_in;

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use vertice_domain::{
    Action, Actor, ApiToken, Email, Error, Page, PageRequest, Profile, Result, Role, Scope, Timestamp,
    TokenId, UserId,
    account::{Credential, IssuedToken, Member, ProfilePatch, Site},
};
use vertice_ports::{
    AccountStore, Accounts, Clock, IdentityStore, Ids, Vault,
    accounts::{HostedAnswer, HostedBeginning, NewSession, Registration, Visit},
};

use self::hosted::Used;
pub use self::hosted::hosted_outcome;
use crate::{
    account::{self, TokenRequest},
    actors::{Actors, Found},
    devices::Devices,
    hashing::{Hashing, Lane},
    issuer::Issuer,
    secret,
    throttle::Throttle,
    vault::SecretSource,
};

/// The site's setting that says whether visitors may make accounts.
const REGISTRATION_OPEN: &str = "registration_open";
/// How exactly a token's last use is noted, in milliseconds.
const USE_RESOLUTION_MS: i64 = 60_000;
/// How long a request waits for its use to be noted: the database may have more important things to write.
const NOTE_PATIENCE: Duration = Duration::from_millis(50);

/// Those whom an issuer vouches for, and who they are here.
pub struct Identities {
    pub issuer: Issuer,
    pub store: Arc<dyn IdentityStore>,
    /// Seals what browsers keep while they are at the issuer.
    pub vault: Arc<dyn Vault>,
}

/// What the first account needs where strangers may be first.
pub struct SetupToken {
    pub token: String,
    /// Whether it is asked of everybody, not only of visitors who come through a proxy.
    pub always: bool,
}

/// Accounts with e-mail and password.
pub struct Auth {
    store: Arc<dyn AccountStore>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn Ids>,
    setup: Option<SetupToken>,
    hashing: Hashing,
    throttle: Throttle,
    devices: Devices,
    actors: Actors,
    identities: Option<Identities>,
    used: Used,
    has_users: AtomicBool,
}

impl Auth {
    /// Accounts on a store; what known devices keep is sealed with the secret of `source`.
    pub fn new(
        store: Arc<dyn AccountStore>,
        clock: Arc<dyn Clock>,
        ids: Arc<dyn Ids>,
        source: SecretSource,
    ) -> Self {
        Self {
            store,
            clock,
            ids,
            setup: None,
            hashing: Hashing::new(),
            throttle: Throttle::default(),
            devices: Devices::new(source),
            actors: Actors::new(),
            identities: None,
            used: Used::new(),
            has_users: AtomicBool::new(false),
        }
    }

    /// The first account can only be made by whoever knows the token, where it is asked for.
    #[must_use]
    pub fn with_setup_token(self, setup: Option<SetupToken>) -> Self {
        Self { setup, ..self }
    }

    /// Users may also be those of an issuer.
    #[must_use]
    pub fn with_identities(self, identities: Option<Identities>) -> Self {
        Self { identities, ..self }
    }

    /// Users are never all gone again.
    async fn has_users(&self) -> Result<bool> {
        if !self.has_users.load(Ordering::Relaxed) && self.store.has_users().await? {
            self.has_users.store(true, Ordering::Relaxed);
        }
        Ok(self.has_users.load(Ordering::Relaxed))
    }

    async fn registration_open(&self) -> Result<bool> {
        Ok(self.store.setting(REGISTRATION_OPEN).await?.as_deref() == Some("true"))
    }

    async fn own_profile(&self, actor: &Actor) -> Result<Profile> {
        self.store.user(actor.user).await?.ok_or_else(Error::unauthenticated)
    }

    /// Notes that a token is used, at most once a minute. A database that cannot be written must not lock out a caller who
    /// only reads, so a failure stands in the store's log alone.
    async fn note_use(&self, token: &ApiToken, now: Timestamp) {
        let minute =
            Timestamp::from_millis(now.as_millis().div_euclid(USE_RESOLUTION_MS) * USE_RESOLUTION_MS);
        if token.last_used_at.is_none_or(|last| last < minute) {
            let _late =
                tokio::time::timeout(NOTE_PATIENCE, self.store.note_token_use(token.id, minute)).await;
        }
    }
}

fn taken() -> Error {
    Error::invalid_field("email", "has an account here already; sign in instead")
}

#[async_trait]
impl Accounts for Auth {
    async fn site(&self, visit: &Visit, actor: Option<&Actor>) -> Result<Site> {
        let first_run = !self.has_users().await?;
        let profile = match actor {
            Some(actor) => Some(self.own_profile(actor).await?),
            None => None,
        };
        Ok(Site {
            profile,
            first_run,
            registration_open: self.registration_open().await?,
            setup_token_required: first_run && self.setup_token(visit).is_some(),
        })
    }

    async fn register(&self, visit: &Visit, registration: Registration) -> Result<NewSession> {
        self.sign_up(visit, registration).await
    }

    async fn sign_in(&self, visit: &Visit, email: &str, password: &str) -> Result<NewSession> {
        self.admit(visit, email, password).await
    }

    fn hosted(&self) -> Option<&str> {
        self.identities.as_ref()?.issuer.hosted_name()
    }

    async fn begin_hosted(&self, redirect: &str, next: &str) -> Result<HostedBeginning> {
        self.leave(redirect, next).await
    }

    async fn end_hosted(
        &self,
        visit: &Visit,
        ticket: &str,
        answer: HostedAnswer,
    ) -> Result<(NewSession, String)> {
        self.come_back(visit, ticket, &answer).await
    }

    async fn change_password(&self, actor: &Actor, current: &str, new: &str) -> Result<()> {
        actor.may(Action::WriteAccount)?;
        self.replace_password(actor, current, new).await
    }

    async fn sign_out(&self, actor: &Actor) -> Result<()> {
        match actor.credential {
            Credential::Session(id) => {
                let deleted = self.store.delete_session(actor.user, id).await;
                self.actors.forget(actor.user);
                deleted
            }
            // An issuer's token ends by itself.
            Credential::Token { .. } | Credential::Issuer { .. } | Credential::Console => Ok(()),
        }
    }

    async fn sign_out_everywhere(&self, actor: &Actor) -> Result<()> {
        actor.may(Action::WriteAccount)?;
        let deleted = self.store.delete_sessions(actor.user).await;
        self.actors.forget(actor.user);
        deleted
    }

    async fn session_actor(&self, secret: &str) -> Result<Option<Actor>> {
        if !secret::looks_like_session(secret) {
            return Ok(None);
        }
        let (hash, now) = (secret::hash(secret), self.clock.now());
        let read = async {
            let found = self.store.session_by_hash(hash, now).await?;
            Ok(found.map(|session| Found {
                actor: Actor {
                    user: session.owner,
                    role: session.role,
                    credential: Credential::Session(session.id),
                },
                ends_at: Some(session.expires_at),
            }))
        };
        self.actors.get(hash, now, read).await
    }

    async fn token_actor(&self, secret: &str) -> Result<Option<Actor>> {
        if !secret::looks_like_token(secret) {
            return self.issuers_actor(secret).await;
        }
        let (hash, now) = (secret::hash(secret), self.clock.now());
        let read = async {
            let Some((token, user, role)) = self.store.token_by_hash(hash, now).await? else {
                return Ok(None);
            };
            self.note_use(&token, now).await;
            let ApiToken { id, scopes, expires_at, .. } = token;
            let credential = Credential::Token { id, scopes, expires_at };
            Ok(Some(Found { actor: Actor { user, role, credential }, ends_at: expires_at }))
        };
        self.actors.get(hash, now, read).await
    }

    async fn profile(&self, actor: &Actor) -> Result<Profile> {
        actor.may(Action::ReadAccount)?;
        self.own_profile(actor).await
    }

    async fn patch_profile(&self, actor: &Actor, patch: ProfilePatch) -> Result<Profile> {
        actor.may(Action::WriteAccount)?;
        let name = patch.name.as_deref().map(account::checked_name).transpose()?;
        let patched = self.store.patch_user(actor.user, &ProfilePatch { name, ..patch }).await?;
        patched.ok_or_else(Error::unauthenticated)
    }

    async fn set_registration_open(&self, actor: &Actor, open: bool) -> Result<()> {
        actor.may(Action::Administer)?;
        self.store.set_setting(REGISTRATION_OPEN, if open { "true" } else { "false" }).await
    }

    async fn tokens(&self, actor: &Actor, page: &PageRequest) -> Result<Page<ApiToken>> {
        actor.may(Action::ReadAccount)?;
        self.store.tokens(actor.user, page).await
    }

    async fn issue_token(
        &self,
        actor: &Actor,
        name: &str,
        scopes: &[Scope],
        expires_at: Option<Timestamp>,
    ) -> Result<IssuedToken> {
        actor.may(Action::ManageTokens)?;
        let now = self.clock.now();
        let request = TokenRequest { name, scopes, expires_at };
        let (name, scopes, expires_at) = account::check_token(actor, &request, now)?;
        let token_info =
            ApiToken { id: self.ids.token(), name, scopes, created_at: now, last_used_at: None, expires_at };
        let token = secret::token();
        let hash = secret::hash(&token);
        if self.store.create_token(actor.user, &token_info, hash, actor.token()).await? {
            Ok(IssuedToken { token_info, token })
        } else {
            // The token that asked for it has been revoked meanwhile.
            Err(Error::unauthenticated())
        }
    }

    async fn revoke_token(&self, actor: &Actor, token: TokenId) -> Result<()> {
        actor.may(Action::ManageTokens)?;
        let deleted = self.store.delete_token(actor.user, token).await;
        self.actors.forget(actor.user);
        if deleted? { Ok(()) } else { Err(Error::not_found("token")) }
    }

    async fn members(&self, actor: &Actor, page: &PageRequest) -> Result<Page<Member>> {
        actor.may(Action::ReadEverybody)?;
        self.store.members(page).await
    }

    async fn set_daily_token_limit(&self, actor: &Actor, user: UserId, limit: Option<u64>) -> Result<()> {
        actor.may(Action::Administer)?;
        let known = self.store.set_daily_token_limit(user, limit).await;
        self.actors.forget(user);
        if known? { Ok(()) } else { Err(Error::not_found("user")) }
    }

    async fn create_user(&self, email: &str, password: &str, role: Role) -> Result<Profile> {
        let (email, name) = account::check(email, "", password)?;
        let user = self.new_user(Lane::Known, (email, name), password, role).await?;
        let profile = user.profile.clone();
        if self.store.create_user(user).await? { Ok(profile) } else { Err(taken()) }
    }

    async fn reset_password(&self, email: &Email, new: &str) -> Result<()> {
        self.force_password(email, new).await
    }

    async fn console_actor(&self, email: &Email) -> Result<Actor> {
        let (profile, _) = self.store.user_by_email(email).await?.ok_or_else(|| Error::not_found("user"))?;
        Ok(Actor { user: profile.id, role: profile.role, credential: Credential::Console })
    }
}
