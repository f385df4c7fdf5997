//! The pages before the app over HTTP: a page to a GET, and to the POST of its form either the way on (303) or the page
//! again, with what was wrong. What a form asks for is done by a port; what a page looks like stands in `vertice_app::doors`.

use axum::{
    Form, Router,
    body::Body,
    extract::{FromRequest as _, Request, State, rejection::FormRejection},
    response::{IntoResponse as _, Response},
    routing::get,
};
use http::{HeaderMap, HeaderValue, StatusCode, header, request::Parts};
use serde::Deserialize;
use vertice_app::{
    doors::{Door, Standing, Typed},
    next::Next,
    ssr::{account_language, session_cookies},
};
use vertice_domain::{Error, ErrorKind, Result};
use vertice_ports::accounts::{NewSession, Registration};

use crate::{error::status_of, layers::rate_limit::Refused, render, state::AppState};

/// Every one of these pages.
pub fn routes() -> Router<AppState> {
    let add = |router: Router<AppState>, door: Door| router.route(door.path(), get(show).post(enter));
    Door::ALL.into_iter().fold(Router::new(), add)
}

/// What a form holds. What a page does not ask for is empty.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Filled {
    name: String,
    email: String,
    password: String,
    setup_token: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Query {
    next: String,
    /// How a sign-in at the issuer has failed.
    outcome: String,
}

/// `GET`: the page, or the way to where the visitor belongs.
async fn show(State(state): State<AppState>, request: Request) -> Response {
    let (parts, _) = request.into_parts();
    let outcome = query(&parts).outcome;
    let error = (door(&parts) == Door::SignIn).then(|| failure(&outcome)).flatten();
    draw(&state, parts, Typed::default(), error).await
}

/// `POST`: what the form asks for.
async fn enter(State(state): State<AppState>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let filled = Form::<Filled>::from_request(Request::from_parts(parts.clone(), body), &state).await;
    let filled = match filled {
        Ok(Form(filled)) => filled,
        Err(rejection) => return draw(&state, parts, Typed::default(), Some(unreadable(&rejection))).await,
    };
    let typed = Typed {
        name: filled.name.clone(),
        email: filled.email.clone(),
        setup_token: filled.setup_token.clone(),
    };
    let refused = parts.extensions.get::<Refused>().map(|Refused(error)| error.clone());
    let entered = match refused {
        Some(error) => Err(error),
        None => admit(&state, &parts, filled).await,
    };
    match entered {
        Ok(session) => go_on(&parts, &session),
        Err(error) => draw(&state, parts, typed, Some(error)).await,
    }
}

async fn admit(state: &AppState, parts: &Parts, filled: Filled) -> Result<NewSession> {
    let (_, visit, _) = render::carried(parts);
    let accounts = &state.services.accounts;
    let Filled { name, email, password, setup_token } = filled;
    if door(parts) == Door::SignIn {
        return accounts.sign_in(&visit, &email, &password).await;
    }
    let setup_token = Some(setup_token).filter(|token| !token.is_empty());
    accounts.register(&visit, Registration { email, name, password, setup_token }).await
}

/// The way to where the visitor wanted to go, with the cookies of the session.
fn go_on(parts: &Parts, session: &NewSession) -> Response {
    let (_, _, secure) = render::carried(parts);
    let mut response = see_other(next(parts).as_str());
    let language = account_language(parts, &session.profile, secure);
    for cookie in session_cookies(session, secure).into_iter().chain(language) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}

async fn draw(state: &AppState, parts: Parts, typed: Typed, error: Option<Error>) -> Response {
    let (door, next) = (door(&parts), next(&parts));
    let (actor, visit, _) = render::carried(&parts);
    let site = state.services.accounts.site(&visit, actor.as_ref()).await;
    // A form that was refused comes again, whatever happened to the site meanwhile: it says why.
    let elsewhere =
        site.as_ref().ok().filter(|_| error.is_none()).and_then(|site| door.elsewhere(site, &next));
    if let Some(address) = elsewhere {
        return see_other(&address);
    }
    let fault = error.as_ref().or(site.as_ref().err());
    let (status, wait) =
        (fault.map(|fault| status_of(fault.kind)), fault.and_then(|fault| fault.retry_after_s));
    let issuer = state.services.accounts.hosted().map(str::to_owned);
    let standing = Standing { door, site, next, typed, issuer, error };
    let mut response = render::door(state, Request::from_parts(parts, Body::empty()), standing).await;
    if let Some(status) = status {
        *response.status_mut() = status;
    }
    if let Some(seconds) = wait {
        response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
    }
    response
}

/// Which page it is: the router sends nothing else here.
fn door(parts: &Parts) -> Door {
    Door::of(parts.uri.path()).unwrap_or(Door::SignIn)
}

fn next(parts: &Parts) -> Next {
    Next::parse(&query(parts).next).unwrap_or_default()
}

fn query(parts: &Parts) -> Query {
    serde_urlencoded::from_str(parts.uri.query().unwrap_or_default()).unwrap_or_default()
}

/// What went wrong at the issuer. The address only says which of our own sentences it is.
fn failure(code: &str) -> Option<Error> {
    if code == "rate_limited" {
        let error = Error::new(ErrorKind::RateLimited, code, "Too many requests. Try again in 10 s.");
        return Some(Error { retry_after_s: Some(10), ..error });
    }
    vertice_auth::hosted_outcome(code)
}

fn see_other(address: &str) -> Response {
    let mut headers = HeaderMap::new();
    // Addresses are of printable ASCII.
    if let Ok(address) = HeaderValue::from_str(address) {
        headers.insert(header::LOCATION, address);
    }
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    (StatusCode::SEE_OTHER, headers).into_response()
}

fn unreadable(rejection: &FormRejection) -> Error {
    let message = "The form could not be read. Fill it in and send it again.";
    let kind = match rejection {
        FormRejection::InvalidFormContentType(_) => ErrorKind::UnsupportedMedia,
        _ => ErrorKind::Malformed,
    };
    Error::new(kind, "malformed_form", message)
}
