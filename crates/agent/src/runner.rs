//! Runs one turn: does what [`crate::step`] says, stores the end, says `done`.
//!
//! It must never stop because a listener has gone, never say `done` before the end is stored, and never make a call that is
//! not on the disk. It decides nothing about the answer itself; that is `step`'s.

mod asked;
mod chunks;
mod first;
mod tools;
mod work;

use std::{
    collections::HashMap,
    panic::AssertUnwindSafe,
    sync::{Arc, Mutex, PoisonError},
};

use futures::FutureExt as _;
use tokio::{sync::mpsc, time::Instant};
use vertice_domain::{
    Actor, ConversationId, Error, FeedEvent, MessageId, NodeId, Transcript, TurnFailure, TurnId,
};
use vertice_ports::{
    Bus, Clock, Models, Prompt, ToolLedger, Tools, TurnStore,
    model::CallContext,
    turns::{EndTurn, Held, Suspend},
};
use vertice_runtime::Tasks;

use crate::{
    care::InCare,
    ending::{self, LastWrite, Stored},
    figures, follow,
    recorder::Recorder,
    step::{Effect, Input, StopCause, TurnLimits, TurnState, logged},
    writer::{LogWriter, Signals, Unstored},
};
pub(crate) use first::FirstCall;
use work::Outcome;

/// What people say that may wait for its turn to take it in.
const INBOX: usize = 16;

/// What every turn needs.
pub(crate) struct Runner {
    pub(crate) node: NodeId,
    pub(crate) turns: Arc<dyn TurnStore>,
    pub(crate) models: Arc<dyn Models>,
    pub(crate) tools: Arc<dyn Tools>,
    pub(crate) tool_ledger: Arc<dyn ToolLedger>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) tasks: Tasks,
    pub(crate) bus: Arc<dyn Bus>,
    pub(crate) writer: LogWriter,
    pub(crate) care: InCare,
    pub(crate) turn_limits: TurnLimits,
    /// Where the turns that run here hear what people say.
    pub(crate) inboxes: Mutex<HashMap<TurnId, mpsc::Sender<Input>>>,
}

/// How a turn's run begins.
pub(crate) enum Start {
    /// With a call that is going already.
    Call(FirstCall),
    /// It has woken up, and this is to be done.
    Awake(Vec<Effect>),
}

/// One turn to be run.
pub(crate) struct Job {
    pub(crate) actor: Actor,
    pub(crate) held: Held,
    pub(crate) message: MessageId,
    /// Where it is stored; none: nowhere.
    pub(crate) conversation: Option<ConversationId>,
    /// What the model is shown before anything of this turn.
    pub(crate) prompt: Prompt,
    pub(crate) recorder: Recorder,
    pub(crate) signals: Signals,
    pub(crate) inbox: mpsc::Receiver<Input>,
    pub(crate) asked_at: Instant,
}

impl Job {
    pub(crate) fn context(&self) -> CallContext {
        CallContext { turn: self.held.turn, conversation: self.conversation }
    }

    pub(crate) fn elapsed_ms(&self) -> u64 {
        u64::try_from(self.asked_at.elapsed().as_millis()).unwrap_or(u64::MAX)
    }
}

impl Runner {
    /// Where this turn hears what people say from now on.
    pub(crate) fn inbox(&self, turn: TurnId) -> mpsc::Receiver<Input> {
        let (sender, receiver) = mpsc::channel(INBOX);
        self.inboxes.lock().unwrap_or_else(PoisonError::into_inner).insert(turn, sender);
        receiver
    }

    /// The inbox of a turn that runs here.
    pub(crate) fn inbox_of(&self, turn: TurnId) -> Option<mpsc::Sender<Input>> {
        self.inboxes.lock().unwrap_or_else(PoisonError::into_inner).get(&turn).cloned()
    }

    /// Lets go of a turn: it has ended here, or never began.
    pub(crate) fn forget(&self, turn: TurnId) {
        self.inboxes.lock().unwrap_or_else(PoisonError::into_inner).remove(&turn);
        self.bus.close(turn);
    }

    /// Runs the turn until it ends or sleeps, whatever happens.
    pub(crate) async fn run(&self, mut job: Job, mut state: TurnState, start: Start) {
        let running = figures::Running::begin();
        if let Some(tail) = job.recorder.tail() {
            self.writer.follow(tail.clone());
        }
        let worked = AssertUnwindSafe(self.work(&mut job, &mut state, start)).catch_unwind().await;
        let outcome = worked.unwrap_or_else(|_panic| {
            tracing::error!("a turn panicked; it ends as failed");
            Outcome::Panicked
        });
        if outcome == Outcome::Panicked {
            let heard = follow::heard(&*self.bus, job.actor.user, job.held.turn).await;
            state = TurnState::new(heard.unwrap_or_default(), &[]);
            let events = state.break_off(TurnFailure::from(Error::internal()));
            job.recorder.append(events);
        }
        let late = match outcome {
            Outcome::Asleep => self.lay_down(&job, &mut state).await,
            Outcome::Lost => None,
            Outcome::Ended | Outcome::Panicked => self.close(&job, &mut state).await,
        };
        drop(running);
        if outcome == Outcome::Lost {
            self.writer.release(job.actor.user, job.held.turn).await;
        }
        self.forget(job.held.turn);
        if outcome == Outcome::Asleep && late.is_none() && job.signals.stop.is_cancelled() {
            // Somebody was told that it stops, in the very moment in which it fell asleep.
            self.stop_asleep(&job, &mut state).await;
        }
        if let Some(write) = late {
            ending::store_late(&*self.turns, job.actor.user, &write, &self.tasks.shutdown_token()).await;
        }
    }

    /// Stores that the turn sleeps. If it cannot be stored, the turn ends with an error.
    async fn lay_down(&self, job: &Job, state: &mut TurnState) -> Option<LastWrite> {
        let Unstored { events, mut calls } = self.writer.release(job.actor.user, job.held.turn).await;
        let waiting = state.transcript.calls().filter_map(|(part, call)| tools::waiting(job, part, call));
        calls.extend(waiting);
        let suspend = Suspend { held: job.held, events: events.clone(), calls: calls.clone() };
        let write = LastWrite::Suspend(Box::new(suspend));
        let hurry = self.tasks.shutdown_token();
        match ending::store(&*self.turns, job.actor.user, &write, &hurry).await {
            Ok(Stored::Yes) => {
                if let Some(conversation_id) = job.conversation {
                    let turn_id = job.held.turn;
                    self.bus.announce(job.actor.user, FeedEvent::TurnWaiting { conversation_id, turn_id });
                }
                tracing::info!("turn waits for a person");
                None
            }
            // On another node, while it was falling asleep here.
            Ok(Stored::Stopped) => {
                let stop = state.step(Input::Stop(StopCause::Cancelled), job.elapsed_ms());
                let last: Vec<_> = logged(stop).map(Arc::new).collect();
                job.recorder.tell(&last);
                let events = events.into_iter().chain(last).collect();
                self.store_end(job, state, Unstored { events, calls }).await
            }
            Ok(Stored::Lost) => None,
            Err(_unsaved) => {
                let last: Vec<_> = state.break_off(ending::unsaved()).into_iter().map(Arc::new).collect();
                job.recorder.tell(&last);
                self.say_done(job, state);
                let events = events.into_iter().chain(last).collect();
                Some(LastWrite::End(Box::new(self.end_of(job, state, Unstored { events, calls }))))
            }
        }
    }

    /// Ends a turn that sleeps, on behalf of whoever wanted it to stop.
    async fn stop_asleep(&self, job: &Job, state: &mut TurnState) {
        let taken = self.turns.wake(job.actor.user, job.held.turn, self.node).await;
        let held = match taken {
            Ok(Some(taken)) => taken.held,
            // It has been woken already, and hears of the next stop itself.
            Ok(None) => return,
            Err(error) => {
                return tracing::error!(code = %error.code, "a turn that sleeps could not be stopped");
            }
        };
        let effects = state.step(Input::Stop(StopCause::Cancelled), job.elapsed_ms());
        let ends = Ends { held, message: job.message, total_ms: Some(job.elapsed_ms()) };
        let unstored = Unstored { events: logged(effects).map(Arc::new).collect(), calls: Vec::new() };
        let end = ends.store_form(state, unstored, self.clock.now());
        let write = LastWrite::End(Box::new(end));
        let hurry = self.tasks.shutdown_token();
        if ending::store(&*self.turns, job.actor.user, &write, &hurry).await.is_err() {
            ending::store_late(&*self.turns, job.actor.user, &write, &hurry).await;
        }
        if let Some(conversation_id) = job.conversation {
            let ended = FeedEvent::TurnEnded { conversation_id, turn_id: job.held.turn };
            self.bus.announce(job.actor.user, ended);
        }
    }

    /// Stores the end and says `done`. An end that could not be stored is given back, to be stored later.
    async fn close(&self, job: &Job, state: &mut TurnState) -> Option<LastWrite> {
        if job.conversation.is_none() {
            self.say_done(job, state);
            return None;
        }
        let unstored = self.writer.release(job.actor.user, job.held.turn).await;
        self.store_end(job, state, unstored).await
    }

    async fn store_end(&self, job: &Job, state: &mut TurnState, unstored: Unstored) -> Option<LastWrite> {
        let write = LastWrite::End(Box::new(self.end_of(job, state, unstored.clone())));
        let hurry = self.tasks.shutdown_token();
        let unsaved = match ending::store(&*self.turns, job.actor.user, &write, &hurry).await {
            Ok(Stored::Yes) => None,
            // Whoever has it now says how it ends.
            Ok(Stored::Lost | Stored::Stopped) => return None,
            Err(_unsaved) => {
                state.fail_with(ending::unsaved());
                Some(LastWrite::End(Box::new(self.end_of(job, state, unstored))))
            }
        };
        self.say_done(job, state);
        unsaved
    }

    fn say_done(&self, job: &Job, state: &TurnState) {
        let closing: Vec<_> = state.closing(job.message).into_iter().map(Arc::new).collect();
        job.recorder.tell(&closing);
        let finish_reason = state.finish.map_or("error", |reason| reason.as_str());
        figures::ended(finish_reason);
        let failure = state.failure.as_ref().map(|failure| failure.code.as_str());
        tracing::info!(finish_reason, failure, total_ms = job.elapsed_ms(), "turn ended");
        if let Some(conversation_id) = job.conversation {
            let ended = FeedEvent::TurnEnded { conversation_id, turn_id: job.held.turn };
            self.bus.announce(job.actor.user, ended);
        }
    }

    fn end_of(&self, job: &Job, state: &TurnState, unstored: Unstored) -> EndTurn {
        let ends = Ends { held: job.held, message: job.message, total_ms: Some(job.elapsed_ms()) };
        ends.store_form(state, unstored, self.clock.now())
    }
}

/// What a turn's end is made of beside its state.
pub(crate) struct Ends {
    pub(crate) held: Held,
    pub(crate) message: MessageId,
    pub(crate) total_ms: Option<u64>,
}

impl Ends {
    /// The end as it is stored: `unstored` events first, then the closing ones.
    pub(crate) fn store_form(
        &self,
        state: &TurnState,
        unstored: Unstored,
        ended_at: vertice_domain::Timestamp,
    ) -> EndTurn {
        let Unstored { mut events, calls } = unstored;
        events.extend(state.closing(self.message).into_iter().map(Arc::new));
        let said: &Transcript = &state.transcript;
        let mut receipt = said.receipt(state.first_token_ms, self.total_ms);
        receipt.failure.clone_from(&state.failure);
        EndTurn {
            held: self.held,
            message: self.message,
            parts: said.parts.clone(),
            sealed: said.sealed.clone(),
            status: state.status(),
            finish_reason: state.finish.unwrap_or(vertice_domain::FinishReason::Error),
            model: said.metadata.as_ref().map(|metadata| metadata.model.clone()),
            provider: said.metadata.as_ref().map(|metadata| metadata.provider),
            usage: said.usage,
            receipt,
            events,
            calls,
            ended_at,
        }
    }
}
