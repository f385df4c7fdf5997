//! Providers, and the caller's own keys for them. A key goes in and never comes out.

use std::sync::Arc;

use axum::extract::{Path, State};
use http::StatusCode;
use serde::{Deserialize, Serialize};
use vertice_domain::{Action, Error, Page, Provider, ProviderKey, ProviderStatus, Result};
use vertice_ports::{Models, ProviderKeys};

use super::pages::by_place;
use crate::{
    error::Failure,
    extract::{Caller, Json, May, PageQuery, Query, deed},
};

type Keys = State<Arc<dyn ProviderKeys>>;

/// Every provider: whose key is used, how many models can be asked, how it is doing.
#[utoipa::path(
    get, path = "/api/v1/providers", tag = "providers", params(PageQuery),
    responses((status = 200, body = Page<ProviderStatus>, description = "A page of them"))
)]
pub async fn list(
    Caller(actor): Caller,
    Query(page): Query<PageQuery>,
    State(models): State<Arc<dyn Models>>,
) -> Result<Json<Page<ProviderStatus>>, Failure> {
    Ok(Json(by_place(models.providers(&actor).await?, &page.page()?)?))
}

/// The caller's own keys, without the keys themselves.
#[utoipa::path(
    get, path = "/api/v1/users/me/provider-keys", tag = "providers", params(PageQuery),
    responses((status = 200, body = Page<ProviderKey>, description = "A page of them"))
)]
pub async fn keys(
    Caller(actor): Caller,
    Query(page): Query<PageQuery>,
    State(keys): Keys,
) -> Result<Json<Page<ProviderKey>>, Failure> {
    Ok(Json(by_place(keys.list(&actor).await?, &page.page()?)?))
}

/// A key to be stored.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewKey {
    /// The key as the provider gave it.
    #[schema(format = Password, write_only, min_length = 8, max_length = 500)]
    key: String,
}

/// Stores the caller's own key for a provider, in place of the one before. From now on it goes before the server's.
#[utoipa::path(
    put, path = "/api/v1/users/me/provider-keys/{provider}", tag = "providers", params(("provider" = Provider, Path)),
    request_body = NewKey, responses((status = 200, body = ProviderKey, description = "What may be told of it"))
)]
pub async fn set_key(
    May(actor, _): May<deed::WriteProviderKeys>,
    Path(provider): Path<String>,
    State(keys): Keys,
    Json(new): Json<NewKey>,
) -> Result<Json<ProviderKey>, Failure> {
    Ok(Json(keys.set(&actor, named(&provider)?, &new.key).await?))
}

/// Removes the caller's own key for a provider.
#[utoipa::path(
    delete, path = "/api/v1/users/me/provider-keys/{provider}", tag = "providers", params(("provider" = Provider, Path)),
    responses((status = 204, description = "It is gone"))
)]
pub async fn delete_key(
    Caller(actor): Caller,
    Path(provider): Path<String>,
    State(keys): Keys,
) -> Result<StatusCode, Failure> {
    keys.delete(&actor, named(&provider)?).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What came of a test.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct KeyTest {
    /// Whether the key works.
    ok: bool,
    /// What is wrong, and what to do about it.
    message: Option<String>,
}

/// Asks a provider a question that costs nothing, with the key that the caller's calls use. What is wrong with it is the
/// answer, not a failure.
#[utoipa::path(
    post, path = "/api/v1/users/me/provider-keys/{provider}/test", tag = "providers", params(("provider" = Provider, Path)),
    responses((status = 200, body = KeyTest, description = "What came of it"))
)]
pub async fn test_key(
    Caller(actor): Caller,
    Path(provider): Path<String>,
    State(models): State<Arc<dyn Models>>,
) -> Result<Json<KeyTest>, Failure> {
    let provider = named(&provider)?;
    actor.may(Action::WriteProviderKeys)?;
    let result = models.check_key(&actor, provider).await;
    Ok(Json(KeyTest { ok: result.is_ok(), message: result.err().map(|error| error.message) }))
}

fn named(provider: &str) -> Result<Provider> {
    Provider::parse(provider).ok_or_else(|| Error::not_found("provider"))
}
