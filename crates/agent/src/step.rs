//! What a turn does next, decided without doing it: a model's events go in, the turn's events come out.
//!
//! Pure: no IO, no clock, no async. The same [`TurnState::absorb`] folds a live turn and a stored log, so that what
//! recovery reads back is what the listeners saw.

use vertice_domain::{
    FinishReason, MessageId, MessageStatus, Metadata, TurnEvent, TurnFailure, Usage,
    event::{CallUsage, Done},
    message::Receipt,
};
use vertice_ports::model::{ModelEvent, Route};

/// Why a turn is being stopped from outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum StopCause {
    /// Its owner stopped it, or the caller of a stateless call has gone.
    Cancelled,
    /// The server shuts down.
    Shutdown,
}

impl StopCause {
    const fn finish_reason(self) -> FinishReason {
        match self {
            Self::Cancelled => FinishReason::Cancelled,
            Self::Shutdown => FinishReason::Interrupted,
        }
    }
}

/// One thing that happens to a turn.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Input {
    /// The model says something.
    Model(ModelEvent),
    /// The model failed; nothing more comes from it.
    Failed(TurnFailure),
    /// The model's stream is over, or was given up on after a stop.
    Closed,
    /// Somebody wants the turn to end.
    Stop(StopCause),
}

/// What is to be done about it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Effect {
    /// Append this event to the log.
    Emit(TurnEvent),
    /// Close the upstream call, and wait a moment for its bill.
    CancelCall,
    /// Nothing comes any more: store the end.
    Finish,
}

/// A turn so far.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct TurnState {
    /// What the turn is; none: nothing has been logged yet.
    pub(crate) metadata: Option<Metadata>,
    /// The answer so far.
    pub(crate) content: String,
    /// The thinking so far.
    pub(crate) thinking: String,
    /// The sum of its calls' bills.
    pub(crate) usage: Option<Usage>,
    /// Why the prompt cache served nothing, where that is known.
    pub(crate) cache_miss: Option<String>,
    /// What went wrong.
    pub(crate) failure: Option<TurnFailure>,
    /// Why it ended; none: it has not.
    pub(crate) finish: Option<FinishReason>,
    /// Milliseconds from the request to the model's first word.
    pub(crate) first_token_ms: Option<u64>,
    stopping: Option<StopCause>,
}

/// The next state after `input`, `at_ms` milliseconds after the request, and what is to be done.
pub(crate) fn step(mut state: TurnState, input: Input, at_ms: u64) -> (TurnState, Vec<Effect>) {
    if state.finish.is_some() {
        return (state, Vec::new());
    }
    let effects = match input {
        Input::Model(ModelEvent::Text(token)) => {
            state.first_token_ms.get_or_insert(at_ms);
            state.emit(vec![TurnEvent::Token { token }])
        }
        Input::Model(ModelEvent::Thinking(text)) => {
            state.first_token_ms.get_or_insert(at_ms);
            state.emit(vec![TurnEvent::Thinking { text }])
        }
        Input::Model(ModelEvent::Rerouted(route)) => {
            let events = state.reroute(*route);
            state.emit(events)
        }
        // A conversation offers no tools of the caller's, and text alone is replayed to the model.
        Input::Model(ModelEvent::ToolCall(_) | ModelEvent::Replay(_)) => Vec::new(),
        Input::Model(ModelEvent::Usage(bill)) => {
            let events = state.bill(*bill);
            state.emit(events)
        }
        Input::Model(ModelEvent::Stop(reason)) => state.end(reason),
        Input::Failed(failure) => state.fail(failure),
        Input::Closed => state.fail(truncated()),
        Input::Stop(cause) => match state.stopping {
            Some(_) => Vec::new(),
            None => {
                state.stopping = Some(cause);
                vec![Effect::CancelCall]
            }
        },
    };
    (state, effects)
}

fn truncated() -> TurnFailure {
    TurnFailure {
        code: "stream_truncated".into(),
        message:
            "The model's answer broke off before its end. What came is kept; retry, or continue from here."
                .into(),
        status: 502,
        retryable: true,
        retry_after_s: None,
    }
}

impl TurnState {
    /// The state that a stored log tells of.
    pub(crate) fn fold<'a>(events: impl IntoIterator<Item = &'a TurnEvent>) -> Self {
        let mut state = Self::default();
        for event in events {
            state.absorb(event);
        }
        state
    }

    /// Takes in one event of the log.
    pub(crate) fn absorb(&mut self, event: &TurnEvent) {
        match event {
            TurnEvent::Metadata(metadata) => self.metadata = Some(Metadata::clone(metadata)),
            TurnEvent::Token { token } => self.content.push_str(token),
            TurnEvent::Thinking { text } => self.thinking.push_str(text),
            TurnEvent::Usage(call) => {
                self.usage = Some(self.usage.map_or(call.usage, |before| before.plus(call.usage)));
                self.cache_miss.clone_from(&call.cache_miss);
            }
            TurnEvent::Error(failure) => self.failure = Some(TurnFailure::clone(failure)),
            TurnEvent::Done(done) => self.finish = Some(done.finish_reason),
        }
    }

    /// How far the answer has come.
    pub(crate) fn status(&self) -> MessageStatus {
        match self.finish {
            None => MessageStatus::Streaming,
            Some(FinishReason::Cancelled) => MessageStatus::Cancelled,
            Some(FinishReason::Interrupted) => MessageStatus::Interrupted,
            Some(FinishReason::Error) => MessageStatus::Error,
            Some(
                FinishReason::Stop
                | FinishReason::MaxTokens
                | FinishReason::ToolLimit
                | FinishReason::Refusal,
            ) => MessageStatus::Complete,
        }
    }

    /// What the footer under the answer says. `total_ms`: milliseconds from the request to the end, where known.
    pub(crate) fn receipt(&self, total_ms: Option<u64>) -> Receipt {
        Receipt {
            reason: self.metadata.as_ref().map(|metadata| metadata.reason.clone()).unwrap_or_default(),
            first_token_ms: self.first_token_ms,
            total_ms,
            failure: self.failure.clone(),
            intent: self.metadata.as_ref().map(|metadata| metadata.intent),
            routed_by: self.metadata.as_ref().map(|metadata| metadata.routed_by),
            candidates: self
                .metadata
                .as_ref()
                .map(|metadata| metadata.candidates.clone())
                .unwrap_or_default(),
            cache_miss: self.cache_miss.clone(),
        }
    }

    /// The last events of the log: how it failed, if it did, and `done`.
    pub(crate) fn closing(&self, message: MessageId) -> Vec<TurnEvent> {
        let error = self.failure.clone().map(|failure| TurnEvent::Error(Box::new(failure)));
        let finish_reason = self.finish.unwrap_or(FinishReason::Error);
        error.into_iter().chain([TurnEvent::Done(Done { finish_reason, message_id: message })]).collect()
    }

    /// Ends the turn with a failure, whatever it had ended with before.
    pub(crate) fn fail_with(&mut self, failure: TurnFailure) {
        self.failure = Some(failure);
        self.finish = Some(FinishReason::Error);
    }

    fn emit(&mut self, events: Vec<TurnEvent>) -> Vec<Effect> {
        for event in &events {
            self.absorb(event);
        }
        events.into_iter().map(Effect::Emit).collect()
    }

    fn reroute(&self, route: Route) -> Vec<TurnEvent> {
        let told = self.metadata.as_ref().map(|metadata| Metadata {
            model: route.model,
            provider: route.provider,
            routed_by: route.routed_by,
            reason: route.reason,
            candidates: route.candidates,
            ..metadata.clone()
        });
        told.into_iter().map(|metadata| TurnEvent::Metadata(Box::new(metadata))).collect()
    }

    fn bill(&self, bill: CallUsage) -> Vec<TurnEvent> {
        let usage = bill.usage;
        let told = self.metadata.as_ref().filter(|_| usage.cache_read_tokens > 0).map(|metadata| {
            TurnEvent::Metadata(Box::new(Metadata {
                cached: true,
                tokens_saved: metadata.tokens_saved + usage.cache_read_tokens,
                ..metadata.clone()
            }))
        });
        told.into_iter().chain([TurnEvent::Usage(Box::new(bill))]).collect()
    }

    fn end(&mut self, reason: FinishReason) -> Vec<Effect> {
        let reason = match (reason, self.stopping) {
            (FinishReason::Cancelled, Some(cause)) => cause.finish_reason(),
            (other, _) => other,
        };
        self.finish = Some(reason);
        vec![Effect::Finish]
    }

    fn fail(&mut self, failure: TurnFailure) -> Vec<Effect> {
        match self.stopping {
            // A call that was told to close may well end with an error: that is no failure of the turn.
            Some(cause) => self.end(cause.finish_reason()),
            None => {
                self.fail_with(failure);
                vec![Effect::Finish]
            }
        }
    }
}

#[cfg(test)]
mod tests;
