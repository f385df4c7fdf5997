//! What can be done with an answer: copy, ask again, branch off.

use leptos::{prelude::*, task::spawn_local};
use vertice_domain::ModelChoice;

use super::{
    branches::Branches,
    entry::Entry,
    other_models::OtherModels,
    state::{Chat, use_chat},
};
use crate::{
    strings::{fill, t},
    ui::{ButtonSize, Icon, IconButton, Menu, MenuItem, TierGlyph, browser},
};

/// The answer's toolbar.
#[component]
pub(crate) fn AnswerActions(entry: Entry) -> impl IntoView {
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
        <div class="mt-1 -ml-2 flex items-center" role="toolbar" aria-label=t().chat.actions>
            <CopyButton text=Callback::new(move |()| copied.full_text()) />
            <Menu
                label=t().chat.regenerate
                icon_only=true
                trigger=|| Icon::Refresh.svg("size-4")
                trigger_class="btn btn-ghost btn-icon btn-sm"
                class="w-80 max-h-80 overflow-y-auto"
            >
                <MenuItem
                    icon=Icon::Refresh
                    on_select=Callback::new(move |()| asked.with_value(|entry| chat.regenerate(entry, entry.model())))
                >
                    {asked.with_value(|entry| same_model(chat, entry))}
                </MenuItem>
                <MenuItem on_select=Callback::new(move |()| asked.with_value(|entry| chat.regenerate(entry, Some(ModelChoice::Auto))))>
                    <TierGlyph tier=None class="size-4" />
                    {t().chat.auto_again}
                </MenuItem>
                <OtherModels
                    answer=asked.get_value()
                    chosen=Callback::new(move |model| asked.with_value(|entry| chat.regenerate(entry, Some(model))))
                />
            </Menu>
            <IconButton
                icon=Icon::GitBranch
                label=t().chat.branch_here
                size=ButtonSize::Small
                tip="top"
                on_click=Callback::new(fork)
            />
            <Branches saved=entry.saved />
        </div>
    }
}

fn same_model(chat: Chat, answer: &Entry) -> String {
    match answer.model() {
        Some(ModelChoice::Named(id)) => fill(t().chat.same_model_named, &[("model", &chat.model_name(&id))]),
        _ => t().chat.same_model.to_owned(),
    }
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
                chat.announcer.alert(t().common.copying_refused);
                return;
            }
            chat.announcer.announce(t().common.copied);
            let _disposed = copied.try_set(true);
            browser::sleep(std::time::Duration::from_secs(2)).await;
            let _disposed = copied.try_set(false);
        });
    };
    view! {
        <button
            type="button"
            class="btn btn-ghost btn-icon btn-sm"
            aria-label=t().common.copy
            data-tip=move || if copied.get() { t().common.copied } else { t().common.copy }
            data-tip-at="top"
            on:click=copy
        >
            {move || if copied.get() { Icon::Check.svg("size-4") } else { Icon::Copy.svg("size-4") }}
        </button>
    }
}
