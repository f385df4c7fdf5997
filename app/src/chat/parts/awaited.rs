//! Waiting for a model: the seconds that pass, and what is known of why nothing comes.

use leptos::prelude::*;
use vertice_domain::event::Retrying;

use super::thoughts::elapsed;
use crate::{
    chat::{
        entry::Entry, format::whole_seconds, live::Live, model_groups::provider_name,
        other_models::OtherModelMenu, progress::PATIENCE, state::use_chat,
    },
    strings::{fill, t},
    ui::{Button, ButtonSize},
};

/// A model is awaited.
#[component]
pub(super) fn Awaited(entry: Entry) -> impl IntoView {
    let head = entry.live.as_ref().map(|live| live.head.clone());
    let retrying = Memo::new(move |_| head.as_ref().and_then(|head| head.with(|head| head.retrying.clone())));
    move || match retrying.get() {
        Some(retrying) => view! { <WaitingFor entry=entry.clone() retrying=retrying /> }.into_any(),
        None => view! { <Thinking live=entry.live.clone() /> }.into_any(),
    }
}

#[component]
fn Thinking(live: Option<Live>) -> impl IntoView {
    let passed = live.map(|live| elapsed(Signal::stored(true), live.step_began()));
    let passed = move || passed.and_then(|passed| passed.get());
    let label = move || match passed() {
        Some(ms) if ms >= PATIENCE => t().chat.still_working,
        _ => t().chat.thinking,
    };
    view! {
        <p class="flex h-7 items-center gap-1.5 text-sm text-muted-foreground">
            <span>{label}</span>
            <span class="num text-2xs">{move || passed().map(whole_seconds)}</span>
        </p>
    }
}

/// The model did not answer and is asked once more; the ways out of waiting for it.
#[component]
fn WaitingFor(entry: Entry, retrying: Retrying) -> impl IntoView {
    let chat = use_chat();
    let provider = fill(t().chat.waiting_for, &[("provider", provider_name(retrying.provider))]);
    let text = fill(t().chat.waiting_text, &[("model", &chat.model_name(&retrying.model))]);
    view! {
        <div class="flex flex-wrap items-center gap-x-4 gap-y-2 rounded-lg border border-warning/35 bg-warning/5 p-3">
            <div class="min-w-0 flex-1 basis-52" role="status">
                <p class="text-sm font-medium text-warning-text">{provider}</p>
                <p class="text-xs text-muted-foreground">{text}</p>
            </div>
            <div class="flex gap-2">
                <Button size=ButtonSize::Small on_click=move |_| chat.stop()>
                    {t().chat.stop_waiting}
                </Button>
                <OtherModelMenu
                    answer=entry
                    chosen=Callback::new(move |model| chat.ask_instead(model))
                />
            </div>
        </div>
    }
}
