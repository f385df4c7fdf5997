//! The one server-gated module: what a request carries, and how server functions reach the services.

use std::{sync::Arc, time::Duration};

use futures::{StreamExt as _, stream::BoxStream};
use http::{HeaderValue, header};
use leptos::{nonce::use_nonce, prelude::*};
use leptos_axum::ResponseOptions;
use vertice_domain::{
    Actor, EarlierMessages, Error, ErrorKind, LoggedEvent, SeenEvent, Thread, frame::Frame,
};
use vertice_ports::{
    Services,
    accounts::{NewSession, Visit},
    chat::EventStream,
};
use vertice_runtime::with_heartbeat;

use crate::{
    api::{ApiError, FrameStream},
    preferences::Preferences,
    strings::{Language, said},
};

/// The name of the session cookie.
pub const SESSION_COOKIE: &str = "vertice_session";

/// The name of the cookie by which an account knows a browser again after the session has ended.
pub const DEVICE_COOKIE: &str = "vertice_device";

/// Where the session cookie goes: everywhere.
const EVERYWHERE: &str = "/";
/// Where the device cookie goes: to the server functions, of which one signs in.
const SERVER_FUNCTIONS: &str = "/api/ui";

/// How long a stream may be quiet before a heartbeat goes out.
const HEARTBEAT: Duration = Duration::from_secs(15);

/// What a request carries. The server provides it to rendering and to server functions alike.
#[derive(Clone)]
pub struct RequestContext {
    pub services: Services,
    /// Whose session it is; none: nobody is signed in. API tokens count for nothing here.
    pub actor: Option<Actor>,
    /// From where the visitor comes.
    pub visit: Visit,
    /// Whether cookies must be `Secure`.
    pub secure_cookies: bool,
}

fn context() -> Result<RequestContext, ApiError> {
    use_context::<RequestContext>().ok_or_else(|| {
        leptos::logging::error!("no RequestContext was provided");
        ApiError(Error::internal())
    })
}

/// The services and whose session it is. Fails for visitors.
pub fn caller() -> Result<(Services, Actor), ApiError> {
    let context = context()?;
    let actor = context.actor.ok_or_else(|| ApiError::from(Error::unauthenticated()))?;
    Ok((context.services, actor))
}

/// The services for what needs no account, with all that is known of the visitor.
pub fn visitor() -> Result<RequestContext, ApiError> {
    context()
}

/// The visitor's preferences from their cookies.
pub fn preferences() -> Preferences {
    let cookies = use_context::<http::request::Parts>()
        .and_then(|parts| parts.headers.get(header::COOKIE)?.to_str().ok().map(str::to_owned));
    Preferences::from_cookies(cookies.as_deref().unwrap_or_default())
}

/// The language that a request's pages and answers are in: the one chosen in the settings, else the one that the browser
/// asks for.
pub fn language_of(request: &http::request::Parts) -> Language {
    let header = |name| request.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let chosen = Preferences::from_cookies(header(header::COOKIE)).language;
    chosen.unwrap_or_else(|| Language::accepted(header(header::ACCEPT_LANGUAGE)))
}

/// The visitor's language.
pub(crate) fn language() -> Language {
    use_context().unwrap_or_default()
}

/// An error in the visitor's language.
pub(crate) fn said(error: Error) -> Error {
    said::error(language(), error)
}

/// A thread as the visitor reads it.
pub(crate) fn thread(mut thread: Thread) -> Thread {
    said::messages(language(), &mut thread.messages);
    thread
}

/// The same for what stands before it.
pub(crate) fn earlier(mut earlier: EarlierMessages) -> EarlierMessages {
    said::messages(language(), &mut earlier.messages);
    earlier
}

/// Whether the page is asked for with the whole thread in it: what stands further up is otherwise read by the page when
/// it is awake.
pub(crate) fn wants_whole_thread() -> bool {
    use_context::<http::request::Parts>().is_some_and(|parts| parts.uri.query() == Some("whole"))
}

/// Sets the cookies of a session and of its device, and sends the browser to the start page.
pub fn begin_session(session: &NewSession) -> Result<(), ApiError> {
    let day = 24 * 60 * 60;
    set_cookie(SESSION_COOKIE, &session.secret.0, EVERYWHERE, 30 * day)?;
    if let Some(device) = &session.device {
        set_cookie(DEVICE_COOKIE, &device.0, SERVER_FUNCTIONS, 365 * day)?;
    }
    leptos_axum::redirect("/");
    Ok(())
}

/// Takes the session cookie away and sends the browser to the sign-in page.
pub fn end_session() -> Result<(), ApiError> {
    set_cookie(SESSION_COOKIE, "", EVERYWHERE, 0)?;
    leptos_axum::redirect("/sign-in");
    Ok(())
}

fn set_cookie(name: &str, value: &str, path: &str, max_age_s: u32) -> Result<(), ApiError> {
    let secure = if context()?.secure_cookies { "; Secure" } else { "" };
    let cookie = format!("{name}={value}; Path={path}; Max-Age={max_age_s}; HttpOnly; SameSite=Lax{secure}");
    let cookie = HeaderValue::from_str(&cookie).map_err(|_| ApiError(Error::internal()))?;
    if let Some(response) = use_context::<ResponseOptions>() {
        response.append_header(header::SET_COOKIE, cookie);
    }
    Ok(())
}

/// What a page shows. Where it is absent, the page (or the answer to the browser) is a 404.
pub fn page_of<T>(found: Result<T, Error>) -> Result<T, ApiError> {
    if let (Err(error), Some(response)) = (&found, use_context::<ResponseOptions>())
        && error.kind == ErrorKind::NotFound
    {
        response.set_status(http::StatusCode::NOT_FOUND);
    }
    Ok(found?)
}

/// A turn's events as the browser reads them, with heartbeats. A failure inside becomes the last frame.
pub fn event_frames(events: EventStream) -> FrameStream<SeenEvent> {
    // Streams go on when their request is over.
    let language = language();
    let seen = move |logged: &Arc<LoggedEvent>| {
        let mut event = logged.visible()?.clone();
        said::event(language, &mut event);
        Some(Ok(SeenEvent { seq: logged.seq, event }))
    };
    let frames = events.map(move |batch| match batch {
        Ok(events) => events.iter().filter_map(seen).collect(),
        Err(error) => vec![Err(said::error(language, error))],
    });
    frame_stream(frames.boxed())
}

/// Any stream of frames, with heartbeats.
pub fn frame_stream<T: Send + 'static>(frames: BoxStream<'static, Vec<Frame<T>>>) -> FrameStream<T> {
    FrameStream::new(with_heartbeat(frames, HEARTBEAT))
}

/// Sets the headers that every page carries: the content security policy, with this page's nonce, and no caching.
pub fn set_page_headers() {
    let (Some(response), Some(nonce)) = (use_context::<ResponseOptions>(), use_nonce()) else { return };
    let policy = format!(
        "default-src 'self'; script-src 'self' 'nonce-{nonce}' 'wasm-unsafe-eval'; style-src 'self'; style-src-attr 'unsafe-inline'; \
         img-src 'self' data: blob:; font-src 'self'; connect-src 'self'{reload}; frame-src 'self' blob:; \
         object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
        reload = if cfg!(debug_assertions) { " ws://127.0.0.1:3001" } else { "" },
    );
    if let Ok(policy) = HeaderValue::from_str(&policy) {
        response.insert_header(header::CONTENT_SECURITY_POLICY, policy);
    }
    response.insert_header(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
}
