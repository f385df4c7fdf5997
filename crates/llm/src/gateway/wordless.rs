//! An answer without a single word is no answer. The model is asked once more; if it says nothing again, that is a failure.
//!
//! Thinking is not a word, and is shown as it comes. What must go back to the provider verbatim is held until there is a
//! word: what an empty answer sealed belongs to that answer and must not be sent back with another.

use std::{
    collections::VecDeque,
    pin::Pin,
    task::{Context, Poll, ready},
};

use futures::{FutureExt as _, Stream, StreamExt as _, future::BoxFuture};
use vertice_domain::{FinishReason, TurnFailure};
use vertice_ports::model::{ModelEvent, ModelStream};

type Item = Result<ModelEvent, TurnFailure>;

/// The answer that `first` is; without a word in it, the one of `again`; without a word there too, `failure`.
pub(super) fn asked_again(
    first: ModelStream,
    again: BoxFuture<'static, ModelStream>,
    failure: TurnFailure,
) -> ModelStream {
    let state = State::Silent { again: Some(again), failure: Box::new(failure), seals: Vec::new() };
    Watched { stream: first, state, due: VecDeque::new() }.boxed()
}

enum State {
    /// Nothing was said yet.
    Silent {
        again: Option<BoxFuture<'static, ModelStream>>,
        failure: Box<TurnFailure>,
        seals: Vec<ModelEvent>,
    },
    /// It is being asked once more.
    Asking { again: BoxFuture<'static, ModelStream>, failure: Box<TurnFailure> },
    /// There is nothing more to watch for.
    Spoken,
}

struct Watched {
    stream: ModelStream,
    state: State,
    due: VecDeque<Item>,
}

impl Watched {
    /// Takes an item of an answer without a word so far. Gives what can be told at once.
    fn take(&mut self, item: Item) -> Option<Item> {
        let State::Silent { again, failure, seals } = &mut self.state else { return Some(item) };
        match item {
            Ok(seal @ ModelEvent::Replay(_)) => {
                seals.push(seal);
                None
            }
            Ok(ModelEvent::Stop(FinishReason::Stop)) => {
                let failure = failure.clone();
                match again.take() {
                    Some(again) => {
                        tracing::info!("the answer held no word; the model is asked once more");
                        self.state = State::Asking { again, failure };
                        None
                    }
                    None => {
                        self.state = State::Spoken;
                        Some(Err(*failure))
                    }
                }
            }
            Ok(event) if says_nothing(&event) => Some(Ok(event)),
            last_or_word => {
                self.due.extend(seals.drain(..).map(Ok));
                self.due.push_back(last_or_word);
                self.state = State::Spoken;
                self.due.pop_front()
            }
        }
    }
}

fn says_nothing(event: &ModelEvent) -> bool {
    match event {
        ModelEvent::Text(text) => text.trim().is_empty(),
        ModelEvent::Thinking(_) | ModelEvent::Usage(_) | ModelEvent::Rerouted(_) | ModelEvent::Replay(_) => {
            true
        }
        ModelEvent::ToolCall(_) | ModelEvent::Stop(_) => false,
    }
}

impl Stream for Watched {
    type Item = Item;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Item>> {
        let this = self.get_mut();
        loop {
            if let Some(item) = this.due.pop_front() {
                return Poll::Ready(Some(item));
            }
            if let State::Asking { again, failure } = &mut this.state {
                this.stream = ready!(again.poll_unpin(cx));
                let failure = failure.clone();
                this.state = State::Silent { again: None, failure, seals: Vec::new() };
            }
            let Some(item) = ready!(this.stream.poll_next_unpin(cx)) else { return Poll::Ready(None) };
            if let Some(item) = this.take(item) {
                return Poll::Ready(Some(item));
            }
        }
    }
}
