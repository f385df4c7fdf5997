//! What the model picker offers: found by words, grouped by provider, the ones that can be asked first. Pure.

use vertice_domain::{ModelInfo, Provider};

use crate::chat::format;

/// The models of one provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Group {
    pub(super) provider: Provider,
    pub(super) models: Vec<ModelInfo>,
}

/// What the picker offers.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Choices {
    /// Whether Auto is among it.
    pub(super) auto: bool,
    pub(super) groups: Vec<Group>,
}

impl Choices {
    /// What matches every word of `query`.
    pub(super) fn of(models: &[ModelInfo], query: &str) -> Self {
        let query = query.to_lowercase();
        let words: Vec<&str> = query.split_whitespace().collect();
        let matches = |text: &str| words.iter().all(|word| text.contains(word));
        let mut groups: Vec<Group> = Vec::new();
        for model in models {
            let text = format!("{} {} {}", model.id, model.name, model.provider.label()).to_lowercase();
            if !matches(&text) {
                continue;
            }
            match groups.iter_mut().find(|group| group.provider == model.provider) {
                Some(group) => group.models.push(model.clone()),
                None => groups.push(Group { provider: model.provider, models: vec![model.clone()] }),
            }
        }
        groups.sort_by_key(|group| (!group.models.iter().any(|model| model.available), group.provider));
        Self { auto: matches("auto router"), groups }
    }

    /// The ids of what can be chosen, in order.
    pub(super) fn ids(&self) -> Vec<String> {
        let models = self.groups.iter().flat_map(|group| &group.models).filter(|model| model.available);
        let auto = self.auto.then(|| vertice_domain::model::AUTO.to_owned());
        auto.into_iter().chain(models.map(|model| model.id.clone())).collect()
    }
}

/// Why a provider's models cannot be asked.
pub(super) fn reason(provider: Provider) -> &'static str {
    if provider == Provider::Local { "Not running" } else { "Not configured" }
}

/// Prices of a million tokens: `$3 / $15`.
pub(super) fn prices(model: &ModelInfo) -> String {
    if model.provider == Provider::Local {
        return "local".to_owned();
    }
    match (model.input_usd_per_mtok, model.output_usd_per_mtok) {
        (Some(input), Some(output)) => format!("{} / {}", format::price(input), format::price(output)),
        _ => "price unknown".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use vertice_domain::{HealthState, Tier};

    use super::*;

    fn model(id: &str, provider: Provider, available: bool) -> ModelInfo {
        ModelInfo {
            id: id.into(),
            name: id.to_uppercase(),
            provider,
            tier: Tier::Balanced,
            context_window: Some(200_000),
            max_output_tokens: None,
            tools: true,
            vision: false,
            thinking: false,
            input_usd_per_mtok: Some("3".parse().expect("an amount")),
            output_usd_per_mtok: Some("15".parse().expect("an amount")),
            available,
            health: HealthState::Healthy,
        }
    }

    #[test]
    fn providers_that_can_be_asked_come_first_and_words_narrow() {
        let models = [
            model("sonnet", Provider::Anthropic, false),
            model("opus", Provider::Anthropic, false),
            model("gpt", Provider::Openai, true),
        ];
        let all = Choices::of(&models, "");
        assert_eq!(all.ids(), ["auto", "gpt"]);
        assert_eq!(
            all.groups.iter().map(|group| group.provider).collect::<Vec<_>>(),
            [Provider::Openai, Provider::Anthropic]
        );
        let some = Choices::of(&models, " anthropic OPUS");
        assert!(!some.auto && some.groups.len() == 1 && some.groups[0].models[0].id == "opus");
        assert!(some.ids().is_empty());
        assert_eq!(prices(&models[0]), "$3 / $15");
    }
}
