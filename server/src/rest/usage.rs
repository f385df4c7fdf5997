//! What the caller may spend, and what was spent.

use std::sync::Arc;

use axum::{
    extract::State,
    response::{IntoResponse as _, Response},
};
use http::{HeaderValue, header};
use serde::{Deserialize, Serialize};
use vertice_domain::{
    Actor, Error, GroupBy, Page, PageRequest, QuotaStatus, ReportQuery, ReportRow, ReportScope, Result, Sums,
    Timestamp, report::ToolRow,
};
use vertice_ports::{Quota, Reports, Services};

use super::{ledger_csv, pages::by_key};
use crate::{
    error::Failure,
    extract::{Caller, Json, Query},
};

const DAY_MS: i64 = 24 * 60 * 60 * 1_000;
/// How far back a report goes unless the caller says otherwise.
const DEFAULT_DAYS: i64 = 30;

/// What the caller may spend today, and has spent. Tokens read from a prompt cache and those of models on the server's own
/// machine do not count.
#[utoipa::path(
    get, path = "/api/v1/users/me/quota", tag = "usage",
    responses((status = 200, body = QuotaStatus, description = "The day so far"))
)]
pub async fn quota(
    Caller(actor): Caller,
    State(quota): State<Arc<dyn Quota>>,
) -> Result<Json<QuotaStatus>, Failure> {
    Ok(Json(quota.status(&actor).await?))
}

/// Which report is wanted.
#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct UsageQuery {
    /// From this day (UTC) or moment on; 30 days before `to` unless said.
    #[param(example = "2026-11-01")]
    from: Option<String>,
    /// Up to this day (UTC), which is part of it, or up to this moment, which is not; to the end of today unless said.
    #[param(example = "2026-11-30")]
    to: Option<String>,
    /// What a row stands for; `day` unless said.
    #[param(inline)]
    group_by: Option<GroupBy>,
    /// Sums as JSON (unless said), or calls as CSV.
    #[param(inline)]
    format: Option<Format>,
    /// Rows on a page, 1 to 100; 100 unless said.
    #[param(minimum = 1, maximum = 100)]
    limit: Option<u32>,
    /// Where to go on: the `next_cursor` of the page before.
    cursor: Option<String>,
}

#[derive(Deserialize, Clone, Copy, PartialEq, Eq, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
enum Format {
    Json,
    Csv,
}

/// A report, in pages like every list; the total is that of all pages.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct UsageReport {
    items: Vec<ReportRow>,
    total: Sums,
    median_first_token_ms: Option<u64>,
    next_cursor: Option<String>,
}

/// What the caller has spent: sums, or as CSV every single call of the period, newest first, at most 10,000.
#[utoipa::path(
    get, path = "/api/v1/users/me/usage", tag = "usage", params(UsageQuery),
    responses((status = 200, description = "The report", content(
        (UsageReport = "application/json"), (String = "text/csv")
    )))
)]
pub async fn mine(
    Caller(actor): Caller,
    Query(query): Query<UsageQuery>,
    State(services): State<Services>,
) -> Result<Response, Failure> {
    report(&services, &actor, ReportScope::Mine, query).await
}

/// What everybody has spent (admins).
#[utoipa::path(
    get, path = "/api/v1/admin/usage", tag = "admin", params(UsageQuery),
    responses((status = 200, description = "The report", content(
        (UsageReport = "application/json"), (String = "text/csv")
    )))
)]
pub async fn everyone(
    Caller(actor): Caller,
    Query(query): Query<UsageQuery>,
    State(services): State<Services>,
) -> Result<Response, Failure> {
    report(&services, &actor, ReportScope::Everyone, query).await
}

async fn report(
    services: &Services,
    actor: &Actor,
    scope: ReportScope,
    query: UsageQuery,
) -> Result<Response, Failure> {
    let (from, to) = period(services, actor, query.from.as_deref(), query.to.as_deref()).await?;
    if query.format == Some(Format::Csv) {
        return csv(services.reports.as_ref(), actor, scope, from, to).await;
    }
    let page = PageRequest::new(query.limit.or(Some(PageRequest::MAX)), query.cursor)?;
    let group_by = query.group_by.unwrap_or(GroupBy::Day);
    let report = services.reports.report(actor, &ReportQuery { scope, from, to, group_by }).await?;
    let Page { items, next_cursor } = by_key(report.items, &page, |row| row.key.clone())?;
    let (total, median_first_token_ms) = (report.total, report.median_first_token_ms);
    Ok(Json(UsageReport { items, total, median_first_token_ms, next_cursor }).into_response())
}

/// Which tools are wanted.
#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ToolsQuery {
    /// From this day (UTC) or moment on; 30 days before `to` unless said.
    #[param(example = "2026-11-01")]
    from: Option<String>,
    /// Up to this day (UTC), which is part of it, or up to this moment, which is not; to the end of today unless said.
    #[param(example = "2026-11-30")]
    to: Option<String>,
    /// Rows on a page, 1 to 100; 100 unless said.
    #[param(minimum = 1, maximum = 100)]
    limit: Option<u32>,
    /// Where to go on: the `next_cursor` of the page before.
    cursor: Option<String>,
}

/// What tools were used for, the most used first: calls, failures, time, and about how many tokens their results were.
#[utoipa::path(
    get, path = "/api/v1/users/me/usage/tools", tag = "usage", params(ToolsQuery),
    responses((status = 200, body = Page<ToolRow>, description = "A page of tools"))
)]
pub async fn my_tools(
    Caller(actor): Caller,
    Query(query): Query<ToolsQuery>,
    State(services): State<Services>,
) -> Result<Json<Page<ToolRow>>, Failure> {
    tools(&services, &actor, ReportScope::Mine, query).await
}

/// What everybody used tools for (admins).
#[utoipa::path(
    get, path = "/api/v1/admin/usage/tools", tag = "admin", params(ToolsQuery),
    responses((status = 200, body = Page<ToolRow>, description = "A page of tools"))
)]
pub async fn everyones_tools(
    Caller(actor): Caller,
    Query(query): Query<ToolsQuery>,
    State(services): State<Services>,
) -> Result<Json<Page<ToolRow>>, Failure> {
    tools(&services, &actor, ReportScope::Everyone, query).await
}

async fn tools(
    services: &Services,
    actor: &Actor,
    scope: ReportScope,
    query: ToolsQuery,
) -> Result<Json<Page<ToolRow>>, Failure> {
    let (from, to) = period(services, actor, query.from.as_deref(), query.to.as_deref()).await?;
    let page = PageRequest::new(query.limit.or(Some(PageRequest::MAX)), query.cursor)?;
    let rows = services.reports.tools(actor, scope, from, to).await?;
    Ok(Json(by_key(rows, &page, |row| format!("{}/{}", row.server, row.tool))?))
}

/// The period that is asked for.
async fn period(
    services: &Services,
    actor: &Actor,
    from: Option<&str>,
    to: Option<&str>,
) -> Result<(Timestamp, Timestamp)> {
    // The end of the day that the quota counts.
    let tonight = services.quota.status(actor).await?.resets_at;
    let to = to.map(|text| moment("to", text, 1)).transpose()?.unwrap_or(tonight);
    let default_from = to.plus_millis(-DEFAULT_DAYS * DAY_MS);
    let from = from.map(|text| moment("from", text, 0)).transpose()?.unwrap_or(default_from);
    Ok((from, to))
}

/// A day (`2026-11-26`, UTC) or an RFC 3339 time. `days` are added to a day, so that `to` includes it.
fn moment(field: &str, text: &str, days: i64) -> Result<Timestamp> {
    let day = format!("{text}T00:00:00Z").parse::<Timestamp>().map(|begun| begun.plus_millis(days * DAY_MS));
    let wrong = "must be a day such as 2026-11-26, or a time such as 2026-11-26T10:00:00Z";
    day.or_else(|_| text.parse()).map_err(|_| Error::invalid_field(field, wrong))
}

async fn csv(
    reports: &dyn Reports,
    actor: &Actor,
    scope: ReportScope,
    from: Timestamp,
    to: Timestamp,
) -> Result<Response, Failure> {
    let rows = reports.rows(actor, scope, from, to).await?;
    let mut response = ledger_csv::write(&rows).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/csv; charset=utf-8"));
    let name = HeaderValue::from_static("attachment; filename=\"vertice-usage.csv\"");
    headers.insert(header::CONTENT_DISPOSITION, name);
    Ok(response)
}
