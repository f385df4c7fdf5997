//! What admins do with other users' accounts.

use std::sync::Arc;

use axum::extract::State;
use http::StatusCode;
use serde::{Deserialize, Deserializer};
use vertice_domain::{Error, Page, UserId, account::Member};
use vertice_ports::Accounts;

use crate::{
    error::Failure,
    extract::{Caller, Json, May, PageQuery, PathId, Query, deed},
};

/// All users, oldest first (admins).
#[utoipa::path(
    get, path = "/api/v1/admin/users", tag = "admin", params(PageQuery),
    responses((status = 200, body = Page<Member>, description = "A page of them"))
)]
pub async fn users(
    Caller(actor): Caller,
    Query(page): Query<PageQuery>,
    State(accounts): State<Arc<dyn Accounts>>,
) -> Result<Json<Page<Member>>, Failure> {
    Ok(Json(accounts.members(&actor, &page.page()?).await?))
}

/// Changes to a user.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UserPatch {
    /// Tokens a day; null: those of the role. 0: no limit.
    #[serde(default, deserialize_with = "present")]
    #[schema(required, value_type = Option<u64>)]
    daily_token_limit: Option<Option<u64>>,
}

/// Tells null from a field that is not there.
fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<u64>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

/// Gives a user a daily limit of their own, or takes it away (admins).
#[utoipa::path(
    patch, path = "/api/v1/admin/users/{id}", tag = "admin", params(("id" = UserId, Path)),
    request_body = UserPatch, responses((status = 204, description = "It is changed"))
)]
pub async fn change_user(
    May(actor, _): May<deed::Administer>,
    PathId(user): PathId<UserId>,
    State(accounts): State<Arc<dyn Accounts>>,
    Json(patch): Json<UserPatch>,
) -> Result<StatusCode, Failure> {
    let Some(limit) = patch.daily_token_limit else {
        return Err(Error::invalid_field("daily_token_limit", "is required: tokens a day, or null").into());
    };
    accounts.set_daily_token_limit(&actor, user, limit).await?;
    Ok(StatusCode::NO_CONTENT)
}
