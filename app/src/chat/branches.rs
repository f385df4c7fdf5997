//! The switch between a message and its siblings: `< 2/3 >`.

use leptos::prelude::*;
use vertice_domain::{MessageId, ThreadMessage};

use super::state::{Chat, use_chat};
use crate::{
    strings::{fill, t},
    ui::Icon,
};

/// The switch; nothing where there is nothing to switch.
#[component]
pub(crate) fn Branches(saved: ArcRwSignal<Option<ThreadMessage>>) -> impl IntoView {
    let branch = Memo::new(move |_| {
        saved.with(|saved| {
            let saved = saved.as_ref()?;
            let (place, count) = saved.branch();
            let at = |place: usize| saved.siblings.get(place.checked_sub(1)?).copied();
            (count > 1).then(|| (place, count, at(place - 1), at(place + 1)))
        })
    });
    let chat = use_chat();
    move || {
        branch.get().map(|(place, count, previous, next)| {
            view! {
                <span
                    class="ml-1 inline-flex items-center rounded-md"
                    role="group"
                    aria-label=fill(
                        t().chat.branch,
                        &[("place", &place.to_string()), ("count", &count.to_string())],
                    )
                >
                    {arrow(chat, "previous", t().chat.previous_branch, Icon::ChevronLeft, previous)}
                    <span class="num px-0.5 text-2xs text-muted-foreground">{format!("{place}/{count}")}</span>
                    {arrow(chat, "next", t().chat.next_branch, Icon::ChevronRight, next)}
                </span>
            }
        })
    }
}

/// One step to a sibling; disabled where there is none.
fn arrow(
    chat: Chat,
    name: &'static str,
    label: &'static str,
    icon: Icon,
    to: Option<MessageId>,
) -> impl IntoView {
    view! {
        <button
            type="button"
            class="btn btn-ghost btn-icon btn-sm !w-6"
            aria-label=label
            data-branch=name
            disabled=move || to.is_none() || chat.turn.is_busy()
            on:click=move |_| {
                if let Some(to) = to {
                    chat.select_branch(to);
                }
            }
        >
            {icon.svg("size-4")}
        </button>
    }
}
