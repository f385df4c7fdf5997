//! Signing out, and the account's settings. Signing up and in is what pages before the app are for: `doors`.

use leptos::{prelude::*, server_fn::codec::Json};
pub use vertice_domain::account::Site;
use vertice_domain::{
    ApiToken, TokenId, UserId,
    account::{IssuedToken, Member},
};

use super::ApiError;

/// The fewest characters of a password that needs nothing else to be good.
pub const LONG_ENOUGH: usize = 12;

/// What every page must know.
#[server(name = ReadSite, prefix = "/api/ui", endpoint = "site", input = Json, output = Json)]
pub async fn site() -> Result<Site, ApiError> {
    let visitor = crate::ssr::visitor()?;
    Ok(visitor.services.accounts.site(&visitor.visit, visitor.actor.as_ref()).await?)
}

/// Changes the user's password and signs their other browsers out. Works as a plain form post too.
#[server(prefix = "/api/ui", endpoint = "change-password")]
pub async fn change_password(current: String, new: String) -> Result<(), ApiError> {
    let (services, actor) = crate::ssr::caller()?;
    Ok(services.accounts.change_password(&actor, &current, &new).await?)
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

/// What the server says of itself to admins, drawn.
#[server(name = DrawServer, prefix = "/api/ui", endpoint = "server-page", input = Json, output = Json)]
pub async fn server_page() -> Result<String, ApiError> {
    crate::pages::settings::server::drawing::draw()
}
