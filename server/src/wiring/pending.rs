//! Skeleton: to be replaced by the real implementations.
use async_trait::async_trait;
use vertice_domain::{
    Actor, Provider, ProviderKey, QuotaStatus, Report, ReportQuery, ReportScope, Result, Timestamp, UserId,
    report::LedgerRow,
};
use vertice_ports::{ProviderKeys, Quota, Reports, provider_keys::PlainKey, quota::Reservation};
pub(super) struct Pending;
#[async_trait]
impl ProviderKeys for Pending {
    async fn list(&self, _: &Actor) -> Result<Vec<ProviderKey>> {
        Ok(Vec::new())
    }
    async fn set(&self, _: &Actor, _: Provider, _: &str) -> Result<ProviderKey> {
        todo!()
    }
    async fn delete(&self, _: &Actor, _: Provider) -> Result<()> {
        todo!()
    }
    async fn reveal(&self, _: UserId) -> Result<Vec<(Provider, PlainKey)>> {
        Ok(Vec::new())
    }
}
#[async_trait]
impl Quota for Pending {
    async fn status(&self, _: &Actor) -> Result<QuotaStatus> {
        todo!()
    }
    async fn reserve(&self, _: &Actor, _: &str, _: Option<u64>, _: u64) -> Result<Reservation> {
        Ok(Reservation::unlimited())
    }
}
#[async_trait]
impl Reports for Pending {
    async fn report(&self, _: &Actor, _: &ReportQuery) -> Result<Report> {
        todo!()
    }
    async fn rows(&self, _: &Actor, _: ReportScope, _: Timestamp, _: Timestamp) -> Result<Vec<LedgerRow>> {
        todo!()
    }
}
