//! The switch between a message and its siblings: `< 2/3 >`.

use leptos::prelude::*;
use vertice_domain::ThreadMessage;

use super::state::use_chat;
use crate::{
    strings::{fill, t},
    ui::Icon,
};

/// The switch; nothing where there is nothing to switch.
#[component]
pub(crate) fn Branches(
    /// The message.
    saved: ArcRwSignal<Option<ThreadMessage>>,
) -> impl IntoView {
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
            let step = move |to: Option<_>| {
                if let Some(to) = to {
                    chat.select_branch(to);
                }
            };
            view! {
                <span
                    class="ml-1 inline-flex items-center rounded-md"
                    role="group"
                    aria-label=fill(
                        t().chat.branch,
                        &[("place", &place.to_string()), ("count", &count.to_string())],
                    )
                >
                    <button
                        type="button"
                        class="btn btn-ghost btn-icon btn-sm !w-6"
                        aria-label=t().chat.previous_branch
                        data-branch="previous"
                        disabled=move || previous.is_none() || chat.turn.is_busy()
                        on:click=move |_| step(previous)
                    >
                        {Icon::ChevronLeft.svg("size-4")}
                    </button>
                    <span class="num px-0.5 text-2xs text-muted-foreground">{format!("{place}/{count}")}</span>
                    <button
                        type="button"
                        class="btn btn-ghost btn-icon btn-sm !w-6"
                        aria-label=t().chat.next_branch
                        data-branch="next"
                        disabled=move || next.is_none() || chat.turn.is_busy()
                        on:click=move |_| step(next)
                    >
                        {Icon::ChevronRight.svg("size-4")}
                    </button>
                </span>
            }
        })
    }
}
