//! The providers' lists of models, each in its own shape.

use std::sync::Arc;

use axum::{
    Json,
    extract::{Path, State},
    http::HeaderMap,
    response::{IntoResponse as _, Response},
};
use serde_json::{Value, json};

use super::{Shared, complain, key, lock};
use crate::{fault::Fault, wire::Wire};

/// Which models are listed, by everybody or by one provider.
#[derive(Debug, Default)]
pub(super) struct Lists {
    pub(super) all: Option<Vec<String>>,
    pub(super) own: Vec<(String, Vec<String>)>,
}

impl Lists {
    /// The list of `provider`; none: it answers 404.
    fn of(&self, provider: &str) -> Option<Vec<String>> {
        let own = self.own.iter().rev().find(|(name, _)| name == provider).map(|(_, ids)| ids);
        own.or(self.all.as_ref()).cloned()
    }
}

/// `GET /v1/models`: Anthropic's, OpenAI's and Google's. Anthropic's clients send their version, Google's a header for
/// the key.
pub(super) async fn v1(State(shared): State<Arc<Shared>>, headers: HeaderMap) -> Response {
    let wire = v1_wire(&headers);
    list(&shared, wire, &headers, |ids| match wire {
        Wire::Anthropic => {
            let items: Vec<Value> = ids.iter().map(|id| anthropic(id)).collect();
            json!({"data": items, "has_more": false, "first_id": ids.first(), "last_id": ids.last()})
        }
        Wire::Gemini => json!({"models": ids.iter().map(|id| google(id)).collect::<Vec<_>>()}),
        _ => json!({"object": "list", "data": ids.iter().map(|id| openai(id)).collect::<Vec<_>>()}),
    })
}

/// `GET /v1/models/{id}`.
pub(super) async fn v1_one(
    State(shared): State<Arc<Shared>>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Response {
    let wire = v1_wire(&headers);
    let write = match wire {
        Wire::Anthropic => anthropic,
        Wire::Gemini => google,
        _ => openai,
    };
    one(&shared, wire, &headers, &id, write)
}

/// `GET /openai/v1/models`.
pub(super) async fn groq(State(shared): State<Arc<Shared>>, headers: HeaderMap) -> Response {
    list(&shared, Wire::Groq, &headers, |ids| {
        let item = |id: &String| {
            json!({"id": id, "object": "model", "created": 0, "owned_by": "scripted", "active": true,
                "context_window": 131_072, "max_completion_tokens": 65_536, "public_apps": null})
        };
        json!({"object": "list", "data": ids.iter().map(item).collect::<Vec<_>>()})
    })
}

/// `GET /v1beta/models`.
pub(super) async fn gemini(State(shared): State<Arc<Shared>>, headers: HeaderMap) -> Response {
    list(
        &shared,
        Wire::Gemini,
        &headers,
        |ids| json!({"models": ids.iter().map(|id| google(id)).collect::<Vec<_>>()}),
    )
}

/// `GET /v1beta/models/{id}`.
pub(super) async fn gemini_one(
    State(shared): State<Arc<Shared>>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Response {
    one(&shared, Wire::Gemini, &headers, &id, google)
}

/// Ollama's fingerprint: shown once [`super::Upstream::models`] has named models.
pub(super) async fn ollama_version(State(shared): State<Arc<Shared>>) -> Response {
    known(&shared, Wire::Chat, |_| json!({"version": "0.30.0"}))
}

/// Ollama's own list.
pub(super) async fn ollama_tags(State(shared): State<Arc<Shared>>) -> Response {
    known(&shared, Wire::Chat, |ids| {
        let item = |id: &String| json!({"name": id, "model": id, "details": {"family": "scripted"}});
        json!({"models": ids.iter().map(item).collect::<Vec<_>>()})
    })
}

/// What Ollama says of one model: those that are named `gemma` call no tools.
pub(super) async fn ollama_show(Json(asked): Json<Value>) -> Response {
    let is_plain = asked["model"].as_str().is_some_and(|id| id.starts_with("gemma"));
    let capabilities = if is_plain { json!(["completion"]) } else { json!(["completion", "tools"]) };
    Json(json!({"capabilities": capabilities})).into_response()
}

fn v1_wire(headers: &HeaderMap) -> Wire {
    if headers.contains_key("anthropic-version") {
        Wire::Anthropic
    } else if headers.contains_key("x-goog-api-key") {
        Wire::Gemini
    } else {
        Wire::Chat
    }
}

fn list(
    shared: &Shared,
    wire: Wire,
    headers: &HeaderMap,
    write: impl FnOnce(&[String]) -> Value,
) -> Response {
    if !key::is_good(&lock(&shared.keys), headers, None) {
        return complain(&Fault::InvalidKey.told(wire, ""), wire, &[]);
    }
    known(shared, wire, write)
}

fn known(shared: &Shared, wire: Wire, write: impl FnOnce(&[String]) -> Value) -> Response {
    let ids = lock(&shared.lists).of(wire.provider());
    ids.map_or_else(
        || complain(&Fault::UnknownModel.told(wire, ""), wire, &[]),
        |ids| Json(write(&ids)).into_response(),
    )
}

fn one(
    shared: &Shared,
    wire: Wire,
    headers: &HeaderMap,
    id: &str,
    write: impl FnOnce(&str) -> Value,
) -> Response {
    if !key::is_good(&lock(&shared.keys), headers, None) {
        return complain(&Fault::InvalidKey.told(wire, ""), wire, &[]);
    }
    let is_known = lock(&shared.lists).of(wire.provider()).is_some_and(|ids| ids.iter().any(|own| own == id));
    if is_known {
        return Json(write(id)).into_response();
    }
    complain(&Fault::UnknownModel.told(wire, id), wire, &[])
}

fn anthropic(id: &str) -> Value {
    json!({"type": "model", "id": id, "display_name": id, "created_at": "2026-09-22T00:00:00Z",
        "max_input_tokens": 1_000_000, "max_tokens": 128_000})
}

fn openai(id: &str) -> Value {
    json!({"id": id, "object": "model", "created": 0, "owned_by": "scripted"})
}

fn google(id: &str) -> Value {
    json!({"name": format!("models/{id}"), "version": "001", "displayName": id, "description": "scripted",
        "inputTokenLimit": 1_048_576, "outputTokenLimit": 65_536,
        "supportedGenerationMethods": ["generateContent", "countTokens"]})
}
