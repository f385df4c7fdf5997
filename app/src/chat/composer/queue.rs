//! The message that waits for the end of the answer.

use leptos::prelude::*;

use crate::{
    chat::{draft, state::use_chat},
    strings::t,
    ui::Icon,
};

/// The waiting message above the composer; nothing when none waits.
#[component]
pub(super) fn Queued() -> impl IntoView {
    let chat = use_chat();
    let take = move || {
        let written = chat.composer.queued.try_update(Option::take).flatten()?;
        draft::forget(chat.place.open.get_untracked(), &written.text);
        Some(written)
    };
    move || {
        chat.composer.queued.get().map(|written| {
            let pictures = match written.pictures.len() {
                0 => None,
                count => Some(t().composer.images.count(count as u64)),
            };
            view! {
                <div class="mb-2 flex items-center gap-2 rounded-lg border border-dashed border-border-strong bg-background px-3 py-1.5 text-xs">
                    {Icon::Clock.svg("size-3.5 shrink-0 text-muted-foreground")}
                    <span class="shrink-0 font-medium">{t().composer.queued}</span>
                    <span dir="auto" class="min-w-0 flex-1 truncate text-muted-foreground">{written.text}</span>
                    {pictures.map(|count| view! { <span class="shrink-0 text-muted-foreground">{count}</span> })}
                    {(written.pictures.is_empty() && written.references.is_empty()).then(|| view! {
                        <button type="button" class="btn btn-ghost btn-sm" on:click=move |_| chat.steer()>
                            {t().composer.steer}
                        </button>
                    })}
                    <button
                        type="button"
                        class="btn btn-ghost btn-sm"
                        on:click=move |_| {
                            if let Some(written) = take() {
                                chat.composer.handed_back.set(Some(written));
                            }
                        }
                    >
                        {t().common.edit}
                    </button>
                    <button
                        type="button"
                        class="btn btn-ghost btn-sm"
                        on:click=move |_| {
                            take();
                        }
                    >
                        {t().common.remove}
                    </button>
                </div>
            }
        })
    }
}
