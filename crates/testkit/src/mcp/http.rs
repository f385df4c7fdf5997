//! The scripted server over Streamable HTTP, in the test's own process.

use std::{
    io,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
};

use axum::{
    Json, Router,
    extract::State,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{Html, IntoResponse as _, Response},
    routing::post,
};
use serde_json::{Value, json};
use tokio_util::sync::{CancellationToken, DropGuard};

use super::{Mode, Scripted, Speaks, tools};

/// How it behaves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Manners {
    Decent,
    /// It wants to be signed in to, and says how or does not.
    Unauthorized {
        challenge: bool,
    },
    /// It forgets each session after its first call.
    Forgetful,
    /// It fails with a page.
    Broken,
    /// It sends everybody there.
    Redirect(String),
    /// It has a page for everybody.
    Page,
}

/// A server that listens until this is dropped.
pub struct Server {
    pub url: String,
    pub told: Arc<Told>,
    _stop: DropGuard,
}

/// What it was told.
#[derive(Debug)]
pub struct Told {
    scripted: Scripted,
    manners: Mutex<Manners>,
    sessions: AtomicUsize,
    /// A call forgets the sessions up to this one.
    forgotten: AtomicUsize,
    /// How many calls of `hang` were given up by whoever made them.
    abandoned: AtomicUsize,
    /// The headers of each request, with what it asked for.
    requests: Mutex<Vec<(String, HeaderMap)>>,
}

impl Told {
    pub(super) fn new(speaks: Speaks, manners: Manners) -> Self {
        Self {
            scripted: Scripted::new(speaks, Mode::Normal),
            manners: Mutex::new(manners),
            sessions: AtomicUsize::new(0),
            forgotten: AtomicUsize::new(0),
            abandoned: AtomicUsize::new(0),
            requests: Mutex::default(),
        }
    }

    /// What was asked so far, in order.
    pub fn requests(&self) -> Vec<(String, HeaderMap)> {
        self.requests.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub fn abandoned(&self) -> usize {
        self.abandoned.load(Ordering::SeqCst)
    }

    pub fn behave(&self, manners: Manners) {
        *self.manners.lock().unwrap_or_else(PoisonError::into_inner) = manners;
    }
}

impl Server {
    pub async fn listen(speaks: Speaks, manners: Manners) -> io::Result<Self> {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("http://{}/mcp", listener.local_addr()?);
        let told = Arc::new(Told::new(speaks, manners));
        let stop = serve(listener, router(&told));
        Ok(Self { url, told, _stop: stop })
    }
}

pub(super) fn router(told: &Arc<Told>) -> Router {
    Router::new().route("/mcp", post(asked)).with_state(Arc::clone(told))
}

/// Serves until what it returns is dropped.
pub(crate) fn serve(listener: tokio::net::TcpListener, router: Router) -> DropGuard {
    let stop = CancellationToken::new();
    let stopped = stop.clone();
    #[expect(clippy::disallowed_methods, reason = "it belongs to the test, not to the server under test")]
    tokio::spawn(async move {
        let _stopped = axum::serve(listener, router).with_graceful_shutdown(stopped.cancelled_owned()).await;
    });
    stop.drop_guard()
}

/// A call that is never answered.
struct Hanging(Arc<Told>);

impl Drop for Hanging {
    fn drop(&mut self) {
        self.0.abandoned.fetch_add(1, Ordering::SeqCst);
    }
}

async fn asked(State(told): State<Arc<Told>>, headers: HeaderMap, Json(message): Json<Value>) -> Response {
    let method = message["method"].as_str().unwrap_or_default().to_owned();
    told.requests.lock().unwrap_or_else(PoisonError::into_inner).push((method.clone(), headers.clone()));
    let manners = told.manners.lock().unwrap_or_else(PoisonError::into_inner).clone();
    match manners {
        Manners::Unauthorized { challenge } => {
            let mut refused = StatusCode::UNAUTHORIZED.into_response();
            if challenge {
                refused.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
            }
            return refused;
        }
        Manners::Broken => return (StatusCode::INTERNAL_SERVER_ERROR, Html("<h1>Oops</h1>")).into_response(),
        Manners::Redirect(to) => {
            return (StatusCode::TEMPORARY_REDIRECT, [(header::LOCATION, to)]).into_response();
        }
        Manners::Page => return Html("<h1>Welcome</h1>").into_response(),
        Manners::Decent | Manners::Forgetful => {}
    }
    if message.get("id").is_none() {
        return StatusCode::ACCEPTED.into_response();
    }
    let session = headers.get("mcp-session-id").and_then(|id| id.to_str().ok()?.parse::<usize>().ok());
    if session.is_some_and(|session| session <= told.forgotten.load(Ordering::SeqCst)) {
        return StatusCode::NOT_FOUND.into_response();
    }
    let (id, params) = (&message["id"], &message["params"]);
    if params["name"] == "hang" {
        let _given_up = Hanging(Arc::clone(&told));
        std::future::pending::<()>().await;
    }
    let answer = if method == "tools/call" {
        if let (Manners::Forgetful, Some(session)) = (&manners, session) {
            told.forgotten.store(session, Ordering::SeqCst);
        }
        tools::result(params["name"].as_str().unwrap_or_default(), &params["arguments"])
            .ok_or((-32602, "Unknown tool".to_owned()))
    } else {
        let Some(answer) = told.scripted.answer(&method, params) else { return std::future::pending().await };
        answer
    };
    let mut response = Json(match answer {
        Ok(result) => json!({"jsonrpc": "2.0", "id": id, "result": result}),
        Err((code, why)) => json!({"jsonrpc": "2.0", "id": id, "error": {"code": code, "message": why}}),
    })
    .into_response();
    if method == "initialize" {
        let session = told.sessions.fetch_add(1, Ordering::SeqCst) + 1;
        response.headers_mut().insert("mcp-session-id", HeaderValue::from(session));
    }
    response
}
