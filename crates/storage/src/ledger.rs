//! The ledger: rows are added, never changed.

mod record;
mod report;
mod rows;

use async_trait::async_trait;
use vertice_domain::{Report, ReportQuery, Result, Timestamp, UserId, report::LedgerRow};
use vertice_ports::{
    Ledger,
    ledger::{LedgerEntry, Spent},
};

use crate::database::Database;

#[async_trait]
impl Ledger for Database {
    async fn record(&self, entry: LedgerEntry) -> Result<()> {
        Ok(record::insert(self, &entry).await?)
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
