//! A meter on a ledger that can be held up and made to fail.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use tokio::sync::{Notify, watch};
use vertice_domain::{
    CallId, ErrorKind, LoggedEvent, NodeId, Part, PartKind, Provider, Report, ReportQuery, Result, Timestamp,
    TokenCounts, TurnEvent, TurnId, Usd, UserId, report::LedgerRow,
};
use vertice_ledger::{LedgerMeter, MeterDependencies, Recovery};
use vertice_ports::{
    Ids as _, Ledger,
    ledger::{CallOutcome, Gone, LedgerEntry, Spent},
    meter::{CallEnd, CallOpening, Estimator, Priced, Tariff},
    quota::Reservation,
    turns::TurnLogs,
};
use vertice_runtime::{SystemIds, Tasks};
use vertice_testkit::{FixedClock, RecordingLedger};

/// A model whose calls the store refuses, each by itself.
pub(crate) const REFUSED: &str = "refused";

pub(crate) const ESTIMATE: TokenCounts = tokens(100, 10);

pub(crate) const fn tokens(input: u64, output: u64) -> TokenCounts {
    TokenCounts { input, output, cache_read: 0, cache_write: 0, cache_write_long: 0, reasoning: 0 }
}

/// A nano-dollar for each token.
struct Flat;

impl Tariff for Flat {
    fn price(&self, tokens: TokenCounts) -> Priced {
        let cost = Usd::from_nanos((tokens.input + tokens.output) as i64);
        Priced { cost: Some(cost), saved: None, prices: Some("{}".into()) }
    }
}

/// A token for each character.
impl Estimator for Flat {
    fn estimate(&self, opened: &LedgerEntry, heard_chars: u64) -> LedgerEntry {
        let tokens = tokens(opened.tokens.input, heard_chars);
        LedgerEntry { tokens, cost: self.price(tokens).cost, ..opened.clone() }
    }
}

/// What was heard of the answers of turns.
#[derive(Default)]
pub(crate) struct Logs(Mutex<HashMap<TurnId, Vec<LoggedEvent>>>);

impl Logs {
    pub(crate) fn hear(&self, turn: TurnId, text: &str) {
        let kind = PartKind::Text { text: text.into() };
        let part = TurnEvent::PartStarted(Box::new(Part { position: 0, step: 1, kind }));
        self.0.lock().unwrap().insert(turn, vec![LoggedEvent::event(1, part)]);
    }
}

#[async_trait]
impl TurnLogs for Logs {
    async fn log(&self, _: UserId, turn: TurnId) -> Result<Vec<LoggedEvent>> {
        Ok(self.0.lock().unwrap().get(&turn).cloned().unwrap_or_default())
    }
}

pub(crate) fn opening() -> CallOpening {
    CallOpening {
        user: SystemIds.user(),
        conversation: None,
        turn: SystemIds.turn(),
        token: None,
        provider: Provider::Openai,
        model: "model".into(),
        own_key: false,
        estimate: ESTIMATE,
        tariff: Some(Arc::new(Flat)),
        reservation: Reservation::unlimited(),
    }
}

pub(crate) fn end(outcome: CallOutcome, tokens: TokenCounts) -> CallEnd {
    CallEnd {
        outcome,
        tokens,
        estimated: false,
        first_token: Some(Duration::from_millis(5)),
        request_id: None,
        failover: false,
        fault: None,
    }
}

/// Everything a test needs.
pub(crate) struct Site {
    pub(crate) ledger: Arc<RecordingLedger>,
    pub(crate) faulty: Arc<Faulty>,
    pub(crate) logs: Arc<Logs>,
    pub(crate) meter: LedgerMeter,
    pub(crate) tasks: Tasks,
    pub(crate) node: NodeId,
}

impl Site {
    pub(crate) fn new() -> Self {
        let (ledger, tasks, node) = (Arc::new(RecordingLedger::new()), Tasks::default(), SystemIds.node());
        let faulty = Arc::new(Faulty::over(Arc::clone(&ledger)));
        let meter = LedgerMeter::new(MeterDependencies {
            ledger: faulty.clone(),
            clock: Arc::new(FixedClock::new()),
            ids: Arc::new(SystemIds),
            tasks: tasks.clone(),
            node,
        });
        Self { ledger, faulty, logs: Arc::default(), meter, tasks, node }
    }

    /// What a process that is `node` does about what others left open.
    pub(crate) fn recovery(&self, node: NodeId) -> Recovery {
        Recovery {
            ledger: self.ledger.clone(),
            logs: self.logs.clone(),
            estimator: Arc::new(Flat),
            tasks: self.tasks.clone(),
            node,
        }
    }
}

/// A ledger whose writes can be held up and made to fail.
pub(crate) struct Faulty {
    inner: Arc<RecordingLedger>,
    fault: Mutex<Option<vertice_domain::Error>>,
    stalled: watch::Sender<bool>,
    arrived: Notify,
    tries: AtomicUsize,
    entered: AtomicUsize,
}

/// Holds up writes until it is opened.
pub(crate) struct Gate(watch::Sender<bool>);

impl Gate {
    pub(crate) fn open(&self) {
        self.0.send_replace(false);
    }
}

impl Faulty {
    fn over(inner: Arc<RecordingLedger>) -> Self {
        Self {
            inner,
            fault: Mutex::default(),
            stalled: watch::Sender::new(false),
            arrived: Notify::new(),
            tries: AtomicUsize::new(0),
            entered: AtomicUsize::new(0),
        }
    }

    pub(crate) fn fail(&self, error: vertice_domain::Error) {
        *self.fault.lock().unwrap() = Some(error);
    }

    pub(crate) fn mend(&self) {
        *self.fault.lock().unwrap() = None;
    }

    /// Writes wait from now on.
    pub(crate) fn stall(&self) -> Gate {
        self.stalled.send_replace(true);
        Gate(self.stalled.clone())
    }

    /// Comes when a write has begun.
    pub(crate) async fn arrived(&self) {
        self.arrived.notified().await;
    }

    /// How many transactions have been tried.
    pub(crate) fn tries(&self) -> usize {
        self.tries.load(Ordering::SeqCst)
    }

    /// How many were stored.
    pub(crate) fn entered(&self) -> usize {
        self.entered.load(Ordering::SeqCst)
    }
}

#[async_trait]
impl Ledger for Faulty {
    async fn enter(&self, calls: &[LedgerEntry]) -> Result<()> {
        self.tries.fetch_add(1, Ordering::SeqCst);
        self.arrived.notify_one();
        self.stalled.subscribe().wait_for(|stalled| !stalled).await.unwrap();
        let fault = self.fault.lock().unwrap().clone();
        if let Some(fault) = fault {
            return Err(fault);
        }
        if calls.iter().any(|call| call.model == REFUSED) {
            return Err(vertice_domain::Error::new(ErrorKind::Internal, "internal", "A row is refused."));
        }
        self.inner.enter(calls).await?;
        self.entered.fetch_add(1, Ordering::SeqCst);
        Ok(())
    }

    async fn withdraw(&self, calls: &[CallId]) -> Result<()> {
        let fault = self.fault.lock().unwrap().clone();
        match fault {
            Some(fault) => Err(fault),
            None => self.inner.withdraw(calls).await,
        }
    }

    async fn left_open(&self, of: Gone, limit: u32) -> Result<Vec<LedgerEntry>> {
        self.inner.left_open(of, limit).await
    }

    async fn close_open(&self, of: Gone) -> Result<u64> {
        self.inner.close_open(of).await
    }

    async fn spent(&self, user: UserId, model: Option<&str>, since: Timestamp) -> Result<Spent> {
        self.inner.spent(user, model, since).await
    }

    async fn report(&self, user: Option<UserId>, query: &ReportQuery) -> Result<Report> {
        self.inner.report(user, query).await
    }

    async fn rows(
        &self,
        user: Option<UserId>,
        from: Timestamp,
        to: Timestamp,
        limit: u32,
    ) -> Result<Vec<LedgerRow>> {
        Ledger::rows(&*self.inner, user, from, to, limit).await
    }
}
