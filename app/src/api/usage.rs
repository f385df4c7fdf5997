//! What the user may spend, and what was spent.

use leptos::{prelude::*, server_fn::codec::Json};
use vertice_domain::{QuotaStatus, Report, ReportQuery, report::ToolRow};

use super::ApiError;

/// The user's day so far.
#[server(name = ReadQuota, prefix = "/api/ui", endpoint = "quota", input = Json, output = Json)]
pub async fn quota() -> Result<QuotaStatus, ApiError> {
    let (services, actor) = crate::ssr::caller()?;
    Ok(services.quota.status(&actor).await?)
}

/// What was spent in a period.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Spent {
    /// By day and model.
    pub by_day: Report,
    /// By what was asked for.
    pub rows: Report,
    /// What tools were used for, the most used first.
    pub tools: Vec<ToolRow>,
}

/// Reports over the ledger.
#[server(name = ReadReport, prefix = "/api/ui", endpoint = "usage-report", input = Json, output = Json)]
pub async fn report(query: ReportQuery) -> Result<Spent, ApiError> {
    let (services, actor) = crate::ssr::caller()?;
    let reports = &services.reports;
    let daily = ReportQuery { group_by: vertice_domain::GroupBy::DayModel, ..query.clone() };
    let (by_day, rows, tools) = futures::try_join!(
        reports.report(&actor, &daily),
        reports.report(&actor, &query),
        reports.tools(&actor, query.scope, query.from, query.to),
    )?;
    Ok(Spent { by_day, rows, tools })
}
