//! API keys: every key is good until a test names the good ones. A key with `invalid` in it is never good.

use axum::http::HeaderMap;

/// Whether the request may go on. `query`: the key in the query, as Google's clients may send it.
pub(super) fn is_good(good: &[String], headers: &HeaderMap, query: Option<&str>) -> bool {
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let bearer = header("authorization").map(|value| value.trim_start_matches("Bearer "));
    let key = header("x-api-key").or(bearer).or_else(|| header("x-goog-api-key")).or(query);
    match key {
        Some(key) if key.contains("invalid") => false,
        Some(key) => good.is_empty() || good.iter().any(|own| own == key),
        None => good.is_empty(),
    }
}
