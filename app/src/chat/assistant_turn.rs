//! An answer on its spine: its parts, how it ended, the ledger.

use leptos::prelude::*;
use vertice_domain::MessageStatus;

use super::{
    actions::AnswerActions,
    branches::Branches,
    ending::{End, Ending},
    entry::Entry,
    failed_over::FailedOver,
    ledger::Ledger,
    parts::Parts,
    phase::Phase,
    progress::{ConnectionLine, StillWorking},
};

/// An answer.
#[component]
pub(crate) fn AssistantTurn(entry: Entry) -> impl IntoView {
    view! {
        <div class="turn">
            <FailedOver entry=entry.clone() />
            <Parts entry=entry.clone() />
            {entry
                .live
                .clone()
                .map(|live| view! { <StillWorking live=live.clone() /> <ConnectionLine live=live /> })}
            <Foot entry=entry />
        </div>
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
    // Its figures may come later, and must not have what counts down, or was declined, begin again.
    let ended = Memo::new(move |_| foot.get()?.ok().and_then(|message| End::of(&message)));
    let ending = {
        let entry = entry.clone();
        move || ended.get().map(|end| view! { <Ending entry=entry.clone() end=end /> })
    };
    let ledger = move || match foot.get()? {
        Ok(message) => Some(
            view! {
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
    };
    view! {
        {ending}
        {ledger}
    }
}

/// The answer is still being written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Writing;
