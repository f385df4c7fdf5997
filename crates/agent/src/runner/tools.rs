//! Tool calls as a turn makes them: judged, put on the disk, made, told.

use std::{convert::Infallible, panic::AssertUnwindSafe, sync::Arc, time::Duration};

use futures::{FutureExt as _, StreamExt as _, channel::mpsc, future::BoxFuture};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use vertice_domain::{
    Outcome, Part, Timestamp, ToolCall, ToolState, estimate::tokens_of, event::CallProgress,
};
use vertice_ports::{
    ledger::ToolUse,
    tools::{Permission, Progress, Running, ToolOutput, ToolRequest},
    turns::{CallRecord, CallState},
};

use super::{
    Job, Runner,
    asked::{Asked, asking},
};
use crate::step::{Input, TurnState, arguments};

/// How often it is told how far a call has come.
const PROGRESS_EVERY: Duration = Duration::from_secs(1);

/// A call on its way to the turn's next input.
pub(super) type Calling<'a> = BoxFuture<'a, Input>;

/// How a call that runs and its turn reach each other.
pub(super) struct Wires {
    pub(super) cancel: CancellationToken,
    pub(super) news: mpsc::Sender<Input>,
    pub(super) asked: Asked,
    /// Whether its server may ask the person something.
    pub(super) attended: bool,
}

/// The store's record of a call that waits for a person.
pub(super) fn waiting(job: &Job, part: &Part, call: &ToolCall) -> Option<CallRecord> {
    let ToolState::Waiting { fingerprint, .. } = &call.state else { return None };
    Some(CallRecord { fingerprint: fingerprint.clone(), ..record(job, part, call, CallState::Waiting) })
}

fn record(job: &Job, part: &Part, call: &ToolCall, state: CallState) -> CallRecord {
    CallRecord {
        call: call.id.clone(),
        message: job.message,
        position: part.position,
        server: call.server.clone(),
        tool: call.name.clone(),
        fingerprint: String::new(),
        state,
        decided_by: None,
        decided_at: None,
        started_at: None,
        ended_at: None,
    }
}

impl Runner {
    /// Finds out whether the call may be made. Whatever goes wrong there is no permission.
    pub(super) fn judging<'a>(&'a self, job: &'a Job, state: &TurnState, id: &str) -> Option<Calling<'a>> {
        let (_, request) = request(job, state, id)?;
        let call = id.to_owned();
        let judging = async move {
            let asked = AssertUnwindSafe(self.tools.permission(&job.actor, &request)).catch_unwind().await;
            let permission = match asked {
                Ok(Ok(permission)) => permission,
                Ok(Err(error)) => Permission::Deny(error.message),
                Err(_panic) => Permission::Deny("This call could not be judged.".to_owned()),
            };
            Input::Judged { call, permission }
        };
        Some(judging.boxed())
    }

    /// Makes the call, once it is on the disk that it is made.
    pub(super) fn calling<'a>(
        &'a self,
        job: &'a Job,
        state: &TurnState,
        id: &str,
        wires: Wires,
    ) -> Option<Calling<'a>> {
        let ((part, call), request) = request(job, state, id)?;
        let now = self.clock.now();
        let asked = state.allowed.contains(id);
        let record = CallRecord {
            decided_by: asked.then_some(job.actor.user),
            decided_at: asked.then_some(now),
            started_at: Some(now),
            fingerprint: state.fingerprint(&call),
            ..record(job, &part, &call, CallState::Running)
        };
        note(job, record.clone());
        let calling = async move {
            if !self.is_on_disk(job).await {
                let content = "This call was not made, since the server could not note it first. Try again in a moment.";
                let output = ToolOutput::told(Outcome::Failed, content);
                note(job, ended(record, Outcome::Failed, self.clock.now()));
                return Input::Ended { call: call.id, output, duration_ms: 0 };
            }
            let begun = Instant::now();
            let output = self.made(job, &call.id, request, wires).await;
            let duration_ms = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
            note(job, ended(record, output.outcome, self.clock.now()));
            self.writer.hurry();
            self.enter(job, &call, &output, duration_ms);
            Input::Ended { call: call.id, output, duration_ms }
        };
        Some(calling.boxed())
    }

    /// Notes who decided that a call is not made, and when: the log says what became of it, not by whom.
    pub(super) fn note_decision(&self, job: &Job, state: &TurnState, id: &str) {
        let found = state.transcript.calls().find(|(_, call)| call.id == id);
        let Some((part, call)) = found else { return };
        let ToolState::Ended { outcome } = call.state else { return };
        let now = self.clock.now();
        let decided = CallRecord {
            decided_by: Some(job.actor.user),
            decided_at: Some(now),
            fingerprint: state.fingerprint(call),
            ..record(job, part, call, CallState::Running)
        };
        note(job, ended(decided, outcome, now));
    }

    /// Whether the log, and how far its calls have come, are on the disk; of a stateless turn there is none.
    async fn is_on_disk(&self, job: &Job) -> bool {
        if job.conversation.is_none() {
            return true;
        }
        match self.writer.barrier(job.held.turn).await {
            Ok(()) => true,
            Err(error) => {
                tracing::error!(code = %error.code, "a tool call could not be noted and was not made");
                false
            }
        }
    }

    /// Enters the use of a tool in the ledger, beside the turn.
    fn enter(&self, job: &Job, call: &ToolCall, output: &ToolOutput, duration_ms: u64) {
        let entry = ToolUse {
            turn: job.held.turn,
            call: call.id.clone(),
            user: job.actor.user,
            conversation: job.conversation,
            token: job.actor.token(),
            server: call.server.clone(),
            tool: call.name.clone(),
            outcome: output.outcome,
            result_tokens: tokens_of(&output.content),
            duration_ms,
            ended_at: self.clock.now(),
        };
        let ledger = Arc::clone(&self.tool_ledger);
        self.tasks.spawn(async move {
            if let Err(error) = ledger.enter_use(entry).await {
                tracing::warn!(code = %error.code, "the use of a tool could not be entered in the ledger");
            }
        });
    }

    async fn made(&self, job: &Job, call: &str, request: ToolRequest, wires: Wires) -> ToolOutput {
        let Wires { cancel, news, asked, attended } = wires;
        let (progress, steps) = mpsc::channel(1);
        let (questions, put) = mpsc::channel(1);
        let questions = attended.then_some(questions);
        let (turn, message, call_id) = (job.held.turn, job.message, call.to_owned());
        let running = Running { turn, message, call: call_id, cancel, progress, questions };
        let made = self.tools.call(&job.actor, request, running);
        let made = AssertUnwindSafe(made).catch_unwind();
        let made = tokio::select! {
            made = made => made,
            never = relayed(call, steps, news.clone()) => match never {},
            never = asking(call, put, news, asked) => match never {},
        };
        made.unwrap_or_else(|_panic| {
            tracing::error!("a tool panicked");
            ToolOutput::told(Outcome::Failed, "The tool broke. Whether it had an effect is not known.")
        })
    }
}

/// How far a call has come goes to the disk with the log.
fn note(job: &Job, call: CallRecord) {
    if let Some(tail) = job.recorder.tail() {
        tail.note(call);
    }
}

fn ended(call: CallRecord, outcome: Outcome, ended_at: Timestamp) -> CallRecord {
    CallRecord { state: CallState::Ended(outcome), ended_at: Some(ended_at), ..call }
}

/// Tells how far a call has come, as often as somebody can read it. Ends with the call.
async fn relayed(
    call: &str,
    mut steps: mpsc::Receiver<Progress>,
    mut news: mpsc::Sender<Input>,
) -> Infallible {
    let mut last = None::<Instant>;
    while let Some(Progress { done, of, message }) = steps.next().await {
        if last.is_some_and(|last| last.elapsed() < PROGRESS_EVERY) {
            continue;
        }
        last = Some(Instant::now());
        let percent = of.filter(|of| *of > 0.0).map(|of| (done / of * 100.0).clamp(0.0, 100.0) as u8);
        let progress = CallProgress { call: call.to_owned(), percent, message };
        // Where the turn is busy, the next one says more.
        let _full = news.try_send(Input::Progress(progress));
    }
    std::future::pending().await
}

fn request(job: &Job, state: &TurnState, id: &str) -> Option<((Part, ToolCall), ToolRequest)> {
    let (part, call) = state.transcript.calls().find(|(_, call)| call.id == id)?;
    let request = ToolRequest {
        conversation: job.conversation,
        server: call.server.clone(),
        name: call.name.clone(),
        arguments: arguments(call).ok()?,
    };
    Some(((part.clone(), call.clone()), request))
}
