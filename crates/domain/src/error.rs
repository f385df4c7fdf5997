//! The one error that crosses a port.
//!
//! Capabilities have small errors of their own and turn them into [`Error`] at their port. HTTP status codes are not
//! known here: the mapping stands in the server alone.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Shorthand for results that cross a port.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What kind of failure it is: a closed list, from which the server derives the status code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ErrorKind {
    /// The input breaks a rule; `fields` say which.
    Invalid,
    /// The request could not be read at all (bad JSON, bad UTF-8).
    Malformed,
    /// No credentials, or bad ones.
    Unauthenticated,
    /// The caller is known but may not do this.
    Forbidden,
    /// No such object, or not the caller's.
    NotFound,
    /// The object has changed meanwhile, or exists already.
    Conflict,
    /// The body is over the limit.
    TooLarge,
    /// The body's media type is not the one this path takes.
    UnsupportedMedia,
    /// The caller's quota is used up.
    Quota,
    /// Too many requests.
    RateLimited,
    /// A model provider or another service outside failed.
    Upstream,
    /// A model provider or another service outside did not answer in time.
    Timeout,
    /// The caller, or someone on their behalf, stopped it.
    Cancelled,
    /// This server cannot do it right now (database locked or full, shutting down).
    Unavailable,
    /// A defect. The details are in the log only. An open page reads the kinds of tomorrow's server as this one.
    #[serde(other)]
    Internal,
}

/// One invalid field, named as the request names it: `messages[0].content`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FieldError {
    /// Path of the field in the request.
    pub field: String,
    /// What is wrong and what would be right.
    pub message: String,
}

impl FieldError {
    /// A field and what is wrong with it.
    pub fn new(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self { field: field.into(), message: message.into() }
    }
}

/// A failure as it crosses a port: fit to be shown to the user it happened to.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[error("{message}")]
pub struct Error {
    /// Which kind of failure.
    pub kind: ErrorKind,
    /// A stable snake_case word for programs: `not_found`, `provider_overloaded`.
    pub code: String,
    /// One or two sentences for people: what happened, then what to do. Never a secret, never a stack.
    pub message: String,
    /// The invalid fields, for [`ErrorKind::Invalid`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<FieldError>,
    /// After how many seconds it is worth trying again, if known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after_s: Option<u64>,
    /// When the quota starts anew, for [`ErrorKind::Quota`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resets_at: Option<crate::Timestamp>,
}

impl Error {
    /// An error of a kind with a code of its own.
    pub fn new(kind: ErrorKind, code: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            kind,
            code: code.into(),
            message: message.into(),
            fields: Vec::new(),
            retry_after_s: None,
            resets_at: None,
        }
    }

    /// Input that breaks rules, field by field.
    pub fn invalid(fields: Vec<FieldError>) -> Self {
        let message = match fields.as_slice() {
            [only] => format!("{}: {}", only.field, only.message),
            _ => "Some fields are not valid. See errors for each of them.".to_owned(),
        };
        Self { fields, ..Self::new(ErrorKind::Invalid, "invalid_request", message) }
    }

    /// One invalid field.
    pub fn invalid_field(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self::invalid(vec![FieldError::new(field, message)])
    }

    /// No such object for this caller. `what` is a noun: "conversation".
    pub fn not_found(what: &str) -> Self {
        Self::new(ErrorKind::NotFound, "not_found", format!("There is no such {what}."))
    }

    /// No or bad credentials.
    pub fn unauthenticated() -> Self {
        Self::new(ErrorKind::Unauthenticated, "unauthenticated", "Sign in, or send a valid API token.")
    }

    /// Known, but not allowed.
    pub fn forbidden(code: &str, message: &str) -> Self {
        Self::new(ErrorKind::Forbidden, code, message)
    }

    /// The storage cannot take or give data right now.
    pub fn storage_unavailable() -> Self {
        Self::new(
            ErrorKind::Unavailable,
            "storage_unavailable",
            "The database cannot be written right now. Nothing was saved; try again in a moment.",
        )
    }

    /// A defect; the cause belongs into the log at the place where it was seen.
    pub fn internal() -> Self {
        Self::new(ErrorKind::Internal, "internal", "Something went wrong on the server. It has been logged.")
    }

    /// Whether the same request may succeed later.
    pub fn is_retryable(&self) -> bool {
        matches!(
            self.kind,
            ErrorKind::RateLimited | ErrorKind::Upstream | ErrorKind::Timeout | ErrorKind::Unavailable
        )
    }
}
