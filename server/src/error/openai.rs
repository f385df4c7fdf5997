//! Failures in the form of OpenAI's API: `{"error": {message, type, param, code}}`.

use http::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;
use vertice_domain::{Error, ErrorKind};

/// The status that OpenAI's clients know for an error; `status` is the one that everybody else knows.
pub fn status(error: &Error, status: StatusCode) -> StatusCode {
    match error.kind {
        ErrorKind::Invalid if is_about_model(error) => StatusCode::NOT_FOUND,
        ErrorKind::Invalid if status == StatusCode::UNPROCESSABLE_ENTITY => StatusCode::BAD_REQUEST,
        _ if error.code == "context_too_long" => StatusCode::BAD_REQUEST,
        _ => status,
    }
}

/// The body of a failed request, as OpenAI's clients read it.
#[derive(Debug, Serialize, ToSchema)]
pub struct ErrorBody {
    /// The failure.
    error: ErrorObject,
}

/// A failure, as OpenAI's clients read it.
#[derive(Debug, Serialize, ToSchema)]
struct ErrorObject {
    /// What happened, for people.
    message: String,
    /// `invalid_request_error`, `permission_error`, `rate_limit_error`, `insufficient_quota` or `server_error`.
    #[serde(rename = "type")]
    kind: &'static str,
    /// The parameter that is wrong.
    param: Option<String>,
    /// A stable word for programs.
    code: String,
}

pub fn body(error: &Error, status: StatusCode) -> ErrorBody {
    let (kind, code) = words(error, status);
    let param = error.fields.first().map(|field| field.field.clone());
    let (message, code) = (error.message.clone(), code.to_owned());
    ErrorBody { error: ErrorObject { message, kind, param, code } }
}

/// OpenAI's type and code of a failure.
fn words(error: &Error, status: StatusCode) -> (&'static str, &str) {
    let bad_request = "invalid_request_error";
    match error.kind {
        _ if error.code == "context_too_long" => (bad_request, "context_length_exceeded"),
        ErrorKind::Unauthenticated => (bad_request, "invalid_api_key"),
        ErrorKind::Invalid if is_about_model(error) => (bad_request, "model_not_found"),
        ErrorKind::Quota => ("insufficient_quota", "insufficient_quota"),
        ErrorKind::RateLimited => ("rate_limit_error", "rate_limit_exceeded"),
        ErrorKind::Upstream if status == StatusCode::TOO_MANY_REQUESTS => {
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
