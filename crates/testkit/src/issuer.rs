//! An OpenID Connect issuer on a port of its own, which signs whatever it is told to. It can be down, take its time, take other
//! keys, and counts how often it was asked.

mod keys;
mod sign_in;

use std::{
    collections::HashMap,
    io,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
};

use axum::{
    Json, Router,
    extract::{Request, State},
    http::StatusCode,
    middleware::{Next, from_fn_with_state},
    response::{IntoResponse as _, Response},
    routing::{get, post},
};
use serde_json::{Value, json};
use tokio::sync::watch;
use tokio_util::sync::DropGuard;

pub use self::{
    keys::{SigningKey, compact, compact_hs256},
    sign_in::{CLIENT_SECRET, Consent},
};

/// An issuer that listens until this is dropped.
pub struct Issuer {
    /// Its name and address.
    pub url: String,
    inner: Arc<Inner>,
    _stop: DropGuard,
}

struct Inner {
    url: String,
    keys: Mutex<Vec<SigningKey>>,
    /// What was granted under each code, and how many there were.
    codes: Mutex<(HashMap<String, sign_in::Granted>, usize)>,
    /// What it says of itself that is not true.
    lies: Mutex<Value>,
    is_down: AtomicBool,
    is_held: watch::Sender<bool>,
    documents: AtomicUsize,
    key_sets: AtomicUsize,
    exchanges: AtomicUsize,
}

impl Inner {
    fn keys(&self) -> MutexGuard<'_, Vec<SigningKey>> {
        self.keys.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn codes(&self) -> MutexGuard<'_, (HashMap<String, sign_in::Granted>, usize)> {
        self.codes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Issuer {
    /// With a key for RS256, `rsa-1`, and one for ES256, `ec-1`.
    pub async fn listen() -> io::Result<Self> {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("http://{}", listener.local_addr()?);
        let inner = Arc::new(Inner {
            url: url.clone(),
            keys: Mutex::new(vec![SigningKey::rsa("rsa-1"), SigningKey::ec("ec-1")]),
            codes: Mutex::default(),
            lies: Mutex::new(json!({})),
            is_down: AtomicBool::new(false),
            is_held: watch::Sender::new(false),
            documents: AtomicUsize::new(0),
            key_sets: AtomicUsize::new(0),
            exchanges: AtomicUsize::new(0),
        });
        let router = Router::new()
            .route("/.well-known/openid-configuration", get(document))
            .route("/jwks", get(key_set))
            .route("/token", post(sign_in::token))
            // Where Clerk has them.
            .route("/.well-known/jwks.json", get(key_set))
            .layer(from_fn_with_state(Arc::clone(&inner), mood))
            .with_state(Arc::clone(&inner));
        let stop = crate::mcp::http::serve(listener, router);
        Ok(Self { url, inner, _stop: stop })
    }

    /// Claims that are good for an hour from `now`, in seconds, with others in their place; null takes one away.
    pub fn claims(&self, now: i64, changes: &Value) -> Value {
        let mut claims =
            json!({"iss": self.url, "sub": "ann", "aud": "vertice", "iat": now, "exp": now + 3_600});
        for (name, value) in changes.as_object().into_iter().flatten() {
            if value.is_null() {
                claims.as_object_mut().map(|claims| claims.remove(name));
            } else {
                claims[name] = value.clone();
            }
        }
        claims
    }

    /// A token with these claims, signed with its key of that name.
    pub fn token(&self, kid: &str, claims: &Value) -> String {
        let keys = self.inner.keys();
        let key = keys.iter().find(|key| key.kid == kid).expect("the issuer has that key");
        key.token(claims)
    }

    /// From now on it has these keys.
    pub fn take_keys(&self, keys: Vec<SigningKey>) {
        *self.inner.keys() = keys;
    }

    /// Its public key of that name, as everybody can read it.
    pub fn public(&self, kid: &str) -> Value {
        self.inner.keys().iter().find(|key| key.kid == kid).map(SigningKey::jwk).unwrap_or_default()
    }

    /// Says something else of itself.
    pub fn lie(&self, claims: Value) {
        *self.inner.lies.lock().unwrap_or_else(PoisonError::into_inner) = claims;
    }

    pub fn set_down(&self, is_down: bool) {
        self.inner.is_down.store(is_down, Ordering::SeqCst);
    }

    /// Answers nobody until it is let go.
    pub fn hold(&self, is_held: bool) {
        self.inner.is_held.send_replace(is_held);
    }

    /// How often its keys were asked for.
    pub fn key_sets(&self) -> usize {
        self.inner.key_sets.load(Ordering::SeqCst)
    }

    /// How often codes were brought to it.
    pub fn exchanges(&self) -> usize {
        self.inner.exchanges.load(Ordering::SeqCst)
    }

    /// How often its discovery document was asked for.
    pub fn documents(&self) -> usize {
        self.inner.documents.load(Ordering::SeqCst)
    }
}

async fn mood(State(inner): State<Arc<Inner>>, request: Request, next: Next) -> Response {
    match request.uri().path() {
        "/.well-known/openid-configuration" => inner.documents.fetch_add(1, Ordering::SeqCst),
        "/token" => inner.exchanges.fetch_add(1, Ordering::SeqCst),
        _ => inner.key_sets.fetch_add(1, Ordering::SeqCst),
    };
    let mut held = inner.is_held.subscribe();
    // It ends with the issuer at the latest.
    let _has_ended = held.wait_for(|is_held| !is_held).await.is_err();
    if inner.is_down.load(Ordering::SeqCst) {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    }
    next.run(request).await
}

async fn document(State(inner): State<Arc<Inner>>) -> Json<Value> {
    let mut document = json!({
        "issuer": inner.url,
        "jwks_uri": format!("{}/jwks", inner.url),
        "authorization_endpoint": format!("{}/authorize", inner.url),
        "token_endpoint": format!("{}/token", inner.url),
        "authorization_response_iss_parameter_supported": true,
    });
    let lies = inner.lies.lock().unwrap_or_else(PoisonError::into_inner).clone();
    for (name, value) in lies.as_object().into_iter().flatten() {
        document[name] = value.clone();
    }
    Json(document)
}

async fn key_set(State(inner): State<Arc<Inner>>) -> Json<Value> {
    let keys: Vec<Value> = inner.keys().iter().map(SigningKey::jwk).collect();
    Json(json!({ "keys": keys }))
}
