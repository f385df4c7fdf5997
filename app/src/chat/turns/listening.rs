//! What the page hears of the open conversation: the turn it follows and the news of other tabs. While the page is
//! hidden it follows nothing, since browsers allow few connections to one server; seen again, it goes on where it was.

use leptos::prelude::*;
use vertice_domain::FeedEvent;

use super::origin::Origin;
use crate::{chat::state::Chat, feed::use_feed, stream, ui::browser};

/// Starts listening, for as long as the owner lives.
pub(in crate::chat) fn listen(chat: Chat) {
    let visible = browser::page_visible();
    Effect::new(move |_| {
        let visible = visible.get();
        let Some(live) = chat.turn.live.get() else { return };
        let Some(turn) = live.turn_id() else { return };
        if !visible {
            live.flush();
            chat.turn.follow.set_value(None);
        } else if !live.has_ended() && chat.turn.follow.with_value(Option::is_none) {
            let followed = live.clone();
            let follow = stream::join(turn, live.seq(), move |signal| {
                chat.hear(&followed, &Origin::Elsewhere, signal);
            });
            chat.turn.follow.set_value(Some(follow));
        }
    });
    Effect::new(move |_| {
        let Some(live) = chat.turn.live.get() else { return };
        if live.head.with(|head| head.finish.is_some()) {
            chat.conclude(&live);
        }
    });
    let feed = use_feed();
    Effect::new(move |_| {
        if let (_, Some(event)) = feed.latest.get() {
            hear(chat, event);
        }
    });
}

fn hear(chat: Chat, event: FeedEvent) {
    let Some(open) = chat.place.open.get_untracked().id() else { return };
    let live = chat.turn.live.get_untracked();
    let about_open = match event {
        FeedEvent::Ready | FeedEvent::ListChanged => true,
        // While an answer is written here, its own turn tells, and the thread is read again at its end.
        FeedEvent::TurnStarted { conversation_id, turn_id }
        | FeedEvent::TurnEnded { conversation_id, turn_id }
        | FeedEvent::TurnWaiting { conversation_id, turn_id } => {
            conversation_id == open && live.is_none() && chat.turn.ended.get_value() != Some(turn_id)
        }
        FeedEvent::HeadChanged { conversation_id } => conversation_id == open && live.is_none(),
        // The panel beside the chat reads it by itself.
        FeedEvent::ArtifactsChanged { .. } | FeedEvent::Unknown => false,
    };
    if about_open {
        chat.reload();
    }
}
