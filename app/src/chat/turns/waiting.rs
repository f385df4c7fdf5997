//! Messages that were written without a network: they stand at the end of the thread and go, one after the other, as soon
//! as there is one.

use leptos::prelude::*;

use crate::{
    chat::{
        draft,
        entry::{Entry, Sending, Submission},
        outbox,
        state::{Chat, Place},
    },
    ui::browser,
};

/// Sends what waits whenever there is a network and nothing else is being said, for as long as the owner lives.
pub(in crate::chat) fn send(chat: Chat) {
    Effect::new(move |_| {
        let place = chat.place.open.get();
        untrack(|| {
            chat.show_waiting(place);
            chat.send_waiting();
        });
    });
    let online = browser::online();
    Effect::new(move |_| {
        chat.place.open.track();
        let busy = chat.turn.is_busy();
        if online.get() && !busy {
            untrack(|| chat.send_waiting());
        }
    });
}

impl Chat {
    /// Whether a message has to wait: there is no network, or others wait already.
    pub(super) fn must_wait(self, submission: &Submission) -> bool {
        let others = || {
            self.thread.entries.with_untracked(|entries| entries.iter().any(|entry| entry.awaits().is_some()))
        };
        // Pictures are not kept by the browser: without them it would not be the same message.
        submission.written.pictures.is_empty() && (!browser::is_online() || others())
    }

    pub(super) fn let_wait(self, submission: Submission) {
        let place = self.place.open.get_untracked();
        let kept = outbox::keep(place, &submission);
        draft::forget(place, &submission.written.text);
        self.thread.push(Entry::waiting(self.thread.next_key(), submission, kept));
        self.thread.sent.update(|sent| *sent += 1);
    }

    /// Takes a message back that waits. With `keep` what was written goes into the composer.
    pub(crate) fn stop_waiting(self, entry: &Entry, keep: bool) {
        let Some((submission, kept)) = entry.awaits() else { return };
        self.thread.remove(entry.key);
        let was_here = kept.is_none_or(|kept| kept.take());
        if keep && was_here {
            self.composer.handed_back.set(Some(submission.written));
        }
    }

    /// Shows what waits here: kept from before, or written in a new chat that has become this conversation.
    fn show_waiting(self, place: Place) {
        let mut shown = Vec::new();
        for entry in self.thread.entries.get_untracked() {
            let Some((submission, Some(kept))) = entry.awaits() else { continue };
            if kept.is_for(place) {
                shown.push(kept);
            } else if kept.take() {
                let kept = outbox::keep(place, &submission);
                shown.extend(kept.clone());
                entry.sending.set(Sending::Waiting(Box::new(submission), kept));
            }
        }
        for (kept, submission) in outbox::list(place) {
            if !shown.contains(&kept) {
                self.thread.push(Entry::waiting(self.thread.next_key(), submission, Some(kept)));
            }
        }
    }

    /// Sends the first message that waits, if it can go, and unless one before it did not arrive.
    pub(super) fn send_waiting(self) {
        while browser::is_online() && !untrack(|| self.turn.is_busy()) {
            let entries = self.thread.entries.get_untracked();
            if entries.iter().any(Entry::is_unsent) {
                return;
            }
            let Some((entry, (submission, kept))) =
                entries.into_iter().find_map(|entry| Some((entry.clone(), entry.awaits()?)))
            else {
                return;
            };
            self.thread.remove(entry.key);
            if kept.is_none_or(|kept| kept.take()) {
                self.dispatch(submission, Vec::new());
                self.thread.waiting_last();
                return;
            }
            // Another tab has sent it: its answer comes with the thread.
            self.reload();
        }
    }
}
