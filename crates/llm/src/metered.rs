//! Every call is measured and entered in the ledger: answered, failed, cancelled, or dropped half way.
//!
//! Neither a prompt nor an answer is ever logged.

use std::{
    collections::VecDeque,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use futures::{FutureExt as _, Stream, StreamExt as _, future::BoxFuture};
use tokio::{sync::oneshot, time::Instant};
use tokio_util::sync::CancellationToken;
use tracing::Span;
use vertice_domain::{FinishReason, Timestamp, TokenCounts, TurnFailure, Usage, event::CallUsage};
use vertice_ports::{
    Clock, Ledger, Tasks,
    ledger::{CallOutcome, LedgerEntry},
    model::{ModelEvent, ToolCallDelta},
    prompt::Replay,
    quota::Reservation,
};

use crate::{
    cache_watch::Watched, call::DecodedStream, catalog::Model, decode::Decoded, estimate, fault::Fault,
    health::Pulse,
};

/// What is known of a call before it begins.
pub struct CallFacts {
    /// The row as it stands; tokens, cost, outcome and times are filled in at the end.
    pub entry: LedgerEntry,
    /// The model that is asked.
    pub model: Arc<Model>,
    /// Input tokens as estimated, for calls that end without a bill.
    pub estimated_input: u64,
    /// What the user's quota holds back for the call.
    pub reservation: Reservation,
    /// Where its provider's health is kept; none: it has none (the demo).
    pub pulse: Option<Pulse>,
}

/// Measures one call. Settled exactly once; dropping it unsettled enters the call as cancelled.
pub struct Meter {
    facts: CallFacts,
    began: Instant,
    counts: TokenCounts,
    output_chars: u64,
    input_reported: bool,
    whole_reported: bool,
    settled: bool,
    watched: Option<Watched>,
    ledger: Arc<dyn Ledger>,
    clock: Arc<dyn Clock>,
    tasks: Tasks,
    span: Span,
}

impl Meter {
    /// Starts the clock.
    pub fn start(facts: CallFacts, ledger: Arc<dyn Ledger>, clock: Arc<dyn Clock>, tasks: Tasks) -> Self {
        let span = tracing::info_span!(
            "chat",
            otel.kind = "client",
            gen_ai.operation.name = "chat",
            gen_ai.provider.name = facts.entry.provider.as_str(),
            gen_ai.request.model = %facts.entry.model,
            gen_ai.response.id = tracing::field::Empty,
            gen_ai.usage.input_tokens = tracing::field::Empty,
            gen_ai.usage.output_tokens = tracing::field::Empty,
            error.r#type = tracing::field::Empty,
            turn = %facts.entry.turn,
        );
        Self {
            facts,
            began: Instant::now(),
            counts: TokenCounts::default(),
            output_chars: 0,
            input_reported: false,
            whole_reported: false,
            settled: false,
            watched: None,
            ledger,
            clock,
            tasks,
            span,
        }
    }

    /// The call's span.
    pub fn span(&self) -> Span {
        self.span.clone()
    }

    /// The model that is asked.
    pub fn model_id(&self) -> String {
        self.facts.entry.model.clone()
    }

    fn whose(&self) -> (vertice_domain::Provider, String) {
        (self.facts.entry.provider, self.facts.entry.model.clone())
    }

    /// Notes the provider's id of the request.
    pub fn request_id(&mut self, id: Option<String>) {
        if let Some(id) = &id {
            self.span.record("gen_ai.response.id", id.as_str());
        }
        self.facts.entry.upstream_request_id = id;
    }

    /// What will explain a miss of the prompt cache.
    pub fn watch(&mut self, watched: Watched) {
        self.watched = Some(watched);
    }

    /// The bill, with the reason where the prompt cache served less than it could have.
    pub fn bill(&self, usage: Usage) -> CallUsage {
        let reported = self.whole_reported.then_some(self.counts);
        let cache_miss =
            self.watched.as_ref().zip(reported).and_then(|(watched, counts)| watched.explain(counts));
        CallUsage { model: self.model_id(), usage, cache_miss }
    }

    /// Notes that it answers in the place of a model that failed.
    pub fn answers_instead(&mut self) {
        self.facts.entry.failover = true;
    }

    fn observe(&mut self, decoded: &Decoded) {
        match decoded {
            Decoded::Text(text) | Decoded::Thinking(text) => {
                self.output_chars += text.chars().count() as u64;
                if self.facts.entry.first_token_ms.is_none() {
                    let elapsed = self.began.elapsed();
                    self.facts.entry.first_token_ms = Some(elapsed.as_millis() as u64);
                    let provider = self.facts.entry.provider.as_str();
                    metrics::histogram!("vertice_time_to_first_token_seconds", "provider" => provider)
                        .record(elapsed.as_secs_f64());
                    if let Some(pulse) = &self.facts.pulse {
                        pulse.first_token(self.clock.now(), elapsed.as_millis() as u64);
                    }
                    self.span.in_scope(|| tracing::debug!("first token"));
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

    /// Ends the call. `billable`: whether the provider took the request on at all. The receiver hears when the row
    /// stands in the ledger.
    pub fn settle(
        &mut self,
        outcome: CallOutcome,
        billable: bool,
        fault: Option<&Fault>,
    ) -> (Usage, oneshot::Receiver<()>) {
        self.settled = true;
        let (tokens, estimated) = if billable { self.tokens() } else { (TokenCounts::default(), false) };
        let price = self.facts.model.price(self.facts.entry.started_at);
        let bill = price.and_then(|price| price.bill(tokens));
        let (cost, saved) = (bill.map(|bill| bill.cost), bill.map(|bill| bill.saved));
        let entry = LedgerEntry {
            tokens,
            estimated,
            cost,
            saved,
            price: price.map(|price| price.snapshot(tokens)),
            outcome,
            total_ms: self.began.elapsed().as_millis() as u64,
            ..self.facts.entry.clone()
        };
        self.count(&entry, fault);
        self.tell_health(outcome, fault);
        self.facts
            .reservation
            .charge(tokens.input + tokens.output + tokens.cache_write + tokens.cache_write_long);
        let (sender, recorded) = oneshot::channel();
        let ledger = Arc::clone(&self.ledger);
        let turn = entry.turn;
        self.tasks.spawn(async move {
            if let Err(error) = ledger.record(entry).await {
                metrics::counter!("vertice_ledger_errors_total").increment(1);
                tracing::error!(%turn, code = error.code, "a provider call could not be entered in the ledger");
            }
            let _ = sender.send(());
        });
        (Usage { estimated, ..Usage::of(tokens, cost, saved) }, recorded)
    }

    fn tell_health(&self, outcome: CallOutcome, fault: Option<&Fault>) {
        let Some(pulse) = &self.facts.pulse else { return };
        let now = self.clock.now();
        match (outcome, fault) {
            (CallOutcome::Ok, _) => pulse.answered(now),
            (_, Some(fault)) => pulse.failed(now, fault),
            (_, None) => pulse.stopped(now),
        }
    }

    fn count(&self, entry: &LedgerEntry, fault: Option<&Fault>) {
        let provider = entry.provider.as_str();
        let outcome = entry.outcome.as_str();
        metrics::counter!("vertice_model_calls_total", "provider" => provider, "outcome" => outcome)
            .increment(1);
        let classes = [
            ("input", entry.tokens.input),
            ("output", entry.tokens.output),
            ("cache_read", entry.tokens.cache_read),
            ("cache_write", entry.tokens.cache_write + entry.tokens.cache_write_long),
        ];
        for (class, count) in classes.into_iter().filter(|(_, count)| *count > 0) {
            metrics::counter!("vertice_tokens_total", "provider" => provider, "class" => class)
                .increment(count);
        }
        let total_input = entry.tokens.input + classes[2].1 + classes[3].1;
        self.span.record("gen_ai.usage.input_tokens", total_input);
        self.span.record("gen_ai.usage.output_tokens", entry.tokens.output);
        if let Some(fault) = fault {
            let code = fault.kind.code();
            metrics::counter!("vertice_provider_errors_total", "provider" => provider, "code" => code)
                .increment(1);
            self.span.record("error.type", code);
        }
        self.span.in_scope(|| {
            tracing::info!(
                outcome,
                total_ms = entry.total_ms,
                first_token_ms = entry.first_token_ms,
                "model call ended"
            );
        });
    }

    /// A row's beginning, for [`CallFacts`].
    pub fn blank_entry(started_at: Timestamp, template: EntryKeys) -> LedgerEntry {
        LedgerEntry {
            user: template.user,
            conversation: template.conversation,
            turn: template.turn,
            provider: template.provider,
            model: template.model,
            token: template.token,
            own_key: template.own_key,
            failover: false,
            tokens: TokenCounts::default(),
            estimated: false,
            cost: None,
            saved: None,
            price: None,
            outcome: CallOutcome::Cancelled,
            started_at,
            first_token_ms: None,
            total_ms: 0,
            upstream_request_id: None,
        }
    }
}

/// Whom a row is about.
pub struct EntryKeys {
    /// Who pays.
    pub user: vertice_domain::UserId,
    /// In which conversation.
    pub conversation: Option<vertice_domain::ConversationId>,
    /// In which turn.
    pub turn: vertice_domain::TurnId,
    /// With which API token.
    pub token: Option<vertice_domain::TokenId>,
    /// Who runs the model.
    pub provider: vertice_domain::Provider,
    /// The model.
    pub model: String,
    /// Whether the user's own key is used.
    pub own_key: bool,
}

impl Drop for Meter {
    fn drop(&mut self) {
        if !self.settled {
            self.settle(CallOutcome::Cancelled, true, None);
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
pub struct MeteredStream {
    source: Option<DecodedStream>,
    meter: Meter,
    cancelled: BoxFuture<'static, ()>,
    recorded: Option<oneshot::Receiver<()>>,
    tail: VecDeque<Item>,
    wording: Option<Wording>,
}

impl MeteredStream {
    /// Meters `source` until it ends or `cancel` is cancelled.
    pub fn new(
        source: DecodedStream,
        meter: Meter,
        cancel: CancellationToken,
        wording: impl FnOnce(Fault) -> TurnFailure + Send + 'static,
    ) -> Self {
        Self {
            source: Some(source),
            meter,
            cancelled: cancel.cancelled_owned().boxed(),
            recorded: None,
            tail: VecDeque::new(),
            wording: Some(Box::new(wording)),
        }
    }

    fn end(&mut self, outcome: CallOutcome, fault: Option<&Fault>, last: Item) {
        // Dropping the source closes the upstream socket.
        self.source = None;
        let (usage, recorded) = self.meter.settle(outcome, true, fault);
        self.recorded = Some(recorded);
        let bill = self.meter.bill(usage);
        self.tail = VecDeque::from([Ok(ModelEvent::Usage(Box::new(bill))), last]);
    }

    fn take(&mut self, item: Result<Decoded, Fault>) -> Option<Item> {
        match item {
            Ok(decoded) => {
                self.meter.observe(&decoded);
                match decoded {
                    Decoded::Text(text) => return Some(Ok(ModelEvent::Text(text))),
                    Decoded::Thinking(text) => return Some(Ok(ModelEvent::Thinking(text))),
                    Decoded::ToolCall(delta) => return Some(Ok(ModelEvent::ToolCall(delta))),
                    Decoded::Replay(data) => {
                        let (provider, model) = self.meter.whose();
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

impl Stream for MeteredStream {
    type Item = Item;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Item>> {
        let this = self.get_mut();
        loop {
            if let Some(recorded) = &mut this.recorded {
                // The row stands before anyone hears of the end; an error here means the runtime is shutting down.
                let _ = std::task::ready!(recorded.poll_unpin(cx));
                this.recorded = None;
            }
            let Some(source) = &mut this.source else { return Poll::Ready(this.tail.pop_front()) };
            if this.cancelled.poll_unpin(cx).is_ready() {
                this.end(CallOutcome::Cancelled, None, Ok(ModelEvent::Stop(FinishReason::Cancelled)));
                continue;
            }
            let item = std::task::ready!(source.poll_next_unpin(cx));
            let item = item.unwrap_or_else(|| Err(Fault::new(crate::fault::FaultKind::Truncated)));
            if let Some(item) = this.take(item) {
                return Poll::Ready(Some(item));
            }
        }
    }
}
