//! No body is larger than the limit, whoever reads it.

use axum::{
    body::Body,
    extract::Request,
    middleware::Next,
    response::{IntoResponse as _, Response},
};
use http::header;
use http_body_util::Limited;

use crate::{error::Failure, extract::too_large};

/// The largest body of a request, in bytes: a message of 32,000 characters with room for a history around it.
pub const MAX_BYTES: usize = 2 * 1024 * 1024;

/// Refuses what says that it is too large, and cuts off what does not say so but is.
pub async fn limit(request: Request, next: Next) -> Response {
    let declared = request
        .headers()
        .get(header::CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.parse::<u64>().ok());
    if declared.is_some_and(|length| length > MAX_BYTES as u64) {
        return Failure::from(too_large()).into_response();
    }
    next.run(request.map(|body| Body::new(Limited::new(body, MAX_BYTES)))).await
}
