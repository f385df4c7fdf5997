//! What tools were used for: how often, how long, and how much they gave the models to read.

use leptos::prelude::*;
use vertice_domain::report::ToolRow;

use crate::{chat::format, strings::drawn};

/// Nothing, where no tool was used.
pub(super) fn table(tools: &[ToolRow]) -> AnyView {
    if tools.is_empty() {
        return ().into_any();
    }
    let texts = &drawn().usage;
    let heads = [texts.tool_calls, texts.failed_calls, texts.average_time, texts.result_tokens];
    let heads = heads.map(|text| view! { <th scope="col">{text}</th> }.into_any());
    let rows: Vec<AnyView> = tools.iter().map(row).collect();
    view! {
        <section class="mt-10">
            <h2 class="text-sm font-medium">{texts.tools}</h2>
            <div class="mt-3 overflow-x-auto" tabindex="0" role="region" aria-label=texts.tools>
                <table class="w-full text-xs">
                    <thead>
                        <tr class="border-b text-right text-muted-foreground [&>th]:py-2 [&>th]:pl-4 [&>th]:font-medium">
                            <th scope="col" class="!pl-0 text-left">{texts.tool}</th>
                            {heads.into_iter().collect_view()}
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
        </section>
    }
    .into_any()
}

fn row(used: &ToolRow) -> AnyView {
    let name =
        if used.server.is_empty() { used.tool.clone() } else { format!("{} · {}", used.server, used.tool) };
    let average = format::seconds(used.duration_ms / used.calls.max(1));
    let figures = [
        format::thousands(used.calls),
        format::thousands(used.failed_calls),
        average,
        format::tokens_short(used.result_tokens),
    ];
    let figures = figures.map(|text| view! { <td class="num">{text}</td> }.into_any());
    view! {
        <tr class="border-b text-right [&>td]:py-3 [&>td]:pl-4">
            <td class="max-w-72 truncate max-sm:max-w-32 !pl-0 text-left font-medium">{name}</td>
            {figures.into_iter().collect_view()}
        </tr>
    }
    .into_any()
}
