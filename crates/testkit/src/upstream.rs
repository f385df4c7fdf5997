//! A model provider for tests: a real server on this machine that speaks Anthropic's Messages, OpenAI's Chat
//! Completions and Responses, Groq's dialect and Google's generateContent, streamed and whole; it does what its scripts
//! say, and remembers what it was asked.

mod answers;
mod caching;
mod key;
mod lists;
mod scripts;

use std::{
    io,
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};

use axum::{
    Router,
    body::Body,
    extract::DefaultBodyLimit,
    http::{HeaderMap, StatusCode, header::CONTENT_TYPE},
    response::Response,
    routing::{get, post},
};
use serde_json::Value;
use tokio::{net::TcpListener, sync::watch};
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::{
    connections::{CountingListener, Counts},
    fault::Complaint,
    script::Script,
    wire::Wire,
};
use lists::Lists;
use scripts::Scripts;

/// A request that came in.
#[derive(Debug, Clone)]
pub struct Received {
    /// Its path: `/v1/messages`, `/v1beta/models/gemini-x:generateContent`, without the query.
    pub path: String,
    pub headers: HeaderMap,
    pub body: Value,
}

#[derive(Debug, Default)]
struct Shared {
    scripts: Mutex<Scripts>,
    received: Mutex<Vec<Received>>,
    arrived: watch::Sender<usize>,
    lists: Mutex<Lists>,
    /// The keys that are good; empty: all of them.
    keys: Mutex<Vec<String>>,
    /// The pace of answers that set none.
    pace: Mutex<Option<Duration>>,
    cache: Mutex<Option<caching::Simulation>>,
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
        lock(&self.shared.scripts).push(script);
    }

    /// What to do with the next request to `key` that has no script yet: a provider (`anthropic`, `openai`, `groq`,
    /// `gemini`), a format (`messages`, `chat`, `responses`), a path or a model. Goes before [`Upstream::script`].
    pub fn script_for(&self, key: &str, script: Script) {
        lock(&self.shared.scripts).push_for(key, script);
    }

    /// What to do with every request to `key`, until it is called again with another script or with none.
    pub fn always(&self, key: &str, script: Option<Script>) {
        lock(&self.shared.scripts).stand_for(key, script);
    }

    /// Which models every provider lists. Until then the lists answer 404.
    pub fn models(&self, ids: &[&str]) {
        lock(&self.shared.lists).all = Some(owned(ids));
    }

    /// Which models one provider lists (`anthropic`, `openai`, `groq`, `gemini`), whatever [`Upstream::models`] says.
    pub fn models_of(&self, provider: &str, ids: &[&str]) {
        lock(&self.shared.lists).own.push((provider.to_owned(), owned(ids)));
    }

    /// How long answers without a script wait before each token, unless the message says it; 20 ms at first.
    pub fn pace(&self, every: Duration) {
        *lock(&self.shared.pace) = Some(every);
    }

    /// Takes these API keys only. Until then all are good but those with `invalid` in them.
    pub fn accept_keys(&self, keys: &[&str]) {
        *lock(&self.shared.keys) = owned(keys);
    }

    /// From now on the figures of the input are those of a simulated prompt cache ([`crate::cache`]), whatever the
    /// scripts say, and wrong marks are refused.
    pub fn simulate_cache(&self) {
        lock(&self.shared.cache).get_or_insert_with(caching::Simulation::new);
    }

    /// Lets this time pass for the simulated cache.
    pub fn advance(&self, time: Duration) {
        if let Some(simulation) = lock(&self.shared.cache).as_mut() {
            simulation.advance(time);
        }
    }

    /// The calls so far (lists of models and counts of tokens are not among them).
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

fn owned(ids: &[&str]) -> Vec<String> {
    ids.iter().map(|id| (*id).to_owned()).collect()
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().expect("nothing panics while it is held")
}

fn routes(shared: Arc<Shared>) -> Router {
    Router::new()
        .route("/v1/messages", post(answers::messages))
        .route("/v1/messages/count_tokens", post(answers::count_tokens))
        .route("/v1/chat/completions", post(answers::completions))
        .route("/v1/responses", post(answers::responses))
        .route("/openai/v1/chat/completions", post(answers::groq))
        .route("/v1beta/models/{action}", post(answers::gemini).get(lists::gemini_one))
        .route("/v1/models", get(lists::v1))
        .route("/v1/models/{*id}", get(lists::v1_one).post(answers::gemini))
        .route("/openai/v1/models", get(lists::groq))
        .route("/v1beta/models", get(lists::gemini))
        .route("/api/version", get(lists::ollama_version))
        .route("/api/tags", get(lists::ollama_tags))
        .route("/api/show", post(lists::ollama_show))
        .layer(DefaultBodyLimit::max(MAX_BODY_BYTES))
        .with_state(shared)
}

/// As much as Anthropic takes.
const MAX_BODY_BYTES: usize = 64 << 20;

/// An error as the provider words it.
fn complain(complaint: &Complaint, wire: Wire, headers: &[(String, String)]) -> Response {
    respond(complaint.status, headers, "application/json", Body::from(complaint.body(wire).to_string()))
}

fn respond(status: u16, headers: &[(String, String)], media_type: &str, body: Body) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    // Anthropic and OpenAI name the same thing differently.
    let mut response = Response::builder()
        .status(status)
        .header("request-id", "req_scripted")
        .header("x-request-id", "req_scripted");
    if !headers.iter().any(|(name, _)| name == "content-type") {
        response = response.header(CONTENT_TYPE, media_type);
    }
    for (name, value) in headers {
        response = response.header(name, value);
    }
    response.body(body).expect("a script's headers are valid")
}
