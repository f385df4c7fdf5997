//! The turn that is being written, as the page follows it.

use leptos::prelude::*;
use vertice_domain::{ModelChoice, TurnId};

use crate::{chat::live::Live, stream::Follow};

/// How often in a row an answer that failed is asked for once more without anybody asking for it.
const MOST_RETRIES: u32 = 3;

/// The turn of the open conversation, if one runs.
#[derive(Clone, Copy, Default)]
pub(crate) struct TurnState {
    pub(crate) live: RwSignal<Option<Live>>,
    pub(in crate::chat) follow: StoredValue<Option<Follow>>,
    /// Turns that were asked for in conversations that were left before they began.
    pub(in crate::chat) left: StoredValue<Vec<Follow>>,
    /// The turn that has ended last: what was read before its end may still tell of it.
    pub(in crate::chat) ended: StoredValue<Option<TurnId>>,
    /// The model that is asked once the running answer was stopped for it.
    pub(in crate::chat) instead: StoredValue<Option<ModelChoice>>,
    /// How often in a row an answer was asked for once more by itself.
    pub(in crate::chat) retries: StoredValue<u32>,
    /// Whether it is being found out if something has arrived.
    pub(in crate::chat) looking: RwSignal<bool>,
}

impl TurnState {
    /// Whether an answer is being written.
    pub(crate) fn is_running(self) -> bool {
        self.live.with(Option::is_some)
    }

    /// Whether an answer is being written, or it is being found out if one is: nothing else is begun then.
    pub(in crate::chat) fn is_busy(self) -> bool {
        self.is_running() || self.looking.get()
    }

    /// Whether an answer may be asked for once more by itself.
    pub(in crate::chat) fn may_retry(self) -> bool {
        self.retries.get_value() < MOST_RETRIES
    }

    /// Whether the page shows this one.
    pub(in crate::chat) fn is(self, live: &Live) -> bool {
        self.live.with_untracked(|shown| shown.as_ref().is_some_and(|shown| shown.is(live)))
    }

    /// Nothing is followed any more.
    pub(in crate::chat) fn clear(self) {
        self.live.set(None);
        self.follow.set_value(None);
    }

    /// The page leaves the conversation.
    pub(in crate::chat) fn leave(self) {
        self.looking.set(false);
        self.instead.set_value(None);
        if let Some(follow) = self.follow.try_update_value(Option::take).flatten() {
            // A turn that was just asked for must still start; dropping its request could stop that.
            if self.live.with_untracked(|live| live.as_ref().is_some_and(|live| live.turn_id().is_none())) {
                self.left.update_value(|left| left.push(follow));
            }
        }
        self.live.set(None);
    }
}
