//! The loop of a running turn: one model call at a time, any number of tools at once, and whoever wants it to stop.

use std::{pin::Pin, pin::pin, time::Duration};

use futures::{
    Stream, StreamExt as _, TryStreamExt as _,
    channel::mpsc,
    stream::{self, FuturesUnordered},
};
use tokio::time::{self, Sleep};
use tokio_util::sync::CancellationToken;
use vertice_domain::{FeedEvent, ModelChoice, Provider, TurnFailure, event::Retrying};
use vertice_ports::model::{ModelCall, ModelEvent};

use super::{
    FirstCall, Job, Runner, Start,
    asked::Asked,
    chunks::Chunks,
    first::{self, Begun},
    tools::{Calling, Wires},
};
use crate::{
    figures, prompt,
    step::{Effect, Input, StopCause, TurnState},
    tags,
};

/// How long a cancelled call may take to give its bill.
const CANCEL_GRACE: Duration = Duration::from_secs(2);
/// The same when the server shuts down.
const SHUTDOWN_GRACE: Duration = Duration::from_millis(500);

/// News of tools that may wait for the turn to take them in.
const NEWS: usize = 16;

/// How a turn's work came to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    Ended,
    Asleep,
    /// Another node has the turn.
    Lost,
    Panicked,
}

/// What a model call says, its beginning included.
enum CallEvent {
    Called { model: String, provider: Provider },
    Retrying(Retrying),
    Event(ModelEvent),
}

type CallEvents = Chunks<Result<CallEvent, TurnFailure>>;

/// What runs right now.
struct Works<'a> {
    saying: Option<CallEvents>,
    upstream: CancellationToken,
    tools: FuturesUnordered<Calling<'a>>,
    tools_cancel: CancellationToken,
    /// What the tools that run tell meanwhile.
    news: (mpsc::Sender<Input>, mpsc::Receiver<Input>),
    /// What their servers ask the person.
    asked: Asked,
    asleep: bool,
}

impl Works<'_> {
    fn none() -> Self {
        Self {
            saying: None,
            upstream: CancellationToken::new(),
            tools: FuturesUnordered::new(),
            tools_cancel: CancellationToken::new(),
            news: mpsc::channel(NEWS),
            asked: Asked::default(),
            asleep: false,
        }
    }
}

/// Whatever ends the work (another node, a defect) ends what it had begun.
impl Drop for Works<'_> {
    fn drop(&mut self) {
        self.upstream.cancel();
        self.tools_cancel.cancel();
    }
}

impl Runner {
    pub(super) async fn work(&self, job: &mut Job, state: &mut TurnState, start: Start) -> Outcome {
        let (mut first, start) = match start {
            Start::Call(first) => (Some(first), vec![Effect::CallModel]),
            Start::Awake(effects) => (None, effects),
        };
        let mut inbox = std::mem::replace(&mut job.inbox, tokio::sync::mpsc::channel(1).1);
        let job: &Job = job;
        let mut works = Works::none();
        // By itself, so that it is looked at when it is woken, and not with every token.
        let mut stop: FuturesUnordered<_> = std::iter::once(self.stop_cause(job)).collect();
        let mut grace = pin!(None::<Sleep>);
        self.perform(job, state, start, &mut first, &mut works);
        loop {
            while state.finish.is_none() && !works.asleep {
                let inputs = tokio::select! {
                    biased;
                    Some(cause) = stop.next(), if grace.is_none() => {
                        if cause == StopCause::Lost {
                            return Outcome::Lost;
                        }
                        grace.set(Some(time::sleep(grace_of(cause))));
                        vec![Input::Stop(cause)]
                    }
                    Some(()) = given_up(grace.as_mut().as_pin_mut()) => {
                        grace.set(Some(time::sleep(CANCEL_GRACE)));
                        works.saying = None;
                        vec![Input::GivenUp]
                    }
                    Some(said) = inbox.recv() => vec![said],
                    Some(input) = works.tools.next() => vec![input],
                    Some(input) = works.news.1.next() => vec![input],
                    said = next(works.saying.as_mut()), if works.saying.is_some() => {
                        if said.is_none() {
                            works.saying = None;
                        }
                        inputs_of(said)
                    }
                };
                self.apply(job, state, inputs, &mut first, &mut works);
            }
            if !works.asleep {
                return Outcome::Ended;
            }
            // Decided in the very moment in which the turn fell asleep: nobody can say more to it here.
            inbox.close();
            let decided: Vec<Input> = std::iter::from_fn(|| inbox.try_recv().ok()).collect();
            if decided.is_empty() {
                return Outcome::Asleep;
            }
            works.asleep = false;
            // It is awake again, and what is decided next reaches it.
            inbox = self.inbox(job.held.turn);
            self.apply(job, state, decided, &mut first, &mut works);
        }
    }

    async fn stop_cause(&self, job: &Job) -> StopCause {
        let shutdown = self.tasks.shutdown_token();
        tokio::select! {
            () = job.signals.lost.cancelled() => StopCause::Lost,
            () = job.signals.stop.cancelled() => StopCause::Cancelled,
            () = shutdown.cancelled() => StopCause::Shutdown,
        }
    }

    fn apply<'a>(
        &'a self,
        job: &'a Job,
        state: &mut TurnState,
        inputs: Vec<Input>,
        first: &mut Option<FirstCall>,
        works: &mut Works<'a>,
    ) {
        let at_ms = job.elapsed_ms();
        let silent = state.first_token_ms.is_none();
        let effects: Vec<Effect> = inputs.into_iter().flat_map(|input| state.step(input, at_ms)).collect();
        self.perform(job, state, effects, first, works);
        if silent && let Some(first) = state.first_token_ms {
            figures::first_token(job.asked_at.elapsed());
            tracing::debug!(first_token_ms = first, "first token");
        }
    }

    /// Entries are logged first, all at once: whatever is done then is in the log before.
    fn perform<'a>(
        &'a self,
        job: &'a Job,
        state: &TurnState,
        effects: Vec<Effect>,
        first: &mut Option<FirstCall>,
        works: &mut Works<'a>,
    ) {
        let mut events = Vec::with_capacity(effects.len());
        let mut others = Vec::new();
        for effect in effects {
            match effect {
                Effect::Emit(logged) => events.push(logged),
                other => others.push(other),
            }
        }
        if !events.is_empty() {
            job.recorder.append(events);
        }
        for effect in others {
            match effect {
                Effect::CallModel => {
                    let first = first.take();
                    works.upstream =
                        first.as_ref().map_or_else(CancellationToken::new, |first| first.upstream.clone());
                    works.saying = Some(match first {
                        Some(first) => saying_first(first),
                        None => self.saying(job, state, works.upstream.clone()),
                    });
                }
                Effect::CancelCall => works.upstream.cancel(),
                Effect::Judge(call) => works.tools.extend(self.judging(job, state, &call)),
                Effect::RunTool(call) => {
                    let wires = Wires {
                        cancel: works.tools_cancel.clone(),
                        news: works.news.0.clone(),
                        asked: works.asked.clone(),
                        attended: state.attended,
                    };
                    works.tools.extend(self.calling(job, state, &call, wires));
                }
                Effect::NoteDecision(call) => self.note_decision(job, state, &call),
                Effect::Answer { id, answer } => works.asked.answer(&id, answer),
                Effect::TellWaits => self.tell_waits(job, state),
                Effect::CancelTools => works.tools_cancel.cancel(),
                // Of what nothing is stored nothing can be woken: it waits here.
                Effect::Sleep => works.asleep = job.conversation.is_some(),
                // The state says so too, and the loop looks there.
                Effect::Finish | Effect::Emit(_) => {}
            }
        }
    }

    /// Tells the pages whether something waits for the person while the turn runs.
    fn tell_waits(&self, job: &Job, state: &TurnState) {
        let (Some(conversation_id), turn_id) = (job.conversation, job.held.turn) else { return };
        let asks = state.transcript.asks().next().is_some();
        self.bus.announce(
            job.actor.user,
            if asks {
                FeedEvent::TurnWaiting { conversation_id, turn_id }
            } else {
                FeedEvent::TurnStarted { conversation_id, turn_id }
            },
        );
    }

    /// One model call: routed and reserved, then asked.
    fn saying(&self, job: &Job, state: &TurnState, cancel: CancellationToken) -> CallEvents {
        let (models, actor) = (self.models.clone(), job.actor.clone());
        let context = job.context();
        let said = &state.transcript;
        let mut prompt = job.prompt.clone();
        prompt.messages.extend(prompt::answer(&said.parts, &said.sealed));
        if state.is_in_text() {
            prompt.messages = tags::in_words(prompt.messages);
        }
        let pinned =
            said.metadata.as_ref().map_or(ModelChoice::Auto, |told| ModelChoice::Named(told.model.clone()));
        let call = async move {
            let planned = models.route(&actor, &pinned, &prompt).await?;
            let route = &planned.route;
            let called = CallEvent::Called { model: route.model.clone(), provider: route.provider };
            let call = ModelCall::new(planned, prompt, context);
            let (answer, pauses) = first::make(models, actor, call, cancel);
            let answer = telling(answer, pauses);
            Ok::<_, TurnFailure>(stream::iter([Ok(called)]).chain(answer))
        };
        Chunks::new(stream::once(call).try_flatten().boxed())
    }
}

/// The call that the turn began with.
fn saying_first(first: FirstCall) -> CallEvents {
    let called = CallEvent::Called { model: first.model.clone(), provider: first.provider };
    let (answer, pauses) = first.answer();
    Chunks::new(stream::iter([Ok(called)]).chain(telling(answer, pauses)).boxed())
}

/// What a call says, with the pauses before it begins to answer.
fn telling(
    answer: Begun,
    pauses: mpsc::Receiver<Retrying>,
) -> impl Stream<Item = Result<CallEvent, TurnFailure>> + Send + 'static {
    let answer = answer.map_ok(|answer| answer.map_ok(CallEvent::Event).boxed());
    let pauses = pauses.map(|pause| Ok(stream::iter([Ok(CallEvent::Retrying(pause))]).boxed()));
    stream::select(pauses, answer).try_flatten()
}

async fn next(saying: Option<&mut CallEvents>) -> Option<Vec<Result<CallEvent, TurnFailure>>> {
    saying?.next().await
}

async fn given_up(grace: Option<Pin<&mut Sleep>>) -> Option<()> {
    grace?.await;
    Some(())
}

const fn grace_of(cause: StopCause) -> Duration {
    match cause {
        StopCause::Cancelled => CANCEL_GRACE,
        StopCause::Shutdown | StopCause::Lost => SHUTDOWN_GRACE,
    }
}

/// What a chunk of a call means to the turn. Text that came at once is one piece.
fn inputs_of(said: Option<Vec<Result<CallEvent, TurnFailure>>>) -> Vec<Input> {
    let Some(items) = said else { return vec![Input::Closed] };
    let mut inputs = Vec::with_capacity(items.len());
    for item in items {
        match (item, inputs.last_mut()) {
            (Ok(CallEvent::Event(ModelEvent::Text(more))), Some(Input::Model(ModelEvent::Text(text))))
            | (
                Ok(CallEvent::Event(ModelEvent::Thinking(more))),
                Some(Input::Model(ModelEvent::Thinking(text))),
            ) => {
                text.push_str(&more);
            }
            (Ok(CallEvent::Called { model, provider }), _) => inputs.push(Input::Called { model, provider }),
            (Ok(CallEvent::Retrying(pause)), _) => inputs.push(Input::Retrying(pause)),
            (Ok(CallEvent::Event(event)), _) => inputs.push(Input::Model(event)),
            (Err(failure), _) => inputs.push(Input::Failed(failure)),
        }
    }
    inputs
}
