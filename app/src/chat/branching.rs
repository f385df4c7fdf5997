//! Other branches: shown in the place of this one, or made a conversation of their own.

use leptos::{prelude::*, task::spawn_local};
use vertice_domain::MessageId;

use super::state::Chat;
use crate::api::conversations;

impl Chat {
    /// Shows the branch through a message.
    pub(crate) fn select_branch(self, message: MessageId) {
        if untrack(|| self.turn.is_busy()) {
            return;
        }
        let epoch = self.place.next_epoch();
        let from = self.thread.first_id();
        spawn_local(async move {
            match conversations::select_branch(message, from).await {
                Ok(thread) if self.place.is_current(epoch) => self.show(thread),
                Ok(_) => {}
                Err(error) => self.complain(&error),
            }
        });
    }

    /// Makes a new conversation of everything up to a message, and opens it.
    pub(crate) fn fork(self, message: MessageId) {
        let Some(id) = self.place.open.get_untracked().id() else { return };
        spawn_local(async move {
            match conversations::fork(id, message).await {
                Ok(conversation) => self.place.goto.set(Some(format!("/c/{}", conversation.id))),
                Err(error) => self.complain(&error),
            }
        });
    }
}
