//! The caller's own account.

use std::sync::Arc;

use axum::extract::State;
use http::StatusCode;
use serde::{Deserialize, Deserializer};
use vertice_domain::{Profile, account::ProfilePatch};
use vertice_ports::Accounts;

use crate::{
    error::Failure,
    extract::{Caller, Json, May, deed},
};

/// The caller's own account.
#[utoipa::path(
    get, path = "/api/v1/users/me", tag = "account",
    responses((status = 200, body = Profile, description = "It"))
)]
pub async fn me(
    Caller(actor): Caller,
    State(accounts): State<Arc<dyn Accounts>>,
) -> Result<Json<Profile>, Failure> {
    Ok(Json(accounts.profile(&actor).await?))
}

/// What is to be different; what is left out stays.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewProfile {
    /// What the product calls them; empty: their address.
    #[schema(max_length = 100)]
    name: Option<String>,
    /// A language tag such as `pt-BR`; null: the one that their browser asks for.
    #[serde(default, deserialize_with = "present")]
    #[schema(max_length = 35)]
    locale: Option<Option<String>>,
}

/// A field that is there, null included.
fn present<'de, D: Deserializer<'de>>(field: D) -> Result<Option<Option<String>>, D::Error> {
    Option::deserialize(field).map(Some)
}

/// Changes the caller's name and locale.
#[utoipa::path(
    patch, path = "/api/v1/users/me", tag = "account", request_body = NewProfile,
    responses((status = 200, body = Profile, description = "The account as it is now"))
)]
pub async fn patch(
    May(actor, _): May<deed::WriteAccount>,
    State(accounts): State<Arc<dyn Accounts>>,
    Json(NewProfile { name, locale }): Json<NewProfile>,
) -> Result<Json<Profile>, Failure> {
    let locale = locale.map(|locale| locale.as_deref().map(str::parse).transpose()).transpose()?;
    Ok(Json(accounts.patch_profile(&actor, ProfilePatch { name, locale }).await?))
}

/// Another password.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPassword {
    /// The password as it is.
    #[schema(format = Password, write_only)]
    current: String,
    /// The password as it shall be: at least 12 characters, or at least 8 that are hard to guess.
    #[schema(format = Password, write_only, max_length = 1024)]
    new: String,
}

/// Changes the caller's password, and ends all of their sessions but the one that asks. API tokens go on working.
#[utoipa::path(
    post, path = "/api/v1/users/me/password", tag = "account", request_body = NewPassword,
    responses((status = 204, description = "It is changed"))
)]
pub async fn change_password(
    May(actor, _): May<deed::WriteAccount>,
    State(accounts): State<Arc<dyn Accounts>>,
    Json(password): Json<NewPassword>,
) -> Result<StatusCode, Failure> {
    accounts.change_password(&actor, &password.current, &password.new).await?;
    Ok(StatusCode::NO_CONTENT)
}
