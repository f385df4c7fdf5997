//! Who is who: sign-up, sign-in, sessions and API tokens.

use std::net::IpAddr;

use async_trait::async_trait;
use vertice_domain::{
    Actor, ApiToken, Email, Page, PageRequest, Profile, Result, Role, Scope, Timestamp, TokenId, UserId,
    account::{IssuedToken, Member, ProfilePatch, Site},
};

/// From where a visitor comes, as far as the door can tell. Nothing here is a proof of who they are.
#[derive(Clone, Default)]
pub struct Visit {
    /// The network of the visitor's address, as throttles count it: an IPv4 address, or the first of an IPv6 /64.
    pub network: Option<IpAddr>,
    /// A browser on the server's own machine, with no proxy between.
    pub is_local: bool,
    /// What an earlier sign-in left in this browser ([`NewSession::device`]).
    pub device: Option<DeviceSecret>,
}

/// What tells a browser in which an account has been used before. It spares that account's wait after wrong passwords
/// from elsewhere, and does nothing else.
#[derive(Clone)]
pub struct DeviceSecret(pub String);

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
    pub secret: SessionSecret,
    pub expires_at: Timestamp,
    pub profile: Profile,
    /// For a cookie that outlives the session; none: it could not be made.
    pub device: Option<DeviceSecret>,
}

/// A sign-in at the issuer that has begun.
#[derive(Clone)]
pub struct HostedBeginning {
    /// Where to send the browser.
    pub address: String,
    /// What the browser keeps until it comes back. Sealed.
    pub ticket: String,
}

/// With what a browser comes back from the issuer.
#[derive(Clone)]
pub struct HostedAnswer {
    pub state: String,
    /// The code, or the issuer's word for why there is none.
    pub outcome: Result<String, String>,
    /// Who says so, if they do (RFC 9207).
    pub issuer: Option<String>,
}

/// Users, sessions and tokens.
#[async_trait]
pub trait Accounts: Send + Sync {
    /// What every page must know.
    async fn site(&self, visit: &Visit, actor: Option<&Actor>) -> Result<Site>;

    /// Makes an account and signs it in. The first one becomes the admin; later ones need open registration
    /// (else `registration_closed`).
    async fn register(&self, visit: &Visit, registration: Registration) -> Result<NewSession>;

    /// Signs in. Wrong address and wrong password are the same error, in the same time. Too many failures from the same
    /// network: [`vertice_domain::ErrorKind::RateLimited`] with the seconds to wait. Known devices have a wait of their own.
    async fn sign_in(&self, visit: &Visit, email: &str, password: &str) -> Result<NewSession>;

    /// The name of the issuer at which one can sign in; none: there is no such way.
    fn hosted(&self) -> Option<&str>;

    /// Begins a sign-in at the issuer, which sends the browser back to `redirect`; from there it goes to `next`.
    async fn begin_hosted(&self, redirect: &str, next: &str) -> Result<HostedBeginning>;

    /// Signs in who comes back from the issuer with the ticket, and says where to go on. Each ticket serves once. The codes of
    /// failures stand in the address of the sign-in page, which says what they mean.
    async fn end_hosted(
        &self,
        visit: &Visit,
        ticket: &str,
        answer: HostedAnswer,
    ) -> Result<(NewSession, String)>;

    /// Changes the actor's password and ends all of their sessions but the actor's own. Wrong: the field `current`;
    /// too weak: the field `new`. API tokens stay.
    async fn change_password(&self, actor: &Actor, current: &str, new: &str) -> Result<()>;

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

    /// Changes the actor's own name and locale.
    async fn patch_profile(&self, actor: &Actor, patch: ProfilePatch) -> Result<Profile>;

    /// Opens or closes registration (admins).
    async fn set_registration_open(&self, actor: &Actor, open: bool) -> Result<()>;

    /// The actor's API tokens, newest first.
    async fn tokens(&self, actor: &Actor, page: &PageRequest) -> Result<Page<ApiToken>>;

    /// Makes an API token. No scopes: all of them. A token cannot make one with more scopes than its own or a later end;
    /// without an end named it gets its maker's, and it is revoked with its maker.
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

    /// Sets an account's password from the server's own console, and ends all of its sessions.
    async fn reset_password(&self, email: &Email, new: &str) -> Result<()>;

    /// An actor for that account, from the server's own console.
    async fn console_actor(&self, email: &Email) -> Result<Actor>;
}
