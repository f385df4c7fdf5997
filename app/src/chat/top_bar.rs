//! The bar above a conversation: its title, and what can be done with it as a whole.

use leptos::{ev, html, prelude::*, task::spawn_local};
use vertice_domain::{Conversation, ConversationId, ConversationPatch};

use super::state::{Chat, use_chat};
use crate::{
    api::conversations::{delete_conversation, patch_conversation, restore_conversation},
    strings::t,
    ui::{Icon, Menu, MenuItem, MenuRule, Toast, browser},
};

#[component]
pub fn TopBar() -> impl IntoView {
    let chat = use_chat();
    let renaming = RwSignal::new(false);
    let title = Memo::new(move |_| {
        chat.thread.conversation.with(|c| c.as_ref().map(|c| c.title.clone()).unwrap_or_default())
    });
    Effect::new(move |_| {
        chat.place.open.track();
        renaming.set(false);
    });
    view! {
        <header class="hidden h-12 shrink-0 items-center gap-2 pr-3 pl-4 md:flex">
            {move || {
                if title.with(String::is_empty) {
                    ().into_any()
                } else if renaming.get() {
                    view! { <Rename title=title.get_untracked() renaming=renaming /> }.into_any()
                } else {
                    view! { <TitleMenu title=title renaming=renaming /> }.into_any()
                }
            }}
        </header>
    }
}

#[component]
fn TitleMenu(title: Memo<String>, renaming: RwSignal<bool>) -> impl IntoView {
    let chat = use_chat();
    let pinned = Memo::new(move |_| chat.thread.conversation.with(|c| c.as_ref().is_some_and(|c| c.pinned)));
    let with_id = move |act: fn(Chat, ConversationId)| {
        Callback::new(move |()| {
            if let Some(id) = chat.place.open.get_untracked().id() {
                act(chat, id);
            }
        })
    };
    view! {
        <Menu
            label=t().chat.conversation
            trigger=move || {
                view! {
                    <span dir="auto" class="truncate text-sm">{title}</span>
                    {Icon::ChevronDown.svg("!size-3.5")}
                }
            }
            trigger_class="btn btn-ghost btn-sm min-w-0 !shrink text-foreground"
        >
            <MenuItem icon=Icon::Pencil on_select=Callback::new(move |()| renaming.set(true))>
                {t().common.rename}
            </MenuItem>
            <MenuItem icon=Icon::Pin on_select=with_id(toggle_pin)>
                {move || if pinned.get() { t().common.unpin } else { t().common.pin }}
            </MenuItem>
            <MenuItem icon=Icon::Download on_select=with_id(|_, id| export(id, "markdown"))>
                {t().chat.export_markdown}
            </MenuItem>
            <MenuItem icon=Icon::Download on_select=with_id(|_, id| export(id, "json"))>
                {t().chat.export_json}
            </MenuItem>
            <MenuRule />
            <MenuItem icon=Icon::Trash danger=true on_select=with_id(delete)>
                {t().common.delete}
            </MenuItem>
        </Menu>
    }
}

#[component]
fn Rename(title: String, renaming: RwSignal<bool>) -> impl IntoView {
    let chat = use_chat();
    let field: NodeRef<html::Input> = NodeRef::new();
    field.on_load(|field| {
        let _refused = field.focus();
        field.select();
    });
    let before = title.clone();
    let save = move || {
        // Leaving the field and Enter both end here; the second time there is nothing left to do.
        if !renaming.try_get_untracked().unwrap_or(false) {
            return;
        }
        let title = field.get_untracked().map(|field| field.value().trim().to_owned()).unwrap_or_default();
        renaming.set(false);
        if !title.is_empty() && title != before {
            patch(chat, ConversationPatch { title: Some(title), ..ConversationPatch::default() });
        }
    };
    let saved = save.clone();
    view! {
        <input
            node_ref=field
            dir="auto"
            class="field field-sm max-w-80"
            aria-label=t().common.title
            maxlength="200"
            value=title
            on:blur=move |_| saved()
            on:keydown=move |event: ev::KeyboardEvent| {
                if event.is_composing() {
                    return;
                }
                match event.key().as_str() {
                    "Enter" => save(),
                    "Escape" => {
                        event.prevent_default();
                        event.stop_propagation();
                        renaming.set(false);
                    }
                    _ => {}
                }
            }
        />
    }
}

fn patch(chat: Chat, patch: ConversationPatch) {
    let Some(id) = chat.place.open.get_untracked().id() else { return };
    spawn_local(async move {
        match patch_conversation(id, patch).await {
            Ok(changed) => update(chat, changed),
            Err(error) => chat.toasts.push(Toast::error(t().chat.not_saved, error.to_string())),
        }
    });
}

fn update(chat: Chat, changed: Conversation) {
    if chat.holds(changed.id) {
        chat.thread.conversation.set(Some(changed));
    }
}

fn toggle_pin(chat: Chat, _id: ConversationId) {
    let pinned = chat.thread.conversation.with_untracked(|c| c.as_ref().is_some_and(|c| c.pinned));
    patch(chat, ConversationPatch { pinned: Some(!pinned), ..ConversationPatch::default() });
}

fn export(id: ConversationId, format: &str) {
    browser::leave_to(&format!("/api/v1/conversations/{id}/export?format={format}"));
}

fn delete(chat: Chat, id: ConversationId) {
    spawn_local(async move {
        if let Err(error) = delete_conversation(id).await {
            chat.toasts.push(Toast::error(t().common.conversation_not_deleted, error.to_string()));
            return;
        }
        chat.place.goto.set(Some("/".to_owned()));
        let undo = Callback::new(move |()| restore(chat, id));
        chat.toasts.push(Toast::info(t().common.conversation_deleted).with_action(t().common.undo, undo));
    });
}

fn restore(chat: Chat, id: ConversationId) {
    spawn_local(async move {
        match restore_conversation(id).await {
            Ok(_) => chat.place.goto.set(Some(format!("/c/{id}"))),
            Err(error) => {
                chat.toasts.push(Toast::error(t().chat.not_restored, error.to_string()));
            }
        }
    });
}
