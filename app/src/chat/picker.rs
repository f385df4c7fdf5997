//! The model picker: a button with the chosen model, and a list to search.

mod choices;
mod effort;
mod panel;

use leptos::{ev, html, prelude::*};
use vertice_domain::{ConversationPatch, ModelChoice};

use super::{
    draft,
    state::{Chat, Place, use_chat},
};
use crate::{
    api::conversations::patch_conversation,
    strings::{fill, t},
    ui::{Icon, TierGlyph, Toast, browser, menu::Placement},
};

#[component]
pub(super) fn ModelPicker(
    /// Where the list stands.
    placement: Placement,
) -> impl IntoView {
    let chat = use_chat();
    let open = RwSignal::new(false);
    let button: NodeRef<html::Button> = NodeRef::new();
    let listener = window_event_listener(ev::keydown, move |event| {
        let main = event.ctrl_key() || event.meta_key();
        if main && event.shift_key() && !event.is_composing() && event.key().eq_ignore_ascii_case("m") {
            event.prevent_default();
            open.set(true);
        }
    });
    on_cleanup(move || listener.remove());
    let chosen = Memo::new(move |_| {
        let id = String::from(chat.composer.model.get());
        let name =
            if id == vertice_domain::model::AUTO { t().common.auto.to_owned() } else { chat.model_name(&id) };
        (chat.glyph(&id), name)
    });
    view! {
        <button
            node_ref=button
            type="button"
            class="btn btn-ghost min-w-0 !shrink"
            aria-haspopup="listbox"
            aria-expanded=move || if open.get() { "true" } else { "false" }
            aria-label=move || {
                let (_, model) = chosen.get();
                match effort::word(chat.composer.effort.get()) {
                    Some(effort) => fill(t().picker.label_thinking, &[("model", &model), ("effort", effort)]),
                    None => fill(t().picker.label, &[("model", &model)]),
                }
            }
            on:click=move |_| open.update(|open| *open = !*open)
        >
            {move || {
                let ((tier, local), name) = chosen.get();
                view! {
                    <TierGlyph tier=tier local=local />
                    <span class="truncate">{name}</span>
                }
            }}
            {move || {
                effort::word(chat.composer.effort.get())
                    .map(|word| view! { <span class="shrink-0 text-muted-foreground">{word}</span> })
            }}
            {Icon::ChevronDown.svg("!size-3.5")}
        </button>
        <Show when=move || open.get()>
            <panel::Panel open=open button=button placement=placement />
        </Show>
    }
}

/// Takes a choice and remembers it: with the conversation, or for new ones.
fn choose(chat: Chat, model: ModelChoice) {
    chat.composer.model.set(model.clone());
    match chat.place.open.get_untracked() {
        Place::Nowhere => {}
        Place::New => draft::keep_model(&model),
        Place::In(id) => {
            let patch = ConversationPatch { model: Some(model.into()), ..ConversationPatch::default() };
            leptos::task::spawn_local(async move {
                if let Err(error) = patch_conversation(id, patch).await {
                    chat.toasts.push(Toast::error(t().picker.not_kept, error.to_string()));
                }
            });
        }
    }
    browser::focus_id(super::state::COMPOSER_FIELD);
}
