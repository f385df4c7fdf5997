//! Answers that are asked for once more, gone on with, or stopped.

use std::future::Future;

use leptos::{prelude::*, task::spawn_local};
use vertice_domain::{MessageId, ModelChoice, SeenEvent, TurnId};

use super::origin::Origin;
use crate::{
    api::{self, ApiError, FrameStream},
    chat::{entry::Entry, state::Chat},
};

impl Chat {
    /// Answers the same question once more.
    pub(crate) fn regenerate(self, answer: &Entry, model: Option<ModelChoice>) {
        self.turn.retries.set_value(0);
        self.answer_again(answer, model);
    }

    /// Answers a question once more whose answer has failed: as it was asked, so that the router may choose anew.
    pub(crate) fn retry_answer(self, answer: &Entry) {
        self.regenerate(answer, answer.asked());
    }

    /// The same, without anybody having pressed anything; only while it is still the last thing that was said.
    pub(crate) fn retry_by_itself(self, answer: &Entry) {
        let is_last =
            self.thread.entries.with_untracked(|all| all.last().is_some_and(|last| last.key == answer.key));
        if is_last && self.turn.may_retry() {
            self.turn.retries.update_value(|retries| *retries += 1);
            self.answer_again(answer, answer.asked());
        }
    }

    /// Stops the answer that is being written; then another model is asked.
    pub(crate) fn ask_instead(self, model: ModelChoice) {
        self.turn.instead.set_value(Some(model));
        self.stop();
    }

    fn answer_again(self, answer: &Entry, model: Option<ModelChoice>) {
        if let Some((id, replaced)) = self.replace(answer) {
            self.begin_answer(
                api::chat::regenerate(id, model, self.composer.effort.get_untracked()),
                replaced,
            );
        }
    }

    /// Goes on where an unfinished answer ends.
    pub(crate) fn go_on(self, answer: &Entry) {
        if let Some((id, replaced)) = self.replace(answer) {
            self.begin_answer(api::chat::go_on(id), replaced);
        }
    }

    /// Stops the answer that is being written.
    pub fn stop(self) {
        if let Some(turn) = self.turn.live.get_untracked().and_then(|live| live.want_stop()) {
            self.cancel(turn);
        }
    }

    pub(super) fn cancel(self, turn: TurnId) {
        spawn_local(async move {
            if let Err(error) = api::chat::cancel(turn).await {
                self.complain(&error);
            }
        });
    }

    /// Takes an answer and what follows off the page, to put another one there.
    fn replace(self, answer: &Entry) -> Option<(MessageId, Vec<Entry>)> {
        let id = answer.id().filter(|_| !untrack(|| self.turn.is_busy()))?;
        Some((id, self.thread.truncate(answer.key)))
    }

    fn begin_answer(
        self,
        start: impl Future<Output = Result<FrameStream<SeenEvent>, ApiError>> + 'static,
        replaced: Vec<Entry>,
    ) {
        self.begin(start, Origin::Answer(replaced));
        self.thread.sent.update(|sent| *sent += 1);
    }
}
