//! Makes the open conversation's state, and sets going what keeps it true.

use leptos::prelude::*;
use leptos_router::{NavigateOptions, hooks::use_navigate};
use vertice_domain::ConversationId;

use super::{
    state::{Chat, ComposerState, PlaceState, ThreadState, TurnState},
    turns::{listening, waiting},
};
use crate::{
    quota::use_quota,
    ui::{use_announcer, use_toasts},
};

/// Makes the state and provides it to everything below. Needs the feed, the announcer, the toasts and the quota.
/// `listed`: the conversations that the user is known to have.
pub fn provide_chat(listed: Signal<Vec<ConversationId>>) -> Chat {
    let chat = Chat {
        place: PlaceState::new(listed),
        thread: ThreadState::default(),
        turn: TurnState::default(),
        composer: ComposerState::default(),
        models: RwSignal::default(),
        announcer: use_announcer(),
        toasts: use_toasts(),
        quota: use_quota(),
    };
    provide_context(chat);
    let navigate = use_navigate();
    Effect::new(move |_| {
        if let Some(path) = chat.place.goto.get() {
            navigate(&path, NavigateOptions::default());
        }
    });
    listening::listen(chat);
    waiting::send(chat);
    chat
}
