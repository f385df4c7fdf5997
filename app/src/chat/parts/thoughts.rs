//! What a model thought: the seconds that pass, then one line that opens.

use std::time::Duration;

use leptos::{html, prelude::*};
use vertice_domain::Timestamp;
use vertice_markdown::held;
use wasm_bindgen::JsCast as _;
use web_sys::CharacterData;

use super::outline::{run, run_from};
use crate::{
    chat::{entry::Entry, format::whole_seconds},
    strings::{fill, t},
    ui::{Icon, browser},
};

/// The thinking at `position`.
#[component]
pub(super) fn Thinking(entry: Entry, position: u32, #[prop(into)] growing: Signal<bool>) -> impl IntoView {
    let open = RwSignal::new(false);
    let thought_ms = took(growing);
    let seconds = entry.live.as_ref().map(|live| elapsed(growing, live.step_began()));
    let label = move || match (growing.get(), thought_ms.get()) {
        (true, _) => t().chat.thinking.to_owned(),
        (false, Some(ms)) => fill(t().chat.thought_for, &[("time", &whole_seconds(ms))]),
        (false, None) => t().chat.thought.to_owned(),
    };
    let running = move || growing.get().then(|| seconds.and_then(|s| s.get()).map(whole_seconds)).flatten();
    view! {
        <button
            type="button"
            class="flex h-7 items-center gap-1.5 text-sm text-muted-foreground hover:text-foreground"
            aria-expanded=move || if open.get() { "true" } else { "false" }
            on:click=move |_| open.update(|open| *open = !*open)
        >
            <span>{label}</span>
            <span class="num text-2xs">{running}</span>
            {move || if open.get() { Icon::ChevronDown.svg("size-3.5") } else { Icon::ChevronRight.svg("size-3.5") }}
        </button>
        <Show when=move || open.get()>
            <Thoughts entry=entry.clone() position=position />
        </Show>
    }
}

/// For how long (milliseconds) it grew, once it no longer does. None: it was whole when the page met it.
fn took(growing: Signal<bool>) -> RwSignal<Option<i64>> {
    let took = RwSignal::new(None);
    Effect::new(move |since: Option<Option<Timestamp>>| match (growing.get(), since.flatten()) {
        (true, since) => Some(since.unwrap_or_else(browser::now)),
        (false, Some(since)) => {
            took.set(Some(browser::now().as_millis() - since.as_millis()));
            None
        }
        (false, None) => None,
    });
    took
}

/// The milliseconds that have passed since `since`, while `busy`. Nothing until the page is awake, nor in the first second.
pub(super) fn elapsed(busy: Signal<bool>, since: Timestamp) -> RwSignal<Option<i64>> {
    let shown = RwSignal::new(None);
    let tick = move || {
        let passed = browser::now().as_millis() - since.as_millis();
        if busy.try_get_untracked() == Some(true) && passed >= 1_000 {
            let _disposed = shown.try_set(Some(passed));
        }
    };
    Effect::new(move |_| {
        if busy.get()
            && let Ok(timer) = set_interval_with_handle(tick, Duration::from_millis(500))
        {
            on_cleanup(move || timer.clear());
        }
    });
    shown
}

/// The thoughts themselves; while they come, text is only appended.
#[component]
fn Thoughts(entry: Entry, position: u32) -> impl IntoView {
    let class = "mt-1 max-w-[60ch] text-sm whitespace-pre-wrap break-words text-muted-foreground";
    let Some(live) = entry.live.clone().filter(|live| !live.has_ended()) else {
        let text = entry.with_parts(|parts| run(parts, position).collect::<String>());
        return view! { <div dir="auto" class=class>{text}</div> }.into_any();
    };
    let place: NodeRef<html::Div> = NodeRef::new();
    let shown = StoredValue::new(0_usize);
    Effect::new(move |_| {
        live.frame.track();
        let Some(place) = place.get() else { return };
        let from = shown.get_value();
        let Some(mut news) = live.with_parts(|parts| run_from(parts, position, from, usize::MAX)) else {
            return;
        };
        if live.is_growing(position) {
            news.truncate(news.len() - held(&news));
        }
        shown.set_value(from + news.len());
        match place.first_child().and_then(|node| node.dyn_into::<CharacterData>().ok()) {
            Some(data) => {
                let _detached = data.append_data(&news);
            }
            None => place.set_text_content(Some(&news)),
        }
    });
    view! { <div dir="auto" node_ref=place class=class></div> }.into_any()
}
