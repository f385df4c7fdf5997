//! The site's files over HTTP: scripts, WASM, styles, fonts, images. Where they come from stands in [`site`].
//!
//! Everything is reachable under `/pkg/<hash>/…`, where the hash is that of the whole site, so that browsers may keep
//! it for ever; a page built from another version finds nothing there, rather than files that do not fit together.
//! The texts of the page's language are made by the binary itself, under a name that holds their own hash.
//! Files of `public/` are also reachable by their plain names, to be asked for again after a day.

pub mod site;

use std::sync::Arc;

use axum::{
    body::Body,
    extract::{Path, State},
    response::{IntoResponse as _, Response},
};
use http::{HeaderMap, HeaderValue, StatusCode, header};

use crate::{error::Failure, settings::Settings};
use site::File;

/// The name of this build's site; `dev` where it is not embedded, and may change at any time.
pub const SITE_HASH: &str = env!("SITE_HASH");

/// Where the page's scripts and styles are, as the renderer links to them.
pub const PKG_DIR: &str = concat!("pkg/", env!("SITE_HASH"));

const FOR_EVER: &str = "public, max-age=31536000, immutable";
const A_DAY: &str = "public, max-age=86400";
const ASK_AGAIN: &str = "no-cache";

/// `GET /pkg/{hash}/{*path}`: a file of this build.
pub async fn hashed(
    State(settings): State<Arc<Settings>>,
    Path((hash, path)): Path<(String, String)>,
    headers: HeaderMap,
) -> Response {
    if hash != SITE_HASH {
        return Failure::no_such_path().into_response();
    }
    if let Some(script) = vertice_app::strings::file(&path) {
        let kind = (header::CONTENT_TYPE, "text/javascript; charset=utf-8");
        return ([kind, (header::CACHE_CONTROL, FOR_EVER)], script).into_response();
    }
    let cache = if site::IS_EMBEDDED { FOR_EVER } else { ASK_AGAIN };
    let found = match find(&settings, &format!("pkg/{path}"), &headers, cache).await {
        None => find(&settings, &path, &headers, cache).await,
        found => found,
    };
    found.unwrap_or_else(|| Failure::no_such_path().into_response())
}

/// A file by its plain name, if there is one.
pub async fn plain(settings: &Settings, path: &str, headers: &HeaderMap) -> Option<Response> {
    let path = path.trim_start_matches('/');
    let cache = if path.starts_with("pkg/") || !site::IS_EMBEDDED { ASK_AGAIN } else { A_DAY };
    find(settings, path, headers, cache).await
}

async fn find(settings: &Settings, path: &str, headers: &HeaderMap, cache: &'static str) -> Option<Response> {
    let root = &settings.site_root;
    let (file, encoding) = match precompressed(root, path, headers).await {
        Some((file, encoding)) => (file, Some(encoding)),
        None => (site::file(root, path).await?, None),
    };
    let mut response = answer(file, headers);
    let out = response.headers_mut();
    if let Ok(value) = HeaderValue::from_str(&media_type(path)) {
        out.insert(header::CONTENT_TYPE, value);
    }
    if let Some(encoding) = encoding {
        out.insert(header::CONTENT_ENCODING, HeaderValue::from_static(encoding));
    }
    out.insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
    out.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    Some(response)
}

fn media_type(path: &str) -> String {
    let guess = mime_guess::from_path(path).first_or_octet_stream();
    match guess.type_() {
        mime_guess::mime::TEXT => format!("{guess}; charset=utf-8"),
        _ => guess.to_string(),
    }
}

async fn precompressed(
    root: &std::path::Path,
    path: &str,
    headers: &HeaderMap,
) -> Option<(File, &'static str)> {
    let accepted = headers.get(header::ACCEPT_ENCODING)?.to_str().ok()?;
    for (encoding, ending) in [("br", "br"), ("gzip", "gz")] {
        if accepts(accepted, encoding)
            && let Some(file) = site::file(root, &format!("{path}.{ending}")).await
        {
            return Some((file, encoding));
        }
    }
    None
}

/// Whether `Accept-Encoding` names the encoding without refusing it.
pub(crate) fn accepts(accepted: &str, encoding: &str) -> bool {
    accepted.split(',').any(|offer| {
        let mut parts = offer.split(';').map(str::trim);
        let is_it = parts.next().is_some_and(|name| name.eq_ignore_ascii_case(encoding));
        let weight = parts.find_map(|part| part.strip_prefix("q=")).map_or(Ok(1.0), str::parse::<f32>);
        is_it && weight.is_ok_and(|weight| weight > 0.0)
    })
}

fn answer(file: File, headers: &HeaderMap) -> Response {
    let tag =
        HeaderValue::from_str(&format!("\"{}\"", file.tag)).expect("hexadecimal digits are a header value");
    let known = headers.get(header::IF_NONE_MATCH).is_some_and(|known| {
        known
            .to_str()
            .is_ok_and(|known| known.split(',').any(|known| known.trim().as_bytes() == tag.as_bytes()))
    });
    let mut response =
        if known { StatusCode::NOT_MODIFIED.into_response() } else { Response::new(Body::from(file.data)) };
    response.headers_mut().insert(header::ETAG, tag);
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_say_their_encoding() {
        assert_eq!(media_type("a.css"), "text/css; charset=utf-8");
        assert_eq!(media_type("a.js"), "text/javascript; charset=utf-8");
        assert_eq!(media_type("a.wasm"), "application/wasm");
        assert_eq!(media_type("a.woff2"), "font/woff2");
    }

    #[test]
    fn encodings_are_taken_by_name_and_weight() {
        assert!(accepts("gzip, deflate, br, zstd", "br"));
        assert!(accepts("gzip;q=0.5, BR ; q=1", "br"));
        assert!(!accepts("gzip, br;q=0", "br"));
        assert!(!accepts("brotli, *", "br"));
    }
}
