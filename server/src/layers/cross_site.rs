//! Other sites' pages must not act with this browser's cookie: requests that change something have to come from our
//! own pages, as the browser itself says (`Sec-Fetch-Site`, or `Origin` where that is not sent).

use axum::{
    extract::Request,
    middleware::Next,
    response::{IntoResponse as _, Response},
};
use http::{HeaderMap, Method};
use vertice_domain::Error;

use super::authentication::{Identity, has_token};
use crate::error::Failure;

/// Refuses what another site's page sends. Bearer tokens are not sent by browsers on their own and need no such care.
pub async fn refuse(request: Request, next: Next) -> Response {
    let safe = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    if safe || has_token(request.headers()) {
        return next.run(request).await;
    }
    let is_session = request.extensions().get::<Identity>().is_some_and(Identity::is_session);
    match origin(request.headers()) {
        Origin::Own => next.run(request).await,
        Origin::Unsaid if !is_session => next.run(request).await,
        Origin::Foreign | Origin::Unsaid => {
            let message = "This request did not come from a page of this server, so it was not carried out.";
            Failure::from(Error::forbidden("cross_site", message)).into_response()
        }
    }
}

#[derive(Debug, PartialEq, Eq)]
enum Origin {
    /// A page of this server, or the user's own hand.
    Own,
    /// Another site's page.
    Foreign,
    /// Not a browser, or a very old one.
    Unsaid,
}

fn origin(headers: &HeaderMap) -> Origin {
    let text = |name| headers.get(name).and_then(|value: &http::HeaderValue| value.to_str().ok());
    if let Some(site) = text("sec-fetch-site") {
        return if matches!(site, "same-origin" | "none") { Origin::Own } else { Origin::Foreign };
    }
    let Some(origin) = text("origin") else { return Origin::Unsaid };
    let authority = origin.split_once("://").map(|(_, authority)| authority);
    match (authority, text("host")) {
        (Some(origin), Some(host)) if origin.eq_ignore_ascii_case(host) => Origin::Own,
        _ => Origin::Foreign,
    }
}

#[cfg(test)]
mod tests {
    use http::{HeaderName, HeaderValue};

    use super::*;

    fn of(pairs: &[(&'static str, &'static str)]) -> Origin {
        let named = |(name, value): &(&'static str, &'static str)| {
            (HeaderName::from_static(name), HeaderValue::from_static(value))
        };
        origin(&pairs.iter().map(named).collect())
    }

    #[test]
    fn the_browser_says_where_it_comes_from() {
        assert_eq!(of(&[("sec-fetch-site", "same-origin")]), Origin::Own);
        assert_eq!(of(&[("sec-fetch-site", "none")]), Origin::Own);
        assert_eq!(of(&[("sec-fetch-site", "same-site")]), Origin::Foreign);
        assert_eq!(
            of(&[("sec-fetch-site", "cross-site"), ("origin", "http://a"), ("host", "a")]),
            Origin::Foreign
        );
        assert_eq!(of(&[("origin", "http://a:3000"), ("host", "a:3000")]), Origin::Own);
        assert_eq!(of(&[("origin", "http://b"), ("host", "a")]), Origin::Foreign);
        assert_eq!(of(&[("origin", "null"), ("host", "a")]), Origin::Foreign);
        assert_eq!(of(&[("host", "a")]), Origin::Unsaid);
    }
}
