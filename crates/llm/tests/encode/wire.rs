//! The wires by name, and the models that speak them.

use std::sync::Arc;

use serde_json::Value;
use vertice_domain::Provider;
use vertice_llm::{
    anthropic,
    cache_plan::CachePlan,
    catalog::{Catalog, Model, Quirks, Thinking},
    gemini, openai, responses,
};
use vertice_ports::Prompt;

#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Wire {
    Anthropic,
    Chat(Quirks),
    Responses,
    Gemini,
}

impl Wire {
    pub(crate) fn encode(self, prompt: &Prompt, model: &Model, plan: &CachePlan) -> Vec<u8> {
        let body = match self {
            Self::Anthropic => anthropic::encode(prompt, model, plan),
            Self::Chat(quirks) => openai::encode(prompt, model, quirks, plan),
            Self::Responses => responses::encode(prompt, model, plan),
            Self::Gemini => gemini::encode(prompt, model),
        };
        body.whole().unwrap()
    }

    pub(crate) fn body(self, prompt: &Prompt, model: &Model, plan: &CachePlan) -> Value {
        serde_json::from_slice(&self.encode(prompt, model, plan)).unwrap()
    }
}

/// A model of the catalogue.
pub(crate) fn model(id: &str) -> Arc<Model> {
    Arc::clone(Catalog::built_in().unwrap().model(id).unwrap())
}

/// Each wire with models that are asked through it: those of the catalogue, and one of which only the id is known.
pub(crate) fn all() -> Vec<(Wire, Arc<Model>)> {
    let unknown = |provider| Arc::new(Model { vision: true, ..Model::unknown("house-model", provider) });
    let thinking =
        Model { thinking: Some(Thinking::OnRequest), ..Model::unknown("gpt-oss", Provider::Openai) };
    vec![
        (Wire::Anthropic, model("claude-opus-5-5")),
        (Wire::Anthropic, model("claude-haiku-4-5")),
        (Wire::Anthropic, unknown(Provider::Anthropic)),
        (Wire::Chat(Quirks::OPENAI), Arc::new(thinking)),
        (Wire::Chat(Quirks::GROQ), model("openai/gpt-oss-120b")),
        (Wire::Chat(Quirks::COMPATIBLE), unknown(Provider::Local)),
        (Wire::Responses, model("gpt-6.2-sol")),
        (Wire::Responses, unknown(Provider::Openai)),
        (Wire::Gemini, model("gemini-4-argon")),
        (Wire::Gemini, unknown(Provider::Gemini)),
    ]
}
