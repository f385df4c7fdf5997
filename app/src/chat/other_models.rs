//! The other models that an answer could come from, with what it would cost there.

use leptos::prelude::*;
use vertice_domain::{ModelChoice, ModelInfo, Provider, Usage, Usd};

use super::{
    entry::Entry,
    format,
    model_groups::{Group, by_provider, provider_name},
    state::use_chat,
};
use crate::{
    strings::t,
    ui::{Icon, Menu, MenuItem, MenuRule, Placement, TierGlyph},
};

/// Menu items for every other model that can be asked, by provider.
#[component]
pub(super) fn OtherModels(
    /// The answer that is asked for once more.
    answer: Entry,
    chosen: Callback<ModelChoice>,
) -> impl IntoView {
    let chat = use_chat();
    let own = answer.model();
    let usage = answer.saved.with_untracked(|saved| saved.as_ref()?.message.usage);
    let groups = chat.models.with_untracked(|models| others(models, own.as_ref()));
    let groups = groups.into_iter().map(|Group { provider, models }| {
        let items = models.into_iter().map(|model| {
            let choice = ModelChoice::Named(model.id.clone());
            let cost = usage.and_then(|usage| uncached(&model, &usage)).map(price);
            view! {
                <MenuItem on_select=Callback::new(move |()| chosen.run(choice.clone()))>
                    <TierGlyph tier=Some(model.tier) local=model.provider == Provider::Local />
                    <span class="truncate">{model.name}</span>
                    {cost.map(|cost| view! { <span class="num ml-auto pl-3 text-2xs text-muted-foreground">{cost}</span> })}
                </MenuItem>
            }
        });
        view! {
            <MenuRule />
            <div role="group" aria-label=provider_name(provider)>
                <p class="group-label px-2 py-1" aria-hidden="true">
                    {provider_name(provider)}
                </p>
                {items.collect_view()}
            </div>
        }
    });
    groups.collect_view()
}

/// A button that opens the other models; nothing where there is none.
#[component]
pub(super) fn OtherModelMenu(
    /// The answer that is asked for once more.
    answer: Entry,
    chosen: Callback<ModelChoice>,
) -> impl IntoView {
    let chat = use_chat();
    let alone = chat.models.with_untracked(|models| others(models, answer.model().as_ref()).is_empty());
    let answer = StoredValue::new(answer);
    (!alone).then(|| {
        view! {
            <Menu
                label=t().ending.use_other
                trigger=|| {
                    view! {
                        {t().ending.other}
                        {Icon::ChevronDown.svg("size-3.5")}
                    }
                }
                trigger_class="btn btn-outline btn-sm"
                placement=Placement::BelowEnd
                class="w-80 max-h-80 overflow-y-auto"
            >
                <OtherModels answer=answer.get_value() chosen=chosen />
            </Menu>
        }
    })
}

/// What it would cost, for people.
fn price(usd: Usd) -> String {
    if usd == Usd::ZERO { t().figures.free.to_owned() } else { format::estimate(usd) }
}

/// The models that can be asked beside this one, by provider.
fn others(models: &[ModelInfo], own: Option<&ModelChoice>) -> Vec<Group> {
    let is_own = |model: &ModelInfo| matches!(own, Some(ModelChoice::Named(id)) if *id == model.id);
    by_provider(models.iter().filter(|model| model.available && !is_own(model)))
}

/// What as much input and output costs there by the list, with nothing from a cache. None: unknown price.
fn uncached(model: &ModelInfo, usage: &Usage) -> Option<Usd> {
    let input = usage.input_tokens + usage.cache_read_tokens + usage.cache_write_tokens;
    let prices = (model.input_usd_per_mtok?, model.output_usd_per_mtok?);
    Some(prices.0.per_million(input) + prices.1.per_million(usage.output_tokens))
}

#[cfg(test)]
mod tests {
    use vertice_domain::usage::TokenCounts;

    use super::*;
    use crate::chat::model_groups::model;

    #[test]
    fn other_models_stand_with_their_provider() {
        let models = [
            model("a", Provider::Anthropic),
            model("b", Provider::Openai),
            model("c", Provider::Anthropic),
            ModelInfo { available: false, ..model("d", Provider::Anthropic) },
        ];
        let own = ModelChoice::Named("a".into());
        let found = others(&models, Some(&own));
        let ids: Vec<Vec<&str>> =
            found.iter().map(|group| group.models.iter().map(|model| model.id.as_str()).collect()).collect();
        assert_eq!(ids, [["b"], ["c"]]);
    }

    #[test]
    fn prices_are_those_of_the_list_and_never_guessed() {
        let counts = TokenCounts { input: 1_000, cache_read: 9_000, output: 2_000, ..TokenCounts::default() };
        let usage = Usage::of(counts, None, None);
        let sonnet = model("sonnet", Provider::Anthropic);
        assert_eq!(uncached(&ModelInfo { output_usd_per_mtok: None, ..sonnet.clone() }, &usage), None);
        let cost = uncached(&sonnet, &usage).expect("both prices are known");
        assert_eq!((price(cost).as_str(), price(Usd::ZERO).as_str()), ("about $0.0600", "free"));
    }
}
