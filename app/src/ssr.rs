//! The one server-gated module: what a request carries, and how server functions reach the services.

mod board;
mod palette;
mod run;

use std::{sync::Arc, time::Duration};

use futures::{StreamExt as _, stream::BoxStream};
use http::{HeaderValue, header};
use leptos::{nonce::use_nonce, prelude::*};
use leptos_axum::ResponseOptions;
use vertice_domain::{
    Actor, Content, ContentPart, EarlierMessages, Error, ErrorKind, FieldError, LoggedEvent, Profile, Quote,
    SeenEvent, Thread,
    frame::Frame,
    mcp::Reference,
    quote::{MAX_QUOTES, Quoted},
};
use vertice_ports::{
    Services,
    accounts::{NewSession, Visit},
    chat::{EventStream, Verdict},
};
use vertice_runtime::with_heartbeat;

use crate::{
    api::{ApiError, FrameStream, chat::CallVerdict},
    next::SIGN_IN,
    preferences::Preferences,
    strings::{Language, drawn, said},
};

pub use board::BACK_COOKIE;
pub(crate) use board::board;
pub(crate) use palette::palette;
pub(crate) use run::run;

/// The name of the session cookie.
pub const SESSION_COOKIE: &str = "vertice_session";

/// The name of the cookie by which an account knows a browser again after the session has ended.
pub const DEVICE_COOKIE: &str = "vertice_device";

/// Where the session cookie goes: everywhere. The device's goes where one signs in.
const EVERYWHERE: &str = "/";
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
    /// Below which address the bundles are that no page needs at first.
    pub bundles: &'static str,
    /// Where the visitor found this server ("https://chat.example.com"); none: the request does not say.
    pub origin: Option<String>,
}

fn context() -> Result<RequestContext, ApiError> {
    use_context::<RequestContext>().ok_or_else(|| {
        leptos::logging::error!("no RequestContext was provided");
        ApiError(Error::internal())
    })
}

/// What a drawing knows of its request, for when it has waited: what a page was drawn for may be gone by then, and what it had
/// provided with it.
pub(crate) struct Kept {
    context: RequestContext,
    language: Language,
    parts: Option<http::request::Parts>,
}

impl Kept {
    /// To be called before anything is waited for.
    pub(crate) fn here() -> Result<Self, ApiError> {
        Ok(Self { context: context()?, language: language(), parts: use_context() })
    }

    /// The services and whose session it is. Fails for visitors.
    pub(crate) fn caller(&self) -> Result<(Services, Actor), ApiError> {
        let actor = self.context.actor.clone().ok_or_else(signed_out)?;
        Ok((self.context.services.clone(), actor))
    }

    /// Draws as if nothing had been waited for.
    pub(crate) fn drawing<T>(&self, draw: impl FnOnce() -> T) -> T {
        Owner::new().with(|| {
            provide_context(self.context.clone());
            provide_context(self.language);
            if let Some(parts) = &self.parts {
                provide_context(parts.clone());
            }
            draw()
        })
    }
}

/// The services and whose session it is. Fails for visitors.
pub fn caller() -> Result<(Services, Actor), ApiError> {
    let context = context()?;
    let actor = context.actor.ok_or_else(signed_out)?;
    Ok((context.services, actor))
}

/// Where a bundle is, as pages link to it.
pub(crate) fn bundled(name: &str) -> String {
    format!("{}/{name}", context().map(|context| context.bundles).unwrap_or_default())
}

/// Where the visitor found this server.
pub(crate) fn origin() -> Result<String, ApiError> {
    Ok(context()?.origin.ok_or_else(|| Error::invalid_field("host", "must be the name of this server"))?)
}

/// Nobody is signed in (any more), in the words of a page.
fn signed_out() -> ApiError {
    ApiError(Error { message: drawn().session.signed_out.to_owned(), ..Error::unauthenticated() })
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

/// A parameter of a page's address, as it stands there.
pub(crate) fn parameter<'a>(address: &'a str, name: &str) -> Option<&'a str> {
    let mut pairs = address.trim_start_matches('?').split('&').filter_map(|pair| pair.split_once('='));
    pairs.find(|(known, _)| *known == name).map(|(_, value)| value)
}

/// An error in the visitor's language.
pub(crate) fn said(error: Error) -> Error {
    said::error(language(), error)
}

/// A sentence of the server's in the visitor's language.
pub(crate) fn sentence(mut text: String) -> String {
    said::say(language(), &mut text);
    text
}

/// What REST has refused, in the visitor's language.
pub(crate) fn refusal(message: String, fields: Vec<FieldError>) -> String {
    said::refusal(language(), message, fields)
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

/// The cookies of a session that has just begun, and of its device.
pub fn session_cookies(session: &NewSession, secure: bool) -> Vec<HeaderValue> {
    let day = 24 * 60 * 60;
    let own = cookie(SESSION_COOKIE, &session.secret.0, EVERYWHERE, 30 * day, secure);
    let device = session
        .device
        .as_ref()
        .and_then(|device| cookie(DEVICE_COOKIE, &device.0, SIGN_IN, 365 * day, secure));
    own.into_iter().chain(device).collect()
}

/// The cookie that lets a browser in which no language was chosen speak the account's. The page's own scripts change it.
pub fn account_language(
    request: &http::request::Parts,
    profile: &Profile,
    secure: bool,
) -> Option<HeaderValue> {
    let cookies = request.headers.get(header::COOKIE).and_then(|value| value.to_str().ok());
    if Preferences::from_cookies(cookies.unwrap_or_default()).language.is_some() {
        return None;
    }
    let language = Language::accepted(profile.locale.as_ref()?.as_str()).tag();
    let secure = if secure { "; Secure" } else { "" };
    HeaderValue::from_str(&format!("language={language}; Path=/; Max-Age=31536000; SameSite=Lax{secure}"))
        .ok()
}

/// Takes the session cookie away. A browser without scripts is sent to the sign-in page; a page goes there by itself.
pub fn end_session() -> Result<(), ApiError> {
    let cookie = cookie(SESSION_COOKIE, "", EVERYWHERE, 0, context()?.secure_cookies);
    if let (Some(response), Some(cookie)) = (use_context::<ResponseOptions>(), cookie) {
        response.append_header(header::SET_COOKIE, cookie);
    }
    if wants_page() {
        leptos_axum::redirect(SIGN_IN);
    }
    Ok(())
}

/// Whether it is the browser itself that asks, and not a script of the page.
fn wants_page() -> bool {
    let parts = use_context::<http::request::Parts>();
    let accept = parts.as_ref().and_then(|parts| parts.headers.get(header::ACCEPT)?.to_str().ok());
    accept.is_some_and(|accept| accept.contains("text/html"))
}

/// None: the value cannot stand in a header, which what we make ourselves always can.
fn cookie(name: &str, value: &str, path: &str, max_age_s: u32, secure: bool) -> Option<HeaderValue> {
    let secure = if secure { "; Secure" } else { "" };
    let cookie = format!("{name}={value}; Path={path}; Max-Age={max_age_s}; HttpOnly; SameSite=Lax{secure}");
    HeaderValue::from_str(&cookie).ok()
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

/// A message's content with what its references are read as: texts that are quoted, and pictures before its own words.
pub(crate) async fn quoted(
    services: &Services,
    actor: &Actor,
    content: Content,
    references: &[Reference],
) -> Result<(Content, Vec<Quote>), Error> {
    if references.len() > MAX_QUOTES {
        return Err(Error::invalid_field("references", format!("must hold at most {MAX_QUOTES} resources")));
    }
    let (mut images, mut quotes) = (Vec::new(), Vec::new());
    for reference in references {
        let Quoted { texts, images: pictures } = services.mcp.quote(actor, reference).await?;
        quotes.extend(texts);
        images.extend(pictures.into_iter().map(ContentPart::Image));
    }
    Ok((Content::new(images.into_iter().chain(content.into_parts())), quotes))
}

/// A person's word about a tool call, as the turn takes it.
pub(crate) fn verdict(said: CallVerdict) -> Result<Verdict, Error> {
    Ok(match said {
        CallVerdict::Allow { input, keep } => {
            let input = input.map(|text| serde_json::from_str(&text)).transpose();
            let input = input.map_err(|_fault| Error::invalid_field("input", "must be a JSON object"))?;
            Verdict::Allow { input, keep }
        }
        CallVerdict::Deny { reason } => Verdict::Deny { reason },
        CallVerdict::Answer { content } => Verdict::Respond { content },
        CallVerdict::Answers { answers } => Verdict::Answer { answers },
        CallVerdict::Dismiss => Verdict::Dismiss,
    })
}

/// Any stream of frames, with heartbeats.
pub fn frame_stream<T: Send + 'static>(frames: BoxStream<'static, Vec<Frame<T>>>) -> FrameStream<T> {
    FrameStream::new(with_heartbeat(frames, HEARTBEAT))
}

/// Sets the headers that every page carries: the content security policy, with this page's nonce, and no caching.
pub fn set_page_headers() {
    let (Some(response), Some(nonce)) = (use_context::<ResponseOptions>(), use_nonce()) else { return };
    let previews = use_context::<RequestContext>().and_then(|context| context.origin);
    let frames = previews.map_or_else(|| "'none'".to_owned(), |origin| format!("{origin}/preview/"));
    let policy = format!(
        "default-src 'self'; script-src 'self' 'nonce-{nonce}' 'wasm-unsafe-eval'; style-src 'self'; style-src-attr 'unsafe-inline'; \
         img-src 'self' data: blob:; font-src 'self'; connect-src 'self'{reload}; frame-src {frames}; \
         worker-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
        reload = if cfg!(debug_assertions) { " ws://127.0.0.1:3001" } else { "" },
    );
    if let Ok(policy) = HeaderValue::from_str(&policy) {
        response.insert_header(header::CONTENT_SECURITY_POLICY, policy);
    }
    response.insert_header(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
}
