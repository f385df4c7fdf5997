//! Model servers on this machine: Ollama, llama.cpp, LM Studio and vLLM, found on their usual ports by fingerprint.
//!
//! Only loopback addresses and the one host the admin named (`OLLAMA_HOST`) are ever asked. What answers on a port but
//! shows no fingerprint is left alone.

use std::{sync::Arc, time::Duration};

use futures::{
    FutureExt as _, StreamExt as _,
    future::{self, join_all},
    stream,
};
use reqwest::header::HeaderMap;
use serde_json::{Value, json};
use vertice_domain::Provider;
use vertice_runtime::Tasks;

use crate::{
    catalog::{Model, Quirks},
    http::{Endpoint, Http, Wire},
    refresh::Refreshed,
};

/// How many models of a server are asked about at once.
const AT_ONCE: usize = 8;
/// How long a finding is kept.
const MAX_AGE: Duration = Duration::from_secs(30);
/// Where Ollama listens unless told otherwise.
pub const OLLAMA: &str = "http://127.0.0.1:11434";
/// Where the others listen unless told otherwise: llama.cpp, LM Studio, vLLM.
const OTHERS: [&str; 3] = ["http://127.0.0.1:8080", "http://127.0.0.1:1234", "http://127.0.0.1:8000"];

/// A server that was found, with its models.
#[derive(Debug, Clone)]
pub struct LocalServer {
    /// Where its models are asked.
    pub endpoint: Arc<Endpoint>,
    /// Its models, by the names it gives them.
    pub models: Vec<Arc<Model>>,
}

/// Looks for servers at `ollama` and, if `detect`, on the other ports; again when somebody asks later.
pub fn watch(ollama: String, detect: bool, http: Http, tasks: Tasks) -> Refreshed<Vec<LocalServer>> {
    let others = if detect { OTHERS.as_slice() } else { &[] };
    let bases: Vec<String> =
        std::iter::once(ollama).chain(others.iter().map(|base| (*base).to_owned())).collect();
    Refreshed::new(MAX_AGE, tasks, move || {
        let (bases, http) = (bases.clone(), http.clone());
        async move {
            let found = join_all(bases.iter().map(|base| look_at(&http, base))).await;
            found.into_iter().flatten().collect()
        }
        .boxed()
    })
}

/// llama.cpp imitates some of Ollama's routes, so `/props` is asked first.
async fn look_at(http: &Http, base: &str) -> Option<LocalServer> {
    let ask = |path: &str| {
        let url = format!("{base}{path}");
        async move { http.probe(&url).await }
    };
    let (props, version) = futures::join!(ask("/props"), ask("/api/version"));
    if let Some(props) = props.filter(|props| props["default_generation_settings"].is_object()) {
        return server(base, "llama.cpp", llama_models(&ask("/v1/models").await?, &props));
    }
    if version.is_some_and(|version| version["version"].is_string()) {
        let show = format!("{base}/api/show");
        let asked = ollama_models(&ask("/api/tags").await?).into_iter().map(|model| async {
            let shown = http.probe_with(&show, &json!({"model": model.id})).await;
            able(model, shown.as_ref().map(|shown| &shown["capabilities"]))
        });
        let models = stream::iter(asked).buffered(AT_ONCE).filter_map(future::ready).collect().await;
        return server(base, "Ollama", models);
    }
    let (new, old) = futures::join!(ask("/api/v1/models"), ask("/api/v0/models"));
    let new = new.filter(|list| list["models"][0]["key"].is_string());
    if let Some(list) = new.or_else(|| old.filter(|list| list["data"].is_array())) {
        return server(base, "LM Studio", lm_studio_models(&list));
    }
    let (version, list) = futures::join!(ask("/version"), ask("/v1/models"));
    let is_vllm = version.is_some_and(|version| version["version"].is_string());
    let list = list.filter(|list| is_vllm && list["data"][0]["owned_by"] == "vllm")?;
    server(base, "vLLM", models_of(&list, None))
}

fn server(base: &str, name: &str, models: Vec<Model>) -> Option<LocalServer> {
    if models.is_empty() {
        return None;
    }
    let address = base.split_once("://").map_or(base, |(_, address)| address);
    let endpoint = Endpoint {
        provider: Provider::Local,
        wire: Wire::OpenAi,
        label: format!("{name} at {address}"),
        call_url: format!("{base}/v1/chat/completions"),
        models_url: format!("{base}/v1/models"),
        headers: HeaderMap::new(),
        key_variable: None,
        base_variable: if name == "Ollama" { "OLLAMA_HOST".to_owned() } else { format!("that {name} runs") },
        official: false,
    };
    Some(LocalServer { endpoint: Arc::new(endpoint), models: models.into_iter().map(Arc::new).collect() })
}

fn model(id: &str, window: Option<u64>) -> Model {
    let window = window.filter(|window| *window > 0);
    Model { context_window: window, quirks: Some(Quirks::COMPATIBLE), ..Model::free(id, Provider::Local) }
}

/// A model of Ollama's with what it can do, as `/api/show` says (since 0.6.4; before, nobody knows). None: it does not chat.
fn able(model: Model, capabilities: Option<&Value>) -> Option<Model> {
    let Some(capabilities) = capabilities.and_then(Value::as_array) else { return Some(model) };
    let can = |what: &str| capabilities.iter().any(|capability| capability == what);
    can("completion").then(|| Model { tools: can("tools"), vision: can("vision"), ..model })
}

/// llama.cpp runs one model, and `/props` says what its template and its projector can do (older ones do not say it).
fn llama_models(list: &Value, props: &Value) -> Vec<Model> {
    let tools = props["chat_template_caps"]["supports_tools"].as_bool().unwrap_or(true);
    let vision = props["modalities"]["vision"].as_bool().unwrap_or(false);
    let models = models_of(list, props["default_generation_settings"]["n_ctx"].as_u64());
    models.into_iter().map(|model| Model { tools, vision, ..model }).collect()
}

/// llama.cpp and vLLM: `/v1/models`.
fn models_of(list: &Value, window: Option<u64>) -> Vec<Model> {
    let items = list["data"].as_array().map(Vec::as_slice).unwrap_or_default();
    let named = items.iter().filter_map(|item| Some((item["id"].as_str()?, item["max_model_len"].as_u64())));
    named.map(|(id, own)| model(id, own.or(window))).collect()
}

/// Ollama cuts the input to a window that it tells nobody, so the window stays unknown. It takes no tool choice (its list of
/// what it understands of Chat Completions, 2026-11).
fn ollama_models(list: &Value) -> Vec<Model> {
    let items = list["models"].as_array().map(Vec::as_slice).unwrap_or_default();
    let chat = items
        .iter()
        .filter(|item| !item["details"]["family"].as_str().is_some_and(|family| family.contains("bert")));
    let named = chat.filter_map(|item| item["name"].as_str());
    named.map(|id| Model { forced_tool_choice: false, ..model(id, None) }).collect()
}

fn lm_studio_models(list: &Value) -> Vec<Model> {
    let items = list["models"].as_array().or_else(|| list["data"].as_array());
    let chat = items.into_iter().flatten().filter(|item| {
        // One is the newer word, the other the older.
        !matches!(item["type"].as_str(), Some("embedding" | "embeddings"))
    });
    let id = |item: &Value| item["key"].as_str().or_else(|| item["id"].as_str()).map(str::to_owned);
    chat.filter_map(|item| Some(model(&id(item)?, item["max_context_length"].as_u64()))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_server_lists_in_its_own_way() {
        let ids =
            |models: Vec<Model>| models.into_iter().map(|m| (m.id, m.context_window)).collect::<Vec<_>>();
        let ollama = json!({"models": [{"name": "qwen3:8b", "details": {"family": "qwen3"}},
            {"name": "nomic-embed-text", "details": {"family": "nomic-bert"}}]});
        assert_eq!(ids(ollama_models(&ollama)), [("qwen3:8b".into(), None)]);
        let studio = json!({"data": [{"id": "gemma", "type": "llm", "max_context_length": 8192},
            {"id": "embed", "type": "embeddings"}]});
        assert_eq!(ids(lm_studio_models(&studio)), [("gemma".into(), Some(8_192))]);
        let newer = json!({"models": [{"key": "qwen", "type": "llm", "max_context_length": 4096},
            {"key": "nomic", "type": "embedding"}]});
        assert_eq!(ids(lm_studio_models(&newer)), [("qwen".into(), Some(4_096))]);
        let able = |capabilities| able(model("a", None), Some(&capabilities)).map(|m| (m.tools, m.vision));
        assert_eq!(able(json!(["completion", "vision"])), Some((false, true)));
        assert_eq!(able(json!(["completion", "tools"])), Some((true, false)));
        assert_eq!((able(json!(["embedding"])), able(json!(null))), (None, Some((true, false))));
        let props = json!({"default_generation_settings": {"n_ctx": 4096},
            "chat_template_caps": {"supports_tools": false}, "modalities": {"vision": true}});
        let llama = llama_models(&json!({"data": [{"id": "a"}]}), &props);
        assert_eq!((llama[0].tools, llama[0].vision, llama[0].context_window), (false, true, Some(4_096)));
        let vllm = json!({"data": [{"id": "a", "owned_by": "vllm", "max_model_len": 4096}, {"no": 1}]});
        assert_eq!(ids(models_of(&vllm, None)), [("a".into(), Some(4_096))]);
        assert!(models_of(&json!([]), None).is_empty());
    }
}
