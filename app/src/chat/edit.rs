//! Editing a message of the user's in its place. Saving makes a branch; nothing is overwritten.

use leptos::{ev, html, prelude::*};
use vertice_domain::chat::MAX_MESSAGE_CHARS;

use super::{entry::Entry, state::use_chat};
use crate::{
    strings::t,
    ui::{Button, ButtonKind, ButtonSize, FieldError, browser},
};

/// The field in place of the bubble.
#[component]
pub(crate) fn Edit(
    /// The message's entry.
    entry: Entry,
) -> impl IntoView {
    let chat = use_chat();
    let (key, before) = (entry.key, entry.full_text());
    let field: NodeRef<html::Textarea> = NodeRef::new();
    let text = RwSignal::new(before.clone());
    let too_long = Memo::new(move |_| text.with(|text| text.chars().nth(MAX_MESSAGE_CHARS).is_some()));
    let empty = Memo::new(move |_| text.with(|text| text.trim().is_empty()));
    let close = move || {
        chat.thread.editing.set(None);
        browser::focus_id(&format!("message-{key}"));
    };
    let save = Callback::new(move |()| {
        // While something else is under way the field stays open: what was written in it would be lost.
        let free = !untrack(|| chat.turn.is_busy());
        if free && !empty.get_untracked() && !too_long.get_untracked() {
            chat.thread.editing.set(None);
            chat.edit(&entry, text.get_untracked());
        }
    });
    field.on_load(move |field| {
        let end = u32::try_from(field.value().encode_utf16().count()).unwrap_or(u32::MAX);
        let _refused = field.focus();
        let _refused = field.set_selection_range(end, end);
    });
    let on_key = move |event: ev::KeyboardEvent| {
        if event.is_composing() {
            return;
        }
        if event.key() == "Escape" {
            event.prevent_default();
            event.stop_propagation();
            close();
        } else if event.key() == "Enter" && (event.ctrl_key() || event.meta_key()) {
            event.prevent_default();
            save.run(());
        }
    };
    let error = move || too_long.get().then(|| t().chat.edit_too_long.to_owned());
    view! {
        <div class="ml-auto w-full max-w-[85%] rounded-xl border border-border-strong bg-background p-2">
            <textarea
                node_ref=field
                dir="auto"
                class="block max-h-[40dvh] min-h-16 w-full resize-none bg-transparent px-2 py-1 text-md [field-sizing:content]"
                aria-label=t().chat.edited_text
                aria-invalid=move || too_long.get().then_some("true")
                on:input:target=move |event| text.set(event.target().value())
                on:keydown=on_key
            >
                {before}
            </textarea>
            <FieldError id="edit" error=Signal::derive(error) />
            <div class="mt-2 flex justify-end gap-2">
                <Button kind=ButtonKind::Ghost size=ButtonSize::Small on_click=Callback::new(move |_| close())>
                    {t().common.cancel}
                </Button>
                <Button
                    kind=ButtonKind::Primary
                    size=ButtonSize::Small
                    disabled=Signal::derive(move || empty.get() || too_long.get() || chat.turn.is_busy())
                    on_click=Callback::new(move |_| save.run(()))
                >
                    {t().chat.save_rerun}
                </Button>
            </div>
        </div>
    }
}
