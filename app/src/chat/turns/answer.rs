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
