//! Tool calls as a turn makes them: judged, put on the disk, made, told.

use std::{convert::Infallible, panic::AssertUnwindSafe, time::Duration};

use futures::{FutureExt as _, StreamExt as _, channel::mpsc, future::BoxFuture};
use tokio::time::{self, Instant};
use tokio_util::sync::CancellationToken;
use vertice_domain::{Error, Outcome, Part, Result, Timestamp, ToolCall, ToolState, event::CallProgress};
use vertice_ports::{
    tools::{Permission, Progress, Running, ToolOutput, ToolRequest},
    turns::{CallRecord, CallState, RecordCall},
};

use super::{Job, Runner};
use crate::step::{Input, TurnState, arguments};

/// How long noting a call may take before it counts as failed.
const RECORD_TIMEOUT: Duration = Duration::from_secs(10);
/// How often it is told how far a call has come.
const PROGRESS_EVERY: Duration = Duration::from_secs(1);

/// A call on its way to the turn's next input.
pub(super) type Calling<'a> = BoxFuture<'a, Input>;

/// A record that is being written beside the turn.
pub(super) type Noting<'a> = BoxFuture<'a, ()>;

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
        cancel: CancellationToken,
        news: mpsc::Sender<Input>,
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
        let calling = async move {
            let begun = Instant::now();
            let output = if self.is_recorded(job, record.clone()).await {
                self.made(job, &call.id, request, cancel, news).await
            } else {
                let content = "This call was not made, since the server could not note it first. Try again in a moment.";
                ToolOutput::told(Outcome::Failed, content)
            };
            let duration_ms = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
            self.note_end(job, record, output.outcome, self.clock.now()).await;
            Input::Ended { call: call.id, output, duration_ms }
        };
        Some(calling.boxed())
    }

    /// Notes who decided that a call is not made, and when: the log says what became of it, not by whom.
    pub(super) fn noting<'a>(&'a self, job: &'a Job, state: &TurnState, id: &str) -> Option<Noting<'a>> {
        job.conversation?;
        let (part, call) = state.transcript.calls().find(|(_, call)| call.id == id)?;
        let ToolState::Ended { outcome } = call.state else { return None };
        let now = self.clock.now();
        let record = CallRecord {
            decided_by: Some(job.actor.user),
            decided_at: Some(now),
            ended_at: Some(now),
            fingerprint: state.fingerprint(call),
            ..record(job, part, call, CallState::Ended(outcome))
        };
        let noting = async move {
            if let Err(error) = self.record_after_log(job, record).await {
                tracing::warn!(code = %error.code, "who decided about a tool call could not be noted");
            }
        };
        Some(noting.boxed())
    }

    /// What the log says of the call is on the disk before its record is.
    async fn record_after_log(&self, job: &Job, call: CallRecord) -> Result<bool> {
        self.writer.barrier(job.held.turn).await?;
        self.record(job, call).await
    }

    async fn is_recorded(&self, job: &Job, call: CallRecord) -> bool {
        if job.conversation.is_none() {
            return true;
        }
        match self.record_after_log(job, call).await {
            Ok(held) => held,
            Err(error) => {
                tracing::error!(code = %error.code, "a tool call could not be noted and was not made");
                false
            }
        }
    }

    async fn record(&self, job: &Job, call: CallRecord) -> Result<bool> {
        let record = RecordCall { held: job.held, events: Vec::new(), call };
        let recorded = time::timeout(RECORD_TIMEOUT, self.turns.record_call(record)).await;
        recorded.map_err(|_elapsed| Error::storage_unavailable())?
    }

    async fn made(
        &self,
        job: &Job,
        call: &str,
        request: ToolRequest,
        cancel: CancellationToken,
        news: mpsc::Sender<Input>,
    ) -> ToolOutput {
        let (progress, steps) = mpsc::channel(1);
        let made = self.tools.call(&job.actor, request, Running { cancel, progress });
        let made = AssertUnwindSafe(made).catch_unwind();
        let made = tokio::select! {
            made = made => made,
            never = told(call, steps, news) => match never {},
        };
        made.unwrap_or_else(|_panic| {
            tracing::error!("a tool panicked");
            ToolOutput::told(Outcome::Failed, "The tool broke. Whether it had an effect is not known.")
        })
    }

    /// The log says how a call ended; the record is there for those who look at calls without reading logs.
    async fn note_end(&self, job: &Job, call: CallRecord, outcome: Outcome, ended_at: Timestamp) {
        if job.conversation.is_none() {
            return;
        }
        let call = CallRecord { state: CallState::Ended(outcome), ended_at: Some(ended_at), ..call };
        if let Err(error) = self.record(job, call).await {
            tracing::warn!(code = %error.code, "the end of a tool call could not be noted");
        }
    }
}

/// Tells how far a call has come, as often as somebody can read it. Ends with the call.
async fn told(call: &str, mut steps: mpsc::Receiver<Progress>, mut news: mpsc::Sender<Input>) -> Infallible {
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
        conversation: job.conversation?,
        server: call.server.clone(),
        name: call.name.clone(),
        arguments: arguments(call).ok()?,
    };
    Some(((part.clone(), call.clone()), request))
}
