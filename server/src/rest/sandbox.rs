//! Code that is run for whoever asks.

use axum::extract::State;
use tokio_util::sync::CancellationToken;
use vertice_domain::sandbox::{ExecuteRequest, RunReport};
use vertice_ports::Services;

use crate::{
    error::Failure,
    extract::{Json, May, deed},
};

/// Runs code and answers with what came of it. With a conversation its workspace is used and kept, without one a fresh one is thrown
/// away. Whoever goes away meanwhile stops it.
#[utoipa::path(
    post, path = "/api/v1/sandbox/execute", tag = "sandbox", request_body = ExecuteRequest,
    responses((status = 200, body = RunReport, description = "What came of it, whether it went well or not"))
)]
pub async fn execute(
    May(actor, _): May<deed::RunCode>,
    State(services): State<Services>,
    Json(request): Json<ExecuteRequest>,
) -> Result<Json<RunReport>, Failure> {
    let run = request.validate()?;
    Ok(Json(services.sandbox.execute(&actor, run, None, CancellationToken::new()).await?))
}
