//! The four figures at the top.

use leptos::prelude::*;
use vertice_domain::{Sums, Usd};

use crate::{
    chat::format,
    strings::{drawn, fill},
};

#[component]
pub(super) fn Tiles(total: Sums, median: Option<u64>) -> impl IntoView {
    let input = total.input_tokens + total.cache_read_tokens + total.cache_write_tokens;
    let uncached = total.cost_usd + total.saved_usd;
    let share = percent(total.saved_usd, uncached);
    let unpriced = match total.unpriced_calls {
        0 => drawn().usage.priced.to_owned(),
        calls => drawn().usage.unpriced.count(calls),
    };
    let saved = share.map_or_else(
        || drawn().usage.nothing_cached.to_owned(),
        |share| fill(drawn().usage.share, &[("share", &share.to_string())]),
    );
    let saved_class = if total.saved_usd > Usd::ZERO { "text-success-text" } else { "" };
    let (input_short, output) = (format::tokens_short(input), format::tokens_short(total.output_tokens));
    let tokens = fill(drawn().usage.in_out, &[("input", &input_short), ("output", &output)]);
    let calls = fill(
        drawn().usage.calls,
        &[
            ("calls", &format::thousands(total.calls)),
            ("failed", &format::thousands(total.failed_calls)),
            ("over", &format::thousands(total.failover_calls)),
        ],
    );
    view! {
        <dl class="mt-6 grid grid-cols-2 gap-x-6 gap-y-5 lg:grid-cols-4 lg:divide-x [&>div]:lg:pl-6 [&>div:first-child]:lg:pl-0">
            <Tile name=drawn().usage.spend figure=format::cost(total.cost_usd) text=unpriced />
            <Tile name=drawn().usage.cache_saved figure=format::cost(total.saved_usd) text=saved class=saved_class />
            <Tile name=drawn().usage.tokens figure=format::tokens_short(input + total.output_tokens) text=tokens />
            <Tile
                name=drawn().usage.first_token
                figure=median.map_or_else(|| drawn().usage.none.to_owned(), format::seconds)
                text=calls
            />
        </dl>
    }
}

/// What part of `whole` that is, in percent; none: of nothing.
pub(super) fn percent(part: Usd, whole: Usd) -> Option<i64> {
    (whole > Usd::ZERO).then(|| part.as_nanos().saturating_mul(100) / whole.as_nanos())
}

#[component]
fn Tile(
    name: &'static str,
    figure: String,
    text: String,
    #[prop(optional)] class: &'static str,
) -> impl IntoView {
    view! {
        <div>
            <dt class="text-xs text-muted-foreground">{name}</dt>
            <dd class=format!("num mt-1 text-2xl {class}")>{figure}</dd>
            <dd class="mt-1 text-xs text-muted-foreground">{text}</dd>
        </div>
    }
}
