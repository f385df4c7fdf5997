//! What the model picker offers: found by words, grouped by provider, the ones that can be asked first. Pure.

use crate::{
    chat::{
        format,
        model_groups::{Group, by_provider, provider_name},
    },
    strings::t,
};
use vertice_domain::{ModelInfo, Provider};

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
        let text = |model: &ModelInfo| {
            format!("{} {} {}", model.id, model.name, provider_name(model.provider)).to_lowercase()
        };
        let mut groups = by_provider(models.iter().filter(|model| matches(&text(model))));
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
    if provider == Provider::Local { t().common.not_running } else { t().common.not_configured }
}

/// Prices of a million tokens: `$3 / $15`.
pub(super) fn prices(model: &ModelInfo) -> String {
    if model.provider == Provider::Local {
        return t().picker.local.to_owned();
    }
    match (model.input_usd_per_mtok, model.output_usd_per_mtok) {
        (Some(input), Some(output)) => format::per_million(input, output),
        _ => t().figures.unpriced.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chat::model_groups::model;

    #[test]
    fn providers_that_can_be_asked_come_first_and_words_narrow() {
        let models = [
            ModelInfo { available: false, ..model("sonnet", Provider::Anthropic) },
            ModelInfo { available: false, ..model("opus", Provider::Anthropic) },
            model("gpt", Provider::Openai),
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
