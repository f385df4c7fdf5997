//! Every call is metered and entered in the ledger: opened before it is made, closed when it was answered, failed, was
//! cancelled or dropped half way.
//!
//! Neither a prompt nor an answer is ever seen here.

use std::sync::Arc;

use async_trait::async_trait;
use tokio::time::Instant;
use tracing::Span;
use vertice_domain::{NodeId, Result, Usage};
use vertice_ports::{
    Clock, Ids, Ledger, Meter,
    ledger::{CallOutcome, LedgerEntry},
    meter::{CallEnd, CallOpening, Closed, OpenCall, Priced},
};
use vertice_runtime::Tasks;

use crate::writer::EntryWriter;

/// What a [`LedgerMeter`] works with.
pub struct MeterDependencies {
    /// Where calls are entered.
    pub ledger: Arc<dyn Ledger>,
    pub clock: Arc<dyn Clock>,
    /// Ids for calls.
    pub ids: Arc<dyn Ids>,
    /// Where rows are written.
    pub tasks: Tasks,
    /// This run of the server.
    pub node: NodeId,
}

/// The meter of a process.
pub struct LedgerMeter {
    writer: EntryWriter,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn Ids>,
    node: NodeId,
}

impl LedgerMeter {
    /// A meter that enters into a ledger.
    pub fn new(dependencies: MeterDependencies) -> Self {
        let MeterDependencies { ledger, clock, ids, tasks, node } = dependencies;
        Self { writer: EntryWriter::new(ledger, tasks), clock, ids, node }
    }
}

#[async_trait]
impl Meter for LedgerMeter {
    async fn open(&self, call: CallOpening) -> Result<Box<dyn OpenCall>> {
        let entry = call.entry(self.ids.call(), self.node, self.clock.now());
        self.writer.open(entry.clone()).await?;
        let (writer, span, began) = (self.writer.clone(), span(&entry), Instant::now());
        Ok(Box::new(MeteredCall { call, entry, began, writer, span, is_closed: false }))
    }
}

fn span(entry: &LedgerEntry) -> Span {
    tracing::info_span!(
        "chat",
        otel.kind = "client",
        gen_ai.operation.name = "chat",
        gen_ai.provider.name = entry.provider.as_str(),
        gen_ai.request.model = %entry.model,
        gen_ai.response.id = tracing::field::Empty,
        gen_ai.usage.input_tokens = tracing::field::Empty,
        gen_ai.usage.output_tokens = tracing::field::Empty,
        error.r#type = tracing::field::Empty,
        turn = %entry.turn,
    )
}

struct MeteredCall {
    call: CallOpening,
    entry: LedgerEntry,
    began: Instant,
    writer: EntryWriter,
    span: Span,
    is_closed: bool,
}

impl OpenCall for MeteredCall {
    fn span(&self) -> Span {
        self.span.clone()
    }

    fn take_back(mut self: Box<Self>) {
        self.is_closed = true;
        self.writer.withdraw(self.entry.id);
    }

    fn close(mut self: Box<Self>, end: CallEnd) -> Closed {
        self.settle(&end)
    }
}

impl Drop for MeteredCall {
    fn drop(&mut self) {
        if !self.is_closed {
            self.settle(&CallEnd {
                outcome: CallOutcome::Cancelled,
                tokens: self.entry.tokens,
                estimated: true,
                first_token: None,
                request_id: None,
                failover: false,
                fault: None,
            });
        }
    }
}

impl MeteredCall {
    fn settle(&mut self, end: &CallEnd) -> Closed {
        self.is_closed = true;
        let CallEnd { tokens, estimated, .. } = *end;
        let Priced { cost, saved, prices } = self.call.price(tokens);
        let entry = LedgerEntry {
            failover: end.failover,
            tokens,
            estimated,
            cost,
            saved,
            price: prices,
            outcome: end.outcome,
            first_token_ms: end.first_token.map(|after| after.as_millis() as u64),
            total_ms: self.began.elapsed().as_millis() as u64,
            upstream_request_id: end.request_id.clone(),
            ..self.entry.clone()
        };
        self.count(&entry, end);
        self.call
            .reservation
            .charge(tokens.input + tokens.output + tokens.cache_write + tokens.cache_write_long);
        let usage = Usage { estimated, ..Usage::of(tokens, cost, saved) };
        Closed { usage, entered: self.writer.close(entry) }
    }

    fn count(&self, entry: &LedgerEntry, end: &CallEnd) {
        let provider = entry.provider.as_str();
        let outcome = entry.outcome.as_str();
        metrics::counter!("vertice_model_calls_total", "provider" => provider, "outcome" => outcome)
            .increment(1);
        if let Some(after) = end.first_token {
            metrics::histogram!("vertice_time_to_first_token_seconds", "provider" => provider)
                .record(after.as_secs_f64());
        }
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
        if let Some(id) = &entry.upstream_request_id {
            self.span.record("gen_ai.response.id", id.as_str());
        }
        self.span.record("gen_ai.usage.input_tokens", total_input);
        self.span.record("gen_ai.usage.output_tokens", entry.tokens.output);
        if let Some(code) = end.fault {
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
}
