//! A server in this process, with a database in a temporary directory, and users on it.

use std::{net::SocketAddr, sync::Once};

use axum::{
    Router,
    body::{Body, BodyDataStream},
    extract::ConnectInfo,
};
use futures::StreamExt as _;
use http::{HeaderMap, HeaderValue, Request, StatusCode};
use serde_json::Value;
use tempfile::TempDir;
use tower::ServiceExt as _;
use vertice_domain::{Role, Scope};
use vertice_ports::accounts::Visit;
use vertice_server::{
    settings::{Settings, Variables},
    wiring::{Application, Console, World},
};

/// A password that is good enough.
pub(crate) const PASSWORD: &str = "correct horse battery staple";

/// A server in this process.
pub(crate) struct Server {
    pub(crate) router: Router,
    pub(crate) settings: Settings,
    /// Kept so that the data directory lives as long as the server.
    _dir: TempDir,
    _application: Application,
}

/// A whole answer.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Reply {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("no JSON: {self:?}"))
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

impl Server {
    pub(crate) async fn start() -> Self {
        Self::with(&[]).await
    }

    /// A server with these variables set; without them, nothing is limited.
    pub(crate) async fn with(variables: &[(&str, &str)]) -> Self {
        Self::with_catalog(variables, "").await
    }

    /// The same, with the admin's own catalogue.
    pub(crate) async fn with_catalog(variables: &[(&str, &str)], catalog: &str) -> Self {
        Self::within(variables, catalog, World::default()).await
    }

    /// The same in another world.
    pub(crate) async fn within(variables: &[(&str, &str)], catalog: &str, world: World) -> Self {
        install_tls();
        let dir = tempfile::tempdir().unwrap();
        let data_dir = dir.path().join("data");
        std::fs::create_dir(&data_dir).unwrap();
        std::fs::write(data_dir.join("catalog.toml"), catalog).unwrap();
        let base = [
            ("VERTICE_ADDR", "127.0.0.1:0"),
            ("VERTICE_DATA_DIR", data_dir.to_str().unwrap()),
            ("RATE_LIMIT_REQUESTS_PER_MINUTE", "1000000"),
            ("RATE_LIMIT_BURST", "1000000"),
            ("AUTO_TITLES", "false"),
            ("ENABLE_SANDBOXING", "false"),
        ];
        let all = base.iter().chain(variables).copied();
        let settings = Settings::read(&Variables::of(all)).unwrap();
        let application = Application::within(settings.clone(), world).await.unwrap();
        Self { router: application.router(), settings, _dir: dir, _application: application }
    }

    /// A new user's token, with every scope.
    pub(crate) async fn user(&self, email: &str) -> String {
        self.user_with(email, &[]).await
    }

    /// A new admin's token.
    pub(crate) async fn admin(&self, email: &str) -> String {
        self.account(email, Role::Admin, &[]).await
    }

    pub(crate) async fn user_with(&self, email: &str, scopes: &[Scope]) -> String {
        self.account(email, Role::User, scopes).await
    }

    async fn account(&self, email: &str, role: Role, scopes: &[Scope]) -> String {
        self.tokens(email, role, &[scopes]).await.remove(0)
    }

    /// A new user's tokens, each with these scopes.
    pub(crate) async fn tokens(&self, email: &str, role: Role, scopes: &[&[Scope]]) -> Vec<String> {
        let console = Console::open(&self.settings).await.unwrap();
        console.accounts.create_user(email, PASSWORD, role).await.unwrap();
        let actor = console.accounts.console_actor(&email.parse().unwrap()).await.unwrap();
        let mut tokens = Vec::new();
        for scopes in scopes {
            tokens.push(console.accounts.issue_token(&actor, "test", scopes, None).await.unwrap().token);
        }
        console.close().await;
        tokens
    }

    /// A signed-in browser's cookie for a user that exists.
    pub(crate) async fn cookie(&self, email: &str) -> String {
        let console = Console::open(&self.settings).await.unwrap();
        let session = console.accounts.sign_in(&Visit::default(), email, PASSWORD).await.unwrap();
        console.close().await;
        format!("vertice_session={}", session.secret.0)
    }

    pub(crate) async fn send(&self, request: Request<Body>) -> Reply {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = axum::body::to_bytes(body, usize::MAX).await.unwrap();
        let body = String::from_utf8_lossy(&bytes).into_owned();
        Reply { status: parts.status, headers: parts.headers, body }
    }

    pub(crate) async fn get(&self, token: &str, path: &str) -> Reply {
        self.send(request("GET", token, path, None)).await
    }

    pub(crate) async fn post(&self, token: &str, path: &str, body: Value) -> Reply {
        self.send(request("POST", token, path, Some(body))).await
    }

    /// A new conversation's id.
    pub(crate) async fn conversation(&self, token: &str) -> String {
        let reply = self.post(token, "/api/v1/conversations", serde_json::json!({})).await;
        reply.json()["id"].as_str().unwrap().to_owned()
    }

    /// The events of an answer that is streamed, to be read one by one.
    pub(crate) async fn listen(&self, request: Request<Body>) -> Events {
        let response = self.router.clone().oneshot(request).await.unwrap();
        assert_eq!(response.status(), StatusCode::OK, "{response:?}");
        let headers = response.headers().clone();
        Events { headers, body: response.into_body().into_data_stream(), pending: String::new() }
    }
}

/// A request with a token and perhaps a JSON body.
pub(crate) fn request(method: &str, token: &str, path: &str, body: Option<Value>) -> Request<Body> {
    let builder =
        Request::builder().method(method).uri(path).header("authorization", format!("Bearer {token}"));
    match body {
        None => builder.body(Body::empty()).unwrap(),
        Some(body) => {
            builder.header("content-type", "application/json").body(body.to_string().into()).unwrap()
        }
    }
}

/// The same request, as it comes over a connection from `peer`.
pub(crate) fn from(peer: &str, mut request: Request<Body>) -> Request<Body> {
    let peer = SocketAddr::new(peer.parse().unwrap(), 40_000);
    request.extensions_mut().insert(ConnectInfo(peer));
    request
}

/// The same request, as a program on the server's machine sends it.
pub(crate) fn local(mut request: Request<Body>) -> Request<Body> {
    request.headers_mut().insert("host", HeaderValue::from_static("127.0.0.1:3000"));
    from("127.0.0.1", request)
}

/// A form as one of our pages sends it to a server function.
pub(crate) fn form(function: &str, cookie: &str, body: &str) -> Request<Body> {
    filled(&format!("/api/ui/{function}"), cookie, body)
}

/// A form as one of our pages sends it.
pub(crate) fn filled(path: &str, cookie: &str, body: &str) -> Request<Body> {
    let builder = Request::post(path).header("host", "127.0.0.1:3000");
    let builder = builder.header("sec-fetch-site", "same-origin").header("cookie", cookie);
    builder.header("content-type", "application/x-www-form-urlencoded").body(body.to_owned().into()).unwrap()
}

/// One server-sent event.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Event {
    pub(crate) id: u64,
    pub(crate) name: String,
    pub(crate) data: Value,
}

/// The events of a body, as they come.
pub(crate) struct Events {
    pub(crate) headers: HeaderMap,
    body: BodyDataStream,
    pending: String,
}

impl Events {
    pub(crate) async fn next(&mut self) -> Option<Event> {
        loop {
            if let Some((block, rest)) = self.pending.split_once("\n\n") {
                let event = parse(block);
                self.pending = rest.to_owned();
                if event.is_some() {
                    return event;
                }
                continue;
            }
            let chunk = self.body.next().await?.unwrap();
            self.pending.push_str(std::str::from_utf8(&chunk).unwrap());
        }
    }

    pub(crate) async fn take(&mut self, count: usize) -> Vec<Event> {
        let mut events = Vec::new();
        while events.len() < count {
            events.push(self.next().await.expect("the stream ended early"));
        }
        events
    }

    pub(crate) async fn rest(&mut self) -> Vec<Event> {
        let mut events = Vec::new();
        while let Some(event) = self.next().await {
            events.push(event);
        }
        events
    }
}

/// Reads one block; comments are none.
pub(crate) fn parse(block: &str) -> Option<Event> {
    let field = |name: &str| {
        block.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": ")).map(str::to_owned)
    };
    Some(Event {
        id: field("id")?.parse().unwrap(),
        name: field("event")?,
        data: serde_json::from_str(&field("data")?).unwrap(),
    })
}

pub(crate) fn install_tls() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        rustls::crypto::ring::default_provider().install_default().expect("nothing else installs one");
    });
}

/// The answer among a conversation's messages.
pub(crate) fn answer_of(messages: &Value) -> &Value {
    let items = messages["items"].as_array().unwrap();
    items.iter().find(|message| message["role"] == "assistant").unwrap()
}
