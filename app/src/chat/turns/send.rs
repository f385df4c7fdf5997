//! Messages of the user's on their way: sent, changed, sent again, taken back. Every text stays with the page until the
//! server has it.

use leptos::prelude::*;
use vertice_domain::ModelChoice;

use super::origin::{Origin, Sent};
use crate::{
    api,
    chat::{
        draft,
        entry::{Entry, Sending, Submission},
        live::Live,
        state::Chat,
        written::Written,
    },
    strings::t,
    ui::Toast,
};

impl Chat {
    /// Sends a message, or keeps it for when the answer that is being written has ended, or there is a network again.
    pub(crate) fn submit(self, written: Written) {
        if untrack(|| self.turn.is_busy()) {
            return self.composer.queue(self.place.open.get_untracked(), written);
        }
        let submission = Submission { written, model: self.composer.model.get_untracked(), instead_of: None };
        if self.must_wait(&submission) {
            self.let_wait(submission);
        } else {
            self.dispatch(submission, Vec::new());
        }
    }

    /// Sends a text that the page has written for the person.
    pub(crate) fn ask(self, text: String) {
        self.submit(Written::text(text));
    }

    /// Hands the message that waits in to the turn that runs. One that cannot take it leaves it waiting: it goes by itself at the
    /// turn's end.
    pub(crate) fn steer(self) {
        let turn = self.turn.live.with_untracked(|live| live.as_ref().and_then(Live::turn_id));
        let waiting =
            self.composer.queued.with_untracked(|queued| queued.as_ref().map(|queued| queued.text.clone()));
        let (Some(turn), Some(text)) = (turn, waiting) else { return };
        leptos::task::spawn_local(async move {
            match api::chat::steer(turn, text.clone()).await {
                Ok(()) if self.composer.is_queued(&text) => {
                    self.composer.take_queued();
                    draft::forget(self.place.open.get_untracked(), &text);
                }
                Ok(()) => {}
                Err(error) => self.toasts.push(Toast::error(t().composer.not_steered, error.to_string())),
            }
        });
    }

    /// Sends a changed text of the user's message beside it; its pictures stay.
    pub(crate) fn edit(self, entry: &Entry, text: String) {
        let Some(id) = entry.id().filter(|_| !untrack(|| self.turn.is_busy())) else { return };
        self.thread.truncate(entry.key);
        let written = Written::text(text);
        let submission =
            Submission { written, model: self.composer.model.get_untracked(), instead_of: Some(id) };
        self.dispatch(submission, entry.pictures());
    }

    /// Sends a message that did not arrive once more.
    pub(crate) fn retry(self, entry: &Entry) {
        if untrack(|| self.turn.is_busy()) {
            return;
        }
        if let Sending::NotSent(submission, _) = entry.sending.get_untracked() {
            self.thread.remove(entry.key);
            // What it had of its own goes with it again.
            let mut kept = entry.pictures();
            kept.truncate(kept.len().saturating_sub(submission.written.pictures.len()));
            self.dispatch(*submission, kept);
        }
    }

    /// Sends a message that did not arrive to another model.
    pub(crate) fn retry_with(self, entry: &Entry, model: ModelChoice) {
        if let Sending::NotSent(submission, why) = entry.sending.get_untracked() {
            entry.sending.set(Sending::NotSent(Box::new(Submission { model, ..*submission }), why));
            self.retry(entry);
        }
    }

    /// Takes a message that did not arrive off the page. With `keep` what was written goes back into the composer.
    pub(crate) fn take_back(self, entry: &Entry, keep: bool) {
        let Sending::NotSent(submission, _) = entry.sending.get_untracked() else { return };
        let Submission { written, instead_of, .. } = *submission;
        self.thread.remove(entry.key);
        draft::forget(self.place.open.get_untracked(), &written.text);
        if keep {
            self.composer.handed_back.set(Some(written));
        }
        // What was written after it need not wait for it any more.
        self.send_waiting();
        if instead_of.is_some() {
            self.reload();
        }
    }

    /// `kept`: where the pictures are found that the server has already.
    pub(super) fn dispatch(self, submission: Submission, kept: Vec<String>) {
        self.turn.retries.set_value(0);
        let parent = self.thread.last_id();
        let entry = Entry::sending(self.thread.next_key(), &submission.written, kept);
        self.thread.push(entry.clone());
        let effort = self.composer.effort.get_untracked();
        let listed = self.place.listed.get_untracked();
        let origin =
            Origin::Message(Box::new(Sent { entry, submission: submission.clone(), parent, listed }));
        match submission.instead_of {
            Some(message) => {
                let start = api::chat::edit(message, submission.written.text, Some(submission.model), effort);
                self.begin(start, origin);
            }
            None => {
                let outgoing = api::chat::Outgoing {
                    conversation: self.place.open.get_untracked().id(),
                    parent,
                    content: submission.written.content(),
                    references: submission.written.references.clone(),
                    mode: self.composer.mode.get_untracked(),
                    model: submission.model,
                    effort,
                };
                self.begin(api::chat::send(outgoing), origin);
            }
        }
        self.thread.sent.update(|sent| *sent += 1);
    }
}
