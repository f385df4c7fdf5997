//! What can be done with an answer: copy, ask again, branch off.

use leptos::{prelude::*, task::spawn_local};
use vertice_domain::ModelChoice;

use super::{branches::Branches, entry::Entry, state::use_chat};
use crate::ui::{ButtonSize, Icon, IconButton, Menu, MenuItem, MenuRule, TierGlyph, browser};

/// The answer's toolbar.
#[component]
pub(crate) fn AnswerActions(
    /// The answer.
    entry: Entry,
) -> impl IntoView {
    let chat = use_chat();
    let (copied, asked) = (entry.clone(), StoredValue::new(entry.clone()));
    let fork = {
        let entry = entry.clone();
        move |_| {
            if let Some(id) = entry.id() {
                chat.fork(id);
            }
        }
    };
    view! {
        <div class="mt-1 -ml-2 flex items-center" role="toolbar" aria-label="Message actions">
            <CopyButton text=Callback::new(move |()| copied.full_text()) />
            <Menu
                label="Regenerate"
                icon_only=true
                trigger=|| Icon::Refresh.svg("size-4")
                trigger_class="btn btn-ghost btn-icon btn-sm"
                class="w-64 max-h-80 overflow-y-auto"
            >
                <MenuItem
                    icon=Icon::Refresh
                    on_select=Callback::new(move |()| asked.with_value(|entry| chat.regenerate(entry, entry.model())))
                >
                    "Same model"
                </MenuItem>
                <OtherModels
                    but=asked.with_value(Entry::model)
                    chosen=Callback::new(move |model| asked.with_value(|entry| chat.regenerate(entry, Some(model))))
                />
            </Menu>
            <IconButton
                icon=Icon::GitBranch
                label="Branch from here"
                size=ButtonSize::Small
                tip="top"
                on_click=Callback::new(fork)
            />
            <Branches saved=entry.saved />
        </div>
    }
}

/// Menu items for every other model that can be asked.
#[component]
pub(crate) fn OtherModels(
    /// The model that is not offered.
    but: Option<ModelChoice>,
    /// When one is chosen.
    chosen: Callback<ModelChoice>,
) -> impl IntoView {
    let chat = use_chat();
    let models = chat.models.get_untracked();
    let others: Vec<_> = models
        .into_iter()
        .filter(|model| model.available && but != Some(ModelChoice::Named(model.id.clone())))
        .collect();
    (!others.is_empty()).then(|| {
        let items = others.into_iter().map(|model| {
            let choice = ModelChoice::Named(model.id.clone());
            let (tier, local) = chat.glyph(&model.id);
            view! {
                <MenuItem on_select=Callback::new(move |()| chosen.run(choice.clone()))>
                    <TierGlyph tier=tier local=local />
                    <span class="truncate">{model.name.clone()}</span>
                </MenuItem>
            }
        });
        view! {
            <MenuRule />
            {items.collect_view()}
        }
    })
}

/// Copies a text, and says so for two seconds.
#[component]
pub(crate) fn CopyButton(
    /// The text, when it is asked for.
    text: Callback<(), String>,
) -> impl IntoView {
    let chat = use_chat();
    let copied = RwSignal::new(false);
    let copy = move |_| {
        let text = text.run(());
        spawn_local(async move {
            if !browser::copy_text(&text).await {
                chat.announcer.alert("The browser did not allow copying.");
                return;
            }
            chat.announcer.announce("Copied");
            let _disposed = copied.try_set(true);
            browser::sleep(std::time::Duration::from_secs(2)).await;
            let _disposed = copied.try_set(false);
        });
    };
    view! {
        <button
            type="button"
            class="btn btn-ghost btn-icon btn-sm"
            aria-label="Copy"
            data-tip=move || if copied.get() { "Copied" } else { "Copy" }
            data-tip-at="top"
            on:click=copy
        >
            {move || if copied.get() { Icon::Check.svg("size-4") } else { Icon::Copy.svg("size-4") }}
        </button>
    }
}
