//! The four figures at the top.

use leptos::prelude::*;
use vertice_domain::{Sums, Usd};

use crate::chat::format;

#[component]
pub(super) fn Tiles(total: Sums, median: Option<u64>) -> impl IntoView {
    let input = total.input_tokens + total.cache_read_tokens + total.cache_write_tokens;
    let uncached = total.cost_usd + total.saved_usd;
    let share = percent(total.saved_usd, uncached);
    let unpriced = match total.unpriced_calls {
        0 => "All calls have a known price.".to_owned(),
        1 => "1 call at an unknown price is left out.".to_owned(),
        calls => format!("{calls} calls at an unknown price are left out."),
    };
    let saved = share.map_or_else(
        || "Nothing was cached.".to_owned(),
        |share| format!("{share}% of what uncached calls would cost"),
    );
    let saved_class = if total.saved_usd > Usd::ZERO { "text-success-text" } else { "" };
    let tokens =
        format!("{} in, {} out", format::tokens_short(input), format::tokens_short(total.output_tokens));
    let calls = format!(
        "{} requests, {} failed, {} failed over",
        format::thousands(total.calls),
        format::thousands(total.failed_calls),
        format::thousands(total.failover_calls),
    );
    view! {
        <dl class="mt-6 grid grid-cols-2 gap-x-6 gap-y-5 lg:grid-cols-4 lg:divide-x [&>div]:lg:pl-6 [&>div:first-child]:lg:pl-0">
            <Tile name="Spend" figure=format::cost(total.cost_usd) text=unpriced />
            <Tile name="Saved by cache" figure=format::cost(total.saved_usd) text=saved class=saved_class />
            <Tile name="Tokens" figure=format::tokens_short(input + total.output_tokens) text=tokens />
            <Tile
                name="First token, median"
                figure=median.map_or_else(|| "n/a".to_owned(), format::seconds)
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
