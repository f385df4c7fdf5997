//! The document, and Swagger UI with its files, all out of the binary: nothing is loaded from elsewhere.

use std::sync::{Arc, LazyLock};

use axum::{
    extract::Path,
    response::{IntoResponse as _, Response},
};
use bytes::Bytes;
use http::{HeaderName, HeaderValue, header};
use utoipa_swagger_ui::{Config, serve};
use vertice_domain::Error;

use crate::error::Failure;

const DOCUMENT: &str = "/api/openapi.json";

/// Scripts and requests of this server alone. Swagger UI sets styles of elements, and draws its icons from `data:`.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
    connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// Its files change with the server.
const CACHE: &str = "public, max-age=3600";

/// This document.
#[utoipa::path(
    get, path = "/api/openapi.json", tag = "operations",
    responses((status = 200, content_type = "application/json", body = Object, description = "OpenAPI 3.1"))
)]
pub async fn document() -> Response {
    static TEXT: LazyLock<Bytes> = LazyLock::new(|| Bytes::from(super::text()));
    let media_type = HeaderValue::from_static("application/json");
    ([(header::CONTENT_TYPE, media_type)], TEXT.clone()).into_response()
}

/// `GET /api/docs`: Swagger UI.
pub async fn page() -> Result<Response, Failure> {
    let (bytes, media_type) = file("index.html")?;
    // The page is found with and without a slash at its end: its files are named in full.
    let html = String::from_utf8_lossy(&bytes)
        .replace("\"./", "\"/api/docs/")
        .replace("\"index.css", "\"/api/docs/index.css");
    Ok(answer(html.into(), &media_type))
}

/// `GET /api/docs/{*path}`: one of its files.
pub async fn resource(Path(path): Path<String>) -> Result<Response, Failure> {
    let (bytes, media_type) = file(&path)?;
    Ok(answer(bytes, &media_type))
}

fn file(path: &str) -> Result<(Bytes, String), Failure> {
    static CONFIG: LazyLock<Arc<Config<'static>>> =
        LazyLock::new(|| Arc::new(Config::from(DOCUMENT).try_it_out_enabled(false)));
    let found = serve(path, Arc::clone(&CONFIG)).map_err(|error| {
        tracing::error!(%error, "a file of Swagger UI could not be made");
        Error::internal()
    })?;
    let file = found.ok_or_else(Failure::no_such_path)?;
    Ok((Bytes::from(file.bytes.into_owned()), file.content_type))
}

fn answer(bytes: Bytes, media_type: &str) -> Response {
    let mut response = bytes.into_response();
    let headers = response.headers_mut();
    if let Ok(value) = HeaderValue::from_str(media_type) {
        headers.insert(header::CONTENT_TYPE, value);
    }
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(CACHE));
    headers.insert(HeaderName::from_static("x-robots-tag"), HeaderValue::from_static("noindex"));
    response
}
