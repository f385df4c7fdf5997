//! The open list of the model picker. The focus stays in the search field; arrows move the active line.

use leptos::{ev, html, prelude::*, task::spawn_local};
use vertice_domain::{HealthState, ModelChoice, ModelInfo, Tier, model::AUTO};

use super::{
    choices::{Choices, prices, reason},
    choose,
    effort::EffortRow,
};
use crate::{
    api::models::models,
    chat::{
        format,
        model_groups::{Group, provider_name},
        state::{Chat, use_chat},
    },
    strings::t,
    ui::{
        Icon, Keys, TierGlyph,
        browser::{self, Step},
        menu::Placement,
    },
};

/// What every line needs.
#[derive(Clone, Copy)]
struct List {
    active: RwSignal<String>,
    chosen: Signal<String>,
    take: Callback<String>,
}

fn line_id(model: &str) -> String {
    format!("model-{model}")
}

/// The list with its search field.
#[component]
pub(super) fn Panel(
    /// Whether it is shown.
    open: RwSignal<bool>,
    /// The button that opens it.
    button: NodeRef<html::Button>,
    /// Where it stands.
    placement: Placement,
) -> impl IntoView {
    let chat = use_chat();
    let panel: NodeRef<html::Div> = NodeRef::new();
    let query = RwSignal::new(String::new());
    let choices =
        Memo::new(move |_| chat.models.with(|models| query.with(|query| Choices::of(models, query))));
    let active = RwSignal::new(String::from(chat.composer.model.get_untracked()));
    let take = Callback::new(move |id: String| {
        open.set(false);
        choose(chat, ModelChoice::from(id));
    });
    let list = List { active, chosen: Signal::derive(move || String::from(chat.composer.model.get())), take };
    refresh(chat);
    panel.on_load(move |panel| {
        if let Some(button) = button.get_untracked() {
            browser::show_popover_at(&panel, &button, placement);
            browser::focus_first(&panel, "input");
        }
    });
    let search = move |text: String| {
        query.set(text);
        choices.with_untracked(|choices| active.set(choices.ids().into_iter().next().unwrap_or_default()));
    };
    let on_key = move |event: ev::KeyboardEvent| on_key(&event, choices, list, open);
    view! {
        <div
            node_ref=panel
            popover="auto"
            class="popover w-full max-w-[calc(100vw-16px)] p-1 sm:w-[448px]"
            on:toggle=move |_| {
                if panel.get_untracked().is_some_and(|panel| !browser::is_popover_open(&panel)) {
                    open.set(false);
                }
            }
        >
            <div class="-mx-1 mb-1 flex h-9 items-center gap-2 border-b px-3 text-muted-foreground">
                {Icon::Search.svg("size-4")}
                <input
                    type="text"
                    class="min-w-0 flex-1 bg-transparent text-sm max-md:text-base text-foreground outline-none placeholder:text-muted-foreground"
                    placeholder=t().picker.find
                    aria-label=t().picker.find
                    role="combobox"
                    aria-expanded="true"
                    aria-controls="model-list"
                    aria-autocomplete="list"
                    aria-activedescendant=move || line_id(&active.get())
                    autocomplete="off"
                    spellcheck="false"
                    on:input:target=move |event| search(event.target().value())
                    on:keydown=on_key
                />
                <Keys keys="mod+shift+M" />
            </div>
            <div id="model-list" role="listbox" aria-label=t().picker.model class="max-h-[min(360px,50dvh)] overflow-y-auto">
                {move || choices.get().auto.then(|| view! { <AutoLine list=list /> })}
                {move || {
                    choices.get().groups.into_iter().map(|group| view! { <Lines group=group list=list /> }).collect_view()
                }}
                {move || {
                    choices.with(|choices| !choices.auto && choices.groups.is_empty()).then(|| {
                        view! { <p class="px-2 py-3 text-sm text-muted-foreground">{t().picker.no_match}</p> }
                    })
                }}
            </div>
            <EffortRow />
            <Legend />
        </div>
    }
}

fn on_key(event: &ev::KeyboardEvent, choices: Memo<Choices>, list: List, open: RwSignal<bool>) {
    if event.is_composing() {
        return;
    }
    let key = event.key();
    // Left, right, Home and End belong to the text.
    let step = matches!(key.as_str(), "ArrowDown" | "ArrowUp").then(|| Step::of_key(&key)).flatten();
    if let Some(step) = step {
        event.prevent_default();
        let ids = choices.with_untracked(Choices::ids);
        if !ids.is_empty() {
            let current = list.active.with_untracked(|active| ids.iter().position(|id| id == active));
            let id = ids[step.apply(current, ids.len())].clone();
            browser::scroll_line_into_view(&line_id(&id));
            list.active.set(id);
        }
    } else if key == "Enter" {
        event.prevent_default();
        let id = list.active.get_untracked();
        if choices.with_untracked(|choices| choices.ids().contains(&id)) {
            list.take.run(id);
        }
    } else if key == "Escape" || (key == "Tab" && event.shift_key()) {
        event.prevent_default();
        event.stop_propagation();
        open.set(false);
        browser::focus_id(crate::chat::state::COMPOSER_FIELD);
    }
}

#[component]
fn AutoLine(list: List) -> impl IntoView {
    let chosen = move || list.chosen.get() == AUTO;
    view! {
        <div
            id=line_id(AUTO)
            role="option"
            class="menu-item !items-start !py-2"
            class:is-active=move || list.active.get() == AUTO
            aria-selected=move || if chosen() { "true" } else { "false" }
            on:click=move |_| list.take.run(AUTO.to_owned())
        >
            <TierGlyph tier=None class="mt-0.5 size-4" />
            <span class="min-w-0 flex-1">
                <span class="block font-medium">{t().common.auto}</span>
                <span class="block text-xs text-muted-foreground">
                    {t().picker.auto_purpose}
                </span>
            </span>
            {move || chosen().then(|| Icon::Check.svg("size-4 text-primary-text"))}
        </div>
    }
}

#[component]
fn Lines(group: Group, list: List) -> impl IntoView {
    let provider = group.provider;
    view! {
        <div role="group" aria-label=provider_name(provider)>
            <div class="flex px-2 pt-3 pb-1 text-2xs text-muted-foreground" aria-hidden="true">
                <span>{provider_name(provider)}</span>
                <span class="ml-auto w-12 text-right">{t().picker.context}</span>
                <span class="w-28 text-right">{t().picker.prices}</span>
            </div>
            {group.models.into_iter().map(|model| view! { <Line model=model list=list /> }).collect_view()}
        </div>
    }
}

#[component]
fn Line(model: ModelInfo, list: List) -> impl IntoView {
    let (id, available) = (model.id.clone(), model.available);
    let is = move |signal: String| signal == id;
    let (is_active, is_chosen, take) = (is.clone(), is, model.id.clone());
    let selected = move || if is_chosen(list.chosen.get()) { "true" } else { "false" };
    let local = model.provider == vertice_domain::Provider::Local;
    let figures = if available {
        view! {
            <span class="num ml-auto w-12 shrink-0 text-right text-2xs text-muted-foreground">
                {model.context_window.map(format::tokens_short)}
            </span>
            <span class="num w-28 shrink-0 text-right text-2xs text-muted-foreground">{prices(&model)}</span>
        }
        .into_any()
    } else {
        view! { <span class="ml-auto shrink-0 text-2xs text-muted-foreground">{reason(model.provider)}</span> }.into_any()
    };
    view! {
        <div
            id=line_id(&model.id)
            role="option"
            class="menu-item !h-9 !py-0 aria-disabled:opacity-60"
            class:is-active=move || is_active(list.active.get())
            aria-selected=selected
            aria-disabled=(!available).then_some("true")
            on:click=move |_| {
                if available {
                    list.take.run(take.clone());
                }
            }
        >
            <TierGlyph tier=Some(model.tier) local=local />
            <span class="truncate">{model.name.clone()}</span>
            {trouble(&model).map(|text| view! { <span class="badge badge-warning">{text}</span> })}
            {figures}
        </div>
    }
}

/// What its provider suffers from, if anything.
fn trouble(model: &ModelInfo) -> Option<&'static str> {
    match model.health {
        _ if !model.available => None,
        HealthState::Healthy => None,
        HealthState::Degraded => Some(t().picker.degraded),
        HealthState::Down => Some(t().picker.down),
    }
}

/// Reads the models again: a provider may have fallen ill or recovered since the page was opened.
fn refresh(chat: Chat) {
    spawn_local(async move {
        // The list that is there still serves when this fails.
        let Ok(new) = models().await else { return };
        if chat.models.with_untracked(|models| *models != new) {
            chat.models.set(new);
        }
    });
}

#[component]
fn Legend() -> impl IntoView {
    let entry = |tier: Tier, local: bool, name: &'static str| {
        view! {
            <span class="inline-flex items-center gap-1">
                <TierGlyph tier=Some(tier) local=local class="size-3.5" />
                {name}
            </span>
        }
    };
    view! {
        <div class="-mx-1 mt-1 flex flex-wrap items-center gap-x-4 gap-y-1 border-t px-3 py-2 text-2xs text-muted-foreground">
            {entry(Tier::Fast, false, t().picker.fast)} {entry(Tier::Balanced, false, t().picker.balanced)}
            {entry(Tier::Powerful, false, t().picker.deep)} {entry(Tier::Balanced, true, t().picker.runs_locally)}
        </div>
    }
}
