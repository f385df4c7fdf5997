//! The page's content, as the server draws it.

mod chart;
mod table;
mod tiles;
mod tools;

use std::collections::BTreeMap;

use leptos::prelude::*;
use vertice_domain::{GroupBy, QuotaStatus, Report, ReportQuery, ReportScope, Role, report::ToolRow};

use super::period::{self, View};
use crate::{
    api::ApiError,
    chat::format,
    pages::frame::Present,
    ssr,
    strings::{drawn, fill, t},
    ui::{Icon, time},
};
use chart::Chart;
use table::Table;
use tiles::Tiles;

/// What people call the models, by their ids.
#[derive(Debug, Clone, Default)]
struct Names(BTreeMap<String, String>);

/// What was spent in a period.
struct Spent {
    /// By day and model.
    by_day: Report,
    /// By what was asked for.
    rows: Report,
    /// What tools were used for, the most used first.
    tools: Vec<ToolRow>,
}

/// Draws what this address asks for.
pub(crate) async fn draw(address: &str) -> Result<String, ApiError> {
    let (services, actor) = ssr::caller()?;
    let utc_offset_minutes = ssr::preferences().utc_offset_minutes;
    let now = services.clock.now();
    // Its words are ours, and need no decoding.
    let parameter = |name: &str| ssr::parameter(address, name).map(str::to_owned);
    let admin = actor.role == Role::Admin;
    let view = View::of(parameter, now, admin);
    let query = ReportQuery { scope: view.scope, from: view.from, to: view.to, group_by: view.group_by };
    let daily = ReportQuery { group_by: GroupBy::DayModel, ..query.clone() };
    let reports = &services.reports;
    let (quota, models, by_day, rows, tools) = futures::try_join!(
        services.quota.status(&actor),
        services.models.list(&actor),
        reports.report(&actor, &daily),
        reports.report(&actor, &query),
        reports.tools(&actor, query.scope, query.from, query.to),
    )?;
    let names = models.into_iter().map(|model| (model.id, model.name)).collect();
    provide_context(Names(names));
    provide_context(Present { now, utc_offset_minutes });
    let spent = Spent { by_day, rows, tools };
    Ok(view! {
        <Head view=view admin=admin />
        <Figures view=view quota=quota spent=spent />
    }
    .to_html())
}

/// What people call these models.
fn model_names(ids: &[String]) -> Vec<String> {
    let Names(names) = expect_context();
    ids.iter().map(|id| names.get(id).unwrap_or(id).clone()).collect()
}

#[component]
fn Head(view: View, admin: bool) -> impl IntoView {
    let Present { now, .. } = expect_context();
    let last = view.to.plus_millis(-1);
    let (from, to) = (time::date(view.from, now, 0), time::date(last, now, 0));
    let period = fill(drawn().usage.period_text, &[("from", &from), ("to", &to)]);
    let everyone = view.scope == ReportScope::Everyone;
    view! {
        <header class="flex flex-wrap items-center gap-x-4 gap-y-2">
            <h1 class="text-xl font-semibold">{t().common.usage}</h1>
            <p class="mr-auto text-sm text-muted-foreground">{period}</p>
            {admin
                .then(|| {
                    view! {
                        <nav class="seg" aria-label=drawn().usage.whose>
                            <Part href=view.with_scope(ReportScope::Mine).href() chosen=!everyone text=drawn().usage.mine />
                            <Part href=view.with_scope(ReportScope::Everyone).href() chosen=everyone text=drawn().usage.everyone />
                        </nav>
                    }
                })}
            <nav class="seg" aria-label=drawn().usage.period>
                {period::DAYS
                    .iter()
                    .map(|days| {
                        let text = drawn().usage.days.count(days.unsigned_abs());
                        view! { <Part href=view.with_days(*days).href() chosen=view.days == *days text=text /> }
                    })
                    .collect_view()}
            </nav>
            <a class="btn btn-outline btn-sm" href=view.csv() rel="external" download="vertice-usage.csv">
                {Icon::Download.svg("size-4")}
                {drawn().usage.export}
            </a>
        </header>
    }
}

/// One part of a choice that is a row of links.
#[component]
fn Part(href: String, chosen: bool, #[prop(into)] text: String) -> impl IntoView {
    view! {
        <a href=href aria-current=chosen.then_some("true")>
            {text}
        </a>
    }
}

#[component]
fn Figures(view: View, quota: QuotaStatus, spent: Spent) -> impl IntoView {
    let Spent { by_day, rows, tools } = spent;
    let empty = by_day.total.calls == 0;
    view! {
        {(view.scope == ReportScope::Mine).then(|| view! { <Quota quota=quota /> })}
        <Tiles total=by_day.total median=by_day.median_first_token_ms />
        {if empty {
            view! {
                <p class="mt-8 border-y py-8 text-center text-sm text-muted-foreground">
                    {drawn().usage.empty}
                </p>
            }
                .into_any()
        } else {
            view! {
                <Chart view=view report=by_day />
                <Table view=view report=rows />
                {tools::table(&tools)}
            }
                .into_any()
        }}
    }
}

/// The day's quota: a bar, and when it starts anew.
#[component]
fn Quota(quota: QuotaStatus) -> impl IntoView {
    let Present { now, utc_offset_minutes } = expect_context();
    let used = format::thousands(quota.tokens_used);
    let Some(limit) = quota.daily_limit else {
        return view! { <p class="mt-4 text-xs text-muted-foreground">{fill(drawn().usage.no_limit, &[("used", &used)])}</p> }.into_any();
    };
    let share = (quota.tokens_used.saturating_mul(100) / limit.max(1)).min(100);
    let color = if quota.is_exhausted() { "hsl(var(--destructive))" } else { "hsl(var(--primary))" };
    let date = time::date(quota.resets_at, now, utc_offset_minutes);
    let clock = time::clock(quota.resets_at, utc_offset_minutes);
    let reset = fill(t().composer.resets, &[("date", &date), ("time", &clock)]);
    let text = fill(drawn().usage.of_limit, &[("used", &used), ("limit", &format::thousands(limit))]);
    view! {
        <section class="mt-6 rounded-lg border p-4" aria-label=drawn().usage.quota>
            <p class="flex flex-wrap justify-between gap-x-4 text-sm">
                <span class="font-medium">{text.clone()}</span>
                <span class="text-xs text-muted-foreground">{reset}</span>
            </p>
            <div
                class="meter mt-2"
                role="progressbar"
                aria-label=drawn().usage.quota_used
                aria-valuemin="0"
                aria-valuemax="100"
                aria-valuenow=share.to_string()
                aria-valuetext=text
            >
                <i style=format!("width:{share}%;background:{color}")></i>
            </div>
        </section>
    }
    .into_any()
}
