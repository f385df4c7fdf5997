//! What the conversation is for: to talk, or to work on files and run code.

use leptos::{prelude::*, task::spawn_local};
use vertice_domain::{ConversationPatch, Mode};

use crate::{
    api::conversations::patch_conversation,
    artifacts,
    chat::state::{Place, use_chat},
    strings::t,
    ui::{Icon, Toast},
    workspace,
};

/// Switches between the modes, and leads to the files.
#[component]
pub(super) fn ModeButtons() -> impl IntoView {
    let chat = use_chat();
    let mode = chat.composer.mode;
    let is_code = Memo::new(move |_| mode.get() == Mode::Code);
    let toggle = move |_| {
        let wanted = if is_code.get_untracked() { Mode::Chat } else { Mode::Code };
        mode.set(wanted);
        let Place::In(id) = chat.place.open.get_untracked() else { return };
        let patch = ConversationPatch { mode: Some(wanted), ..ConversationPatch::default() };
        spawn_local(async move {
            if let Err(error) = patch_conversation(id, patch).await {
                chat.toasts.push(Toast::error(t().chat.not_saved, error.to_string()));
            }
        });
    };
    view! {
        <button
            type="button"
            class=move || if is_code.get() { "btn btn-secondary btn-sm" } else { "btn btn-ghost btn-sm" }
            aria-pressed=move || if is_code.get() { "true" } else { "false" }
            data-tip=t().composer.code_hint
            data-tip-at="top"
            on:click=toggle
        >
            {Icon::Code.svg("size-4")}
            {t().composer.code}
        </button>
        {move || {
            let Place::In(id) = chat.place.open.get() else { return None };
            Some(view! {
                <a class="btn btn-ghost btn-icon btn-sm" href=artifacts::all_href(id) aria-label=t().artifacts.all data-tip=t().artifacts.all data-tip-at="top">
                    {Icon::PanelLeft.svg("size-4 -scale-x-100")}
                </a>
            })
        }}
        {move || {
            let Place::In(id) = chat.place.open.get() else { return None };
            is_code.get().then(|| view! {
                <a class="btn btn-ghost btn-sm" href=workspace::href(id)>
                    {Icon::Folder.svg("size-4")}
                    <span class="max-sm:sr-only">{t().composer.files}</span>
                </a>
            })
        }}
    }
}
