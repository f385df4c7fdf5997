//! Reports over the ledger: who may see which.

use std::sync::Arc;

use async_trait::async_trait;
use vertice_domain::{
    Action, Actor, GroupBy, Report, ReportQuery, ReportScope, Result, Timestamp, UserId,
    report::{LedgerRow, ToolRow},
};
use vertice_ports::{Ledger, Reports, ToolLedger};

/// The most calls that are listed at once.
const MAX_ROWS: u32 = 10_000;

/// Reports over a ledger.
pub struct LedgerReports {
    calls: Arc<dyn Ledger>,
    tools: Arc<dyn ToolLedger>,
}

impl LedgerReports {
    pub fn new(calls: Arc<dyn Ledger>, tools: Arc<dyn ToolLedger>) -> Self {
        Self { calls, tools }
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
        self.calls.report(user, query).await
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
        self.calls.rows(user, from, to, MAX_ROWS).await
    }

    async fn tools(
        &self,
        actor: &Actor,
        scope: ReportScope,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Vec<ToolRow>> {
        let user = user(actor, scope)?;
        ReportQuery { scope, from, to, group_by: GroupBy::Day }.validate()?;
        self.tools.tools(user, from, to, MAX_ROWS).await
    }
}
