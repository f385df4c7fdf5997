//! Headers that tell browsers what a response may never become. Pages bring their own content security policy, with
//! their nonce; everything under the API gets one that allows nothing.

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::Response,
};
use http::{HeaderName, HeaderValue, header};

use super::visitor::Visitor;
use crate::settings::Environment;

const ALWAYS: [(HeaderName, &str); 5] = [
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "same-origin"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (
        HeaderName::from_static("permissions-policy"),
        "camera=(), geolocation=(), payment=(), usb=(), microphone=(self), clipboard-write=(self)",
    ),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
];

/// Nothing may be loaded, run, framed or sent from it.
const NOTHING: &str = "default-src 'none'; frame-ancestors 'none'; sandbox";

/// Two years, as preload lists ask for.
const TRANSPORT_SECURITY: &str = "max-age=63072000";

/// Adds the headers that a response does not bring itself.
pub async fn add(State(environment): State<Environment>, request: Request, next: Next) -> Response {
    let path = request.uri().path();
    let is_api = path.starts_with("/api/") || path.starts_with("/v1/");
    let is_encrypted = request.extensions().get::<Visitor>().and_then(|visitor| visitor.is_https);
    let is_https = environment == Environment::Production && is_encrypted == Some(true);
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in ALWAYS {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    if is_api {
        headers.entry(header::CONTENT_SECURITY_POLICY).or_insert(HeaderValue::from_static(NOTHING));
        headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    }
    if is_https {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static(TRANSPORT_SECURITY));
    }
    response
}
