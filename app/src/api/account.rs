//! Signing out, and the account's settings. Signing up and in is what pages before the app are for: `doors`.

use leptos::{prelude::*, server_fn::codec::Json};
pub use vertice_domain::account::Site;

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
