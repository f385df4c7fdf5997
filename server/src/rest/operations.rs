//! What operators and their tools ask: alive, ready, figures. None of it is limited, so all of it is cheap. Strangers hear
//! whether it is alive and ready; the rest is for this machine, and for admins.

mod figures;
mod readiness;

use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use axum::{
    Extension,
    extract::State,
    response::{IntoResponse as _, Response},
};
pub use figures::Figures;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use readiness::Checks;
pub use readiness::{Foundations, Readiness};
use serde::Serialize;
use vertice_domain::{Action, Error, ErrorKind, Problem, Result};
use vertice_ports::Accounts;

use crate::{
    error::Failure,
    extract::Json,
    layers::{
        authentication::{Identity, identify},
        visitor::Visitor,
    },
    settings::Environment,
};

/// The answer of `/health`.
#[derive(Serialize, utoipa::ToSchema)]
pub struct Health {
    status: &'static str,
    version: &'static str,
    environment: &'static str,
}

/// The process answers.
#[utoipa::path(
    get, path = "/health", tag = "operations", responses((status = 200, body = Health, description = "It does"))
)]
pub async fn health(State(environment): State<Environment>) -> Json<Health> {
    Json(Health { status: "healthy", version: env!("CARGO_PKG_VERSION"), environment: environment.as_str() })
}

/// The answer of `/ready`.
#[derive(Serialize, utoipa::ToSchema)]
struct Ready {
    status: &'static str,
    /// One by one; for this machine and for admins.
    #[serde(skip_serializing_if = "Option::is_none")]
    checks: Option<Checks>,
}

/// Everything the server stands on answers. Which part does not is told to this machine, and to admins.
#[utoipa::path(
    get, path = "/ready", tag = "operations",
    responses((status = 200, body = Ready, description = "All of it"), (status = 503, body = Ready, description = "Not all of it"))
)]
pub async fn ready(
    State(readiness): State<Readiness>,
    State(accounts): State<Arc<dyn Accounts>>,
    Extension(visitor): Extension<Visitor>,
    headers: HeaderMap,
) -> Response {
    let checks = readiness.checks().await;
    let (code, status) = if checks.are_ok() {
        (StatusCode::OK, "ready")
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, "not_ready")
    };
    let is_told = check_operator(&visitor, accounts.as_ref(), &headers).await.is_ok();
    (code, Json(Ready { status, checks: is_told.then_some(checks) })).into_response()
}

/// Figures in Prometheus' text format, for programs on this machine, and for admins.
#[utoipa::path(
    get, path = "/metrics", tag = "operations",
    responses(
        (status = 200, content_type = "text/plain", body = String, description = "The figures"),
        (status = 401, content_type = "application/problem+json", body = Problem, description = "Asked from elsewhere, without credentials"),
        (status = 403, content_type = "application/problem+json", body = Problem, description = "Asked from elsewhere, by who is no admin")
    )
)]
pub async fn metrics(
    State(figures): State<Figures>,
    State(accounts): State<Arc<dyn Accounts>>,
    Extension(visitor): Extension<Visitor>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    check_operator(&visitor, accounts.as_ref(), &headers).await?;
    let mut response = figures.text().into_response();
    let media_type = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");
    response.headers_mut().insert(header::CONTENT_TYPE, media_type);
    Ok(response)
}

/// Refuses who is neither on this machine nor an admin.
async fn check_operator(visitor: &Visitor, accounts: &dyn Accounts, headers: &HeaderMap) -> Result<()> {
    if visitor.is_on_this_machine() {
        return Ok(());
    }
    match identify(accounts, headers).await {
        Identity::Known(actor) => actor.may(Action::ReadServer),
        Identity::Unknown(error) => Err(error),
        Identity::Anonymous => {
            let message =
                "Ask from the server's own machine, or send an admin's API token with the scope \"read\".";
            Err(Error::new(ErrorKind::Unauthenticated, "unauthenticated", message))
        }
    }
}

/// Whether a file can be made in the directory, by making one: for `vertice doctor`.
pub async fn probe(data_dir: &Path) -> std::io::Result<()> {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let number = COUNT.fetch_add(1, Ordering::Relaxed);
    let file = data_dir.join(format!(".probe-{}-{number}", std::process::id()));
    tokio::fs::write(&file, b"vertice").await?;
    tokio::fs::remove_file(&file).await
}
