//! An answer on its spine: start, thinking, the answer itself, how it ended, the ledger.

use leptos::prelude::*;
use vertice_domain::MessageStatus;

use super::{
    actions::AnswerActions, branches::Branches, ending::Ending, entry::Entry, ledger::Ledger,
    live_text::LiveText, markdown::Inside, progress::ConnectionLine, state::use_chat, thinking::Thinking,
    turn_state::Phase,
};
use crate::ui::TierGlyph;

/// What of an answer is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Shape {
    /// The first line: awaited, or thought about.
    thinking: bool,
    /// The text.
    text: bool,
    /// Being written.
    live: bool,
}

fn shape(entry: &Entry) -> Shape {
    let thought =
        entry.saved.with(|saved| saved.as_ref().is_some_and(|saved| !saved.message.thinking.is_empty()));
    match &entry.live {
        Some(live) => live.head.with(|head| {
            let covered = live.covered > 0 && head.phase != Phase::Ended;
            let text = covered || matches!(head.phase, Phase::Writing | Phase::Ended);
            Shape { thinking: head.thought || thought || !text, text, live: head.phase != Phase::Ended }
        }),
        None => Shape { thinking: thought, text: true, live: false },
    }
}

/// An answer.
#[component]
pub(crate) fn AssistantTurn(
    /// Its entry.
    entry: Entry,
) -> impl IntoView {
    let shape = {
        let entry = entry.clone();
        Memo::new(move |_| shape(&entry))
    };
    let (first, start) = (entry.clone(), entry.clone());
    let vertex = move || shape.with(|shape| if shape.live { "vx vx-live" } else { "vx vx-done" });
    view! {
        <div class="turn">
            {move || {
                let entry = first.clone();
                shape.with(|shape| shape.thinking).then(|| {
                    view! {
                        <div class="step" style="--vy:14px">
                            <Start entry=entry.clone() />
                            <Thinking live=entry.live.clone() saved=entry.saved.clone() />
                        </div>
                    }
                })
            }}
            <div class="step trail !pb-4" class:hidden=move || !shape.get().text style="--vy:14px">
                {move || {
                    if shape.get().thinking {
                        view! { <span class=vertex aria-hidden="true"></span> }.into_any()
                    } else {
                        view! { <Start entry=start.clone() /> }.into_any()
                    }
                }}
                <Text entry=entry.clone() />
            </div>
            {entry.live.clone().map(|live| view! { <ConnectionLine live=live /> })}
            <Foot entry=entry />
        </div>
    }
}

#[component]
fn Text(entry: Entry) -> impl IntoView {
    if let Some(live) = entry.live.clone().filter(|live| !live.has_ended()) {
        return view! { <LiveText live=live text=entry.text /> }.into_any();
    }
    let unfinished = entry
        .saved
        .with_untracked(|saved| saved.as_ref().is_some_and(|m| m.message.status == MessageStatus::Streaming));
    if !unfinished {
        return view! { <div class="prose" inner_html=Inside::markdown(&entry.full_text())></div> }
            .into_any();
    }
    // Written by a turn that ended before this page could follow it: the rest comes when the thread is read again.
    let text = Memo::new(move |_| {
        entry
            .saved
            .with(|saved| saved.as_ref().map(|saved| saved.message.content.clone()).unwrap_or_default())
    });
    view! { <div class="prose" inner_html=move || text.with(|text| vertice_markdown::render(text).into_string())></div> }
        .into_any()
}

/// The glyph at the start of the spine.
#[component]
fn Start(entry: Entry) -> impl IntoView {
    let chat = use_chat();
    let glyph = Memo::new(move |_| {
        let head = entry
            .live
            .as_ref()
            .and_then(|live| live.head.with(|h| h.metadata.as_ref().map(|m| m.model.clone())));
        let saved = || entry.saved.with(|saved| saved.as_ref().and_then(|saved| saved.message.model.clone()));
        chat.glyph(&head.or_else(saved).unwrap_or_else(|| String::from(chat.model.get_untracked())))
    });
    view! {
        <span class="vx vx-start" aria-hidden="true">
            {move || {
                let (tier, local) = glyph.get();
                view! { <TierGlyph tier=tier local=local class="size-4 bg-background" /> }
            }}
        </span>
    }
}

/// What stands under an answer: while it is written, its branches; then how it ended, the ledger and the toolbar.
#[component]
fn Foot(entry: Entry) -> impl IntoView {
    let foot = {
        let entry = entry.clone();
        Memo::new(move |_| {
            let writing =
                entry.live.as_ref().is_some_and(|live| live.head.with(|head| head.phase != Phase::Ended));
            let saved = entry.saved.get()?;
            let whole = !writing && saved.message.status != MessageStatus::Streaming;
            if whole { Some(Ok(saved.message)) } else { (saved.siblings.len() > 1).then_some(Err(Writing)) }
        })
    };
    move || match foot.get()? {
        Ok(message) => Some(
            view! {
                <Ending entry=entry.clone() message=message.clone() />
                <div class="step" style="--vy:8px">
                    <span class="vx vx-done" aria-hidden="true"></span>
                    <Ledger message=message />
                    <AnswerActions entry=entry.clone() />
                </div>
            }
            .into_any(),
        ),
        Err(Writing) => Some(
            view! {
                <div class="step" style="--vy:14px">
                    <div class="-ml-3 flex">
                        <Branches saved=entry.saved.clone() />
                    </div>
                </div>
            }
            .into_any(),
        ),
    }
}

/// The answer is still being written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Writing;
