//! The message that waits for the end of the answer.

use leptos::prelude::*;

use crate::{
    chat::{draft, state::use_chat},
    ui::Icon,
};

/// The waiting message above the composer; nothing when none waits.
#[component]
pub(super) fn Queued() -> impl IntoView {
    let chat = use_chat();
    let take = move || {
        let text = chat.queued.try_update(Option::take).flatten()?;
        draft::forget(chat.place.get_untracked(), &text);
        Some(text)
    };
    move || {
        chat.queued.get().map(|text| {
            view! {
                <div class="mb-2 flex items-center gap-2 rounded-lg border border-dashed border-border-strong bg-background px-3 py-1.5 text-xs">
                    {Icon::Clock.svg("size-3.5 shrink-0 text-muted-foreground")}
                    <span class="shrink-0 font-medium">"Queued"</span>
                    <span class="min-w-0 flex-1 truncate text-muted-foreground">{text}</span>
                    <button
                        type="button"
                        class="btn btn-ghost btn-sm"
                        on:click=move |_| {
                            if let Some(text) = take() {
                                chat.handed_back.set(Some(text));
                            }
                        }
                    >
                        "Edit"
                    </button>
                    <button
                        type="button"
                        class="btn btn-ghost btn-sm"
                        on:click=move |_| {
                            take();
                        }
                    >
                        "Remove"
                    </button>
                </div>
            }
        })
    }
}
