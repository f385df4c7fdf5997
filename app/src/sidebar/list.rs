//! The list of conversations under their headings. More are loaded when its end comes into view.

use leptos::{html, prelude::*};

use super::{
    groups,
    row::{Row, link_id},
    shelf::{Shelf, use_shelf},
};
use crate::{
    chat::{Chat, use_chat},
    strings::t,
    ui::browser,
};

/// Moves the keyboard among the links of a list with the arrow keys.
pub(super) fn on_arrow(event: &leptos::ev::KeyboardEvent) {
    let step = match event.key().as_str() {
        "ArrowDown" => browser::Step::Next,
        "ArrowUp" => browser::Step::Previous,
        _ => return,
    };
    if browser::is_in_field(event.target()) {
        return;
    }
    if let Some(list) = browser::closest(event.target(), "[data-list]") {
        event.prevent_default();
        browser::focus_step(&list, "a[data-row]", step);
    }
}

#[component]
pub(super) fn ConversationList() -> impl IntoView {
    let shelf = use_shelf();
    let grouped = Memo::new(move |_| {
        let (now, offset) = (shelf.now.get(), shelf.utc_offset_minutes.get());
        groups::group(&shelf.listed(), now, offset)
    });
    show_open(shelf, use_chat());
    let rows_of = move |label: &str| {
        grouped.with(|groups| {
            groups
                .iter()
                .find(|group| group.label == label)
                .map(|group| group.items.clone())
                .unwrap_or_default()
        })
    };
    view! {
        <nav aria-label=t().sidebar.conversations data-list on:keydown=move |event| on_arrow(&event)>
            <For
                each=move || grouped.with(|groups| groups.iter().map(|group| group.label.clone()).collect::<Vec<_>>())
                key=Clone::clone
                children=move |label| {
                    let heading = label.clone();
                    view! {
                        <section class="pt-4">
                            <h2 class="group-label px-2 pb-1">{heading}</h2>
                            <ul>
                                <For
                                    each=move || rows_of(&label)
                                    key=|hit| {
                                        let conversation = &hit.conversation;
                                        (conversation.id, conversation.title.clone(), conversation.pinned)
                                    }
                                    children=|hit| view! { <Row conversation=hit.conversation /> }
                                />
                            </ul>
                        </section>
                    }
                }
            />
        </nav>
        <Show when=move || grouped.with(Vec::is_empty)>
            <p class="px-2 pt-4 text-xs text-muted-foreground">{t().sidebar.empty}</p>
        </Show>
        <Show when=move || shelf.has_more()>
            <End />
        </Show>
    }
}

/// Keeps the row of the open conversation in sight: when another one is opened, when its row comes to be there, and when rows
/// that are loaded later push it away. Once the user has scrolled, the list stays where it is.
fn show_open(shelf: Shelf, chat: Chat) {
    let listed = Memo::new(move |_| {
        let id = chat.place.open.get().id()?;
        let place = shelf.listed().iter().position(|hit| hit.conversation.id == id)?;
        Some((id, place))
    });
    shelf.follow(chat.thread.conversation);
    // Which row was revealed, and how far the list was scrolled then.
    let revealed = StoredValue::new(None);
    Effect::new(move |_| {
        if let Some((id, _)) = listed.get() {
            leptos::task::spawn_local(async move {
                // The row may be new.
                browser::next_frame().await;
                let row = link_id(id);
                let scrolled = || browser::scrolled(&row, ".sidebar-scroll").map(|top| (id, top));
                let before = revealed.try_get_value().flatten();
                if before.is_some_and(|(of, _)| of == id) && before != scrolled() {
                    return;
                }
                browser::reveal(&row);
                revealed.try_set_value(scrolled());
            });
        }
    });
}

/// The end of what is loaded.
#[component]
fn End() -> impl IntoView {
    let shelf = use_shelf();
    let end: NodeRef<html::Div> = NodeRef::new();
    Effect::new(move |_| {
        if let Some(end) = end.get() {
            browser::on_intersect(&end, move || shelf.load_more());
        }
    });
    view! {
        <div node_ref=end class="p-2">
            <button type="button" class="btn btn-ghost btn-sm w-full" on:click=move |_| shelf.load_more()>
                {t().sidebar.more}
            </button>
        </div>
    }
}
