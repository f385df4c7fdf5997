//! What the user may spend, and what was spent.

use leptos::{prelude::*, server_fn::codec::Json};
use vertice_domain::QuotaStatus;

use super::ApiError;

/// The user's day so far.
#[server(name = ReadQuota, prefix = "/api/ui", endpoint = "quota", input = Json, output = Json)]
pub async fn quota() -> Result<QuotaStatus, ApiError> {
    let (services, actor) = crate::ssr::caller()?;
    Ok(services.quota.status(&actor).await?)
}

/// The page of what was spent, drawn. `address`: the parameters of its address.
#[server(name = DrawUsage, prefix = "/api/ui", endpoint = "usage-page", input = Json, output = Json)]
pub async fn usage_page(address: String) -> Result<String, ApiError> {
    crate::pages::usage::drawing::draw(&address).await
}
