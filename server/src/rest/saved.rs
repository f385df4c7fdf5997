//! Bodies that are files.

use axum::{
    body::Body,
    response::{IntoResponse as _, Response},
};
use http::{HeaderValue, header};
use vertice_domain::Error;

/// A body that browsers save, and never show as a page of ours.
pub(crate) fn saved(body: Body, media_type: &'static str, disposition: &str) -> Result<Response, Error> {
    let mut response = body.into_response();
    let disposition = HeaderValue::from_str(disposition).map_err(|_| Error::internal())?;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
    headers.insert(header::CONTENT_DISPOSITION, disposition);
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
    Ok(response)
}
