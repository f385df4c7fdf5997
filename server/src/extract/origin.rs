//! Where the visitor found this server: what browsers are sent back to from elsewhere. The host is what the request asks for,
//! which a proxy must leave as it is; the scheme is what the browser says of its own page, else what is known of the way.

use axum::extract::FromRequestParts;
use http::{header, request::Parts};
use url::Url;
use vertice_domain::Error;

use crate::{error::Failure, layers::visitor::Visitor};

/// `https://chat.example.com`.
pub struct Origin(pub String);

impl<S: Send + Sync> FromRequestParts<S> for Origin {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Failure> {
        let nameless = || Error::invalid_field("host", "must be the name of this server");
        Ok(Self(origin_of(parts).ok_or_else(nameless)?))
    }
}

/// None: the request does not say what it asks.
pub fn origin_of(parts: &Parts) -> Option<String> {
    let header = |name| parts.headers.get(name).and_then(|value| value.to_str().ok());
    let authority = parts.uri.authority().map(|authority| authority.as_str());
    let host = header(header::HOST).or(authority)?;
    // Links send no origin, but the page that they are on.
    let page =
        header(header::ORIGIN).or_else(|| header(header::REFERER)).and_then(|page| page.split_once("://"));
    let page = page.map(|(scheme, rest)| (scheme, rest.split('/').next().unwrap_or(rest)));
    let scheme = match page {
        Some((scheme, page)) if page.eq_ignore_ascii_case(host) => scheme,
        _ if parts.extensions.get::<Visitor>().is_some_and(|visitor| !visitor.needs_secure_cookies()) => {
            "http"
        }
        _ => "https",
    };
    let url = Url::parse(&format!("{scheme}://{host}")).ok()?;
    let is_plain = matches!(url.scheme(), "http" | "https") && url.path() == "/" && url.username().is_empty();
    is_plain.then(|| url.origin().ascii_serialization())
}

#[cfg(test)]
mod tests {
    use http::{Request, Version};

    use super::*;
    use crate::settings::TrustedProxies;

    fn of(pairs: &[(&str, &str)]) -> Option<String> {
        let mut request = Request::builder();
        for (name, value) in pairs {
            request = request.header(*name, *value);
        }
        let (mut parts, ()) = request.body(()).unwrap().into_parts();
        let visitor = Visitor::of(None, Version::HTTP_11, &parts.headers, &TrustedProxies::default());
        parts.extensions.insert(visitor);
        origin_of(&parts)
    }

    #[test]
    fn it_is_where_the_browser_is() {
        for (pairs, origin) in [
            (&[("host", "chat.example.com")][..], Some("https://chat.example.com")),
            (&[("host", "127.0.0.1:3000")], Some("http://127.0.0.1:3000")),
            (
                &[("host", "localhost:3000"), ("origin", "http://localhost:3000")],
                Some("http://localhost:3000"),
            ),
            (&[("host", "chat.lan:3000"), ("origin", "http://chat.lan:3000")], Some("http://chat.lan:3000")),
            (&[("host", "chat.lan:3000"), ("origin", "https://evil.example")], Some("https://chat.lan:3000")),
            (
                &[("host", "chat.lan:3000"), ("referer", "http://chat.lan:3000/sign-in?next=%2F")],
                Some("http://chat.lan:3000"),
            ),
            (
                &[("host", "chat.lan:3000"), ("referer", "http://evil.example/a")],
                Some("https://chat.lan:3000"),
            ),
            (&[("host", "chat.lan:3000"), ("origin", "javascript://chat.lan:3000")], None),
            (&[("host", "a@evil.example")], None),
            (&[("host", "chat.lan/evil")], None),
            (&[("host", "")], None),
            (&[], None),
        ] {
            assert_eq!(of(pairs).as_deref(), origin, "{pairs:?}");
        }
    }
}
