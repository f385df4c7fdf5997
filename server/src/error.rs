//! How a failure reads over HTTP: the single mapping from the domain's kinds to status codes and problem documents.
//!
//! Handlers and layers answer with [`Failure`]; the outermost layer ([`crate::layers::request_id`]) turns it into the
//! body, since only that one knows the request's id. Nothing else in the product knows a status code for an error.

pub mod openai;

use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use vertice_domain::{Error, ErrorKind, Problem, TurnFailure};

/// A request that failed: the error, and the status where the error's kind alone does not say it.
#[derive(Debug, Clone)]
pub struct Failure {
    /// What happened.
    pub error: Error,
    status: Option<StatusCode>,
    /// Whether the same request would fail again.
    is_final: bool,
}

impl Failure {
    /// No route of that path.
    pub fn no_such_path() -> Self {
        Error::not_found("path").into()
    }

    /// The path exists, but not with this method; the `Allow` header says which ones do.
    pub fn method_not_allowed() -> Self {
        let message = "This path does not take this method. The Allow header lists those it takes.";
        let error = Error::new(ErrorKind::Invalid, "method_not_allowed", message);
        Self { status: Some(StatusCode::METHOD_NOT_ALLOWED), ..error.into() }
    }

    /// The status it is answered with.
    pub fn status(&self) -> StatusCode {
        self.status.unwrap_or_else(|| status_of(self.error.kind))
    }

    /// Whether the same request would fail again: a used-up quota does until it is renewed.
    pub fn is_final(&self) -> bool {
        self.is_final || self.error.kind == ErrorKind::Quota
    }

    /// Whether the fault is this server's own.
    fn is_ours(&self) -> bool {
        self.status().is_server_error()
            && !matches!(self.error.kind, ErrorKind::Upstream | ErrorKind::Timeout)
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self { error, status: None, is_final: false }
    }
}

impl From<TurnFailure> for Failure {
    /// A turn that failed before it could answer.
    fn from(failure: TurnFailure) -> Self {
        let is_final = !failure.retryable;
        let mut error = Error::new(failure.kind, failure.code, failure.message);
        error.retry_after_s = failure.retry_after_s;
        Self { is_final, ..error.into() }
    }
}

/// The status of each kind of failure.
pub const fn status_of(kind: ErrorKind) -> StatusCode {
    match kind {
        ErrorKind::Invalid => StatusCode::UNPROCESSABLE_ENTITY,
        ErrorKind::Malformed => StatusCode::BAD_REQUEST,
        ErrorKind::Unauthenticated => StatusCode::UNAUTHORIZED,
        ErrorKind::Forbidden => StatusCode::FORBIDDEN,
        ErrorKind::NotFound => StatusCode::NOT_FOUND,
        ErrorKind::Conflict | ErrorKind::Cancelled => StatusCode::CONFLICT,
        ErrorKind::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        ErrorKind::UnsupportedMedia => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        ErrorKind::Quota | ErrorKind::RateLimited => StatusCode::TOO_MANY_REQUESTS,
        ErrorKind::Upstream => StatusCode::BAD_GATEWAY,
        ErrorKind::Timeout => StatusCode::GATEWAY_TIMEOUT,
        ErrorKind::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        ErrorKind::Internal => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

impl IntoResponse for Failure {
    /// The status and the headers that follow from it; the body comes from [`render`].
    fn into_response(self) -> Response {
        let mut response = self.status().into_response();
        let headers = response.headers_mut();
        if self.error.kind == ErrorKind::Unauthenticated {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if let Some(seconds) = self.error.retry_after_s {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response.extensions_mut().insert(self);
        response
    }
}

/// Where the browser's server functions lie.
pub const UI_PREFIX: &str = "/api/ui/";
/// Where OpenAI's API lies.
const OPENAI_PREFIX: &str = "/v1/";

/// In whose words a failure is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// `application/problem+json`, for programs.
    Problem,
    /// The domain's error, for our own page, whose server functions read it.
    Browser,
    /// OpenAI's, for its clients.
    OpenAi,
}

impl Form {
    /// The form that callers of a path expect.
    pub fn of(path: &str) -> Self {
        match path {
            _ if path.starts_with(UI_PREFIX) => Self::Browser,
            _ if path.starts_with(OPENAI_PREFIX) => Self::OpenAi,
            _ => Self::Problem,
        }
    }
}

/// Writes the body of a failed response, and logs the failure: once, here.
pub fn render(mut response: Response, request_id: &str, form: Form) -> Response {
    let Some(failure) = response.extensions_mut().remove::<Failure>() else { return response };
    log(&failure);
    let (body, media_type) = match form {
        Form::Browser => (serde_json::to_vec(&failure.error), "application/json"),
        Form::Problem => (serde_json::to_vec(&problem(&failure, request_id)), "application/problem+json"),
        Form::OpenAi => {
            *response.status_mut() = openai::status(&failure.error, failure.status());
            if failure.is_final() {
                // Its clients repeat every 5xx and 429 by themselves, unless this header of theirs says that it is no use.
                response.headers_mut().insert("x-should-retry", HeaderValue::from_static("false"));
            }
            (serde_json::to_vec(&openai::body(&failure.error, failure.status())), "application/json")
        }
    };
    let body = body.expect("these types have string keys only and cannot fail to serialise");
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.remove(header::CONTENT_LENGTH);
    *response.body_mut() = body.into();
    response
}

fn problem(failure: &Failure, request_id: &str) -> Problem {
    let status = failure.status();
    Problem {
        type_uri: "about:blank".to_owned(),
        title: status.canonical_reason().unwrap_or("Error").to_owned(),
        status: status.as_u16(),
        detail: failure.error.message.clone(),
        code: failure.error.code.clone(),
        request_id: request_id.to_owned(),
        errors: failure.error.fields.clone(),
        resets_at: failure.error.resets_at,
    }
}

fn log(failure: &Failure) {
    let (code, status) = (failure.error.code.as_str(), failure.status().as_u16());
    if failure.is_ours() {
        tracing::error!(code, status, "the request failed: {}", failure.error.message);
    } else if failure.status().is_server_error() {
        tracing::warn!(code, status, "a provider failed: {}", failure.error.message);
    } else {
        tracing::debug!(code, status, "the request was refused");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_of_a_turn_has_the_status_of_its_kind() {
        let failure = |kind| TurnFailure {
            code: "provider_overloaded".into(),
            message: "busy".into(),
            kind,
            retryable: true,
            retry_after_s: Some(3),
        };
        let response = Failure::from(failure(ErrorKind::RateLimited)).into_response();
        assert_eq!(response.status(), StatusCode::TOO_MANY_REQUESTS);
        assert_eq!(response.headers()[header::RETRY_AFTER], "3");
        assert_eq!(Failure::from(failure(ErrorKind::Timeout)).status(), StatusCode::GATEWAY_TIMEOUT);
    }
}
