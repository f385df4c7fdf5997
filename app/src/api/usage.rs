//! What the user may spend, and what was spent.

use leptos::{prelude::*, server_fn::codec::Json};
use vertice_domain::{QuotaStatus, Report, ReportQuery};

use super::ApiError;

/// The user's day so far.
#[server(name = ReadQuota, prefix = "/api/ui", endpoint = "quota", input = Json, output = Json)]
pub async fn quota() -> Result<QuotaStatus, ApiError> {
    let (services, actor) = crate::ssr::caller()?;
    Ok(services.quota.status(&actor).await?)
}

/// A report over the ledger.
#[server(name = ReadReport, prefix = "/api/ui", endpoint = "usage-report", input = Json, output = Json)]
pub async fn report(query: ReportQuery) -> Result<Report, ApiError> {
    let (services, actor) = crate::ssr::caller()?;
    Ok(services.reports.report(&actor, &query).await?)
}
