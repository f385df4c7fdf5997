//! Reports over the ledger: who may see which.

use std::sync::Arc;

use async_trait::async_trait;
use vertice_domain::{
    Action, Actor, GroupBy, Report, ReportQuery, ReportScope, Result, Timestamp, UserId, report::LedgerRow,
};
use vertice_ports::{Ledger, Reports};

/// The most calls that are listed at once.
const MAX_ROWS: u32 = 10_000;

/// Reports over a ledger.
pub struct LedgerReports(Arc<dyn Ledger>);

impl LedgerReports {
    /// Reports over `ledger`.
    pub fn new(ledger: Arc<dyn Ledger>) -> Self {
        Self(ledger)
    }
}

/// Whose calls are looked at; none: everybody's.
fn user(actor: &Actor, scope: ReportScope) -> Result<Option<UserId>> {
    match scope {
        ReportScope::Mine => actor.may(Action::ReadUsage).map(|()| Some(actor.user)),
        ReportScope::Everyone => actor.may(Action::ReadEverybody).map(|()| None),
    }
}

#[async_trait]
impl Reports for LedgerReports {
    async fn report(&self, actor: &Actor, query: &ReportQuery) -> Result<Report> {
        let user = user(actor, query.scope)?;
        query.validate()?;
        self.0.report(user, query).await
    }

    async fn rows(
        &self,
        actor: &Actor,
        scope: ReportScope,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Vec<LedgerRow>> {
        let user = user(actor, scope)?;
        ReportQuery { scope, from, to, group_by: GroupBy::Day }.validate()?;
        self.0.rows(user, from, to, MAX_ROWS).await
    }
}
