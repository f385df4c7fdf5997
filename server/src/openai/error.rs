//! Failures in the form of OpenAI's API: `{"error": {message, type, param, code}}`.

use http::StatusCode;
use serde_json::{Value, json};
use vertice_domain::{Error, ErrorKind};

use crate::error::Failure;

/// The status that OpenAI's clients know for a failure.
pub fn status(failure: &Failure) -> StatusCode {
    let error = &failure.error;
    match error.kind {
        ErrorKind::Invalid if is_about_model(error) => StatusCode::NOT_FOUND,
        ErrorKind::Invalid if failure.status() == StatusCode::UNPROCESSABLE_ENTITY => StatusCode::BAD_REQUEST,
        _ if error.code == "context_too_long" => StatusCode::BAD_REQUEST,
        _ => failure.status(),
    }
}

/// The body.
pub fn body(failure: &Failure) -> Value {
    let error = &failure.error;
    let (kind, code) = words(failure);
    let param = error.fields.first().map(|field| field.field.as_str());
    json!({"error": {"message": error.message, "type": kind, "param": param, "code": code}})
}

/// OpenAI's type and code of a failure.
fn words(failure: &Failure) -> (&'static str, &str) {
    let error = &failure.error;
    let bad_request = "invalid_request_error";
    match error.kind {
        _ if error.code == "context_too_long" => (bad_request, "context_length_exceeded"),
        ErrorKind::Unauthenticated => (bad_request, "invalid_api_key"),
        ErrorKind::Invalid if is_about_model(error) => (bad_request, "model_not_found"),
        ErrorKind::Quota => ("insufficient_quota", "insufficient_quota"),
        ErrorKind::RateLimited => ("rate_limit_error", "rate_limit_exceeded"),
        ErrorKind::Upstream if failure.status() == StatusCode::TOO_MANY_REQUESTS => {
            ("rate_limit_error", "rate_limit_exceeded")
        }
        ErrorKind::Forbidden => ("permission_error", &error.code),
        ErrorKind::Upstream | ErrorKind::Unavailable | ErrorKind::Internal => ("server_error", &error.code),
        _ => (bad_request, &error.code),
    }
}

fn is_about_model(error: &Error) -> bool {
    error.kind == ErrorKind::Invalid && error.fields.first().is_some_and(|field| field.field == "model")
}
