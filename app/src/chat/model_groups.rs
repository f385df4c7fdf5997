//! Models by provider, as lists show them. Pure.

use vertice_domain::{ModelInfo, Provider};

use crate::strings::t;

/// What people call a provider.
pub(crate) fn provider_name(provider: Provider) -> &'static str {
    match provider {
        Provider::Local => t().common.local,
        Provider::Demo => t().common.built_in,
        known => known.label(),
    }
}

/// The models of one provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Group {
    pub(super) provider: Provider,
    pub(super) models: Vec<ModelInfo>,
}

/// The models of each provider, in the order in which they come.
pub(super) fn by_provider<'a>(models: impl IntoIterator<Item = &'a ModelInfo>) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    for model in models {
        match groups.iter_mut().find(|group| group.provider == model.provider) {
            Some(group) => group.models.push(model.clone()),
            None => groups.push(Group { provider: model.provider, models: vec![model.clone()] }),
        }
    }
    groups
}

/// A model for tests, which change what matters to them.
#[cfg(test)]
pub(super) fn model(id: &str, provider: Provider) -> ModelInfo {
    ModelInfo {
        id: id.into(),
        name: id.to_uppercase(),
        provider,
        tier: vertice_domain::Tier::Balanced,
        context_window: Some(200_000),
        max_output_tokens: None,
        tools: true,
        vision: false,
        thinking: false,
        input_usd_per_mtok: Some("3".parse().expect("an amount")),
        output_usd_per_mtok: Some("15".parse().expect("an amount")),
        available: true,
        health: vertice_domain::HealthState::Healthy,
    }
}
