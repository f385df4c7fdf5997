//! Which models a configured provider lists: those the catalogue does not know work too, at an unknown price.

use std::{sync::Arc, time::Duration};

use futures::FutureExt as _;
use serde_json::Value;
use vertice_domain::Provider;
use vertice_runtime::Tasks;

use crate::{
    catalog::{Model, Quirks},
    http::{Endpoint, Http, Wire},
    refresh::Refreshed,
};

/// How long a list is kept.
const MAX_AGE: Duration = Duration::from_secs(300);
/// How long the provider may take to give it.
const TIMEOUT: Duration = Duration::from_secs(3);
/// Ids of OpenAI's own list with one of these in them are not for chat.
const NOT_FOR_CHAT: [&str; 15] = [
    "embedding",
    "whisper",
    "tts",
    "audio",
    "realtime",
    "transcribe",
    "image",
    "dall-e",
    "moderation",
    "sora",
    "babbage",
    "davinci",
    "instruct",
    "-live",
    "search-preview",
];

/// What a provider listed; none: it gave no list.
pub type Listed = Option<Vec<Arc<Model>>>;
/// A provider's list.
pub type Listing = Refreshed<Listed>;

/// The list of `endpoint`, fetched when somebody asks.
pub fn of(endpoint: Arc<Endpoint>, http: Http, tasks: Tasks) -> Listing {
    Refreshed::new(MAX_AGE, tasks, move || {
        let (endpoint, http) = (Arc::clone(&endpoint), http.clone());
        async move {
            let answer = http.list(&endpoint, TIMEOUT).await?;
            Some(models(&answer, &endpoint)?.into_iter().map(Arc::new).collect())
        }
        .boxed()
    })
}

/// The models of a list as nearly every provider writes it, `{data: [{id, …}]}`, or as Google does, `{models: [{name, …}]}`.
fn models(answer: &Value, endpoint: &Endpoint) -> Option<Vec<Model>> {
    if endpoint.wire == Wire::Gemini {
        let items = answer["models"].as_array()?;
        return Some(items.iter().filter_map(|item| gemini_model(item, endpoint)).collect());
    }
    let items = answer["data"].as_array()?;
    Some(items.iter().filter_map(|item| model(item, endpoint)).collect())
}

fn gemini_model(item: &Value, endpoint: &Endpoint) -> Option<Model> {
    let id = item["name"].as_str()?.trim_start_matches("models/");
    let answers = item["supportedGenerationMethods"].as_array();
    let is_for_chat = answers.is_none_or(|methods| methods.iter().any(|method| method == "generateContent"));
    if id.is_empty() || id.len() > 200 || !is_for_chat || NOT_FOR_CHAT.iter().any(|word| id.contains(word)) {
        return None;
    }
    Some(Model {
        name: item["displayName"].as_str().unwrap_or(id).to_owned(),
        context_window: item["inputTokenLimit"].as_u64().filter(|window| *window > 0),
        max_output_tokens: item["outputTokenLimit"].as_u64().filter(|limit| *limit > 0),
        vision: true,
        ..Model::unknown(id, endpoint.provider)
    })
}

fn model(item: &Value, endpoint: &Endpoint) -> Option<Model> {
    let id = item["id"].as_str().filter(|id| !id.is_empty() && id.len() <= 200)?;
    if item["active"] == false || NOT_FOR_CHAT.iter().any(|word| id.contains(word)) {
        return None;
    }
    let mut model = Model::unknown(id, endpoint.provider);
    if let Some(name) = item["display_name"].as_str().or(item["name"].as_str()) {
        model.name = name.to_owned();
    }
    let windows = ["max_model_len", "context_window", "context_length", "max_input_tokens"];
    model.context_window =
        windows.iter().find_map(|field| item[*field].as_u64()).filter(|window| *window > 0);
    // What a provider's newest models refuse is not in its list: the careful call is the one that works everywhere.
    model.refuses_temperature = endpoint.official || endpoint.wire == Wire::Anthropic;
    model.quirks = Some(match endpoint.provider {
        Provider::Groq => Quirks::GROQ,
        _ if endpoint.official => Quirks::OPENAI,
        _ => Quirks::COMPATIBLE,
    });
    // What is not known may well see: the provider says no, if it does not. What it lists says nothing of it.
    model.vision = endpoint.provider != Provider::Groq;
    if endpoint.provider == Provider::Local {
        model.prices = crate::price::Prices::free();
    }
    Some(model)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_not_for_chat_is_left_out() {
        let endpoint = Endpoint { official: false, ..Endpoint::unreachable() };
        let answer = json!({"data": [{"id": "house-7b", "max_model_len": 32768}, {"id": "text-embedding-3"}, {"x": 1}]});
        let models = models(&answer, &endpoint).unwrap();
        assert_eq!(models.len(), 1);
        assert_eq!((models[0].id.as_str(), models[0].context_window), ("house-7b", Some(32_768)));
        assert_eq!(models[0].price(vertice_domain::Timestamp::from_millis(0)), None);
        assert_eq!(super::models(&json!([]), &endpoint), None);
        let google = Endpoint { provider: Provider::Gemini, wire: Wire::Gemini, ..endpoint };
        let answer = json!({"models": [
            {"name": "models/gemini-9", "displayName": "Gemini 9", "inputTokenLimit": 1_048_576, "supportedGenerationMethods": ["generateContent"]},
            {"name": "models/embedder", "supportedGenerationMethods": ["embedContent"]},
        ]});
        let models = super::models(&answer, &google).unwrap();
        assert_eq!(models.len(), 1);
        assert_eq!((models[0].id.as_str(), models[0].context_window), ("gemini-9", Some(1_048_576)));
    }
}
