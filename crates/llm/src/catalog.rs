//! The catalogue: models, limits and prices as data, from `catalog.toml` and the admin's own file. Checked at the start.

mod model;

use std::{path::Path, sync::Arc};

use serde::Deserialize;
use vertice_domain::Provider;

use crate::{
    config::ConfigError,
    route::{RouterConfig, RouterTable},
};

pub use model::{Model, ModelWire, Quirks, Thinking};

const BUILT_IN: &str = include_str!("catalog.toml");

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
