//! Signing up, in and out, and the account's settings.

use leptos::{prelude::*, server_fn::codec::Json};
use serde::{Deserialize, Serialize};
use vertice_domain::{
    ApiToken, Profile, TokenId, UserId,
    account::{IssuedToken, Member, Role},
};

use super::ApiError;

/// What every page must know: who is looking, and what kind of site this is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Site {
    /// Who is signed in.
    pub profile: Option<Profile>,
    /// Nobody has an account yet.
    pub first_run: bool,
    /// Visitors may make accounts.
    pub registration_open: bool,
    /// The first account needs the token printed at the server's start.
    pub setup_token_required: bool,
    /// Only the built-in demo model can be asked: no provider is configured, no local server was seen.
    pub demo_only: bool,
}

impl Site {
    /// Whether an admin is looking.
    pub fn is_admin(&self) -> bool {
        self.profile.as_ref().is_some_and(|profile| profile.role == Role::Admin)
    }
}

/// What every page must know.
#[server(name = ReadSite, prefix = "/api/ui", endpoint = "site", input = Json, output = Json)]
pub async fn site() -> Result<Site, ApiError> {
    let (services, actor) = crate::ssr::visitor()?;
    let status = services.accounts.status().await?;
    let (profile, demo_only) = match &actor {
        Some(actor) => {
            let models = services.models.list(actor).await?;
            let real = models.iter().any(|m| m.available && m.provider != vertice_domain::Provider::Demo);
            (Some(services.accounts.profile(actor).await?), !real)
        }
        None => (None, false),
    };
    Ok(Site {
        profile,
        first_run: status.first_run,
        registration_open: status.registration_open,
        setup_token_required: status.setup_token_required,
        demo_only,
    })
}

/// Makes an account and signs in. Works as a plain form post too.
#[server(prefix = "/api/ui", endpoint = "register")]
pub async fn register(
    name: String,
    email: String,
    password: String,
    setup_token: Option<String>,
) -> Result<(), ApiError> {
    let services = crate::ssr::services()?;
    let wish = vertice_ports::accounts::Registration { email, name, password, setup_token };
    let session = services.accounts.register(wish).await?;
    crate::ssr::begin_session(&session)
}

/// Signs in. Works as a plain form post too.
#[server(prefix = "/api/ui", endpoint = "sign-in")]
pub async fn sign_in(email: String, password: String) -> Result<(), ApiError> {
    let services = crate::ssr::services()?;
    let session = services.accounts.sign_in(&email, &password).await?;
    crate::ssr::begin_session(&session)
}

/// Signs out of this browser.
#[server(prefix = "/api/ui", endpoint = "sign-out")]
pub async fn sign_out() -> Result<(), ApiError> {
    let (services, actor) = crate::ssr::caller()?;
    services.accounts.sign_out(&actor).await?;
    crate::ssr::end_session()
}

/// Signs out of every browser.
#[server(prefix = "/api/ui", endpoint = "sign-out-everywhere")]
pub async fn sign_out_everywhere() -> Result<(), ApiError> {
    let (services, actor) = crate::ssr::caller()?;
    services.accounts.sign_out_everywhere(&actor).await?;
    crate::ssr::end_session()
}

/// Opens or closes registration (admins).
#[server(prefix = "/api/ui", endpoint = "set-registration", input = Json, output = Json)]
pub async fn set_registration(open: bool) -> Result<(), ApiError> {
    let (services, actor) = crate::ssr::caller()?;
    Ok(services.accounts.set_registration_open(&actor, open).await?)
}

/// The user's API tokens.
#[server(prefix = "/api/ui", endpoint = "tokens", input = Json, output = Json)]
pub async fn tokens() -> Result<Vec<ApiToken>, ApiError> {
    let (services, actor) = crate::ssr::caller()?;
    let page = vertice_domain::PageRequest::new(Some(vertice_domain::PageRequest::MAX), None)?;
    Ok(services.accounts.tokens(&actor, &page).await?.items)
}

/// Makes an API token with every scope; its secret is shown this once.
#[server(prefix = "/api/ui", endpoint = "issue-token", input = Json, output = Json)]
pub async fn issue_token(name: String) -> Result<IssuedToken, ApiError> {
    let (services, actor) = crate::ssr::caller()?;
    Ok(services.accounts.issue_token(&actor, &name, &[], None).await?)
}

/// Revokes an API token.
#[server(prefix = "/api/ui", endpoint = "revoke-token", input = Json, output = Json)]
pub async fn revoke_token(id: TokenId) -> Result<(), ApiError> {
    let (services, actor) = crate::ssr::caller()?;
    Ok(services.accounts.revoke_token(&actor, id).await?)
}

/// All users (admins), the first page.
#[server(prefix = "/api/ui", endpoint = "members", input = Json, output = Json)]
pub async fn members() -> Result<Vec<Member>, ApiError> {
    let (services, actor) = crate::ssr::caller()?;
    let page = vertice_domain::PageRequest::new(Some(vertice_domain::PageRequest::MAX), None)?;
    Ok(services.accounts.members(&actor, &page).await?.items)
}

/// Gives a user a daily token limit of their own, or takes it away (admins).
#[server(prefix = "/api/ui", endpoint = "set-token-limit", input = Json, output = Json)]
pub async fn set_token_limit(user: UserId, limit: Option<u64>) -> Result<(), ApiError> {
    let (services, actor) = crate::ssr::caller()?;
    Ok(services.accounts.set_daily_token_limit(&actor, user, limit).await?)
}
