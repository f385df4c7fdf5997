//! Meter, quota, ledger, reports and the users' own keys.

use std::sync::Arc;

use vertice_auth::{SealedKeys, SecretSource};
use vertice_domain::{Error, NodeId};
use vertice_ledger::{DailyLimits, DailyQuota, LedgerMeter, LedgerReports, MeterParts, QuotaParts};
use vertice_ports::{
    Clock, Counters, Ledger, Meter, ProviderKeys, Quota, Reports, SystemClock, SystemIds, Tasks, ledger::Gone,
};
use vertice_storage::{Database, MemoryCounters, RedisCounters, RedisError};

use crate::settings::{self, Settings};

/// The secret that seals the users' keys, in the data directory.
const SECRET_FILE: &str = "secret.key";

/// What is spent, by whom, and with whose keys.
pub(super) struct Money {
    ledger: Arc<dyn Ledger>,
    pub(super) meter: Arc<dyn Meter>,
    pub(super) quota: Arc<dyn Quota>,
    pub(super) reports: Arc<dyn Reports>,
    pub(super) provider_keys: Arc<dyn ProviderKeys>,
}

impl Money {
    pub(super) fn new(
        settings: &Settings,
        database: &Database,
        counters: Arc<dyn Counters>,
        tasks: &Tasks,
        node: NodeId,
    ) -> Self {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let ledger: Arc<dyn Ledger> = Arc::new(database.clone());
        let parts = QuotaParts {
            accounts: Arc::new(database.clone()),
            ledger: Arc::clone(&ledger),
            counters,
            clock: Arc::clone(&clock),
            tasks: tasks.clone(),
        };
        let limits = settings.daily_token_limits;
        let limits = DailyLimits { user: limits.user, premium: limits.premium, admin: limits.admin };
        let secret = match settings.secret_key {
            Some(key) => SecretSource::Given(key.0),
            None => SecretSource::File(settings.data_dir.join(SECRET_FILE)),
        };
        let meter = MeterParts {
            ledger: Arc::clone(&ledger),
            clock: Arc::clone(&clock),
            ids: Arc::new(SystemIds),
            tasks: tasks.clone(),
            node,
        };
        Self {
            meter: Arc::new(LedgerMeter::new(meter)),
            quota: Arc::new(DailyQuota::new(parts, limits)),
            reports: Arc::new(LedgerReports::new(Arc::clone(&ledger))),
            provider_keys: Arc::new(SealedKeys::new(Arc::new(database.clone()), clock, secret)),
            ledger,
        }
    }

    /// Bills what former runs left open by estimate.
    pub(super) async fn close_left_open(&self, settings: &Settings, node: NodeId) -> Result<(), Error> {
        let gone = match settings.database {
            // Nobody else can be using it.
            settings::Database::Sqlite(_) => Gone::AllBut(node),
            // Other nodes may be running on it: only those whose lease has run out are gone.
            settings::Database::Postgres(_) => Gone::Nodes(Vec::new()),
        };
        vertice_ledger::close_left_open(self.ledger.as_ref(), &gone).await?;
        Ok(())
    }
}

/// The counters that nodes share, or those of this process.
pub(super) async fn counters(settings: &Settings) -> Result<Arc<dyn Counters>, RedisError> {
    Ok(match &settings.redis {
        Some(url) => Arc::new(RedisCounters::connect(url.reveal()).await?),
        None => Arc::new(MemoryCounters::new(Arc::new(SystemClock))),
    })
}
