//! A protected MCP server, and the authorization server that it names, each on a port of its own. The authorization server
//! takes nothing that it would not have to take: PKCE, redirect, resource and client must be right.

use std::{
    collections::{HashMap, HashSet},
    io,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering},
    },
};

use axum::{
    Form, Json, Router,
    body::{Body, to_bytes},
    extract::{Request, State},
    http::{StatusCode, header},
    middleware::{Next, from_fn_with_state},
    response::{IntoResponse as _, Response},
    routing::{get, post},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tokio_util::sync::DropGuard;
use url::Url;

use super::{
    Speaks,
    http::{Manners, Told, router, serve},
};

/// Both servers, which listen until this is dropped.
pub struct Protected {
    /// The MCP server's.
    pub url: String,
    pub told: Arc<Told>,
    pub authority: Arc<Authority>,
    _stop: [DropGuard; 2],
}

/// The authorization server.
pub struct Authority {
    issuer: String,
    resource: String,
    inner: Mutex<Inner>,
    /// For how long a token is good, in seconds.
    pub lifetime: AtomicU64,
    /// Whether it refuses to renew.
    pub is_tired: AtomicBool,
    /// How often it was asked to renew.
    pub renewals: AtomicUsize,
    /// How often it was asked at all.
    pub asked: AtomicUsize,
}

#[derive(Default)]
struct Inner {
    /// The redirect address of each client.
    clients: HashMap<String, String>,
    /// What was asked for with each code.
    codes: HashMap<String, HashMap<String, String>>,
    /// The scopes of each token that is good.
    tokens: HashMap<String, String>,
    /// Client and scopes of each refresh token that is good.
    refreshes: HashMap<String, (String, String)>,
    /// The scope that a tool needs.
    needs: HashMap<String, String>,
    /// All that must stay secret.
    secrets: HashSet<String>,
    made: usize,
}

impl Inner {
    fn secret(&mut self, kind: &str) -> String {
        self.made += 1;
        let secret = format!("{kind}-secret-{}", self.made);
        self.secrets.insert(secret.clone());
        secret
    }
}

/// How a person comes back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Consent {
    Given,
    Refused,
    /// Another authorization server says that it was given.
    Stranger,
    /// Nobody says who says so.
    Nameless,
}

impl Protected {
    pub async fn listen(speaks: Speaks) -> io::Result<Self> {
        let mcp = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        let other = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("http://{}/mcp", mcp.local_addr()?);
        let told = Arc::new(Told::new(speaks, Manners::Decent));
        let authority = Arc::new(Authority {
            issuer: format!("http://{}", other.local_addr()?),
            resource: url.clone(),
            inner: Mutex::default(),
            lifetime: AtomicU64::new(3_600),
            is_tired: AtomicBool::new(false),
            renewals: AtomicUsize::new(0),
            asked: AtomicUsize::new(0),
        });
        let open = Router::new()
            .route("/.well-known/oauth-protected-resource/mcp", get(resource))
            .with_state(Arc::clone(&authority));
        let guarded = router(&told).layer(from_fn_with_state(Arc::clone(&authority), guard)).merge(open);
        let signing = Router::new()
            .route("/.well-known/oauth-authorization-server", get(metadata))
            .route("/register", post(register))
            .route("/token", post(token))
            .with_state(Arc::clone(&authority));
        let stop = [serve(mcp, guarded), serve(other, signing)];
        Ok(Self { url, told, authority, _stop: stop })
    }
}

impl Authority {
    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What a person's browser comes back to from the address, having been asked there.
    pub fn answer(&self, page: &str, consent: Consent) -> Result<Url, String> {
        let page = Url::parse(page).map_err(|error| error.to_string())?;
        let asked: HashMap<String, String> = page.query_pairs().into_owned().collect();
        let told = |name: &str| asked.get(name).cloned().unwrap_or_default();
        let mut inner = self.inner();
        let is_right = page.as_str().starts_with(&format!("{}/authorize?", self.issuer))
            && inner.clients.get(&told("client_id")) == Some(&told("redirect_uri"))
            && told("response_type") == "code"
            && told("code_challenge_method") == "S256"
            && told("code_challenge").len() == 43
            && told("state").len() >= 16
            && told("resource") == self.resource;
        if !is_right {
            return Err(format!("what is asked for is not right: {page}"));
        }
        let mut back = Url::parse(&told("redirect_uri")).map_err(|error| error.to_string())?;
        let issuer = if consent == Consent::Stranger { "https://evil.example" } else { &self.issuer };
        back.query_pairs_mut().append_pair("state", &told("state"));
        if consent == Consent::Refused {
            back.query_pairs_mut().append_pair("error", "access_denied");
        } else {
            let code = inner.secret("code");
            back.query_pairs_mut().append_pair("code", &code);
            inner.codes.insert(code, asked);
        }
        if consent != Consent::Nameless {
            back.query_pairs_mut().append_pair("iss", issuer);
        }
        Ok(back)
    }

    /// From now on no token is good that was given before.
    pub fn expire(&self) {
        self.inner().tokens.clear();
    }

    /// The tool needs a scope.
    pub fn needs(&self, tool: &str, scope: &str) {
        self.inner().needs.insert(tool.to_owned(), scope.to_owned());
    }

    /// Every code and token that was given.
    pub fn secrets(&self) -> HashSet<String> {
        self.inner().secrets.clone()
    }

    fn granted(&self, inner: &mut Inner, client: &str, scope: &str) -> Response {
        let (token, refresh) = (inner.secret("access"), inner.secret("refresh"));
        inner.tokens.insert(token.clone(), scope.to_owned());
        inner.refreshes.insert(refresh.clone(), (client.to_owned(), scope.to_owned()));
        let lifetime = self.lifetime.load(Ordering::SeqCst);
        Json(json!({"access_token": token, "token_type": "Bearer", "expires_in": lifetime,
            "refresh_token": refresh, "scope": scope}))
        .into_response()
    }
}

type Asked = State<Arc<Authority>>;

async fn resource(State(authority): Asked) -> Json<Value> {
    Json(json!({"resource": authority.resource, "authorization_servers": [authority.issuer],
        "scopes_supported": ["tools"]}))
}

async fn metadata(State(authority): Asked) -> Json<Value> {
    authority.asked.fetch_add(1, Ordering::SeqCst);
    let at = |path: &str| format!("{}{path}", authority.issuer);
    Json(json!({
        "issuer": authority.issuer,
        "authorization_endpoint": at("/authorize"),
        "token_endpoint": at("/token"),
        "registration_endpoint": at("/register"),
        "response_types_supported": ["code"],
        "code_challenge_methods_supported": ["S256"],
        "token_endpoint_auth_methods_supported": ["none"],
        "authorization_response_iss_parameter_supported": true,
    }))
}

async fn register(State(authority): Asked, Json(client): Json<Value>) -> Response {
    authority.asked.fetch_add(1, Ordering::SeqCst);
    let mut inner = authority.inner();
    let Some(redirect) = client["redirect_uris"][0].as_str() else {
        return refused("invalid_redirect_uri");
    };
    let id = format!("client-{}", inner.clients.len() + 1);
    inner.clients.insert(id.clone(), redirect.to_owned());
    let told = json!({"client_id": id, "redirect_uris": [redirect], "client_name": client["client_name"]});
    (StatusCode::CREATED, Json(told)).into_response()
}

async fn token(State(authority): Asked, Form(form): Form<HashMap<String, String>>) -> Response {
    authority.asked.fetch_add(1, Ordering::SeqCst);
    let told = |name: &str| form.get(name).cloned().unwrap_or_default();
    let mut inner = authority.inner();
    if told("resource") != authority.resource {
        return refused("invalid_target");
    }
    if told("grant_type") == "refresh_token" {
        authority.renewals.fetch_add(1, Ordering::SeqCst);
        let known = inner.refreshes.remove(&told("refresh_token"));
        let is_tired = authority.is_tired.load(Ordering::SeqCst);
        return match known.filter(|(client, _)| *client == told("client_id") && !is_tired) {
            Some((client, scope)) => authority.granted(&mut inner, &client, &scope),
            None => refused("invalid_grant"),
        };
    }
    let Some(asked) = inner.codes.remove(&told("code")) else { return refused("invalid_grant") };
    let was = |name: &str| asked.get(name).cloned().unwrap_or_default();
    let proof = URL_SAFE_NO_PAD.encode(Sha256::digest(told("code_verifier")));
    let is_right = proof == was("code_challenge")
        && told("redirect_uri") == was("redirect_uri")
        && told("client_id") == was("client_id");
    if !is_right {
        return refused("invalid_grant");
    }
    authority.granted(&mut inner, &was("client_id"), &was("scope"))
}

fn refused(word: &str) -> Response {
    (StatusCode::BAD_REQUEST, Json(json!({"error": word}))).into_response()
}

/// Lets through who has a token that is good for what is asked.
async fn guard(State(authority): Asked, request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, 1024 * 1024).await else { return StatusCode::BAD_REQUEST.into_response() };
    let message: Value = serde_json::from_slice(&body).unwrap_or_default();
    let tool = message["params"]["name"].as_str().unwrap_or_default();
    let token = parts.headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let token = token.and_then(|value| value.strip_prefix("Bearer ")).unwrap_or_default();
    let (scopes, need) = {
        let inner = authority.inner();
        (inner.tokens.get(token).cloned(), inner.needs.get(tool).cloned())
    };
    let document =
        format!("{}/.well-known/oauth-protected-resource/mcp", authority.resource.trim_end_matches("/mcp"));
    let Some(scopes) = scopes else {
        let challenge = format!(r#"Bearer resource_metadata="{document}", scope="tools""#);
        return (StatusCode::UNAUTHORIZED, [(header::WWW_AUTHENTICATE, challenge)]).into_response();
    };
    if let Some(need) = need.filter(|need| !scopes.split(' ').any(|scope| scope == need)) {
        let challenge = format!(
            r#"Bearer error="insufficient_scope", scope="tools {need}", resource_metadata="{document}""#
        );
        return (StatusCode::FORBIDDEN, [(header::WWW_AUTHENTICATE, challenge)]).into_response();
    }
    next.run(Request::from_parts(parts, Body::from(body))).await
}
