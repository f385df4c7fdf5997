//! Meter, quota, ledger, reports and the users' own keys.

use std::sync::Arc;

use vertice_auth::SealedKeys;
use vertice_domain::{Error, NodeId};
use vertice_ledger::{
    DailyLimits, DailyQuota, LedgerMeter, LedgerReports, MeterDependencies, QuotaDependencies, Recovery,
};
use vertice_llm::left_open::HeardEstimator;
use vertice_ports::{Clock, Counters, Ledger, Meter, ProviderKeys, Quota, Reports};
use vertice_runtime::{SystemIds, Tasks};
use vertice_storage::{Database, MemoryCounters, RedisCounters, RedisError};

use super::{Run, World};
use crate::settings::{self, Settings};

/// What is spent, by whom, and with whose keys.
pub(super) struct Money {
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
        run: &Run,
    ) -> Self {
        let Run { tasks, node, world: World { clock, .. } } = run;
        let ledger: Arc<dyn Ledger> = Arc::new(database.clone());
        let dependencies = QuotaDependencies {
            accounts: Arc::new(database.clone()),
            ledger: Arc::clone(&ledger),
            counters,
            clock: Arc::clone(clock),
            tasks: tasks.clone(),
        };
        let limits = settings.daily_token_limits;
        let limits = DailyLimits { user: limits.user, premium: limits.premium, admin: limits.admin };
        let secret = super::secret(settings);
        let meter = MeterDependencies {
            ledger: Arc::clone(&ledger),
            clock: Arc::clone(clock),
            ids: Arc::new(SystemIds),
            tasks: tasks.clone(),
            node: *node,
        };
        Self {
            meter: Arc::new(LedgerMeter::new(meter)),
            quota: Arc::new(DailyQuota::new(dependencies, limits)),
            reports: Arc::new(LedgerReports::new(ledger, Arc::new(database.clone()))),
            provider_keys: Arc::new(SealedKeys::new(Arc::new(database.clone()), Arc::clone(clock), secret)),
        }
    }
}

/// Bills what processes that are gone left open by estimate.
pub(super) async fn close_left_open(
    settings: &Settings,
    database: &Database,
    tasks: &Tasks,
    node: NodeId,
) -> Result<(), Error> {
    let recovery = Recovery {
        ledger: Arc::new(database.clone()),
        logs: Arc::new(database.clone()),
        estimator: Arc::new(HeardEstimator),
        tasks: tasks.clone(),
        node,
    };
    match settings.database {
        settings::Database::Sqlite(_) => recovery.alone().await,
        settings::Database::Postgres(_) => recovery.among_others().await,
    }
}

/// The counters that nodes share, or those of this process.
pub(super) async fn counters(
    settings: &Settings,
    clock: &Arc<dyn Clock>,
) -> Result<Arc<dyn Counters>, RedisError> {
    Ok(match &settings.redis {
        Some(url) => Arc::new(RedisCounters::connect(url.reveal()).await?),
        None => Arc::new(MemoryCounters::new(Arc::clone(clock))),
    })
}
