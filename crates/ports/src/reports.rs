//! What was spent, for users and admins.

use async_trait::async_trait;
use vertice_domain::{
    Actor, Report, ReportQuery, ReportScope, Result, Timestamp,
    report::{LedgerRow, ToolRow},
};

/// Reports over the ledger.
#[async_trait]
pub trait Reports: Send + Sync {
    /// Sums by group. Everybody's calls: admins only (`admin_only`).
    async fn report(&self, actor: &Actor, query: &ReportQuery) -> Result<Report>;

    /// The calls of a period themselves, newest first, at most 10,000.
    async fn rows(
        &self,
        actor: &Actor,
        scope: ReportScope,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Vec<LedgerRow>>;

    /// What each tool was used for in a period, the most used first, at most 10,000.
    async fn tools(
        &self,
        actor: &Actor,
        scope: ReportScope,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Vec<ToolRow>>;
}
