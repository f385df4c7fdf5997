//! The catalogue: models, limits and prices as data, from `catalog.toml` and the admin's own file. Checked at the start.

use std::{path::Path, sync::Arc};

use serde::Deserialize;
use vertice_domain::{Provider, Tier, Timestamp, chat::Effort};

use crate::{
    config::ConfigError,
    price::{Price, Prices},
    route::{RouterConfig, RouterTable},
};

const BUILT_IN: &str = include_str!("catalog.toml");

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

/// Where a provider is, unless the settings say otherwise.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProviderEntry {
    pub id: Provider,
    pub base_url: String,
    /// The version its API is asked for, where it has versions.
    #[serde(default)]
    pub api_version: Option<String>,
    /// The setting that holds its key.
    pub key_variable: String,
    /// The setting that holds another address.
    pub base_variable: String,
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

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    provider: Vec<ProviderEntry>,
    #[serde(default)]
    model: Vec<Model>,
    #[serde(default)]
    router: RouterTable,
}

/// All models and providers that are known without asking anybody.
#[derive(Debug, Clone)]
pub struct Catalog {
    providers: Vec<ProviderEntry>,
    models: Vec<Arc<Model>>,
    router: RouterConfig,
}

impl Catalog {
    /// The catalogue of this build.
    pub fn built_in() -> Result<Self, ConfigError> {
        let mut catalog = Self { providers: Vec::new(), models: Vec::new(), router: RouterConfig::default() };
        catalog.add("catalog.toml (built in)", BUILT_IN)?;
        Ok(catalog)
    }

    /// The catalogue of this build, with the admin's file on top if there is a path.
    #[expect(clippy::disallowed_methods, reason = "read once, before anything is served")]
    pub fn load(path: Option<&Path>) -> Result<Self, ConfigError> {
        let mut catalog = Self::built_in()?;
        if let Some(path) = path {
            let name = path.display().to_string();
            let text = std::fs::read_to_string(path)
                .map_err(|error| ConfigError::Catalog { file: name.clone(), fault: error.to_string() })?;
            catalog.add(&name, &text)?;
        }
        Ok(catalog)
    }

    /// All models, in the file's order.
    pub fn models(&self) -> &[Arc<Model>] {
        &self.models
    }

    /// One model, by id or alias.
    pub fn model(&self, id: &str) -> Option<&Arc<Model>> {
        self.models.iter().find(|model| model.is_called(id))
    }

    /// Whether it is one of these models, not one that was only listed somewhere.
    pub fn has(&self, model: &Arc<Model>) -> bool {
        self.models.iter().any(|known| Arc::ptr_eq(known, model))
    }

    /// How `auto` chooses.
    pub const fn router(&self) -> &RouterConfig {
        &self.router
    }

    pub fn providers(&self) -> &[ProviderEntry] {
        &self.providers
    }

    pub fn provider(&self, id: Provider) -> Option<&ProviderEntry> {
        self.providers.iter().find(|entry| entry.id == id)
    }

    fn add(&mut self, file: &str, text: &str) -> Result<(), ConfigError> {
        let fault = |fault: String| ConfigError::Catalog { file: file.to_owned(), fault };
        let added: File = toml::from_str(text).map_err(|error| fault(error.to_string()))?;
        for (index, model) in added.model.iter().enumerate() {
            check(model).map_err(|problem| fault(format!("model {:?}: {problem}", model.id)))?;
            if added.model[..index].iter().any(|other| other.id == model.id) {
                return Err(fault(format!("model {:?} stands in it twice", model.id)));
            }
        }
        self.router.apply(added.router);
        for entry in added.provider {
            self.providers.retain(|other| other.id != entry.id);
            self.providers.push(entry);
        }
        for model in added.model {
            let model = Arc::new(model);
            match self.models.iter_mut().find(|other| other.id == model.id) {
                Some(other) => *other = model,
                None => self.models.push(model),
            }
        }
        Ok(())
    }
}

fn check(model: &Model) -> Result<(), &'static str> {
    if model.id.trim().is_empty() || model.id == vertice_domain::model::AUTO {
        return Err("the id must be a name other than \"auto\"");
    }
    if model.provider == Provider::Demo {
        return Err("provider must be \"anthropic\", \"openai\", \"gemini\", \"groq\" or \"local\"");
    }
    let limits = [model.context_window, model.max_input_tokens, model.max_output_tokens];
    if limits.contains(&Some(0)) {
        return Err("limits must be above 0");
    }
    model.prices.check()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_model_has_a_price_and_its_limits() {
        let catalog = Catalog::built_in().unwrap();
        assert!(catalog.models().len() >= 20);
        for model in catalog.models() {
            let now = "2026-11-23T00:00:00Z".parse().unwrap();
            assert!(model.price(now).is_some() && model.input_limit().is_some(), "{}", model.id);
            assert!(catalog.provider(model.provider).is_some(), "{}", model.id);
        }
        assert_eq!(catalog.model("claude-haiku-4-5-20251001").unwrap().id, "claude-haiku-4-5");
    }

    #[test]
    fn an_admin_adds_and_replaces() {
        let mut catalog = Catalog::built_in().unwrap();
        let count = catalog.models().len();
        let own = r#"
            [[model]]
            id = "claude-opus-5-5"
            name = "Ours"
            provider = "anthropic"
            tier = "fast"
            [[model]]
            id = "house-model"
            name = "House model"
            provider = "openai"
            tier = "fast"
        "#;
        catalog.add("own", own).unwrap();
        assert_eq!(catalog.models().len(), count + 1);
        assert_eq!(catalog.model("claude-opus-5-5").unwrap().name, "Ours");
    }

    #[test]
    fn faults_are_named_with_file_and_model() {
        let model = |rest: &str| {
            format!("[[model]]\nid = \"m\"\nname = \"M\"\nprovider = \"openai\"\ntier = \"fast\"\n{rest}")
        };
        let cases = [
            ("[[model]", "own.toml"),
            (&model("colour = 1"), "unknown field `colour`"),
            (&model("context_window = 0"), "model \"m\": limits"),
            (
                &model(
                    "[[model.price]]\neffective_from = \"soon\"\nsource = \"s\"\ninput = \"1\"\noutput = \"1\"",
                ),
                "2026-11-23",
            ),
            (
                &model(
                    "[[model.price]]\neffective_from = \"2026-01-01\"\nsource = \"s\"\ninput = \"-1\"\noutput = \"1\"",
                ),
                "below 0",
            ),
            (&format!("{0}{0}", model("")), "twice"),
        ];
        for (text, expected) in cases {
            let error = Catalog::built_in().unwrap().add("own.toml", text).unwrap_err().to_string();
            assert!(error.contains(expected) && error.contains("own.toml"), "{error}");
        }
    }
}
