//! A model provider for tests: a real server on this machine that speaks Anthropic's Messages and OpenAI's Chat
//! Completions, does what its scripts say, and remembers what it was asked.

use std::{
    collections::VecDeque,
    io,
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard},
};

use axum::{
    Json, Router,
    body::Body,
    extract::State,
    http::{HeaderMap, StatusCode, header::CONTENT_TYPE},
    response::Response,
    routing::{get, post},
};
use serde_json::{Value, json};
use tokio::{net::TcpListener, sync::watch};
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::{
    connections::{CountingListener, Counts, OpenAnswer},
    directive,
    player::play,
    script::Script,
    wire::{Wire, error_kind},
};

/// A request that came in.
#[derive(Debug, Clone)]
pub struct Received {
    /// Its path: `/v1/messages` or `/v1/chat/completions`.
    pub path: String,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body.
    pub body: Value,
}

#[derive(Debug, Default)]
struct Shared {
    scripts: Mutex<VecDeque<Script>>,
    received: Mutex<Vec<Received>>,
    arrived: watch::Sender<usize>,
    models: Mutex<Option<Vec<String>>>,
    counts: Arc<Counts>,
    /// Whether requests are remembered; load generators would fill the memory.
    forgets: bool,
}

/// The server. It stops when this is dropped.
#[derive(Debug)]
pub struct Upstream {
    address: SocketAddr,
    shared: Arc<Shared>,
    _stop: DropGuard,
}

impl Upstream {
    /// Starts on a free port of this machine, remembering what it is asked.
    pub async fn start() -> Self {
        Self::listen("127.0.0.1:0", false).await.expect("this machine has a free port")
    }

    /// Starts at `address`. `forgets`: requests are not remembered, for load tests.
    pub async fn listen(address: &str, forgets: bool) -> io::Result<Self> {
        let inner = TcpListener::bind(address).await?;
        let address = inner.local_addr()?;
        let shared = Arc::new(Shared { forgets, ..Shared::default() });
        let listener = CountingListener { inner, counts: Arc::clone(&shared.counts) };
        let stop = CancellationToken::new();
        let stopped = stop.clone();
        let routes = routes(Arc::clone(&shared));
        #[expect(
            clippy::disallowed_methods,
            reason = "a test's server is stopped by its guard, not by Tasks"
        )]
        tokio::spawn(async move {
            let serve = axum::serve(listener, routes);
            let _ = stopped.run_until_cancelled(async move { serve.await }).await;
        });
        Ok(Self { address, shared, _stop: stop.drop_guard() })
    }

    /// Its address without a path, as Anthropic's SDK takes it. OpenAI's takes it with `/v1` at the end.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What to do with the next request that has no script yet. Without any, the words in the message decide, as
    /// [`crate::directive`] says.
    pub fn script(&self, script: Script) {
        lock(&self.shared.scripts).push_back(script);
    }

    /// Which models `/v1/models` lists. Until then it answers 404.
    pub fn models(&self, ids: &[&str]) {
        *lock(&self.shared.models) = Some(ids.iter().map(|id| (*id).to_owned()).collect());
    }

    /// The calls so far (lists of models are not counted).
    pub fn requests(&self) -> Vec<Received> {
        lock(&self.shared.received).clone()
    }

    /// Waits until there were at least `count` calls.
    pub async fn wait_for_requests(&self, count: usize) -> Vec<Received> {
        let mut arrived = self.shared.arrived.subscribe();
        arrived.wait_for(|seen| *seen >= count).await.expect("the sender lives as long as the server");
        self.requests()
    }

    /// Sockets that are open, idle ones counted.
    pub fn connections_open(&self) -> usize {
        *self.shared.counts.sockets.borrow()
    }

    /// Waits until no more than `count` sockets are open.
    pub async fn wait_for_connections(&self, count: usize) {
        let mut sockets = self.shared.counts.sockets.subscribe();
        sockets.wait_for(|open| *open <= count).await.expect("the sender lives as long as the server");
    }

    /// Waits until the client has closed the socket of an answer that was not whole.
    pub async fn wait_for_disconnect(&self) {
        let mut left = self.shared.counts.left.subscribe();
        left.wait_for(|left| *left > 0).await.expect("the sender lives as long as the server");
    }

    /// Runs until the process is ended.
    pub async fn run(self) {
        std::future::pending::<()>().await;
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().expect("nothing panics while it is held")
}

fn routes(shared: Arc<Shared>) -> Router {
    Router::new()
        .route("/v1/messages", post(messages))
        .route("/v1/chat/completions", post(completions))
        .route("/v1/models", get(models))
        .route("/api/version", get(ollama_version))
        .route("/api/tags", get(ollama_tags))
        .with_state(shared)
}

async fn messages(
    State(shared): State<Arc<Shared>>,
    headers: HeaderMap,
    Json(body): Json<Value>,
) -> Response {
    answer(&shared, Wire::Anthropic, headers, body)
}

async fn completions(
    State(shared): State<Arc<Shared>>,
    headers: HeaderMap,
    Json(body): Json<Value>,
) -> Response {
    answer(&shared, Wire::OpenAi, headers, body)
}

fn answer(shared: &Arc<Shared>, wire: Wire, headers: HeaderMap, body: Value) -> Response {
    let scripted = lock(&shared.scripts).pop_front();
    let script = scripted.unwrap_or_else(|| directive::script_for(&last_text(&body)));
    let model = body["model"].as_str().unwrap_or("scripted").to_owned();
    let streams = body["stream"] == true;
    if !shared.forgets {
        let path = if wire == Wire::Anthropic { "/v1/messages" } else { "/v1/chat/completions" };
        lock(&shared.received).push(Received { path: path.to_owned(), headers, body });
    }
    shared.arrived.send_modify(|count| *count += 1);
    if !streams {
        let json =
            wire.error_body("invalid_request_error", "The scripted upstream answers with streams only.");
        return respond(400, &[], "application/json", Body::from(json));
    }
    let headers = script.headers.clone();
    if script.status != 200 || script.raw.is_some() {
        let kind = error_kind(script.status);
        let body = script.raw.unwrap_or_else(|| wire.error_body(kind, &format!("scripted {kind}")));
        return respond(script.status, &headers, "application/json", Body::from(body));
    }
    let open = OpenAnswer::new(Arc::clone(&shared.counts));
    let body = Body::from_stream(play(script, wire, model, open));
    respond(200, &headers, "text/event-stream; charset=utf-8", body)
}

fn respond(status: u16, headers: &[(String, String)], media_type: &str, body: Body) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = Response::builder().status(status).header("request-id", "req_scripted");
    if !headers.iter().any(|(name, _)| name == "content-type") {
        response = response.header(CONTENT_TYPE, media_type);
    }
    for (name, value) in headers {
        response = response.header(name, value);
    }
    response.body(body).expect("a script's headers are valid")
}

/// The text of the last message, plain or in blocks.
fn last_text(body: &Value) -> String {
    let content =
        body["messages"].as_array().and_then(|messages| messages.last()).map(|last| &last["content"]);
    match content {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Array(blocks)) => blocks.iter().filter_map(|block| block["text"].as_str()).collect(),
        _ => String::new(),
    }
}

async fn models(State(shared): State<Arc<Shared>>) -> Result<Json<Value>, StatusCode> {
    let ids = lock(&shared.models).clone().ok_or(StatusCode::NOT_FOUND)?;
    let items: Vec<Value> = ids
        .iter()
        .map(|id| json!({"id": id, "object": "model", "created": 0, "owned_by": "scripted"}))
        .collect();
    Ok(Json(json!({"object": "list", "data": items})))
}

/// Ollama's fingerprint: shown once [`Upstream::models`] has named models.
async fn ollama_version(State(shared): State<Arc<Shared>>) -> Result<Json<Value>, StatusCode> {
    lock(&shared.models).as_ref().ok_or(StatusCode::NOT_FOUND)?;
    Ok(Json(json!({"version": "0.30.0"})))
}

async fn ollama_tags(State(shared): State<Arc<Shared>>) -> Result<Json<Value>, StatusCode> {
    let ids = lock(&shared.models).clone().ok_or(StatusCode::NOT_FOUND)?;
    let items: Vec<Value> =
        ids.iter().map(|id| json!({"name": id, "model": id, "details": {"family": "scripted"}})).collect();
    Ok(Json(json!({"models": items})))
}
