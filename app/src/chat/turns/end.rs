//! The end of a turn, as it was told, or as the page sees it: the turn never began, or cannot be followed any further.

use leptos::{prelude::*, task::spawn_local};
use vertice_domain::{ErrorKind, FinishReason, Message, MessageStatus, TurnFailure};

use super::origin::Origin;
use crate::{
    api::{self, ApiError},
    chat::{
        live::{Connection, Live},
        state::Chat,
    },
    retry::persist,
    strings::{fill, t},
};

impl Chat {
    /// A turn was not begun, or cannot be followed any further.
    pub(super) fn fail(self, live: &Live, origin: &Origin, error: &ApiError) {
        if live.turn_id().is_some() {
            return self.lose(live, error);
        }
        if error.0.kind == ErrorKind::Quota {
            self.quota.refresh();
        }
        if !self.turn.is(live) {
            return origin.note_refusal(error);
        }
        self.place.next_epoch();
        self.thread.entries.update(|entries| {
            entries.retain(|entry| !entry.is_written_by(live));
            if let Origin::Answer(replaced) = origin {
                entries.extend(replaced.iter().cloned());
            }
        });
        self.turn.clear();
        if error.leaves_open() {
            self.look_for(origin.clone(), error.clone());
        } else {
            self.refuse(origin, error);
        }
    }

    /// The server has not begun what was asked for.
    pub(super) fn refuse(self, origin: &Origin, error: &ApiError) {
        origin.note_refusal(error);
        match origin {
            Origin::Message(_) => {
                self.announcer.alert(fill(t().chat.sending_failed, &[("error", &error.to_string())]));
            }
            Origin::Answer(_) => {
                self.complain(error);
                self.reload();
            }
            Origin::Elsewhere => {}
        }
        // What was to follow it waits for what becomes of it.
        if let Some(written) = self.composer.take_queued() {
            self.composer.handed_back.set(Some(written));
        }
    }

    /// A turn cannot be followed any further. What the server has of it is shown; if it has nothing to tell, the failure.
    fn lose(self, live: &Live, error: &ApiError) {
        let Some(id) = self.place.open.get_untracked().id().filter(|_| self.turn.is(live)) else { return };
        let (live, error) = (live.clone(), error.clone());
        let failure = TurnFailure {
            code: error.0.code.clone(),
            message: error.to_string(),
            kind: error.0.kind,
            retryable: true,
            retry_after_s: None,
        };
        let epoch = self.place.epoch.get_value();
        spawn_local(async move {
            let wanted = || self.place.is_current(epoch) && !live.has_ended();
            let Some(told) = persist(|| api::conversations::thread(id, self.thread.first_id()), wanted).await
            else {
                return;
            };
            if let Ok(thread) = told {
                self.show(thread);
            }
            if !live.has_ended() {
                live.fail(failure);
            }
        });
    }

    /// A turn has ended: its answer is a message like any other, and what waited for it is sent.
    pub(super) fn conclude(self, live: &Live) {
        if let (Some(entry), Some(message)) = (self.thread.entry_of(live), self.written(live)) {
            self.say(&message);
            if message.status == MessageStatus::Interrupted {
                // A crash has taken the last words with it.
                live.connection.set(Connection::Fine);
            }
            // What the server has stored counts for more than what was heard.
            if entry.is_unfinished() {
                entry.save(message);
            }
        }
        self.quota.refresh();
        self.place.next_epoch();
        if !live.is_abandoned() {
            self.turn.ended.set_value(live.turn_id());
        }
        let answer = self.thread.entry_of(live);
        self.turn.clear();
        if let Some((answer, model)) = answer.zip(self.turn.instead.try_update_value(Option::take).flatten())
        {
            self.regenerate(&answer, Some(model));
        } else if let Some(written) = self.composer.take_queued() {
            self.submit(written);
        } else if !live.is_abandoned() {
            self.reload();
        }
    }

    /// The message that the turn writes, as far as the page knows it.
    pub(super) fn written(self, live: &Live) -> Option<Message> {
        let saved = self.thread.entry_of(live).and_then(|entry| entry.saved.get_untracked());
        live.message(saved.map(|saved| saved.message))
    }

    fn say(self, message: &Message) {
        let failure = message.receipt.as_ref().and_then(|receipt| receipt.failure.as_ref());
        match (message.finish_reason, failure) {
            (Some(FinishReason::Cancelled), _) => self.announcer.announce(t().chat.stopped),
            (Some(FinishReason::Interrupted), None) => self.announcer.alert(t().chat.interrupted),
            (_, Some(failure)) => self.announcer.alert(failure.message.clone()),
            _ => self.announcer.announce(t().chat.complete),
        }
    }
}
