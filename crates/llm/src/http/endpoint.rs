//! A place where models can be asked: its address, its wire format and what it is called.

use std::sync::Arc;

use reqwest::header::HeaderMap;
use vertice_domain::Provider;

use crate::{
    catalog::{Model, ModelWire},
    fault::Speaker,
};

/// Which wire format an address speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wire {
    /// Anthropic's Messages.
    Anthropic,
    /// OpenAI's Chat Completions.
    OpenAi,
    /// OpenAI's Responses.
    Responses,
    Gemini,
}

/// A place where models can be asked.
#[derive(Debug, Clone)]
pub struct Endpoint {
    pub provider: Provider,
    /// What it speaks.
    pub wire: Wire,
    /// What people call it.
    pub label: String,
    /// Where calls go.
    pub call_url: String,
    /// Where the list of its models is.
    pub models_url: String,
    /// Headers of every request, the key among them, marked as sensitive.
    pub headers: HeaderMap,
    /// The setting that holds its key, if there is one.
    pub key_variable: Option<String>,
    /// The setting that holds its address.
    pub base_variable: String,
    /// Whether it is the provider's own address, not that of something compatible.
    pub official: bool,
}

impl Endpoint {
    /// Whose words a failure is told in.
    pub fn speaker<'a>(&'a self, model: &'a str) -> Speaker<'a> {
        Speaker {
            provider: &self.label,
            model,
            key_variable: self.key_variable.as_deref(),
            base_variable: &self.base_variable,
        }
    }

    /// The place where `model` is asked: with Google the path names the model, and some of OpenAI's own models are asked
    /// through another API.
    pub fn for_model(self: &Arc<Self>, model: &Model) -> Arc<Self> {
        match self.wire {
            Wire::Gemini => {
                let call_url = format!("{}/{}:streamGenerateContent?alt=sse", self.call_url, model.id);
                Arc::new(Self { call_url, ..Self::clone(self) })
            }
            Wire::OpenAi if self.official && model.wire == Some(ModelWire::Responses) => {
                let call_url = self.call_url.replace("/chat/completions", "/responses");
                Arc::new(Self { wire: Wire::Responses, call_url, ..Self::clone(self) })
            }
            Wire::Anthropic | Wire::OpenAi | Wire::Responses => Arc::clone(self),
        }
    }

    /// Whether both are the same place, whoever asks there.
    pub fn is_at(&self, other: &Self) -> bool {
        self.models_url == other.models_url
    }

    /// The address as people read it: `https://api.openai.com`.
    pub fn address(&self) -> String {
        let url = url::Url::parse(&self.models_url);
        url.map_or_else(|_| self.models_url.clone(), |url| url.origin().ascii_serialization())
    }

    /// Whether it speaks Chat Completions without being OpenAI: such servers may leave thinking in the text.
    pub fn is_imitation(&self) -> bool {
        self.wire == Wire::OpenAi && !(self.provider == Provider::Openai && self.official)
    }

    pub(super) fn is_local(&self) -> bool {
        self.provider == Provider::Local
    }
}

#[cfg(test)]
impl Endpoint {
    /// OpenAI's own, without addresses and keys.
    pub(crate) fn unreachable() -> Self {
        Self {
            provider: Provider::Openai,
            wire: Wire::OpenAi,
            label: "OpenAI".into(),
            call_url: String::new(),
            models_url: String::new(),
            headers: HeaderMap::new(),
            key_variable: None,
            base_variable: "OPENAI_BASE_URL".into(),
            official: true,
        }
    }
}
