//! The ledger: a row is added before its call is made and changed once, when the call has ended.

mod record;
mod report;
mod rows;
mod tools;

use async_trait::async_trait;
use vertice_domain::{
    CallId, Report, ReportQuery, Result, Timestamp, UserId,
    report::{LedgerRow, ToolRow},
};
use vertice_ports::{
    Ledger, ToolLedger,
    ledger::{Gone, LedgerEntry, Spent, ToolUse},
};

use crate::database::Database;

#[async_trait]
impl Ledger for Database {
    async fn enter(&self, calls: &[LedgerEntry]) -> Result<()> {
        Ok(record::enter(self, calls).await?)
    }

    async fn withdraw(&self, calls: &[CallId]) -> Result<()> {
        Ok(record::withdraw(self, calls).await?)
    }

    async fn left_open(&self, of: Gone, limit: u32) -> Result<Vec<LedgerEntry>> {
        Ok(record::left_open(self, of, limit).await?)
    }

    async fn close_open(&self, of: Gone) -> Result<u64> {
        Ok(record::close_open(self, of).await?)
    }

    async fn spent(&self, user: UserId, model: Option<&str>, since: Timestamp) -> Result<Spent> {
        Ok(report::spent(self, user, model, since).await?)
    }

    async fn report(&self, user: Option<UserId>, query: &ReportQuery) -> Result<Report> {
        Ok(report::report(self, user, query).await?)
    }

    async fn rows(
        &self,
        user: Option<UserId>,
        from: Timestamp,
        to: Timestamp,
        limit: u32,
    ) -> Result<Vec<LedgerRow>> {
        Ok(rows::rows(self, user, (from, to), limit).await?)
    }
}

#[async_trait]
impl ToolLedger for Database {
    async fn enter_use(&self, used: ToolUse) -> Result<()> {
        Ok(tools::enter(self, used).await?)
    }

    async fn tools(
        &self,
        user: Option<UserId>,
        from: Timestamp,
        to: Timestamp,
        limit: u32,
    ) -> Result<Vec<ToolRow>> {
        Ok(tools::report(self, user, (from, to), limit).await?)
    }
}
