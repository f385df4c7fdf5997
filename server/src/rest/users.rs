//! The caller's own account.

use std::sync::Arc;

use axum::{Json as Answer, extract::State};
use vertice_domain::Profile;
use vertice_ports::Accounts;

use crate::{error::Failure, extract::Reader};

/// The caller's own account.
#[utoipa::path(
    get, path = "/api/v1/users/me", tag = "account",
    responses((status = 200, body = Profile, description = "It"))
)]
pub async fn me(
    Reader(actor): Reader,
    State(accounts): State<Arc<dyn Accounts>>,
) -> Result<Answer<Profile>, Failure> {
    Ok(Answer(accounts.profile(&actor).await?))
}
