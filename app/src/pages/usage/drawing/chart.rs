//! Spend by day and model: stacked bars as inline SVG, and the same figures as a table for those who hear the page.

use std::collections::BTreeMap;

use leptos::prelude::*;
use vertice_domain::{Report, Usd};

use super::model_names;
use crate::pages::usage::period::View;
use crate::{
    chat::format,
    strings::{drawn, fill},
    ui::time::Day,
};

/// Models with a colour of their own; the rest share the last one.
const COLORS: usize = 4;
const WIDTH: i64 = 1_000;
const HEIGHT: i64 = 220;
/// Where the bars stand, above the days' names.
const FLOOR: i64 = 190;
/// Labels keep a readable size where the drawing is shrunk to a phone's width.
const LABEL: &str = "num text-[11px] max-md:text-[16px] max-sm:text-[28px]";

/// The dearest models, and each day's cost by model.
struct Stacks {
    models: Vec<String>,
    days: Vec<(Day, Vec<Usd>)>,
    highest: Usd,
}

impl Stacks {
    fn of(view: View, report: &Report) -> Self {
        let mut by_model: BTreeMap<&str, Usd> = BTreeMap::new();
        let split = report.items.iter().filter_map(|row| Some((row.key.split_once(' ')?, row.sums.cost_usd)));
        let split: Vec<_> = split.collect();
        for ((_, model), cost) in &split {
            *by_model.entry(model).or_default() += *cost;
        }
        let mut dearest: Vec<(&str, Usd)> = by_model.into_iter().collect();
        dearest.sort_by_key(|(_, cost)| std::cmp::Reverse(*cost));
        let models: Vec<String> = dearest.iter().take(COLORS).map(|(model, _)| (*model).to_owned()).collect();
        let parts = if dearest.len() > COLORS { COLORS + 1 } else { models.len() };
        let day = |(key, day): (String, Day)| {
            let mut costs = vec![Usd::ZERO; parts];
            for ((_, model), cost) in split.iter().filter(|((of, _), _)| *of == key) {
                let place = models.iter().position(|known| known == model).unwrap_or(COLORS);
                costs[place] += *cost;
            }
            (day, costs)
        };
        let days: Vec<_> = view.keys().into_iter().map(day).collect();
        let highest = days.iter().map(|(_, costs)| costs.iter().copied().sum()).max().unwrap_or(Usd::ZERO);
        Self { models, days, highest }
    }
}

#[component]
pub(super) fn Chart(view: View, report: Report) -> impl IntoView {
    let stacks = Stacks::of(view, &report);
    let names: Vec<String> = model_names(&stacks.models);
    let legend: Vec<String> = names
        .iter()
        .cloned()
        .chain((report_has_more(&stacks)).then(|| drawn().usage.other_models.to_owned()))
        .collect();
    let keys = legend.iter().enumerate().map(|(place, name)| {
        view! {
            <li class="inline-flex items-center gap-1.5">
                <span class="size-2 rounded-[2px]" style=format!("background:hsl(var(--chart-{}))", place + 1) aria-hidden="true"></span>
                {name.clone()}
            </li>
        }
    });
    let keys = keys.collect_view();
    let (top, middle) =
        (format::cost(stacks.highest), format::cost(Usd::from_nanos(stacks.highest.as_nanos() / 2)));
    view! {
        <section class="mt-10">
            <div class="flex flex-wrap items-center gap-x-4 gap-y-1">
                <h2 class="mr-auto text-sm font-medium">{drawn().usage.by_day}</h2>
                <ul class="flex flex-wrap gap-x-4 text-xs text-muted-foreground">{keys}</ul>
            </div>
            <svg
                class="mt-4 h-auto w-full overflow-visible"
                viewBox=format!("0 0 {WIDTH} {HEIGHT}")
                role="img"
                aria-labelledby="chart-title chart-text"
            >
                <title id="chart-title">{drawn().usage.by_day_model}</title>
                <desc id="chart-text">{fill(drawn().usage.highest, &[("cost", &top)])}</desc>
                <Grid top=top middle=middle />
                {bars(&stacks, &legend)}
            </svg>
            <Figures stacks=stacks legend=legend />
        </section>
    }
}

fn report_has_more(stacks: &Stacks) -> bool {
    stacks.days.first().is_some_and(|(_, costs)| costs.len() > stacks.models.len())
}

#[component]
fn Grid(top: String, middle: String) -> impl IntoView {
    let line = |y: i64, text: String| {
        view! {
            <line x1="0" x2=WIDTH y1=y y2=y stroke="hsl(var(--border))" stroke-width="1"></line>
            <text x="0" y=y - 4 fill="hsl(var(--muted-foreground))" class=LABEL>
                {text}
            </text>
        }
    };
    view! {
        {line(20, top)}
        {line((20 + FLOOR) / 2, middle)}
        <line x1="0" x2=WIDTH y1=FLOOR y2=FLOOR stroke="hsl(var(--border-strong))" stroke-width="1"></line>
    }
}

fn bars(stacks: &Stacks, legend: &[String]) -> impl IntoView + use<> {
    let count = i64::try_from(stacks.days.len()).unwrap_or(1).max(1);
    let step = (WIDTH - 60) / count;
    let width = (step * 6 / 10).max(2);
    let every = (count / 6).max(1);
    let highest = i128::from(stacks.highest.as_nanos().max(1));
    let bar = |(place, (day, costs)): (usize, &(Day, Vec<Usd>))| {
        let place = i64::try_from(place).unwrap_or_default();
        let x = 60 + place * step;
        let mut y = FLOOR;
        let mut parts = Vec::new();
        for (color, cost) in costs.iter().enumerate().filter(|(_, cost)| **cost > Usd::ZERO) {
            let scaled = i128::from(cost.as_nanos()) * i128::from(FLOOR - 20) / highest;
            let height = i64::try_from(scaled).unwrap_or_default().max(1);
            y -= height;
            let fill = format!("hsl(var(--chart-{}))", color + 1);
            parts.push(view! { <rect x=x y=y width=width height=height fill=fill rx="1"></rect> });
        }
        let told = costs.iter().zip(legend).filter(|(cost, _)| **cost > Usd::ZERO);
        let told: Vec<String> = told.map(|(cost, name)| format!("{name} {}", format::cost(*cost))).collect();
        let total: Usd = costs.iter().copied().sum();
        let tip = format!("{}: {}\n{}", day.name(), format::cost(total), told.join("\n"));
        let label = (place % every == 0).then(|| day.short_name());
        view! {
            <g>
                <title>{tip}</title>
                <rect x=x - (step - width) / 2 y="20" width=step height=FLOOR - 20 fill="transparent"></rect>
                {parts}
            </g>
            {label.map(|label| view! { <text x=x y=HEIGHT - 10 fill="hsl(var(--muted-foreground))" class=LABEL>{label}</text> })}
        }
    };
    stacks.days.iter().enumerate().map(bar).collect_view()
}

/// The chart's figures, for those who do not see it.
#[component]
fn Figures(stacks: Stacks, legend: Vec<String>) -> impl IntoView {
    let days = stacks.days.into_iter().filter(|(_, costs)| costs.iter().any(|cost| *cost > Usd::ZERO));
    let rows = days.map(|(day, costs)| {
        let cells = costs.into_iter().map(|cost| view! { <td>{format::cost(cost)}</td> }).collect_view();
        view! {
            <tr>
                <th scope="row">{day.name()}</th>
                {cells}
            </tr>
        }
    });
    view! {
        <table class="sr-only">
            <caption>{drawn().usage.by_day_model}</caption>
            <thead>
                <tr>
                    <th scope="col">{drawn().usage.day}</th>
                    {legend.into_iter().map(|name| view! { <th scope="col">{name}</th> }).collect_view()}
                </tr>
            </thead>
            <tbody>{rows.collect_view()}</tbody>
        </table>
    }
}
