//! The caller's API tokens.

use std::sync::Arc;

use axum::extract::State;
use http::StatusCode;
use serde::Deserialize;
use vertice_domain::{ApiToken, Page, Scope, Timestamp, TokenId, account::IssuedToken};
use vertice_ports::Accounts;

use crate::{
    error::Failure,
    extract::{Caller, Json, May, PageQuery, PathId, Query, deed},
};

/// The caller's API tokens, newest first, without their secrets.
#[utoipa::path(
    get, path = "/api/v1/users/me/tokens", tag = "account", params(PageQuery),
    responses((status = 200, body = Page<ApiToken>, description = "A page of them"))
)]
pub async fn list(
    Caller(actor): Caller,
    Query(page): Query<PageQuery>,
    State(accounts): State<Arc<dyn Accounts>>,
) -> Result<Json<Page<ApiToken>>, Failure> {
    Ok(Json(accounts.tokens(&actor, &page.page()?).await?))
}

/// A wish for a token.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewToken {
    /// What it is called.
    name: String,
    /// What it may be used for; everything that the caller may, unless said.
    #[serde(default)]
    scopes: Option<Vec<Scope>>,
    /// When it stops working; unless said, never, or with the token that it is made with.
    #[serde(default)]
    expires_at: Option<Timestamp>,
}

/// Makes an API token. The secret is in the answer, this once.
#[utoipa::path(
    post, path = "/api/v1/users/me/tokens", tag = "account", request_body = NewToken,
    responses((status = 201, body = IssuedToken, description = "The token with its secret"))
)]
pub async fn issue(
    May(actor, _): May<deed::ManageTokens>,
    State(accounts): State<Arc<dyn Accounts>>,
    Json(new): Json<NewToken>,
) -> Result<(StatusCode, Json<IssuedToken>), Failure> {
    let scopes = new.scopes.unwrap_or_default();
    let token = accounts.issue_token(&actor, &new.name, &scopes, new.expires_at).await?;
    Ok((StatusCode::CREATED, Json(token)))
}

/// Revokes one of the caller's API tokens.
#[utoipa::path(
    delete, path = "/api/v1/users/me/tokens/{id}", tag = "account", params(("id" = TokenId, Path)),
    responses((status = 204, description = "It is revoked"))
)]
pub async fn revoke(
    Caller(actor): Caller,
    PathId(id): PathId<TokenId>,
    State(accounts): State<Arc<dyn Accounts>>,
) -> Result<StatusCode, Failure> {
    accounts.revoke_token(&actor, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
