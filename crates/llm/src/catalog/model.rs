//! What the catalogue knows of one model: its limits, its prices, and how it wants to be asked.

use serde::Deserialize;
use vertice_domain::{Provider, Tier, Timestamp, chat::Effort};

use crate::price::{Price, Prices};

/// How a server's dialect of Chat Completions differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Quirks {
    /// The output limit is called `max_completion_tokens`, not `max_tokens`.
    pub max_completion_tokens: bool,
    /// Instructions have the role `developer`, not `system`.
    pub developer_role: bool,
    /// `stream_options.include_usage` is understood.
    pub include_usage: bool,
    /// `reasoning_effort` is understood.
    #[serde(default)]
    pub reasoning_effort: bool,
    /// Thinking stands in the text, in tags, unless `reasoning_format` says otherwise.
    #[serde(default)]
    pub reasoning_format: bool,
    /// `prompt_cache_key` is understood.
    #[serde(default)]
    pub cache_key: bool,
}

/// Whether a model thinks before it answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Thinking {
    /// Always: it is asked to show what it thinks.
    Always,
    /// Only when the caller asks for an effort.
    OnRequest,
}

/// The API that a model is asked through on its provider's own address, where that is not the usual one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ModelWire {
    /// OpenAI's Responses.
    Responses,
}

impl Quirks {
    /// OpenAI's own dialect.
    pub const OPENAI: Self = Self {
        max_completion_tokens: true,
        developer_role: true,
        include_usage: true,
        reasoning_effort: true,
        reasoning_format: false,
        cache_key: true,
    };
    /// Groq's.
    pub const GROQ: Self = Self {
        max_completion_tokens: true,
        developer_role: false,
        include_usage: true,
        reasoning_effort: true,
        reasoning_format: false,
        cache_key: false,
    };
    /// What nearly all compatible servers understand.
    pub const COMPATIBLE: Self = Self {
        max_completion_tokens: false,
        developer_role: false,
        include_usage: true,
        reasoning_effort: false,
        reasoning_format: false,
        cache_key: false,
    };
}

/// One model.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Model {
    /// The id the provider knows it by.
    pub id: String,
    /// What people call it.
    pub name: String,
    pub provider: Provider,
    /// How capable it is.
    pub tier: Tier,
    /// Tokens that fit into one call.
    #[serde(default)]
    pub context_window: Option<u64>,
    /// Input tokens, where fewer than the window.
    #[serde(default)]
    pub max_input_tokens: Option<u64>,
    /// The most output tokens.
    #[serde(default)]
    pub max_output_tokens: Option<u64>,
    /// Whether it answers 400 to a temperature.
    #[serde(default)]
    pub refuses_temperature: bool,
    /// The shortest prefix it caches; none: no cache marks.
    #[serde(default)]
    pub cache_min_tokens: Option<u64>,
    /// Other ids of the same model.
    #[serde(default)]
    pub aliases: Vec<String>,
    /// The server's dialect, where it is not the provider's.
    #[serde(default)]
    pub quirks: Option<Quirks>,
    /// Whether it calls tools.
    #[serde(default = "yes")]
    pub tools: bool,
    /// Whether it sees pictures.
    #[serde(default)]
    pub vision: bool,
    /// Whether it thinks; none: it does not, or nobody knows how to ask it to.
    #[serde(default)]
    pub thinking: Option<Thinking>,
    /// Whether a tool choice other than `auto` is understood; some models answer 400 to it.
    #[serde(default = "yes")]
    pub forced_tool_choice: bool,
    /// The API it is asked through on the provider's own address.
    #[serde(default)]
    pub wire: Option<ModelWire>,
    /// Models that answer when it fails before its first word, in order.
    #[serde(default)]
    pub fallback: Vec<String>,
    /// Tokens that each user may spend on it in a day; none: as their quota allows.
    #[serde(default)]
    pub daily_token_limit: Option<u64>,
    /// Prices by date; none: unknown.
    #[serde(default, rename = "price")]
    pub prices: Prices,
}

impl Model {
    /// A model of which only the id is known. It works, at an unknown price.
    pub fn unknown(id: &str, provider: Provider) -> Self {
        Self {
            id: id.to_owned(),
            name: id.to_owned(),
            provider,
            tier: Tier::Balanced,
            context_window: None,
            max_input_tokens: None,
            max_output_tokens: None,
            refuses_temperature: false,
            cache_min_tokens: None,
            aliases: Vec::new(),
            quirks: None,
            tools: true,
            vision: false,
            thinking: None,
            forced_tool_choice: true,
            wire: None,
            fallback: Vec::new(),
            daily_token_limit: None,
            prices: Prices::default(),
        }
    }

    /// A model that costs nothing.
    pub fn free(id: &str, provider: Provider) -> Self {
        Self { prices: Prices::free(), ..Self::unknown(id, provider) }
    }

    /// Whether `id` means this model.
    pub fn is_called(&self, id: &str) -> bool {
        self.id == id || self.aliases.iter().any(|alias| alias == id)
    }

    /// The most input tokens; none: unknown.
    pub fn input_limit(&self) -> Option<u64> {
        self.max_input_tokens.or(self.context_window)
    }

    /// The wanted output limit, within the model's.
    pub fn clamp_output(&self, wanted: u32) -> u64 {
        u64::from(wanted).min(self.max_output_tokens.unwrap_or(u64::MAX))
    }

    /// Whether it is asked to think, where the caller wants this `effort`.
    pub fn thinks(&self, effort: Option<Effort>) -> bool {
        match self.thinking {
            Some(Thinking::Always) => true,
            Some(Thinking::OnRequest) => effort.is_some(),
            None => false,
        }
    }

    /// The prices that hold at `now`.
    pub fn price(&self, now: Timestamp) -> Option<&Price> {
        self.prices.on(now)
    }
}

const fn yes() -> bool {
    true
}
