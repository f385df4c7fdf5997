//! What the script of the artifacts and the page tell each other.

use leptos::{html, prelude::*, task::spawn_local};
use vertice_domain::FeedEvent;

use crate::{
    chat::Chat,
    feed::use_feed,
    strings::t,
    ui::{Toast, browser, use_toasts},
};

/// The page: something was drawn; artifacts are not what they were.
const DRAWN: &str = "panel-drawn";
const CHANGED: &str = "artifacts-changed";
/// The script: draw the panel anew; this went wrong; send this to the model.
const REDRAW: &str = "panel-redraw";
const SAY: &str = "panel-say";
const ASK: &str = "panel-ask";

/// Loads the script where what was drawn asks for it, and listens to it.
pub(super) fn enliven(chat: Chat, place: NodeRef<html::Aside>, changes: RwSignal<u32>, shown: RwSignal<u32>) {
    let toasts = use_toasts();
    Effect::new(move |_| {
        let Some(place) = place.get() else { return };
        browser::hear(&place, REDRAW, move |_| {
            let _gone = changes.try_update(|changes| *changes += 1);
        });
        browser::hear(&place, SAY, move |why| {
            toasts.push(Toast::error(t().workspace.not_changed, why));
        });
        browser::hear(&place, ASK, move |text| chat.ask(text));
    });
    Effect::new(move |_| {
        shown.track();
        let Some(place) = place.get() else { return };
        spawn_local(async move {
            browser::next_frame().await;
            browser::load_script(&place);
            browser::tell(&place, DRAWN, "");
        });
    });
    let feed = use_feed();
    Effect::new(move |_| {
        let (_, Some(FeedEvent::ArtifactsChanged { conversation_id })) = feed.latest.get() else { return };
        let is_open = chat.place.open.get_untracked().id() == Some(conversation_id);
        if let (true, Some(place)) = (is_open, place.get_untracked()) {
            browser::tell(&place, CHANGED, "");
        }
    });
}
