//! A text of an answer.

use leptos::prelude::*;
use vertice_domain::MessageStatus;

use super::outline::run;
use crate::chat::{entry::Entry, live::Live, live_text::LiveText, markdown::Inside};

/// The text at `position`.
#[component]
pub(super) fn TextPart(entry: Entry, position: u32) -> impl IntoView {
    if let Some(live) = entry.live.clone().filter(|live| !live.has_ended()) {
        let heard = live.clone();
        let stored = Memo::new(move |_| stored_instead(&entry, &heard, position));
        return (move || match stored.get() {
            Some(text) => view! { <div class="prose" inner_html=Inside::markdown(&text)></div> }.into_any(),
            None => view! { <LiveText live=live.clone() position=position /> }.into_any(),
        })
        .into_any();
    }
    // One that was written by a turn that ended before this page could follow it grows when the thread is read again.
    let text = Memo::new(move |_| {
        entry.track();
        entry.with_parts(|parts| run(parts, position).collect::<String>())
    });
    (move || view! { <div class="prose" inner_html=text.with(|text| Inside::markdown(text))></div> })
        .into_any()
}

/// What the server has stored of a text, where that is not what was heard: a crash takes the last words with it, and
/// what follows goes on from what is stored.
fn stored_instead(entry: &Entry, heard: &Live, position: u32) -> Option<String> {
    let stored = entry.saved.with(|saved| {
        let message = saved.as_ref().map(|saved| &saved.message);
        let whole = message.filter(|message| message.status != MessageStatus::Streaming)?;
        Some(run(&whole.parts, position).collect::<String>())
    })?;
    let differs = heard.with_parts(|heard| run(heard, position).collect::<String>() != stored);
    differs.then_some(stored)
}
