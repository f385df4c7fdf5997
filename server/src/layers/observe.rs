//! The outermost layer: gives the request its id and its span, counts and times it, and writes the body of a failure.
//!
//! Prompts, bodies, cookies and query strings are never logged.

use std::{sync::Arc, time::Instant};

use axum::{
    extract::{MatchedPath, Request, State},
    middleware::Next,
    response::Response,
};
use http::{HeaderName, HeaderValue};
use tracing::Instrument as _;
use vertice_ports::Ids;

use super::request_id::{HEADER, RequestId};
use crate::error;

/// Runs the request inside its span, with its id.
pub async fn observe(State(ids): State<Arc<dyn Ids>>, mut request: Request, next: Next) -> Response {
    let id = RequestId::of(request.headers(), ids.as_ref());
    let method = request.method().clone();
    let route = route_of(&request);
    let form = error::Form::of(request.uri().path());
    let span = tracing::info_span!(
        "request",
        http.request.method = %method,
        http.route = %route,
        request_id = %id.0,
        http.response.status_code = tracing::field::Empty,
    );
    request.extensions_mut().insert(id.clone());
    let begun = Instant::now();
    let recorded = span.clone();
    let mut response = async {
        let response = error::render(next.run(request).await, &id.0, form);
        let status = response.status().as_u16();
        recorded.record("http.response.status_code", status);
        let elapsed = begun.elapsed();
        tracing::debug!(latency_ms = elapsed.as_secs_f64() * 1000.0, "answered");
        count(method.as_str(), &route, status, elapsed.as_secs_f64());
        response
    }
    .instrument(span)
    .await;
    if let Ok(value) = HeaderValue::from_str(&id.0) {
        response.headers_mut().insert(HeaderName::from_static(HEADER), value);
    }
    response
}

/// The route's template, so that neither ids nor guesses of strangers become labels.
fn route_of(request: &Request) -> Arc<str> {
    request.extensions().get::<MatchedPath>().map_or_else(|| "unmatched".into(), |path| path.as_str().into())
}

fn count(method: &str, route: &str, status: u16, seconds: f64) {
    let method = match method {
        "GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE" | "OPTIONS" => method.to_owned(),
        _ => "OTHER".to_owned(),
    };
    let route = route.to_owned();
    metrics::counter!("http_requests_total", "method" => method.clone(), "route" => route.clone(), "status" => status.to_string())
        .increment(1);
    metrics::histogram!("http_request_duration_seconds", "method" => method, "route" => route)
        .record(seconds);
}
