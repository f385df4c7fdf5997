//! Who is who: sign-up, sign-in, sessions and API tokens.

use async_trait::async_trait;
use vertice_domain::{
    Actor, ApiToken, Email, Page, PageRequest, Profile, Result, Role, Scope, Timestamp, TokenId, UserId,
    account::{IssuedToken, Member},
};

/// What the start page must know before anyone has signed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SiteStatus {
    /// Nobody has an account yet: the next one made is the admin's.
    pub first_run: bool,
    /// Visitors may make accounts.
    pub registration_open: bool,
    /// The first account needs the token printed at the start, because strangers can reach this server.
    pub setup_token_required: bool,
}

/// A wish for an account.
#[derive(Clone)]
pub struct Registration {
    /// The address to sign in with, as typed.
    pub email: String,
    /// What the product shall call the user; may be empty.
    pub name: String,
    /// The password, as typed.
    pub password: String,
    /// The token printed at the start, where one is required.
    pub setup_token: Option<String>,
}

/// A session's secret, for the cookie. Never logged, never stored as it is.
#[derive(Clone)]
pub struct SessionSecret(pub String);

/// A session just begun.
#[derive(Clone)]
pub struct NewSession {
    /// The cookie's value.
    pub secret: SessionSecret,
    /// When it ends.
    pub expires_at: Timestamp,
    /// Whose it is.
    pub profile: Profile,
}

/// Users, sessions and tokens.
#[async_trait]
pub trait Accounts: Send + Sync {
    /// What the start page must know.
    async fn status(&self) -> Result<SiteStatus>;

    /// Makes an account and signs it in. The first one becomes the admin; later ones need open registration
    /// (else `registration_closed`).
    async fn register(&self, wish: Registration) -> Result<NewSession>;

    /// Signs in. Wrong address and wrong password are the same error, in the same time. Too many failures:
    /// [`vertice_domain::ErrorKind::RateLimited`] with the seconds to wait.
    async fn sign_in(&self, email: &str, password: &str) -> Result<NewSession>;

    /// Ends the actor's session.
    async fn sign_out(&self, actor: &Actor) -> Result<()>;

    /// Ends all of the actor's sessions.
    async fn sign_out_everywhere(&self, actor: &Actor) -> Result<()>;

    /// Who holds this session cookie; none: it has ended or never was.
    async fn session_actor(&self, secret: &str) -> Result<Option<Actor>>;

    /// Who holds this bearer token; none: it is not valid.
    async fn token_actor(&self, secret: &str) -> Result<Option<Actor>>;

    /// The actor's own account.
    async fn profile(&self, actor: &Actor) -> Result<Profile>;

    /// Opens or closes registration (admins).
    async fn set_registration_open(&self, actor: &Actor, open: bool) -> Result<()>;

    /// The actor's API tokens, newest first.
    async fn tokens(&self, actor: &Actor, page: &PageRequest) -> Result<Page<ApiToken>>;

    /// Makes an API token. No scopes: all of them. A token cannot make one with more scopes than its own.
    async fn issue_token(
        &self,
        actor: &Actor,
        name: &str,
        scopes: &[Scope],
        expires_at: Option<Timestamp>,
    ) -> Result<IssuedToken>;

    /// Revokes one of the actor's tokens.
    async fn revoke_token(&self, actor: &Actor, token: TokenId) -> Result<()>;

    /// All users (admins).
    async fn members(&self, actor: &Actor, page: &PageRequest) -> Result<Page<Member>>;

    /// Gives a user a daily token limit of their own, or takes it away (admins).
    async fn set_daily_token_limit(&self, actor: &Actor, user: UserId, limit: Option<u64>) -> Result<()>;

    /// Makes an account from the server's own console.
    async fn create_user(&self, email: &str, password: &str, role: Role) -> Result<Profile>;

    /// An actor for that account, from the server's own console.
    async fn console_actor(&self, email: &Email) -> Result<Actor>;
}
