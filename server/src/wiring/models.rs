//! The models' gateway, from the settings.

use vertice_llm::{
    ConfigError, Gateway, GatewayConfig, GatewayDependencies, ProviderConfig, Secret, cache_plan::Ttl,
};

use crate::settings::{ProviderSettings, Settings};

/// The admin's own catalogue of models, in the data directory.
const CATALOG_FILE: &str = "catalog.toml";

/// The gateway to every model that the settings name, to local servers, and to the built-in demo.
pub(super) fn gateway(
    settings: &Settings,
    dependencies: GatewayDependencies,
) -> Result<Gateway, ConfigError> {
    let catalog = settings.data_dir.join(CATALOG_FILE);
    let config = GatewayConfig {
        // An address without a key serves the users' own keys.
        anthropic: is_set(&settings.anthropic).then(|| provider(&settings.anthropic)),
        openai: is_set(&settings.openai).then(|| provider(&settings.openai)),
        gemini: is_set(&settings.gemini).then(|| provider(&settings.gemini)),
        groq: is_set(&settings.groq).then(|| provider(&settings.groq)),
        ollama_host: settings.ollama_host.clone(),
        caching: settings.prompt_caching,
        cache_min_tokens: settings.cache_min_tokens,
        cache_ttl: if settings.cache_ttl_seconds > 300 { Ttl::Long } else { Ttl::Short },
        catalog_override: catalog.is_file().then_some(catalog),
        ..GatewayConfig::default()
    };
    Gateway::new(&config, dependencies)
}

fn is_set(provider: &ProviderSettings) -> bool {
    provider.api_key.is_some() || provider.base_url.is_some()
}

fn provider(settings: &ProviderSettings) -> ProviderConfig {
    ProviderConfig {
        api_key: settings.api_key.as_ref().map(|key| Secret::new(key.reveal())),
        base_url: settings.base_url.clone(),
    }
}
