//! Every model with what it can and costs.

use leptos::prelude::*;
use vertice_domain::{ModelInfo, Tier};

use super::unknown;
use crate::{
    chat::{format, provider_name},
    pages::settings::Section,
    strings::{drawn, t},
};

pub(super) fn draw(models: Vec<ModelInfo>) -> String {
    let texts = &drawn().settings;
    view! {
        <Section title=t().settings.models purpose=texts.prices_purpose>
            <div class="overflow-x-auto border-y" tabindex="0" role="region" aria-label=t().settings.models>
                <table class="w-full text-xs">
                    <thead>
                        <tr class="text-left text-muted-foreground [&>th]:py-2 [&>th]:pr-4 [&>th]:font-medium">
                            <th scope="col">{texts.model}</th>
                            <th scope="col">{texts.tier}</th>
                            <th scope="col">{texts.window}</th>
                            <th scope="col">{texts.can}</th>
                            <th scope="col" class="text-right">{texts.in_out}</th>
                        </tr>
                    </thead>
                    <tbody>{models.into_iter().map(row).collect_view()}</tbody>
                </table>
            </div>
        </Section>
    }
    .to_html()
}

fn row(model: ModelInfo) -> AnyView {
    let texts = &drawn().settings;
    let tier = match model.tier {
        Tier::Fast => texts.fast,
        Tier::Balanced => texts.balanced,
        Tier::Powerful => texts.powerful,
    };
    let can = [(model.tools, texts.tools), (model.vision, texts.vision), (model.thinking, texts.thinking)];
    let can: Vec<&str> = can.into_iter().filter_map(|(can, word)| can.then_some(word)).collect();
    let price = match (model.input_usd_per_mtok, model.output_usd_per_mtok) {
        (Some(input), Some(output)) => format::per_million(input, output),
        _ => unknown(),
    };
    let class = if model.available { "border-t" } else { "border-t text-muted-foreground" };
    let unavailable = (!model.available).then_some(texts.not_available);
    view! {
        <tr class=format!("{class} [&>td]:py-2 [&>td]:pr-4")>
            <td>
                <span class="font-medium">{model.name}</span>
                <span class="text-muted-foreground">{format!(" {}", provider_name(model.provider))} {unavailable}</span>
            </td>
            <td>{tier}</td>
            <td class="num">{model.context_window.map_or_else(unknown, format::tokens_short)}</td>
            <td>{can.join(", ")}</td>
            <td class="num text-right whitespace-nowrap">{price}</td>
        </tr>
    }
    .into_any()
}
