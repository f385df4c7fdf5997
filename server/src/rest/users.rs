//! The caller's own account.

use std::sync::Arc;

use axum::{Json as Answer, extract::State};
use vertice_domain::Profile;
use vertice_ports::Accounts;

use crate::{error::Failure, extract::Reader};

/// `GET /api/v1/users/me`.
pub async fn me(
    Reader(actor): Reader,
    State(accounts): State<Arc<dyn Accounts>>,
) -> Result<Answer<Profile>, Failure> {
    Ok(Answer(accounts.profile(&actor).await?))
}
