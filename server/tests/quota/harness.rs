//! A quota on a database of its own, with counters that can be lost and held up.

use std::sync::{
    Arc, RwLock,
    atomic::{AtomicBool, Ordering},
};

use async_trait::async_trait;
use tempfile::TempDir;
use tokio::sync::Notify;
use vertice_domain::{
    Actor, Profile, Provider, Result, Role, Timestamp, TokenCounts, Usd, account::Credential,
};
use vertice_ledger::{DailyLimits, DailyQuota, QuotaDependencies};
use vertice_ports::{
    AccountStore as _, Clock, Counters, Ids as _, Ledger as _, Quota as _,
    ledger::{CallOutcome, LedgerEntry},
    quota::{Admission, Reservation},
    store::NewUser,
};
use vertice_runtime::{SystemIds, Tasks};
use vertice_storage::{Database, DatabaseConfig, DatabaseUrl, MemoryCounters, RedisCounters};
use vertice_testkit::FixedClock;

/// Where a Redis listens in which tests may make keys.
const REDIS_URL: &str = "VERTICE_TEST_REDIS_URL";

/// A thousand tokens a day for users.
pub(crate) const LIMITS: DailyLimits = DailyLimits { user: 1_000, premium: 10_000, admin: 0 };

/// The model that is asked.
pub(crate) const MODEL: &str = "model-1";

/// Counters that can be lost all at once, and held up before they answer.
pub(crate) struct Losable {
    inner: Arc<dyn Counters>,
    generation: RwLock<String>,
    held_up: AtomicBool,
    arrived: Notify,
    released: Notify,
}

impl Losable {
    fn new(inner: Arc<dyn Counters>) -> Arc<Self> {
        Arc::new(Self {
            inner,
            generation: RwLock::new(SystemIds.uuid().to_string()),
            held_up: AtomicBool::new(false),
            arrived: Notify::new(),
            released: Notify::new(),
        })
    }

    /// Every counter is gone.
    pub(crate) fn lose(&self) {
        *self.generation.write().unwrap() = SystemIds.uuid().to_string();
    }

    /// The next admission waits until [`Self::release`], after it has been counted.
    pub(crate) fn hold_up(&self) {
        self.held_up.store(true, Ordering::SeqCst);
    }

    /// Waits until an admission is held up.
    pub(crate) async fn arrived(&self) {
        self.arrived.notified().await;
    }

    /// Lets it go on.
    pub(crate) fn release(&self) {
        self.released.notify_one();
    }

    fn key(&self, key: &str) -> String {
        format!("{}:{key}", self.generation.read().unwrap())
    }
}

#[async_trait]
impl Counters for Losable {
    async fn admit(&self, key: &str, amount: u64, limit: u64) -> Result<Admission> {
        let answer = self.inner.admit(&self.key(key), amount, limit).await;
        if matches!(answer, Ok(Admission::Admitted)) && self.held_up.swap(false, Ordering::SeqCst) {
            self.arrived.notify_one();
            self.released.notified().await;
        }
        answer
    }

    async fn value(&self, key: &str) -> Result<Option<u64>> {
        self.inner.value(&self.key(key)).await
    }

    async fn seed(&self, key: &str, value: u64, expires_at: Timestamp) -> Result<()> {
        self.inner.seed(&self.key(key), value, expires_at).await
    }

    async fn add(&self, key: &str, delta: i64) -> Result<()> {
        self.inner.add(&self.key(key), delta).await
    }

    async fn ping(&self) -> Result<()> {
        self.inner.ping().await
    }
}

/// Everything a test needs.
pub(crate) struct Site {
    pub(crate) db: Database,
    pub(crate) clock: Arc<FixedClock>,
    pub(crate) counters: Arc<Losable>,
    pub(crate) quota: DailyQuota,
    pub(crate) tasks: Tasks,
    _folder: TempDir,
}

impl Site {
    pub(crate) async fn in_memory() -> Self {
        let clock = Arc::new(FixedClock::new());
        Self::on(Arc::new(MemoryCounters::new(clock.clone())), clock).await
    }

    /// None: there is no server to test with, which only a developer's machine may lack.
    pub(crate) async fn on_redis() -> Option<Self> {
        let Some(url) = variable(REDIS_URL) else {
            assert!(variable("CI").as_deref() != Some("true"), "{REDIS_URL} must be set in CI");
            eprintln!("skipped on Redis: {REDIS_URL} is not set");
            return None;
        };
        // Redis goes by its own clock, and forgets counters of days that are over.
        let clock = FixedClock::new();
        clock.advance_millis(NOON_OF_A_FAR_DAY - clock.now().as_millis());
        Some(Self::on(Arc::new(RedisCounters::connect(&url).await.unwrap()), Arc::new(clock)).await)
    }

    async fn on(counters: Arc<dyn Counters>, clock: Arc<FixedClock>) -> Self {
        let folder = TempDir::new().unwrap();
        let url = DatabaseUrl::Sqlite(folder.path().join("vertice.db"));
        let config = DatabaseConfig { url, backup_dir: folder.path().join("backups") };
        let db = Database::open(&config).await.unwrap();
        let (counters, tasks) = (Losable::new(counters), Tasks::default());
        let quota = quota(&db, &counters, &clock, &tasks);
        Self { db, clock, counters, quota, tasks, _folder: folder }
    }

    /// The quota of another process on the same database and counters.
    pub(crate) fn another_node(&self) -> DailyQuota {
        quota(&self.db, &self.counters, &self.clock, &self.tasks)
    }

    pub(crate) async fn actor(&self, role: Role) -> Actor {
        let id = SystemIds.user();
        let email = format!("{id}@example.com").parse().unwrap();
        let profile =
            Profile { id, email, name: String::new(), role, locale: None, created_at: self.clock.now() };
        let user = NewUser { profile, password_hash: String::new() };
        assert!(self.db.create_user(user).await.unwrap());
        Actor { user: id, role, credential: Credential::Console }
    }

    pub(crate) async fn reserve(&self, actor: &Actor, tokens: u64) -> Result<Reservation> {
        self.quota.reserve(actor, MODEL, None, tokens).await
    }

    /// A call that spends `tokens`: charged and entered, as the meter does it.
    pub(crate) async fn spend(&self, actor: &Actor, reservation: &Reservation, tokens: u64) {
        self.enter(actor, MODEL, Provider::Openai, tokens).await;
        reservation.charge(tokens);
    }

    pub(crate) async fn enter(&self, actor: &Actor, model: &str, provider: Provider, tokens: u64) {
        let entry = LedgerEntry {
            id: SystemIds.call(),
            node: SystemIds.node(),
            user: actor.user,
            conversation: None,
            turn: SystemIds.turn(),
            provider,
            model: model.to_owned(),
            token: None,
            own_key: false,
            failover: false,
            tokens: TokenCounts { input: tokens / 2, output: tokens - tokens / 2, ..TokenCounts::default() },
            estimated: false,
            cost: Some(Usd::from_nanos(5)),
            saved: None,
            price: None,
            outcome: CallOutcome::Ok,
            started_at: self.clock.now(),
            first_token_ms: None,
            total_ms: 1,
            upstream_request_id: None,
        };
        self.db.enter(&[entry]).await.unwrap();
    }

    /// The beginning of everything.
    pub(crate) fn clock_start(&self) -> Timestamp {
        Timestamp::from_millis(0)
    }

    /// Waits until every reservation that was dropped is settled.
    pub(crate) async fn settled(&self) {
        self.tasks.shut_down().await;
    }
}

/// 2096-11-23T12:00:00Z.
const NOON_OF_A_FAR_DAY: i64 = 4_004_424_000_000;

fn quota(db: &Database, counters: &Arc<Losable>, clock: &Arc<FixedClock>, tasks: &Tasks) -> DailyQuota {
    let dependencies = QuotaDependencies {
        accounts: Arc::new(db.clone()),
        ledger: Arc::new(db.clone()),
        counters: counters.clone(),
        clock: clock.clone(),
        tasks: tasks.clone(),
    };
    DailyQuota::new(dependencies, LIMITS)
}

#[expect(clippy::disallowed_methods, reason = "tests have no settings to read it from")]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}
