//! What a turn does next, decided without doing it: what happens goes in, entries for the log and effects come out.
//!
//! Pure: no IO, no clock, no async. A turn is a loop: a model is called, the tools it asks for are judged and run, their
//! results go back to it, until it asks for none. While a person is asked, the turn sleeps.

mod asked;
mod calls;
mod in_text;
mod limits;
mod model;

use std::collections::{HashMap, HashSet};

use vertice_domain::{
    Elicitation, FinishReason, LogEntry, LoggedEvent, MessageId, MessageStatus, PartKind, Provider, ToolCall,
    ToolState, Transcript, TurnEvent, TurnFailure,
    elicitation::Answer,
    event::{CallProgress, Done, Retrying, StepStarted},
};
use vertice_ports::{
    chat::Verdict,
    model::ModelEvent,
    tools::{Permission, Tool, ToolOutput},
};

pub(crate) use self::calls::{arguments, is_as_asked};
pub use self::limits::TurnLimits;
use self::{in_text::InText, limits::Clock};

/// Why a turn is being stopped from outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum StopCause {
    /// Its owner stopped it, or the caller of a stateless call has gone.
    Cancelled,
    /// The server shuts down.
    Shutdown,
    /// Another node has taken it over.
    Lost,
}

impl StopCause {
    const fn finish_reason(self) -> FinishReason {
        match self {
            Self::Cancelled => FinishReason::Cancelled,
            Self::Shutdown | Self::Lost => FinishReason::Interrupted,
        }
    }
}

/// One thing that happens to a turn.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Input {
    /// A model is being called.
    Called { model: String, provider: Provider },
    /// The model says something.
    Model(ModelEvent),
    /// The model failed before its first word, and is asked once more.
    Retrying(Retrying),
    /// The model failed; nothing more comes from it.
    Failed(TurnFailure),
    /// The model's stream is over.
    Closed,
    /// What still runs a while after a stop is given up on.
    GivenUp,
    /// Whether a tool call may be made.
    Judged { call: String, permission: Permission },
    /// How far a tool call that runs has come.
    Progress(CallProgress),
    /// What the server of a call that runs asks the person.
    Asked(Box<Elicitation>),
    /// Nobody waits for the answer to that question any more.
    Lapsed(String),
    /// What came of a tool call.
    Ended { call: String, output: ToolOutput, duration_ms: u64 },
    /// What a person says about a call that waits.
    Decided {
        call: String,
        /// What its server asks, by the id that the person saw; none: it is about the call itself.
        asked: Option<String>,
        verdict: Verdict,
    },
    /// The person says something while it runs.
    Steered(String),
    /// Somebody wants the turn to end.
    Stop(StopCause),
}

/// What is to be done about it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Effect {
    /// Append this entry to the log.
    Emit(LoggedEvent),
    /// Call the model with what there is by now.
    CallModel,
    /// Close the upstream call, and wait a moment for its bill.
    CancelCall,
    /// Find out whether this call may be made.
    Judge(String),
    /// Make this call, once it is on the disk that it is made.
    RunTool(String),
    /// Note who decided that this call is not made.
    NoteDecision(String),
    /// Give the answer to a server's question to the call that waits for it.
    Answer { id: String, answer: Answer },
    /// Whether somebody waits for the person, while the turn runs, is not what it was.
    TellWaits,
    /// End the tools that run.
    CancelTools,
    /// Nothing runs, and a person is asked: store that and leave memory.
    Sleep,
    /// Nothing comes any more: store the end.
    Finish,
}

/// The entries for the log among these effects.
pub(crate) fn logged(effects: Vec<Effect>) -> impl Iterator<Item = LoggedEvent> {
    effects.into_iter().filter_map(|effect| match effect {
        Effect::Emit(logged) => Some(logged),
        _ => None,
    })
}

/// What a turn is busy with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// A model is called, or about to be.
    Model,
    /// The calls of its last step are judged, run or waited for.
    Tools,
}

#[derive(Debug, Clone)]
pub(crate) struct TurnState {
    /// What its log says.
    pub(crate) transcript: Transcript,
    /// What went wrong.
    pub(crate) failure: Option<TurnFailure>,
    /// Why it ended; none: it has not.
    pub(crate) finish: Option<FinishReason>,
    /// Milliseconds from the request to the model's first word.
    pub(crate) first_token_ms: Option<u64>,
    offered: HashMap<String, Tool>,
    /// Tools of the caller's own: the turn ends with a call of one.
    callers: HashSet<String>,
    /// Whether a person can be asked.
    pub(crate) attended: bool,
    stage: Stage,
    stopping: Option<StopCause>,
    /// The text or thinking that is being written.
    open: Option<u32>,
    /// The calls of the running model call, by the model's number.
    writing: Vec<u32>,
    /// The calls that a person allowed.
    pub(crate) allowed: HashSet<String>,
    limits: TurnLimits,
    clock: Clock,
    /// Whether it can sleep while a person is asked; else it waits where it is.
    sleeps: bool,
    /// Steps of what the turn goes on with: an answer that broke off.
    steps_before: u32,
    /// What is read of the text of a model that calls no tools.
    tags: Option<InText>,
}

impl TurnState {
    /// A turn whose log says `transcript`, with these tools on offer. A text at its end goes on in its part.
    pub(crate) fn new(transcript: Transcript, offered: &[Tool]) -> Self {
        let offered = offered.iter().map(|tool| (tool.spec.name.clone(), tool.clone())).collect();
        let asks = transcript.calls().any(|(_, call)| !matches!(call.state, ToolState::Ended { .. }));
        let last = transcript.parts.last().filter(|part| part.kind.text().is_some() && !asks);
        let open = last.map(|part| part.position);
        Self {
            transcript,
            failure: None,
            finish: None,
            first_token_ms: None,
            offered,
            callers: HashSet::new(),
            attended: true,
            stage: if asks { Stage::Tools } else { Stage::Model },
            stopping: None,
            open,
            writing: Vec::new(),
            allowed: HashSet::new(),
            limits: TurnLimits::default(),
            clock: Clock::default(),
            sleeps: true,
            steps_before: 0,
            tags: None,
        }
    }

    /// The same turn with these limits. The first `steps_before` steps are of the answer that it goes on with, and do not count.
    pub(crate) const fn within(mut self, limits: TurnLimits, steps_before: u32) -> Self {
        (self.limits, self.steps_before) = (limits, steps_before);
        self
    }

    /// The same turn, outside of conversations: the tools of these names are the caller's own, and where nobody attends to it
    /// nobody is asked.
    pub(crate) fn without_conversation(mut self, callers: HashSet<String>, attended: bool) -> Self {
        (self.callers, self.attended, self.sleeps) = (callers, attended, false);
        self
    }

    /// Takes in what happens, `at_ms` milliseconds after the request, and says what is to be done.
    pub(crate) fn step(&mut self, input: Input, at_ms: u64) -> Vec<Effect> {
        let mut effects = Vec::new();
        if self.finish.is_none() {
            self.take(input, at_ms, &mut effects);
            self.clock.tell(self.waits_for_person(), at_ms);
        }
        effects
    }

    fn take(&mut self, input: Input, at_ms: u64, out: &mut Vec<Effect>) {
        if let Some(input) = self.in_order(input) {
            self.take_one(input, at_ms, out);
        }
        self.read_on(at_ms, out);
    }

    fn take_one(&mut self, input: Input, at_ms: u64, out: &mut Vec<Effect>) {
        match input {
            Input::Called { model, provider } => self.called(model, provider, out),
            Input::Model(event) => self.hear(event, at_ms, out),
            Input::Retrying(retrying) => self.emit(TurnEvent::Retrying(Box::new(retrying)), out),
            Input::Failed(_) if self.reads_to_the_end(&input) => {}
            Input::Failed(failure) => self.fail(failure, out),
            Input::GivenUp if self.stage == Stage::Tools => self.give_up(at_ms, out),
            // It had said that it stops, and the tools have their turn.
            Input::Closed if self.stage == Stage::Tools => {}
            Input::GivenUp if self.gives_up_reading(out) => {}
            Input::Closed if self.reads_to_the_end(&input) => {}
            Input::Closed | Input::GivenUp => self.fail(truncated(), out),
            Input::Judged { call, permission } => self.judged(&call, permission, at_ms, out),
            Input::Progress(progress) => {
                let runs = |call: &ToolCall| call.state == ToolState::Running;
                if self.transcript.call(&progress.call).is_some_and(runs) {
                    self.emit(TurnEvent::ToolProgress(Box::new(progress)), out);
                }
            }
            Input::Asked(asked) => self.asked(*asked, out),
            Input::Lapsed(id) => self.lapsed(&id, out),
            Input::Ended { call, output, duration_ms } => {
                let output = self.heard_of(&call, output);
                self.end_call(&call, output, duration_ms, out);
                self.settle(at_ms, out);
            }
            Input::Decided { call, asked: Some(asked), verdict } => {
                self.answered(&call, &asked, &verdict, out);
            }
            Input::Decided { call, asked: None, verdict } => self.decided(&call, verdict, at_ms, out),
            Input::Steered(text) => {
                self.place(self.step_number(), PartKind::Steering { text }, out);
            }
            Input::Stop(cause) => self.stop(cause, at_ms, out),
        }
    }

    /// The number of the running step; 0: none has begun.
    pub(super) fn step_number(&self) -> u32 {
        self.transcript.step.as_ref().map_or(0, |step| step.step)
    }

    fn called(&mut self, model: String, provider: Provider, out: &mut Vec<Effect>) {
        self.stage = Stage::Model;
        self.writing.clear();
        self.reads_anew();
        let step = self.step_number() + 1;
        self.emit(TurnEvent::StepStarted(Box::new(StepStarted { step, model, provider })), out);
    }

    fn stop(&mut self, cause: StopCause, at_ms: u64, out: &mut Vec<Effect>) {
        if self.stopping.is_some() {
            return;
        }
        self.stopping = Some(cause);
        match self.stage {
            Stage::Model => out.push(Effect::CancelCall),
            Stage::Tools => {
                out.push(Effect::CancelTools);
                // After a restart a person is asked again.
                let sleeps = self.sleeps;
                let stays = |state: &ToolState| match state {
                    ToolState::Running => true,
                    ToolState::Waiting { .. } => cause == StopCause::Shutdown && sleeps,
                    _ => false,
                };
                self.drop_calls(|state| !stays(state), out);
                self.settle(at_ms, out);
            }
        }
    }

    /// Ends the turn with a failure, whatever it had ended with before.
    pub(crate) fn fail_with(&mut self, failure: TurnFailure) {
        self.failure = Some(failure);
        self.finish = Some(FinishReason::Error);
    }

    /// The same, with the calls that are open: none of them will be made. What is to be logged for that.
    pub(crate) fn break_off(&mut self, failure: TurnFailure) -> Vec<LoggedEvent> {
        let mut effects = Vec::new();
        self.interrupt_running(&mut effects);
        self.drop_calls(|_| true, &mut effects);
        self.fail_with(failure);
        logged(effects).collect()
    }

    /// Ends a turn whose runner is gone as interrupted, or, where a person is still asked, lays it to sleep again. What ran
    /// is never run twice: the model will be told what it did, if that is `known`, else that its outcome is not.
    pub(crate) fn recover(&mut self, known: Vec<(String, ToolOutput)>) -> Vec<Effect> {
        let mut effects = Vec::new();
        let waits = self.transcript.waiting().is_some();
        for (call, output) in known {
            self.end_call(&call, output, 0, &mut effects);
        }
        self.interrupt_running(&mut effects);
        if waits {
            effects.push(Effect::Sleep);
        } else {
            self.drop_calls(|_| true, &mut effects);
            self.finish = Some(FinishReason::Interrupted);
            effects.push(Effect::Finish);
        }
        effects
    }

    /// How far the answer has come.
    pub(crate) fn status(&self) -> MessageStatus {
        self.finish.map_or(MessageStatus::Streaming, FinishReason::message_status)
    }

    /// The last entries of the log: how it failed, if it did, and `done`.
    pub(crate) fn closing(&self, message_id: MessageId) -> Vec<LoggedEvent> {
        let error = self.failure.clone().map(|failure| TurnEvent::Error(Box::new(failure)));
        let finish_reason = self.finish.unwrap_or(FinishReason::Error);
        let events = error.into_iter().chain([TurnEvent::Done(Done { finish_reason, message_id })]);
        (self.transcript.seq + 1..).zip(events).map(|(seq, event)| LoggedEvent::event(seq, event)).collect()
    }

    fn emit(&mut self, event: TurnEvent, out: &mut Vec<Effect>) {
        self.log(LogEntry::Event(event), out);
    }

    fn log(&mut self, entry: LogEntry, out: &mut Vec<Effect>) {
        let logged = LoggedEvent { seq: self.transcript.seq + 1, entry };
        self.transcript.apply(&logged);
        out.push(Effect::Emit(logged));
    }

    fn place(&mut self, step: u32, kind: PartKind, out: &mut Vec<Effect>) -> u32 {
        let position = self.transcript.next_position();
        self.emit(TurnEvent::PartStarted(Box::new(vertice_domain::Part { position, step, kind })), out);
        position
    }

    fn end(&mut self, reason: FinishReason, out: &mut Vec<Effect>) {
        let reason = match (reason, self.stopping) {
            (FinishReason::Cancelled, Some(cause)) => cause.finish_reason(),
            (other, _) => other,
        };
        self.wind_up(out);
        self.finish = Some(reason);
    }

    /// Nothing more comes of what is open: it is told so, and then the turn's end is to be stored.
    fn wind_up(&mut self, out: &mut Vec<Effect>) {
        self.close_part(out);
        self.close_calls(out);
        self.drop_calls(|_| true, out);
        out.push(Effect::Finish);
    }

    fn fail(&mut self, failure: TurnFailure, out: &mut Vec<Effect>) {
        match self.stopping {
            // A call that was told to close may well end with an error: that is no failure of the turn.
            Some(cause) => self.end(cause.finish_reason(), out),
            None => {
                self.wind_up(out);
                self.fail_with(failure);
            }
        }
    }
}

fn truncated() -> TurnFailure {
    TurnFailure {
        code: "stream_truncated".into(),
        message:
            "The model's answer broke off before its end. What came is kept; retry, or continue from here."
                .into(),
        kind: vertice_domain::ErrorKind::Upstream,
        retryable: true,
        retry_after_s: None,
    }
}

#[cfg(test)]
mod tests;
