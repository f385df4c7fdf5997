//! The first step of an answer: waiting and thinking with the seconds that pass, then one line that opens.

use std::time::Duration;

use leptos::{html, prelude::*};
use vertice_domain::ThreadMessage;
use wasm_bindgen::JsCast as _;
use web_sys::CharacterData;

use super::{format::whole_seconds, live::Live, turn_state::Phase};
use crate::ui::{Icon, browser};

/// The line of an answer that is awaited, or that was thought about.
#[component]
pub(crate) fn Thinking(
    /// The turn, if it was followed here.
    live: Option<Live>,
    /// The message, once it is known.
    saved: ArcRwSignal<Option<ThreadMessage>>,
) -> impl IntoView {
    let open = RwSignal::new(false);
    let head = live.as_ref().map(|live| live.head.clone());
    let busy = {
        let head = head.clone();
        Memo::new(move |_| {
            head.as_ref()
                .is_some_and(|head| head.with(|h| matches!(h.phase, Phase::Waiting | Phase::Thinking)))
        })
    };
    let thought_ms = Memo::new(move |_| head.as_ref().and_then(|head| head.with(|head| head.thought_ms)));
    let seconds = live.as_ref().map(|live| elapsed(busy, live.begun.as_millis()));
    let label = move || match (busy.get(), thought_ms.get()) {
        (true, _) => "Thinking".to_owned(),
        (false, Some(ms)) => format!("Thought for {}", whole_seconds(ms)),
        (false, None) => "Thought".to_owned(),
    };
    let running = move || busy.get().then(|| seconds.and_then(|s| s.get())).flatten();
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
            <Thoughts live=live.clone() saved=saved.clone() />
        </Show>
    }
}

/// The seconds that have passed since `since`, while `busy`. Nothing until the page is awake.
fn elapsed(busy: Memo<bool>, since: i64) -> RwSignal<Option<String>> {
    let shown = RwSignal::new(None);
    let tick = move || {
        let passed = browser::now().as_millis() - since;
        if busy.try_get_untracked() == Some(true) && passed >= 1_000 {
            let _disposed = shown.try_set(Some(whole_seconds(passed)));
        }
    };
    Effect::new(move |timer: Option<Option<IntervalHandle>>| {
        if let Some(Some(timer)) = timer {
            timer.clear();
        }
        if !busy.get() {
            return None;
        }
        let timer = set_interval_with_handle(tick, Duration::from_millis(500)).ok();
        on_cleanup(move || {
            if let Some(timer) = timer {
                timer.clear();
            }
        });
        timer
    });
    shown
}

/// The thoughts themselves; while they come, text is only appended.
#[component]
fn Thoughts(live: Option<Live>, saved: ArcRwSignal<Option<ThreadMessage>>) -> impl IntoView {
    let class = "mt-1 max-w-[60ch] text-sm whitespace-pre-wrap break-words text-muted-foreground";
    let Some(live) = live else {
        let text = saved.with_untracked(|saved| saved.as_ref().map(|saved| saved.message.thinking()));
        return view! { <div class=class>{text}</div> }.into_any();
    };
    let place: NodeRef<html::Div> = NodeRef::new();
    let shown = StoredValue::new(0_usize);
    Effect::new(move |_| {
        live.frame.track();
        let Some(place) = place.get() else { return };
        let news = live.with_thinking(|text| text.get(shown.get_value()..).unwrap_or_default().to_owned());
        shown.update_value(|shown| *shown += news.len());
        match place.first_child().and_then(|node| node.dyn_into::<CharacterData>().ok()) {
            Some(data) => {
                let _detached = data.append_data(&news);
            }
            None => place.set_text_content(Some(&news)),
        }
    });
    view! { <div node_ref=place class=class></div> }.into_any()
}
