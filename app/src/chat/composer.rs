//! The composer: where messages are written. What is in it belongs to the user: it is kept as a draft with every key,
//! adopted if it was typed before the page was awake, and cleared by nothing but sending.

mod attached;
mod exhausted;
mod field;
mod mode;
mod offers;
mod queue;
mod trigger;

use leptos::{ev, html, prelude::*};
use vertice_domain::{Author, chat::MAX_MESSAGE_CHARS};

use super::{
    draft,
    picker::ModelPicker,
    state::{COMPOSER_FIELD, Chat, use_chat},
};
use crate::{
    strings::{fill, t},
    ui::{Icon, browser, menu::Placement},
};
use attached::Attached;
use exhausted::{Way, use_spent};
use field::Field;
use offers::Offers;

#[component]
pub fn Composer(
    /// Whether it stands in the middle of an empty page, with room below.
    #[prop(optional)]
    tall: bool,
) -> impl IntoView {
    let chat = use_chat();
    let attached = Attached::new(chat);
    let field = Field::new(chat, attached);
    let offers = Offers::new(chat, field);
    let spent = use_spent(chat);
    let submit = move || {
        // What is written stays: another model may take it, or tomorrow's quota.
        if untrack(|| spent.get()).is_some() {
            return chat.quota.refresh();
        }
        if let Some(written) = field.take() {
            chat.submit(written);
        }
    };
    let online = browser::online();
    let placeholder = move || match (spent.get(), chat.turn.is_running(), online.get(), tall) {
        (Some(Way::Local), ..) => t().composer.local_placeholder,
        (Some(Way::None), ..) => t().composer.spent_placeholder,
        (None, true, ..) => t().composer.queue_placeholder,
        (None, false, false, _) => t().composer.offline_placeholder,
        (None, false, true, true) => t().composer.ask_placeholder,
        (None, false, true, false) => t().composer.follow_placeholder,
    };
    let placement = if tall { Placement::BelowEnd } else { Placement::AboveEnd };
    let class = if tall { "min-h-17" } else { "min-h-9" };
    view! {
        <exhausted::Exhausted />
        <exhausted::AlmostSpent />
        <queue::Queued />
        <offers::Offered offers=offers />
        <form
            class="composer relative"
            aria-label=t().composer.label
            on:submit=move |event| {
                event.prevent_default();
                submit();
            }
        >
            <attached::Pictures attached=attached />
            <offers::References />
            <textarea
                id=COMPOSER_FIELD
                dir="auto"
                node_ref=field.node
                rows="1"
                class=format!(
                    "{class} block [field-sizing:content] max-h-[min(256px,40dvh)] w-full resize-none bg-transparent px-4 pt-3 pb-1 text-md outline-none placeholder:text-muted-foreground max-md:text-base",
                )
                aria-label=t().composer.message
                aria-invalid=move || field.too_long.get().then_some("true")
                aria-describedby=move || field.too_long.get().then_some("composer-error")
                placeholder=placeholder
                autocomplete="off"
                aria-autocomplete="list"
                aria-controls=move || offers.list_id()
                aria-activedescendant=move || offers.active_id()
                on:input=move |_| {
                    field.changed();
                    offers.look();
                }
                on:click=move |_| offers.look()
                on:blur=move |_| offers.leave()
                on:paste=move |event| attached.paste(&event)
                on:keydown=move |event| {
                    if !offers.on_key(&event) {
                        on_key(&event, chat, field, submit);
                    }
                }
            ></textarea>
            {move || {
                field.too_long.get().then(|| {
                    view! {
                        <p id="composer-error" role="alert" class="px-4 pb-1 text-xs text-destructive-text">
                            {fill(t().composer.too_long, &[("count", &super::format::thousands(MAX_MESSAGE_CHARS as u64))])}
                        </p>
                    }
                })
            }}
            <div class="flex items-center gap-1 p-2">
                <attached::AttachButton attached=attached />
                <mode::ModeButtons />
                <span class="ml-auto"></span>
                <ModelPicker placement=placement />
                <SendButton field=field spent=spent />
            </div>
        </form>
    }
}

/// Send, or Stop while an answer is being written; then a written text can be queued beside it.
#[component]
fn SendButton(field: Field, spent: Memo<Option<Way>>) -> impl IntoView {
    let chat = use_chat();
    let running = Memo::new(move |_| chat.turn.is_running());
    let ready = Memo::new(move |_| field.ready.get() && spent.get().is_none());
    let send = move |label: &'static str| {
        let class = move || {
            if ready.get() {
                "btn btn-primary btn-icon"
            } else {
                "btn btn-secondary btn-icon !text-muted-foreground"
            }
        };
        view! {
            <button type="submit" class=class aria-label=label disabled=move || !ready.get()>
                {Icon::ArrowUp.svg("size-4")}
            </button>
        }
    };
    move || {
        if !running.get() {
            return send(t().composer.send).into_any();
        }
        view! {
            {move || ready.get().then(|| send(t().composer.queue))}
            <button type="button" class="btn btn-ink btn-icon" aria-label=t().composer.stop on:click=move |_| chat.stop()>
                <svg class="size-3" viewBox="0 0 12 12" aria-hidden="true">
                    <rect x="1" y="1" width="10" height="10" rx="2" fill="currentColor"></rect>
                </svg>
            </button>
        }
        .into_any()
    }
}

fn on_key(event: &ev::KeyboardEvent, chat: Chat, field: Field, submit: impl Fn()) {
    /// What browsers report for keys that an input method has taken.
    const TAKEN_BY_IME: u32 = 229;
    if event.is_composing() || event.key_code() == TAKEN_BY_IME {
        return;
    }
    let held = event.ctrl_key() || event.meta_key();
    match event.key().as_str() {
        "Enter" if !event.shift_key() && !event.alt_key() && (held || !browser::is_touch()) => {
            event.prevent_default();
            submit();
        }
        "ArrowUp" if field.is_empty() && !chat.turn.live.with_untracked(Option::is_some) => {
            let last = chat.thread.entries.with_untracked(|entries| {
                let mut own =
                    entries.iter().rev().filter(|entry| entry.author == Author::User && entry.id().is_some());
                own.next().map(|entry| entry.key)
            });
            if let Some(key) = last {
                event.prevent_default();
                chat.thread.editing.set(Some(key));
            }
        }
        _ => {}
    }
}

/// Puts the draft of the open conversation aside for later.
fn keep_draft(chat: Chat, text: &str) {
    draft::keep(chat.place.open.get_untracked(), text);
}

type Node = NodeRef<html::Textarea>;
