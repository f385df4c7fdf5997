//! Models as users see them.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{HealthState, Usd};

/// Who runs a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Provider {
    /// Anthropic's API.
    Anthropic,
    /// OpenAI's API.
    Openai,
    /// Google's Gemini API.
    Gemini,
    /// Groq's API.
    Groq,
    /// A server on this machine: Ollama, LM Studio, llama.cpp, vLLM.
    Local,
    /// The scripted model that is built in.
    Demo,
}

impl Provider {
    /// The word for it in the API, the database and the metrics.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Anthropic => "anthropic",
            Self::Openai => "openai",
            Self::Gemini => "gemini",
            Self::Groq => "groq",
            Self::Local => "local",
            Self::Demo => "demo",
        }
    }

    /// The provider of that word, if there is one.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Anthropic, Self::Openai, Self::Gemini, Self::Groq, Self::Local, Self::Demo]
            .into_iter()
            .find(|provider| provider.as_str() == text)
    }

    /// The name people know it by.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Anthropic => "Anthropic",
            Self::Openai => "OpenAI",
            Self::Gemini => "Google",
            Self::Groq => "Groq",
            Self::Local => "Local",
            Self::Demo => "Built in",
        }
    }
}

/// How capable (and dear) a model is, next to the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Tier {
    /// Quick and cheap. Drawn as a triangle.
    Fast,
    /// The everyday choice. Drawn as a diamond.
    Balanced,
    /// The most capable. Drawn as a pentagon.
    Powerful,
}

/// A model that can be chosen, or could be if its provider were configured.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ModelInfo {
    /// The id to ask for it with.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// Who runs it.
    pub provider: Provider,
    /// How capable it is.
    pub tier: Tier,
    /// Tokens that fit into one call; none: unknown.
    pub context_window: Option<u64>,
    /// The most tokens it can answer with; none: unknown.
    pub max_output_tokens: Option<u64>,
    /// Whether it calls tools.
    pub tools: bool,
    /// Whether it sees pictures.
    pub vision: bool,
    /// Whether it thinks before it answers.
    pub thinking: bool,
    /// Price of a million input tokens; none: unknown.
    pub input_usd_per_mtok: Option<Usd>,
    /// Price of a million output tokens; none: unknown.
    pub output_usd_per_mtok: Option<Usd>,
    /// Whether it can be asked now: its provider is configured and, if local, was seen running.
    pub available: bool,
    /// How its provider has been answering lately.
    pub health: HealthState,
}

/// The word that leaves the choice of the model to the router.
pub const AUTO: &str = "auto";
