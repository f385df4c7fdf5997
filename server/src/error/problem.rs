//! The form of the product's own HTTP errors.

use serde::Serialize;
use utoipa::ToSchema;
use vertice_domain::{FieldError, Timestamp};

/// `application/problem+json` (RFC 9457), as every HTTP error of the product reads.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Problem {
    /// A URI of the kind of problem; `about:blank` says that `title` is the status' own phrase.
    #[serde(rename = "type")]
    pub type_uri: String,
    /// The status' phrase.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// What happened, for people.
    pub detail: String,
    /// A stable snake_case word for programs.
    pub code: String,
    /// The id under which the server's log knows this request.
    pub request_id: String,
    /// The invalid fields (422).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldError>,
    /// When the quota is reset (429 `quota_exceeded`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resets_at: Option<Timestamp>,
}
