//! The table: what was spent, by model, conversation, API token or user, dearest first.

use leptos::prelude::*;
use vertice_domain::{GroupBy, Report, ReportRow, ReportScope, Usd};

use super::{Part, model_names};
use crate::pages::usage::period::View;
use crate::{
    chat::format,
    strings::{drawn, t},
};

#[component]
pub(super) fn Table(view: View, report: Report) -> impl IntoView {
    let mut choices = vec![
        (drawn().usage.model, drawn().usage.by_model, GroupBy::Model),
        (drawn().usage.conversation, drawn().usage.by_conversation, GroupBy::Conversation),
        (drawn().usage.token, drawn().usage.by_token, GroupBy::Token),
    ];
    if view.scope == ReportScope::Everyone {
        choices.push((drawn().usage.user, drawn().usage.by_user, GroupBy::User));
    }
    let chosen = choices.iter().find(|(.., by)| *by == view.group_by);
    let (heading, title, _) = chosen.copied().unwrap_or(choices[0]);
    let parts = choices.into_iter().map(|(text, _, by)| {
        view! { <Part href=view.with_rows(by).href() chosen=view.group_by == by text=text /> }
    });
    let parts = parts.collect_view();
    let highest = report.items.iter().map(|row| row.sums.cost_usd).max().unwrap_or(Usd::ZERO);
    let rows = report.items.into_iter().map(|row| view! { <Row view=view row=row highest=highest /> });
    view! {
        <section class="mt-10">
            <div class="flex flex-wrap items-center gap-2">
                <h2 class="mr-auto text-sm font-medium">{title}</h2>
                <nav class="seg" aria-label=drawn().usage.rows>
                    {parts}
                </nav>
            </div>
            <div class="mt-3 overflow-x-auto" tabindex="0" role="region" aria-label=drawn().usage.table>
                <table class="w-full text-xs">
                    <thead>
                        <tr class="border-b text-right text-muted-foreground [&>th]:py-2 [&>th]:pl-4 [&>th]:font-medium">
                            <th scope="col" class="!pl-0 text-left">{heading}</th>
                            <th scope="col" class="max-sm:hidden">{drawn().usage.requests}</th>
                            <th scope="col">{drawn().usage.input}</th>
                            <th scope="col">{drawn().usage.output}</th>
                            <th scope="col" class="max-sm:hidden">{drawn().usage.cache_hit}</th>
                            <th scope="col">{drawn().usage.saved}</th>
                            <th scope="col" aria-sort="descending">{drawn().usage.spend}</th>
                        </tr>
                    </thead>
                    <tbody>{rows.collect_view()}</tbody>
                </table>
            </div>
        </section>
    }
}

#[component]
fn Row(view: View, row: ReportRow, highest: Usd) -> impl IntoView {
    let ReportRow { key, label, sums } = row;
    let name = match (view.group_by, key.as_str()) {
        (GroupBy::Conversation, "none") => drawn().usage.no_conversation.to_owned(),
        (GroupBy::Token, "none") => drawn().usage.in_browser.to_owned(),
        (GroupBy::Model, _) => model_names(&[key]).pop().unwrap_or_default(),
        (_, _) => label.unwrap_or(key),
    };
    let input = sums.input_tokens + sums.cache_read_tokens + sums.cache_write_tokens;
    let hit = (input > 0).then(|| sums.cache_read_tokens * 100 / input);
    let share = super::tiles::percent(sums.cost_usd, highest).unwrap_or(0);
    let spend = if sums.unpriced_calls == sums.calls && sums.calls > 0 {
        t().figures.unpriced.to_owned()
    } else {
        format::cost(sums.cost_usd)
    };
    let saved_class = if sums.saved_usd > Usd::ZERO { "num text-success-text" } else { "num" };
    view! {
        <tr class="border-b text-right [&>td]:py-3 [&>td]:pl-4">
            <td class="max-w-72 truncate max-sm:max-w-32 !pl-0 text-left font-medium">{name}</td>
            <td class="num max-sm:hidden">{format::thousands(sums.calls)}</td>
            <td class="num">{format::tokens_short(input)}</td>
            <td class="num">{format::tokens_short(sums.output_tokens)}</td>
            <td class="num max-sm:hidden">{hit.map_or_else(|| drawn().usage.none.to_owned(), |hit| format!("{hit}%"))}</td>
            <td class=saved_class>{format::cost(sums.saved_usd)}</td>
            <td class="num whitespace-nowrap">
                {spend}
                <span class="meter ml-3 inline-block w-16 align-middle max-sm:hidden" aria-hidden="true">
                    <i style=format!("width:{share}%")></i>
                </span>
            </td>
        </tr>
    }
}
