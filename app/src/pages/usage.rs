//! Usage: what was spent, saved and may still be spent; by day and model, with the table behind it. All of it is in the
//! address, so that it works without JavaScript too.

mod chart;
mod period;
mod table;
mod tiles;
mod tools;

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;
use vertice_domain::{ModelInfo, QuotaStatus, ReportQuery, ReportScope};

use super::frame::{Headline, Present};
use crate::{
    api::{
        ApiError,
        account::Site,
        models::models,
        usage::{Spent, quota, report},
    },
    chat::{format, use_chat},
    strings::{fill, t},
    ui::{Icon, Notice, time},
};
use chart::Chart;
use period::View;
use table::Table;
use tiles::Tiles;

/// All that the page shows.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
struct Loaded {
    quota: QuotaStatus,
    spent: Spent,
    /// What people call the models; none: the page knows it already.
    models: Option<Vec<ModelInfo>>,
}

/// Asks for everything at once: the server may throw a first drawing of the page away, and with it the request that a
/// later question would need.
async fn load(view: View, models_known: bool) -> Result<Loaded, ApiError> {
    let query = ReportQuery { scope: view.scope, from: view.from, to: view.to, group_by: view.group_by };
    let names = async { if models_known { Ok(None) } else { models().await.map(Some) } };
    let (quota, spent, models) = futures::try_join!(quota(), report(query), names)?;
    Ok(Loaded { quota, spent, models })
}

/// `/usage`.
#[component]
pub fn Usage() -> impl IntoView {
    let site = expect_context::<Signal<Site>>();
    let present: Present = expect_context();
    let query = use_query_map();
    let Headline(headline) = expect_context();
    Effect::new(move |_| headline.set(t().common.usage.to_owned()));
    let view = Memo::new(move |_| {
        let admin = site.with(Site::is_admin);
        query.with(|query| View::of(|name| query.get(name), present.now, admin))
    });
    let chat = use_chat();
    let loaded = Resource::new_blocking(
        move || view.get(),
        move |view| load(view, !chat.models.with_untracked(Vec::is_empty)),
    );
    let content = move || {
        Suspend::new(async move {
            match loaded.await {
                Ok(mut loaded) => {
                    if let Some(models) = loaded.models.take() {
                        chat.models.set(models);
                    }
                    view! { <Figures view=view.get_untracked() loaded=loaded /> }.into_any()
                }
                Err(error) => view! { <Notice title=t().usage.unread text=error.to_string() /> }.into_any(),
            }
        })
    };
    view! {
        <Title text=t().common.usage />
        <div class="min-h-0 flex-1 overflow-y-auto px-4 pt-4 pb-12 lg:px-10 lg:pt-8">
            <div class="mx-auto w-full max-w-[1100px]">
                {move || view! { <Head view=view.get() admin=site.with(Site::is_admin) /> }}
                <Transition fallback=|| view! { <p class="mt-6 text-xs text-muted-foreground">{t().usage.adding}</p> }>
                    {content}
                </Transition>
            </div>
        </div>
    }
}

#[component]
fn Head(view: View, admin: bool) -> impl IntoView {
    let Present { now, .. } = expect_context();
    let last = view.to.plus_millis(-1);
    let (from, to) = (time::date(view.from, now, 0), time::date(last, now, 0));
    let period = fill(t().usage.period_text, &[("from", &from), ("to", &to)]);
    let everyone = view.scope == ReportScope::Everyone;
    view! {
        <header class="flex flex-wrap items-center gap-x-4 gap-y-2">
            <h1 class="text-xl font-semibold">{t().common.usage}</h1>
            <p class="mr-auto text-sm text-muted-foreground">{period}</p>
            {admin
                .then(|| {
                    view! {
                        <nav class="seg" aria-label=t().usage.whose>
                            <Part href=view.with_scope(ReportScope::Mine).href() chosen=!everyone text=t().usage.mine />
                            <Part href=view.with_scope(ReportScope::Everyone).href() chosen=everyone text=t().usage.everyone />
                        </nav>
                    }
                })}
            <nav class="seg" aria-label=t().usage.period>
                {period::DAYS
                    .iter()
                    .map(|days| {
                        let text = t().usage.days.count(days.unsigned_abs());
                        view! { <Part href=view.with_days(*days).href() chosen=view.days == *days text=text /> }
                    })
                    .collect_view()}
            </nav>
            <a class="btn btn-outline btn-sm" href=view.csv() rel="external" download="vertice-usage.csv">
                {Icon::Download.svg("size-4")}
                {t().usage.export}
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
fn Figures(view: View, loaded: Loaded) -> impl IntoView {
    let Loaded { quota, spent: Spent { by_day, rows, tools }, models: _ } = loaded;
    let empty = by_day.total.calls == 0;
    view! {
        {(view.scope == ReportScope::Mine).then(|| view! { <Quota quota=quota /> })}
        <Tiles total=by_day.total median=by_day.median_first_token_ms />
        {if empty {
            view! {
                <p class="mt-8 border-y py-8 text-center text-sm text-muted-foreground">
                    {t().usage.empty}
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
        return view! { <p class="mt-4 text-xs text-muted-foreground">{fill(t().usage.no_limit, &[("used", &used)])}</p> }.into_any();
    };
    let share = (quota.tokens_used.saturating_mul(100) / limit.max(1)).min(100);
    let color = if quota.is_exhausted() { "hsl(var(--destructive))" } else { "hsl(var(--primary))" };
    let date = time::date(quota.resets_at, now, utc_offset_minutes);
    let clock = time::clock(quota.resets_at, utc_offset_minutes);
    let reset = fill(t().composer.resets, &[("date", &date), ("time", &clock)]);
    let text = fill(t().usage.of_limit, &[("used", &used), ("limit", &format::thousands(limit))]);
    view! {
        <section class="mt-6 rounded-lg border p-4" aria-label=t().usage.quota>
            <p class="flex flex-wrap justify-between gap-x-4 text-sm">
                <span class="font-medium">{text.clone()}</span>
                <span class="text-xs text-muted-foreground">{reset}</span>
            </p>
            <div
                class="meter mt-2"
                role="progressbar"
                aria-label=t().usage.quota_used
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
