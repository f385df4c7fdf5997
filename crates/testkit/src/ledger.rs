//! A ledger in memory that can be made to fail, and a meter that enters into it at once.

use std::sync::{
    Arc, Mutex, MutexGuard,
    atomic::{AtomicBool, Ordering},
};

use async_trait::async_trait;
use futures::FutureExt as _;
use tokio::sync::watch;
use vertice_domain::{
    CallId, Error, Provider, Report, ReportQuery, Result, Timestamp, Usage, UserId, report::LedgerRow,
};
use vertice_ports::{
    Clock, Ids as _, Ledger, Meter,
    ledger::{CallOutcome, Gone, LedgerEntry, Spent},
    meter::{CallEnd, CallOpening, Closed, OpenCall},
};
use vertice_runtime::SystemIds;

/// A ledger that keeps its rows for the test to look at.
#[derive(Debug)]
pub struct RecordingLedger {
    rows: Mutex<Vec<LedgerEntry>>,
    ended: watch::Sender<usize>,
    is_down: AtomicBool,
}

impl RecordingLedger {
    /// Without rows.
    pub fn new() -> Self {
        let (rows, ended) = (Mutex::new(Vec::new()), watch::Sender::new(0));
        Self { rows, ended, is_down: AtomicBool::new(false) }
    }

    /// The calls that have ended, in the order of their ends.
    pub fn rows(&self) -> Vec<LedgerEntry> {
        self.all().iter().filter(|row| row.outcome != CallOutcome::Running).cloned().collect()
    }

    /// The calls that run.
    pub fn open(&self) -> Vec<LedgerEntry> {
        self.all().iter().filter(|row| row.outcome == CallOutcome::Running).cloned().collect()
    }

    /// Waits until at least `count` calls have ended, and gives all that have.
    pub async fn wait_for(&self, count: usize) -> Vec<LedgerEntry> {
        let mut seen = self.ended.subscribe();
        seen.wait_for(|rows| *rows >= count).await.expect("the sender lives as long as the ledger");
        self.rows()
    }

    /// From now on nothing can be entered, or it can again.
    pub fn set_down(&self, is_down: bool) {
        self.is_down.store(is_down, Ordering::SeqCst);
    }

    fn check(&self) -> Result<()> {
        if self.is_down.load(Ordering::SeqCst) { Err(Error::storage_unavailable()) } else { Ok(()) }
    }

    fn all(&self) -> MutexGuard<'_, Vec<LedgerEntry>> {
        self.rows.lock().expect("no test panics while it holds the rows")
    }

    fn put(&self, call: &LedgerEntry) {
        let mut rows = self.all();
        match rows.iter().position(|row| row.id == call.id) {
            Some(place) if is_open(&rows[place]) => drop(rows.remove(place)),
            Some(_) => return,
            None => {}
        }
        rows.push(call.clone());
        self.ended.send_replace(rows.iter().filter(|row| row.outcome != CallOutcome::Running).count());
    }
}

const fn is_open(row: &LedgerEntry) -> bool {
    matches!(row.outcome, CallOutcome::Running | CallOutcome::Interrupted)
}

impl Default for RecordingLedger {
    fn default() -> Self {
        Self::new()
    }
}

#[async_trait]
impl Ledger for RecordingLedger {
    async fn enter(&self, calls: &[LedgerEntry]) -> Result<()> {
        self.check()?;
        calls.iter().for_each(|call| self.put(call));
        Ok(())
    }

    async fn withdraw(&self, calls: &[CallId]) -> Result<()> {
        self.check()?;
        self.all().retain(|row| row.outcome != CallOutcome::Running || !calls.contains(&row.id));
        Ok(())
    }

    /// Leases are a database's matter: this double knows of none.
    async fn left_open(&self, of: Gone, limit: u32) -> Result<Vec<LedgerEntry>> {
        self.check()?;
        let (Gone::AllBut(living) | Gone::Leaseless(living)) = of;
        let mut left = self.open();
        left.retain(|row| row.node != living);
        left.truncate(limit as usize);
        Ok(left)
    }

    async fn close_open(&self, of: Gone) -> Result<u64> {
        self.check()?;
        let (Gone::AllBut(living) | Gone::Leaseless(living)) = of;
        let mut count = 0;
        for row in self.all().iter_mut() {
            if row.outcome == CallOutcome::Running && row.node != living {
                (row.outcome, row.estimated) = (CallOutcome::Interrupted, true);
                count += 1;
            }
        }
        Ok(count)
    }

    async fn spent(&self, user: UserId, model: Option<&str>, since: Timestamp) -> Result<Spent> {
        let rows = self.rows();
        let counted = rows.iter().filter(|row| {
            row.user == user
                && row.started_at >= since
                && row.provider != Provider::Local
                && model.is_none_or(|model| row.model == model)
        });
        Ok(counted.fold(Spent::default(), |sum, row| Spent {
            tokens: sum.tokens
                + row.tokens.input
                + row.tokens.output
                + row.tokens.cache_write
                + row.tokens.cache_write_long,
            cost: sum.cost + row.cost.unwrap_or_default(),
        }))
    }

    /// Sums are a database's work: this double has none.
    async fn report(&self, _: Option<UserId>, _: &ReportQuery) -> Result<Report> {
        Ok(Report::default())
    }

    /// Nor does it list anything.
    async fn rows(&self, _: Option<UserId>, _: Timestamp, _: Timestamp, _: u32) -> Result<Vec<LedgerRow>> {
        Ok(Vec::new())
    }
}

/// A meter without a writer: rows are entered where the call is opened and closed.
pub struct RecordingMeter {
    ledger: Arc<RecordingLedger>,
    clock: Arc<dyn Clock>,
}

impl RecordingMeter {
    /// Enters into `ledger`.
    pub fn new(ledger: Arc<RecordingLedger>, clock: Arc<dyn Clock>) -> Self {
        Self { ledger, clock }
    }
}

struct Recorded {
    ledger: Arc<RecordingLedger>,
    call: CallOpening,
    entry: LedgerEntry,
}

#[async_trait]
impl Meter for RecordingMeter {
    async fn open(&self, call: CallOpening) -> Result<Box<dyn OpenCall>> {
        let entry = call.entry(SystemIds.call(), SystemIds.node(), self.clock.now());
        self.ledger.enter(std::slice::from_ref(&entry)).await?;
        Ok(Box::new(Recorded { ledger: Arc::clone(&self.ledger), call, entry }))
    }
}

impl OpenCall for Recorded {
    fn span(&self) -> tracing::Span {
        tracing::Span::none()
    }

    fn take_back(self: Box<Self>) {
        self.ledger.all().retain(|row| row.id != self.entry.id);
    }

    fn close(self: Box<Self>, end: CallEnd) -> Closed {
        let priced = self.call.price(end.tokens);
        let tokens = end.tokens;
        self.call
            .reservation
            .charge(tokens.input + tokens.output + tokens.cache_write + tokens.cache_write_long);
        self.ledger.put(&LedgerEntry {
            failover: end.failover,
            tokens,
            estimated: end.estimated,
            cost: priced.cost,
            saved: priced.saved,
            price: priced.prices,
            outcome: end.outcome,
            first_token_ms: end.first_token.map(|after| after.as_millis() as u64),
            upstream_request_id: end.request_id,
            ..self.entry
        });
        let usage = Usage { estimated: end.estimated, ..Usage::of(tokens, priced.cost, priced.saved) };
        Closed { usage, entered: async {}.boxed() }
    }
}
