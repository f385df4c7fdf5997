//! Providers, and the user's own keys for them.

use leptos::{prelude::*, server_fn::codec::Json};
use vertice_domain::{Provider, ProviderKey, ProviderStatus};

use super::ApiError;

/// Every provider, with its key's source and its health.
#[server(prefix = "/api/ui", endpoint = "providers", input = Json, output = Json)]
pub async fn providers() -> Result<Vec<ProviderStatus>, ApiError> {
    let (services, actor) = crate::ssr::caller()?;
    Ok(services.models.providers(&actor).await?)
}

/// Stores the user's own key in place of the one before.
#[server(prefix = "/api/ui", endpoint = "set-provider-key", input = Json, output = Json)]
pub async fn set_provider_key(provider: Provider, key: String) -> Result<ProviderKey, ApiError> {
    let (services, actor) = crate::ssr::caller()?;
    Ok(services.provider_keys.set(&actor, provider, &key).await?)
}

/// Removes the user's own key.
#[server(prefix = "/api/ui", endpoint = "delete-provider-key", input = Json, output = Json)]
pub async fn delete_provider_key(provider: Provider) -> Result<(), ApiError> {
    let (services, actor) = crate::ssr::caller()?;
    Ok(services.provider_keys.delete(&actor, provider).await?)
}

/// Asks the provider with the key that the user's calls are made with. What is wrong is the error.
#[server(prefix = "/api/ui", endpoint = "test-provider-key", input = Json, output = Json)]
pub async fn test_provider_key(provider: Provider) -> Result<(), ApiError> {
    let (services, actor) = crate::ssr::caller()?;
    Ok(services.models.check_key(&actor, provider).await?)
}
