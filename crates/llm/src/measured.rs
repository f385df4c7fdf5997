//! Measures what a call says while it says it, and closes it with its bill, however it ends.
//!
//! Neither a prompt nor an answer is ever logged.

use std::{
    collections::VecDeque,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use futures::{FutureExt as _, Stream, StreamExt as _, future::BoxFuture, stream::FuturesUnordered};
use tokio::time::Instant;
use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};
use tracing::Span;
use vertice_domain::{FinishReason, Provider, TokenCounts, TurnFailure, Usage, event::CallUsage};
use vertice_ports::{
    Clock,
    ledger::CallOutcome,
    meter::{CallEnd, Closed, OpenCall},
    model::{ModelEvent, ToolCallDelta},
    prompt::Replay,
};

use crate::{
    cache_watch::Watched,
    call::DecodedStream,
    decode::Decoded,
    estimate,
    fault::{Fault, FaultKind},
    health::Pulse,
};

/// What is known of a call before it begins.
pub struct CallFacts {
    /// Who runs the model.
    pub provider: Provider,
    /// The model that is asked.
    pub model: String,
    /// Input tokens as estimated, for calls that end without a bill.
    pub estimated_input: u64,
    /// Where its provider's health is kept; none: it has none (the demo).
    pub pulse: Option<Pulse>,
    /// What will explain a miss of the prompt cache.
    pub watched: Option<Watched>,
    /// The time, for the health.
    pub clock: Arc<dyn Clock>,
}

/// Measures one call whose row stands. Dropping it before it was closed closes it as cancelled.
pub struct Measured {
    /// None: it was closed.
    open: Option<Box<dyn OpenCall>>,
    facts: CallFacts,
    began: Instant,
    first_token: Option<Duration>,
    counts: TokenCounts,
    output_chars: u64,
    input_reported: bool,
    whole_reported: bool,
    request_id: Option<String>,
    failover: bool,
}

impl Measured {
    /// Starts the clock.
    pub fn start(open: Box<dyn OpenCall>, facts: CallFacts) -> Self {
        Self {
            open: Some(open),
            facts,
            began: Instant::now(),
            first_token: None,
            counts: TokenCounts::default(),
            output_chars: 0,
            input_reported: false,
            whole_reported: false,
            request_id: None,
            failover: false,
        }
    }

    /// The model that is asked.
    pub fn model(&self) -> &str {
        &self.facts.model
    }

    pub fn span(&self) -> Span {
        self.open.as_ref().map_or_else(Span::none, |open| open.span())
    }

    /// Notes the provider's id of the request.
    pub fn request_id(&mut self, id: Option<String>) {
        self.request_id = id;
    }

    /// Notes that it answers in the place of a model that failed.
    pub fn answers_instead(&mut self) {
        self.failover = true;
    }

    fn observe(&mut self, decoded: &Decoded) {
        match decoded {
            Decoded::Text(text) | Decoded::Thinking(text) => {
                self.output_chars += text.chars().count() as u64;
                if self.first_token.is_none() {
                    let after = self.began.elapsed();
                    self.first_token = Some(after);
                    if let Some(pulse) = &self.facts.pulse {
                        pulse.first_token(self.facts.clock.now(), after.as_millis() as u64);
                    }
                }
            }
            Decoded::Usage(patch) => {
                patch.apply(&mut self.counts);
                self.input_reported |= patch.input.is_some();
                self.whole_reported |= patch.last;
            }
            Decoded::ToolCall(delta) => self.output_chars += chars_of(delta),
            Decoded::Replay(_) | Decoded::Stop(_) => {}
        }
    }

    /// The tokens, and whether they are an estimate.
    fn tokens(&self) -> (TokenCounts, bool) {
        if self.whole_reported {
            return (self.counts, false);
        }
        let mut counts = self.counts;
        if !self.input_reported {
            counts.input = self.facts.estimated_input;
        }
        counts.output = counts.output.max(estimate::tokens_of_chars(self.output_chars));
        (counts, true)
    }

    /// Ends the call. `billable`: whether the provider took the request on at all.
    pub fn close(&mut self, outcome: CallOutcome, billable: bool, fault: Option<&Fault>) -> Closed {
        let open = self.open.take().expect("a call is closed once: whoever closes it lets go of its source");
        let (tokens, estimated) = if billable { self.tokens() } else { (TokenCounts::default(), false) };
        self.tell_health(outcome, fault);
        open.close(CallEnd {
            outcome,
            tokens,
            estimated,
            first_token: self.first_token,
            request_id: self.request_id.take(),
            failover: self.failover,
            fault: fault.map(|fault| fault.kind.code()),
        })
    }

    /// The bill, with the reason where the prompt cache served less than it could have.
    pub fn bill(&self, usage: Usage) -> CallUsage {
        let reported = self.whole_reported.then_some(self.counts);
        let watched = self.facts.watched.as_ref();
        let cache_miss = watched.zip(reported).and_then(|(watched, counts)| watched.explain(counts));
        CallUsage { model: self.facts.model.clone(), usage, cache_miss }
    }

    fn tell_health(&self, outcome: CallOutcome, fault: Option<&Fault>) {
        let Some(pulse) = &self.facts.pulse else { return };
        let now = self.facts.clock.now();
        match (outcome, fault) {
            (CallOutcome::Ok, _) => pulse.answered(now),
            (_, Some(fault)) => pulse.failed(now, fault),
            (_, None) => pulse.stopped(now),
        }
    }
}

impl Drop for Measured {
    fn drop(&mut self) {
        if self.open.is_some() {
            self.close(CallOutcome::Cancelled, true, None);
        }
    }
}

type Item = Result<ModelEvent, TurnFailure>;
type Wording = Box<dyn FnOnce(Fault) -> TurnFailure + Send>;

fn chars_of(delta: &ToolCallDelta) -> u64 {
    let text = match delta {
        ToolCallDelta::Start { name, .. } => name,
        ToolCallDelta::Arguments { json, .. } => json,
    };
    text.chars().count() as u64
}

/// A call's answer with its bill: the provider's words, then usage, then the stop or the failure.
pub struct MeasuredStream {
    source: Option<DecodedStream>,
    call: Measured,
    /// By itself, so that it is looked at when it is woken, and not with every token.
    cancelled: FuturesUnordered<WaitForCancellationFutureOwned>,
    entered: Option<BoxFuture<'static, ()>>,
    tail: VecDeque<Item>,
    wording: Option<Wording>,
}

impl MeasuredStream {
    /// Measures `source` until it ends or `cancel` is cancelled.
    pub fn new(
        source: DecodedStream,
        call: Measured,
        cancel: CancellationToken,
        wording: impl FnOnce(Fault) -> TurnFailure + Send + 'static,
    ) -> Self {
        Self {
            source: Some(source),
            call,
            cancelled: std::iter::once(cancel.cancelled_owned()).collect(),
            entered: None,
            tail: VecDeque::new(),
            wording: Some(Box::new(wording)),
        }
    }

    fn end(&mut self, outcome: CallOutcome, fault: Option<&Fault>, last: Item) {
        // Dropping the source closes the upstream socket.
        self.source = None;
        let Closed { usage, entered } = self.call.close(outcome, true, fault);
        self.entered = Some(entered);
        let bill = self.call.bill(usage);
        self.tail = VecDeque::from([Ok(ModelEvent::Usage(Box::new(bill))), last]);
    }

    fn take(&mut self, item: Result<Decoded, Fault>) -> Option<Item> {
        match item {
            Ok(decoded) => {
                self.call.observe(&decoded);
                match decoded {
                    Decoded::Text(text) => return Some(Ok(ModelEvent::Text(text))),
                    Decoded::Thinking(text) => return Some(Ok(ModelEvent::Thinking(text))),
                    Decoded::ToolCall(delta) => return Some(Ok(ModelEvent::ToolCall(delta))),
                    Decoded::Replay(data) => {
                        let (provider, model) = (self.call.facts.provider, self.call.facts.model.clone());
                        return Some(Ok(ModelEvent::Replay(Replay { provider, model, data })));
                    }
                    Decoded::Usage(_) => {}
                    Decoded::Stop(reason) => self.end(CallOutcome::Ok, None, Ok(ModelEvent::Stop(reason))),
                }
            }
            Err(fault) => {
                let wording = self.wording.take().expect("a stream has one fault at most, and ends with it");
                let failure = wording(fault.clone());
                self.end(CallOutcome::Failed, Some(&fault), Err(failure));
            }
        }
        None
    }
}

impl Stream for MeasuredStream {
    type Item = Item;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Item>> {
        let this = self.get_mut();
        loop {
            if let Some(entered) = &mut this.entered {
                // The row stands before anyone hears of the end.
                std::task::ready!(entered.poll_unpin(cx));
                this.entered = None;
            }
            let Some(source) = &mut this.source else { return Poll::Ready(this.tail.pop_front()) };
            if let Poll::Ready(Some(())) = this.cancelled.poll_next_unpin(cx) {
                this.end(CallOutcome::Cancelled, None, Ok(ModelEvent::Stop(FinishReason::Cancelled)));
                continue;
            }
            let item = std::task::ready!(source.poll_next_unpin(cx));
            let item = item.unwrap_or_else(|| Err(Fault::new(FaultKind::Truncated)));
            if let Some(item) = this.take(item) {
                return Poll::Ready(Some(item));
            }
        }
    }
}
