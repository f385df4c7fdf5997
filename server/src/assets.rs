//! The site's files, embedded in the binary: scripts, WASM, styles, fonts, images.
//!
//! Everything is reachable under `/pkg/<hash>/…`, where the hash is that of the whole site, so that browsers may keep
//! it for ever; a page built from another version finds nothing there, rather than files that do not fit together.
//! Files of `public/` are also reachable by their plain names, to be asked for again after a day.

use axum::{
    body::Body,
    extract::Path,
    response::{IntoResponse as _, Response},
};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use rust_embed::{EmbeddedFile, RustEmbed};

use crate::error::Failure;

/// The name of this build's site.
pub const SITE_HASH: &str = env!("SITE_HASH");

/// Where the page's scripts and styles are, as the renderer links to them.
pub const PKG_DIR: &str = concat!("pkg/", env!("SITE_HASH"));

const FOR_EVER: &str = "public, max-age=31536000, immutable";
const A_DAY: &str = "public, max-age=86400";
const ASK_AGAIN: &str = "no-cache";

// Debug builds read these files from disk at each request, which blocks for a moment; release builds do not.
#[derive(RustEmbed)]
#[folder = "../target/site"]
#[allow_missing = true]
struct Site;

/// `GET /pkg/{hash}/{*path}`: a file of this build.
pub async fn hashed(Path((hash, path)): Path<(String, String)>, headers: HeaderMap) -> Response {
    if hash != SITE_HASH {
        return Failure::no_such_path().into_response();
    }
    let cache = if SITE_HASH == "dev" { ASK_AGAIN } else { FOR_EVER };
    find(&format!("pkg/{path}"), &headers, cache)
        .or_else(|| find(&path, &headers, cache))
        .unwrap_or_else(|| Failure::no_such_path().into_response())
}

/// A file by its plain name, if there is one.
pub fn plain(path: &str, headers: &HeaderMap) -> Option<Response> {
    let path = path.trim_start_matches('/');
    let cache = if path.starts_with("pkg/") || SITE_HASH == "dev" { ASK_AGAIN } else { A_DAY };
    find(path, headers, cache)
}

fn find(path: &str, headers: &HeaderMap, cache: &'static str) -> Option<Response> {
    let plain = Site::get(path)?;
    let (file, encoding) = precompressed(path, headers).unwrap_or((plain, None));
    let mut response = answer(&file, headers);
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

fn precompressed(path: &str, headers: &HeaderMap) -> Option<(EmbeddedFile, Option<&'static str>)> {
    let accepted = headers.get(header::ACCEPT_ENCODING)?.to_str().ok()?;
    [("br", "br"), ("gzip", "gz")].into_iter().find_map(|(encoding, ending)| {
        let file = accepts(accepted, encoding).then(|| Site::get(&format!("{path}.{ending}")))??;
        Some((file, Some(encoding)))
    })
}

/// Whether `Accept-Encoding` names the encoding without refusing it.
fn accepts(accepted: &str, encoding: &str) -> bool {
    accepted.split(',').any(|offer| {
        let mut parts = offer.split(';').map(str::trim);
        let is_it = parts.next().is_some_and(|name| name.eq_ignore_ascii_case(encoding));
        let weight = parts.find_map(|part| part.strip_prefix("q=")).map_or(Ok(1.0), str::parse::<f32>);
        is_it && weight.is_ok_and(|weight| weight > 0.0)
    })
}

fn answer(file: &EmbeddedFile, headers: &HeaderMap) -> Response {
    let hash = file.metadata.sha256_hash();
    let tag: String = hash.iter().take(12).map(|byte| format!("{byte:02x}")).collect();
    let tag = HeaderValue::from_str(&format!("\"{tag}\"")).expect("hexadecimal digits are a header value");
    let known = headers.get(header::IF_NONE_MATCH).is_some_and(|known| {
        known
            .to_str()
            .is_ok_and(|known| known.split(',').any(|known| known.trim().as_bytes() == tag.as_bytes()))
    });
    let mut response = if known {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        let body = match &file.data {
            std::borrow::Cow::Borrowed(bytes) => Body::from(*bytes),
            std::borrow::Cow::Owned(bytes) => Body::from(bytes.clone()),
        };
        Response::new(body)
    };
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
