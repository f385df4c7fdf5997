//! One conversation in the list: a real link, with a menu beside it and a field in its place while it is renamed.

use std::collections::HashSet;

use leptos::{html, prelude::*};
use leptos_router::hooks::{use_location, use_navigate};
use vertice_domain::{Conversation, ConversationId};

use super::shelf::use_shelf;
use crate::{
    strings::{fill, t},
    ui::{Icon, Menu, MenuItem, MenuRule, Placement, browser},
};

pub(crate) fn path_of(id: ConversationId) -> String {
    format!("/c/{id}")
}

pub(super) fn link_id(id: ConversationId) -> String {
    format!("row-{id}")
}

/// A conversation.
#[component]
pub(super) fn Row(conversation: Conversation) -> impl IntoView {
    let shelf = use_shelf();
    let conversation = StoredValue::new(conversation);
    let id = conversation.with_value(|conversation| conversation.id);
    let renaming = Memo::new(move |_| shelf.renaming.get() == Some(id));
    view! {
        <li class="group relative">
            {move || {
                let title = conversation.with_value(|conversation| conversation.title.clone());
                if renaming.get() {
                    view! { <TitleField id=id title=title /> }.into_any()
                } else {
                    let pinned = conversation.with_value(|conversation| conversation.pinned);
                    view! { <RowLink id=id title=title pinned=pinned /> }.into_any()
                }
            }}
        </li>
    }
}

#[component]
fn RowLink(id: ConversationId, title: String, pinned: bool) -> impl IntoView {
    let shelf = use_shelf();
    let path = path_of(id);
    let location = use_location().pathname;
    let current = {
        let path = path.clone();
        Memo::new(move |_| location.with(|location| *location == path))
    };
    let busy = Memo::new(move |_| {
        let is_in = |set: RwSignal<HashSet<ConversationId>>| set.with(|set| set.contains(&id));
        match (is_in(shelf.waiting), is_in(shelf.running)) {
            (true, _) => Some((t().sidebar.waiting, "dot dot-ask")),
            (false, true) => Some((t().sidebar.running, "dot dot-live")),
            (false, false) => None,
        }
    });
    view! {
        <a
            id=link_id(id)
            href=path
            data-row
            class=move || if current.get() { "menu-item is-active pr-9 font-medium" } else { "menu-item pr-9" }
            aria-current=move || current.get().then_some("page")
        >
            <span dir="auto" class="grow truncate" class=("text-foreground/85", move || !current.get())>
                {title.clone()}
            </span>
            {move || {
                busy.get()
                    .map(|(label, dot)| {
                        view! {
                            <span
                                class=format!(
                                    "{dot} absolute top-1/2 right-3 -mt-0.75 group-focus-within:hidden group-hover:hidden",
                                )
                                role="img"
                                aria-label=label
                            ></span>
                        }
                    })
            }}
        </a>
        <span class="row-menu absolute top-0.5 right-1">
            <RowMenu id=id title=title pinned=pinned />
        </span>
    }
}

#[component]
fn RowMenu(id: ConversationId, title: String, pinned: bool) -> impl IntoView {
    let shelf = use_shelf();
    let location = use_location().pathname;
    let navigate = StoredValue::new(use_navigate());
    let delete = move |()| {
        shelf.delete(id);
        if location.get_untracked() == path_of(id) {
            navigate.with_value(|navigate| navigate("/", leptos_router::NavigateOptions::default()));
        }
    };
    view! {
        <Menu
            label=fill(t().sidebar.options, &[("title", &title)])
            icon_only=true
            trigger=|| Icon::Ellipsis.svg("size-4")
            trigger_class="btn btn-ghost btn-icon btn-sm"
            placement=Placement::BelowEnd
            class="w-44"
        >
            <MenuItem icon=Icon::Pencil on_select=move |()| shelf.renaming.set(Some(id))>
                {t().common.rename}
            </MenuItem>
            <MenuItem
                icon=if pinned { Icon::PinOff } else { Icon::Pin }
                on_select=move |()| shelf.set_pinned(id, !pinned)
            >
                {if pinned { t().common.unpin } else { t().common.pin }}
            </MenuItem>
            <MenuRule />
            <MenuItem icon=Icon::Trash danger=true on_select=delete>
                {t().common.delete}
            </MenuItem>
        </Menu>
    }
}

#[component]
fn TitleField(id: ConversationId, title: String) -> impl IntoView {
    let shelf = use_shelf();
    let field: NodeRef<html::Input> = NodeRef::new();
    field.on_load(|field| {
        leptos::task::spawn_local(async move {
            // The menu that was left gives the focus back first.
            browser::next_frame().await;
            let _refused = field.focus();
            field.select();
        });
    });
    let finish = move |save: bool| {
        // Leaving the field after Enter or Esc comes here again.
        if shelf.renaming.get_untracked() != Some(id) {
            return;
        }
        let title = field.get_untracked().map(|field| field.value()).unwrap_or_default();
        let had_focus = field.get_untracked().is_some_and(|field| browser::has_focus_within(&field));
        shelf.renaming.set(None);
        if save {
            shelf.rename(id, &title);
        }
        if had_focus {
            leptos::task::spawn_local(async move {
                browser::next_frame().await;
                browser::focus_id(&link_id(id));
            });
        }
    };
    view! {
        <input
            node_ref=field
            dir="auto"
            class="field field-sm"
            aria-label=t().common.title
            maxlength="200"
            value=title
            on:keydown=move |event| {
                event.stop_propagation();
                match event.key().as_str() {
                    "Enter" if !event.is_composing() => {
                        event.prevent_default();
                        finish(true);
                    }
                    "Escape" => finish(false),
                    _ => {}
                }
            }
            on:blur=move |_| finish(true)
        />
    }
}
