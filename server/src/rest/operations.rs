//! What operators and their tools ask: alive, ready, figures. None of it needs credentials, none of it is limited.

use std::{
    path::Path,
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use axum::{
    Json as Answer,
    extract::State,
    response::{IntoResponse as _, Response},
};
use http::{HeaderValue, StatusCode, header};
use metrics_exporter_prometheus::PrometheusHandle;
use serde::Serialize;

use crate::{settings::Environment, state::Readiness};

/// How long a part may take to answer before it counts as down.
const PATIENCE: Duration = Duration::from_secs(2);

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
pub async fn health(State(environment): State<Environment>) -> Answer<Health> {
    Answer(Health {
        status: "healthy",
        version: env!("CARGO_PKG_VERSION"),
        environment: environment.as_str(),
    })
}

/// The answer of `/ready`.
#[derive(Serialize, utoipa::ToSchema)]
struct Ready {
    status: &'static str,
    checks: Checks,
}

#[derive(Serialize, utoipa::ToSchema)]
struct Checks {
    database: Check,
    cache: Check,
    blob_store: Check,
}

#[derive(Serialize, utoipa::ToSchema)]
struct Check {
    status: &'static str,
    detail: String,
}

impl Check {
    fn of(outcome: Result<&str, String>) -> Self {
        match outcome {
            Ok(detail) => Self { status: "ok", detail: detail.to_owned() },
            Err(detail) => Self { status: "down", detail },
        }
    }
}

/// Everything the server stands on answers, one by one.
#[utoipa::path(
    get, path = "/ready", tag = "operations",
    responses((status = 200, body = Ready, description = "All of it"), (status = 503, body = Ready, description = "Not all of it"))
)]
pub async fn ready(State(readiness): State<Readiness>) -> Response {
    let (database, cache, blob_store) =
        tokio::join!(database(&readiness), cache(&readiness), blob_store(&readiness.data_dir));
    let is_ready = database.is_ok() && cache.is_ok() && blob_store.is_ok();
    let checks =
        Checks { database: Check::of(database), cache: Check::of(cache), blob_store: Check::of(blob_store) };
    let (code, status) =
        if is_ready { (StatusCode::OK, "ready") } else { (StatusCode::SERVICE_UNAVAILABLE, "not_ready") };
    (code, Answer(Ready { status, checks })).into_response()
}

async fn database(readiness: &Readiness) -> Result<&'static str, String> {
    match tokio::time::timeout(PATIENCE, readiness.database.ping()).await {
        Ok(Ok(())) => Ok("answers"),
        Ok(Err(error)) => Err(error.message),
        Err(_) => Err("does not answer in time".to_owned()),
    }
}

async fn cache(readiness: &Readiness) -> Result<&'static str, String> {
    if !readiness.counters_are_shared {
        return Ok("in-process");
    }
    match tokio::time::timeout(PATIENCE, readiness.counters.ping()).await {
        Ok(Ok(())) => Ok("Redis answers"),
        Ok(Err(_)) | Err(_) => Err("Redis does not answer".to_owned()),
    }
}

async fn blob_store(data_dir: &Path) -> Result<&'static str, String> {
    match tokio::time::timeout(PATIENCE, probe(data_dir)).await {
        Ok(Ok(())) => Ok("data directory, writable"),
        Ok(Err(error)) => Err(format!("the data directory cannot be written: {}", error.kind())),
        Err(_) => Err("the data directory does not answer in time".to_owned()),
    }
}

/// Whether a file can be made in the directory.
pub async fn probe(data_dir: &Path) -> std::io::Result<()> {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let number = COUNT.fetch_add(1, Ordering::Relaxed);
    let file = data_dir.join(format!(".probe-{}-{number}", std::process::id()));
    tokio::fs::write(&file, b"vertice").await?;
    tokio::fs::remove_file(&file).await
}

/// Figures in Prometheus' text format.
#[utoipa::path(
    get, path = "/metrics", tag = "operations",
    responses((status = 200, content_type = "text/plain", body = String, description = "The figures"))
)]
pub async fn metrics(State(handle): State<PrometheusHandle>) -> Response {
    let mut response = handle.render().into_response();
    let media_type = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");
    response.headers_mut().insert(header::CONTENT_TYPE, media_type);
    response
}
