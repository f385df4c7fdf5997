//! Signing in at the issuer (Clerk, or any that speaks OpenID Connect): the way there and back, without a page of its own. What
//! comes in the address is used up here; how it went is said by the sign-in page.

use std::sync::Arc;

use axum::{
    Router,
    extract::{Request, State},
    response::{IntoResponse as _, Response},
    routing::get,
};
use http::{HeaderMap, HeaderValue, StatusCode, header, request::Parts};
use serde::Deserialize;
use vertice_app::{
    next::{HOSTED_SIGN_IN, Next, SIGN_IN},
    ssr::{account_language, session_cookies},
};
use vertice_domain::{Error, Result};
use vertice_ports::{Accounts, accounts::HostedAnswer};

use crate::{
    extract::origin_of,
    layers::{authentication::cookie, rate_limit::Refused},
    render,
    state::AppState,
};

/// Where the issuer sends the browser back to.
pub(crate) const CALLBACK_PATH: &str = "/auth/oidc/callback";
/// What the browser keeps while it is away.
const TICKET_COOKIE: &str = "vertice_sign_in";
/// For how long, in seconds.
const TICKET_S: u32 = 600;

pub fn routes() -> Router<AppState> {
    Router::new().route(HOSTED_SIGN_IN, get(start)).route(CALLBACK_PATH, get(come_back))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Query {
    next: String,
}

/// What an issuer sends along.
#[derive(Deserialize)]
struct Answer {
    #[serde(default)]
    state: String,
    code: Option<String>,
    error: Option<String>,
    iss: Option<String>,
}

/// Sends the browser to the issuer.
async fn start(State(accounts): State<Arc<dyn Accounts>>, request: Request) -> Response {
    let (parts, _) = request.into_parts();
    let query: Query = serde_urlencoded::from_str(parts.uri.query().unwrap_or_default()).unwrap_or_default();
    let next = Next::parse(&query.next).unwrap_or_default();
    let begun = async {
        not_too_often(&parts)?;
        let origin = origin_of(&parts)
            .ok_or_else(|| Error::invalid_field("host", "must be the name of this server"))?;
        accounts.begin_hosted(&format!("{origin}{CALLBACK_PATH}"), next.as_str()).await
    };
    match begun.await {
        Ok(begun) => see_other(&begun.address, ticket(&begun.ticket, TICKET_S, &parts)),
        Err(error) => see_other(&told(&error, &next), None),
    }
}

/// Lets somebody in who comes from there.
async fn come_back(State(accounts): State<Arc<dyn Accounts>>, request: Request) -> Response {
    let (parts, _) = request.into_parts();
    let kept = cookie(&parts.headers, TICKET_COOKIE).unwrap_or_default().to_owned();
    let (_, visit, secure) = render::carried(&parts);
    let ended = async {
        not_too_often(&parts)?;
        accounts.end_hosted(&visit, &kept, answer(&parts)?).await
    };
    let used_up = ticket("", 0, &parts);
    match ended.await {
        Ok((session, next)) => {
            let next = Next::parse(&next).unwrap_or_default();
            let mut response = see_other(next.as_str(), used_up);
            let language = account_language(&parts, &session.profile, secure);
            for cookie in session_cookies(&session, secure).into_iter().chain(language) {
                response.headers_mut().append(header::SET_COOKIE, cookie);
            }
            response
        }
        Err(error) => see_other(&told(&error, &Next::default()), used_up),
    }
}

fn answer(parts: &Parts) -> Result<HostedAnswer> {
    let odd = |_| Error::invalid_field("query", "must be an issuer's answer");
    let query = parts.uri.query().unwrap_or_default();
    let Answer { state, code, error, iss } = serde_urlencoded::from_str(query).map_err(odd)?;
    let outcome = match (code, error) {
        (Some(code), None) => Ok(code),
        (_, error) => Err(error.unwrap_or_else(|| "no code".to_owned())),
    };
    Ok(HostedAnswer { state, outcome, issuer: iss })
}

fn not_too_often(parts: &Parts) -> Result<()> {
    parts.extensions.get::<Refused>().map_or(Ok(()), |Refused(error)| Err(error.clone()))
}

/// The sign-in page, which says what was wrong. Codes are words of ours, of small letters.
fn told(error: &Error, next: &Next) -> String {
    let page = next.behind(SIGN_IN);
    let mark = if page.contains('?') { '&' } else { '?' };
    format!("{page}{mark}outcome={}", error.code)
}

/// It comes back with what the issuer sends, and with nothing else.
fn ticket(value: &str, max_age_s: u32, parts: &Parts) -> Option<HeaderValue> {
    let (.., secure) = render::carried(parts);
    let secure = if secure { "; Secure" } else { "" };
    let cookie = format!(
        "{TICKET_COOKIE}={value}; Path={CALLBACK_PATH}; Max-Age={max_age_s}; HttpOnly; SameSite=Lax{secure}"
    );
    HeaderValue::from_str(&cookie).ok()
}

fn see_other(address: &str, cookie: Option<HeaderValue>) -> Response {
    let mut headers = HeaderMap::new();
    // Addresses are of printable ASCII.
    if let Ok(address) = HeaderValue::from_str(address) {
        headers.insert(header::LOCATION, address);
    }
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.extend(cookie.map(|cookie| (header::SET_COOKIE, cookie)));
    (StatusCode::SEE_OTHER, headers).into_response()
}
