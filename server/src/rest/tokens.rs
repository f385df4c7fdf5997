//! The caller's API tokens.

use std::sync::Arc;

use axum::{Json as Answer, extract::State};
use http::StatusCode;
use serde::Deserialize;
use vertice_domain::{ApiToken, Page, Scope, Timestamp, TokenId, account::IssuedToken};
use vertice_ports::Accounts;

use crate::{
    error::Failure,
    extract::{Json, PageQuery, PathId, Query, Reader, Writer},
};

/// `GET /api/v1/users/me/tokens`.
pub async fn list(
    Reader(actor): Reader,
    Query(page): Query<PageQuery>,
    State(accounts): State<Arc<dyn Accounts>>,
) -> Result<Answer<Page<ApiToken>>, Failure> {
    Ok(Answer(accounts.tokens(&actor, &page.page()?).await?))
}

/// A wish for a token.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewToken {
    name: String,
    #[serde(default)]
    scopes: Option<Vec<Scope>>,
    #[serde(default)]
    expires_at: Option<Timestamp>,
}

/// `POST /api/v1/users/me/tokens`: the secret is in the answer, this once.
pub async fn issue(
    Writer(actor): Writer,
    State(accounts): State<Arc<dyn Accounts>>,
    Json(new): Json<NewToken>,
) -> Result<(StatusCode, Answer<IssuedToken>), Failure> {
    let scopes = new.scopes.unwrap_or_default();
    let token = accounts.issue_token(&actor, &new.name, &scopes, new.expires_at).await?;
    Ok((StatusCode::CREATED, Answer(token)))
}

/// `DELETE /api/v1/users/me/tokens/{id}`.
pub async fn revoke(
    Writer(actor): Writer,
    PathId(id): PathId<TokenId>,
    State(accounts): State<Arc<dyn Accounts>>,
) -> Result<StatusCode, Failure> {
    accounts.revoke_token(&actor, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
