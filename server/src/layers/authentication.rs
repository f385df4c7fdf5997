//! Who is calling: a bearer token, or the browser's session cookie. It never refuses; handlers ask for what they need.

use std::sync::Arc;

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::Response,
};
use http::{HeaderMap, HeaderValue, header};
use vertice_app::ssr::SESSION_COOKIE;
use vertice_domain::{Actor, Error, account::Credential};
use vertice_ports::Accounts;

/// Who is calling, as far as the request shows. Stands in every request's extensions.
#[derive(Debug, Clone)]
pub enum Identity {
    /// No credentials were sent, or a cookie that has ended.
    Anonymous,
    /// These credentials are good.
    Known(Actor),
    /// Credentials were sent, but they are no good, or could not be looked up.
    Unknown(Error),
}

impl Identity {
    /// The caller, if it is known.
    pub fn actor(&self) -> Option<&Actor> {
        match self {
            Self::Known(actor) => Some(actor),
            Self::Anonymous | Self::Unknown(_) => None,
        }
    }

    /// Whether the browser vouches for the caller by a cookie, which it also sends along with other sites' requests.
    pub fn is_session(&self) -> bool {
        matches!(self.actor(), Some(Actor { credential: Credential::Session(_), .. }))
    }
}

/// Looks up the caller's credentials.
pub async fn authenticate(
    State(accounts): State<Arc<dyn Accounts>>,
    mut request: Request,
    next: Next,
) -> Response {
    let identity = identify(accounts.as_ref(), request.headers()).await;
    request.extensions_mut().insert(identity);
    next.run(request).await
}

/// Whose credentials the request carries. A bearer token goes before the cookie; what a browser sends for the sake of a
/// proxy with a password of its own (`Basic`) does not.
pub(crate) async fn identify(accounts: &dyn Accounts, headers: &HeaderMap) -> Identity {
    let session = cookie(headers, SESSION_COOKIE);
    match headers.get(header::AUTHORIZATION).map(bearer) {
        Some(Some(token)) => {
            return match accounts.token_actor(token).await {
                Ok(Some(actor)) => Identity::Known(actor),
                Ok(None) => Identity::Unknown(Error::unauthenticated()),
                Err(error) => Identity::Unknown(error),
            };
        }
        Some(None) if session.is_none() => return Identity::Unknown(Error::unauthenticated()),
        Some(None) | None => {}
    }
    let Some(secret) = session else { return Identity::Anonymous };
    match accounts.session_actor(secret).await {
        Ok(Some(actor)) => Identity::Known(actor),
        Ok(None) => Identity::Anonymous,
        Err(error) => Identity::Unknown(error),
    }
}

/// Whether the request carries a bearer token, a good one or not.
pub(crate) fn has_token(headers: &HeaderMap) -> bool {
    headers.get(header::AUTHORIZATION).and_then(bearer).is_some()
}

fn bearer(authorization: &HeaderValue) -> Option<&str> {
    let (scheme, token) = authorization.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// The value of a cookie.
pub(crate) fn cookie<'a>(headers: &'a HeaderMap, wanted: &str) -> Option<&'a str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|cookies| cookies.split(';'))
        .filter_map(|cookie| cookie.trim().split_once('='))
        .find(|(name, value)| *name == wanted && !value.is_empty())
        .map(|(_, value)| value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_are_found_where_they_stand() {
        assert_eq!(bearer(&HeaderValue::from_static("bearer  vtk_x")), Some("vtk_x"));
        assert_eq!(bearer(&HeaderValue::from_static("Basic abc")), None);
        let mut headers = HeaderMap::new();
        headers.append(header::COOKIE, HeaderValue::from_static("theme=dark; vertice_session=abc=; x=1"));
        assert_eq!(cookie(&headers, SESSION_COOKIE), Some("abc="));
        assert_eq!(cookie(&headers, "none"), None);
    }
}
