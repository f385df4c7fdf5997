//! Quota, ledger, reports and the users' own keys.

use std::sync::Arc;

use vertice_auth::SealedKeys;
use vertice_llm::{DailyLimits, DailyQuota, LedgerReports, QuotaParts};
use vertice_ports::{Clock, Counters, Ledger, ProviderKeys, Quota, Reports, SystemClock, Tasks};
use vertice_storage::{Database, MemoryCounters, RedisCounters, RedisError};

use crate::settings::Settings;

/// What is spent, by whom, and with whose keys.
pub(super) struct Money {
    pub(super) ledger: Arc<dyn Ledger>,
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
        let secret = super::secret(settings);
        Self {
            quota: Arc::new(DailyQuota::new(parts, limits)),
            reports: Arc::new(LedgerReports::new(Arc::clone(&ledger))),
            provider_keys: Arc::new(SealedKeys::new(Arc::new(database.clone()), clock, secret)),
            ledger,
        }
    }
}

/// The counters that nodes share, or those of this process.
pub(super) async fn counters(settings: &Settings) -> Result<Arc<dyn Counters>, RedisError> {
    Ok(match &settings.redis {
        Some(url) => Arc::new(RedisCounters::connect(url.reveal()).await?),
        None => Arc::new(MemoryCounters::new(Arc::new(SystemClock))),
    })
}
