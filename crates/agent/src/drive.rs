//! Runs one turn: asks the model, appends what [`crate::step`] says to the log, stores the end, says `done`.
//!
//! It must never stop because a listener has gone, and never say `done` before the end is stored. It decides nothing
//! about the answer itself; that is `step`'s.

use std::{panic::AssertUnwindSafe, pin::pin, sync::Arc, time::Duration};

use futures::{FutureExt as _, StreamExt as _, TryStreamExt as _, stream};
use tokio::time::{self, Instant};
use tokio_util::sync::CancellationToken;
use vertice_domain::{
    Actor, ConversationId, Error, FeedEvent, LoggedEvent, MessageId, TurnEvent, TurnFailure, TurnId,
};
use vertice_ports::{
    Clock, Models, Prompt, Tasks, TurnStore,
    model::{CallContext, ModelCall, ModelEvent, Planned},
    store::EndTurn,
};

use crate::{
    ending,
    feeds::Feeds,
    figures,
    live::{LiveTurn, LiveTurns},
    step::{Effect, Input, StopCause, TurnState, step},
    writer::LogWriter,
};

/// How long a cancelled call may take to give its bill.
const CANCEL_GRACE: Duration = Duration::from_secs(2);
/// The same when the server shuts down.
const SHUTDOWN_GRACE: Duration = Duration::from_millis(500);
/// The most model events that are taken in at once.
const MAX_CHUNK: usize = 64;

/// What every turn needs.
pub(crate) struct Stage {
    pub(crate) turns: Arc<dyn TurnStore>,
    pub(crate) models: Arc<dyn Models>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) tasks: Tasks,
    pub(crate) feeds: Feeds,
    pub(crate) live: LiveTurns,
    pub(crate) writer: LogWriter,
}

/// One turn to be run. Its log holds the metadata (and the opening text, if any) already.
pub(crate) struct Job {
    pub(crate) actor: Actor,
    pub(crate) turn: TurnId,
    pub(crate) message: MessageId,
    /// Where it is stored; none: nowhere.
    pub(crate) conversation: Option<ConversationId>,
    pub(crate) planned: Planned,
    pub(crate) prompt: Prompt,
    pub(crate) live: Arc<LiveTurn>,
    pub(crate) asked_at: Instant,
}

impl Job {
    fn elapsed_ms(&self) -> u64 {
        u64::try_from(self.asked_at.elapsed().as_millis()).unwrap_or(u64::MAX)
    }
}

/// Runs the turn to its end, whatever happens.
pub(crate) async fn run(stage: &Stage, job: &Job) {
    let running = figures::Running::begin();
    if job.conversation.is_some() {
        stage.writer.follow(job.turn, job.live.log.clone());
    }
    let state = match AssertUnwindSafe(converse(stage, job)).catch_unwind().await {
        Ok(state) => state,
        Err(_panic) => {
            tracing::error!("a turn panicked; it ends as failed");
            let mut state = logged_state(job);
            state.fail_with(defect());
            state
        }
    };
    let unsaved = close(stage, job, state).await;
    drop(running);
    if let Some(end) = unsaved {
        ending::store_late(&*stage.turns, job.actor.user, &end, &stage.tasks.shutdown_token()).await;
    }
    stage.live.retire(job.turn);
}

fn logged_state(job: &Job) -> TurnState {
    let events = job.live.log.after(0);
    TurnState::fold(events.iter().map(|logged| &logged.event))
}

fn defect() -> TurnFailure {
    let Error { code, message, .. } = Error::internal();
    TurnFailure { code, message, status: 500, retryable: false, retry_after_s: None }
}

/// Asks the model and logs what it says, until there is nothing more to come.
async fn converse(stage: &Stage, job: &Job) -> TurnState {
    let upstream = CancellationToken::new();
    let context = CallContext { turn: job.turn, conversation: job.conversation };
    let call = ModelCall { planned: job.planned.clone(), prompt: job.prompt.clone(), context };
    let call = stage.models.call(&job.actor, call, upstream.clone());
    let answer = stream::once(call).try_flatten().ready_chunks(MAX_CHUNK);
    let mut answer = pin!(answer);
    let mut stop = pin!(stop_cause(job, stage.tasks.shutdown_token()));
    let mut grace = pin!(None);

    let mut state = logged_state(job);
    while state.finish.is_none() {
        let inputs = tokio::select! {
            biased;
            cause = &mut stop, if grace.is_none() => {
                grace.set(Some(time::sleep(grace_of(cause))));
                vec![Input::Stop(cause)]
            }
            Some(()) = given_up(grace.as_mut().as_pin_mut()) => vec![Input::Closed],
            chunk = answer.next() => inputs_of(chunk),
        };
        state = apply(job, state, inputs, &upstream);
    }
    state
}

async fn given_up(grace: Option<std::pin::Pin<&mut time::Sleep>>) -> Option<()> {
    grace?.await;
    Some(())
}

const fn grace_of(cause: StopCause) -> Duration {
    match cause {
        StopCause::Cancelled => CANCEL_GRACE,
        StopCause::Shutdown => SHUTDOWN_GRACE,
    }
}

async fn stop_cause(job: &Job, shutdown: CancellationToken) -> StopCause {
    tokio::select! {
        () = job.live.cancel.cancelled() => StopCause::Cancelled,
        () = shutdown.cancelled() => StopCause::Shutdown,
    }
}

fn inputs_of(chunk: Option<Vec<Result<ModelEvent, TurnFailure>>>) -> Vec<Input> {
    match chunk {
        None => vec![Input::Closed],
        Some(items) => {
            let input = |item: Result<_, _>| item.map_or_else(Input::Failed, Input::Model);
            items.into_iter().map(input).collect()
        }
    }
}

fn apply(job: &Job, mut state: TurnState, inputs: Vec<Input>, upstream: &CancellationToken) -> TurnState {
    let at_ms = job.elapsed_ms();
    let silent = state.first_token_ms.is_none();
    let mut events = Vec::with_capacity(inputs.len());
    for input in inputs {
        let effects;
        (state, effects) = step(state, input, at_ms);
        for effect in effects {
            match effect {
                Effect::Emit(event) => events.push(event),
                Effect::CancelCall => upstream.cancel(),
                // The state says so too, and the loop looks there.
                Effect::Finish => {}
            }
        }
    }
    if !events.is_empty() {
        job.live.log.append(events);
    }
    if silent && let Some(first) = state.first_token_ms {
        figures::first_token(job.asked_at.elapsed());
        tracing::debug!(first_token_ms = first, "first token");
    }
    state
}

/// Stores the end and says `done`. An end that could not be stored is given back, to be stored later.
async fn close(stage: &Stage, job: &Job, mut state: TurnState) -> Option<EndTurn> {
    let unsaved = match job.conversation {
        None => None,
        Some(_) => store_end(stage, job, &mut state).await,
    };
    job.live.log.append(state.closing(job.message));
    let finish_reason = state.finish.map_or("error", |reason| reason.as_str());
    figures::ended(finish_reason);
    let failure = state.failure.as_ref().map(|failure| failure.code.as_str());
    tracing::info!(finish_reason, failure, total_ms = job.elapsed_ms(), "turn ended");
    if let Some(conversation_id) = job.conversation {
        let ended = FeedEvent::TurnEnded { conversation_id, turn_id: job.turn };
        stage.feeds.publish(job.actor.user, ended);
    }
    unsaved
}

async fn store_end(stage: &Stage, job: &Job, state: &mut TurnState) -> Option<EndTurn> {
    let unstored = stage.writer.release(job.actor.user, job.turn).await;
    let end = end_of(stage, job, state, unstored.clone());
    let hurry = stage.tasks.shutdown_token();
    ending::store(&*stage.turns, job.actor.user, &end, &hurry).await.err()?;
    state.fail_with(ending::unsaved());
    Some(end_of(stage, job, state, unstored))
}

fn end_of(stage: &Stage, job: &Job, state: &TurnState, unstored: Vec<Arc<LoggedEvent>>) -> EndTurn {
    let total_ms = Some(job.elapsed_ms());
    let ends =
        EndedTurn { turn: job.turn, message: job.message, last_seq: job.live.log.last_seq(), total_ms };
    ends.store_form(state, unstored, stage.clock.now())
}

/// What a turn's end is made of beside its state.
pub(crate) struct EndedTurn {
    pub(crate) turn: TurnId,
    pub(crate) message: MessageId,
    pub(crate) last_seq: u64,
    pub(crate) total_ms: Option<u64>,
}

impl EndedTurn {
    /// The end as it is stored: `unstored` events first, then the closing ones.
    pub(crate) fn store_form(
        &self,
        state: &TurnState,
        unstored: Vec<Arc<LoggedEvent>>,
        ended_at: vertice_domain::Timestamp,
    ) -> EndTurn {
        let mut events = unstored;
        let number = |(seq, event): (u64, TurnEvent)| Arc::new(LoggedEvent { seq, event });
        events.extend((self.last_seq + 1..).zip(state.closing(self.message)).map(number));
        EndTurn {
            turn: self.turn,
            message: self.message,
            content: state.content.clone(),
            thinking: state.thinking.clone(),
            status: state.status(),
            finish_reason: state.finish.unwrap_or(vertice_domain::FinishReason::Error),
            model: state.metadata.as_ref().map(|metadata| metadata.model.clone()),
            provider: state.metadata.as_ref().map(|metadata| metadata.provider),
            usage: state.usage,
            receipt: state.receipt(self.total_ms),
            events,
            ended_at,
        }
    }
}
