//! The line under an answer: who wrote it, why, for how much and how long; it opens into the receipt.

use leptos::prelude::*;
use vertice_domain::{Intent, Message, RoutedBy, Usage, Usd, event::Candidate, message::Receipt as Told};

use super::{failed_over::over, format, state::use_chat};
use crate::{
    preferences::Preferences,
    strings::{fill, t},
    ui::{TierGlyph, time},
};

/// The line.
#[component]
pub(crate) fn Ledger(message: Message) -> impl IntoView {
    let chat = use_chat();
    let offset = use_context::<Preferences>().unwrap_or_default().utc_offset_minutes;
    let open = RwSignal::new(false);
    let expanded = move || if open.get() { "true" } else { "false" };
    let toggle = move |_| open.update(|open| *open = !*open);
    let receipt = message.receipt.clone().unwrap_or_default();
    let model = message.model.clone().unwrap_or_default();
    let (tier, local) = chat.glyph(&model);
    let usage = message.usage;
    let saved = usage.and_then(|usage| usage.saved_usd).filter(|saved| *saved > Usd::ZERO);
    let reason = (!receipt.reason.is_empty()).then(|| {
        view! {
            <button type="button" class="border-b border-dotted border-faint hover:text-foreground" aria-expanded=expanded on:click=toggle>
                {chip(&receipt, |id| chat.model_name(id))}
            </button>
        }
    });
    let told = StoredValue::new(receipt.clone());
    let (first, total) = (receipt.first_token_ms, receipt.total_ms);
    view! {
        <div class="flex flex-wrap items-center gap-x-4 gap-y-1 text-2xs text-muted-foreground">
            <button
                type="button"
                class="inline-flex items-center gap-1.5 text-foreground"
                aria-expanded=expanded
                on:click=toggle
            >
                <TierGlyph tier=tier local=local class="size-3.5" />
                <span class="text-xs font-medium">{chat.model_name(&model)}</span>
            </button>
            {reason}
            <span class="num ml-auto flex items-center gap-3">
                {usage.map(|usage| view! { <span>{price(usage)}</span> })}
                {saved.map(|saved| {
                    view! { <span class="text-success-text">{fill(t().ledger.saved, &[("cost", &format::cost(saved))])}</span> }
                })}
                {total.map(|total| view! { <span>{format::seconds(total)}</span> })}
                <time datetime=message.created_at.to_string()>{time::clock(message.created_at, offset)}</time>
            </span>
        </div>
        <Show when=move || open.get()>
            <Receipt usage=usage first_token_ms=first total_ms=total />
            <Routing told=told.get_value() usage=usage />
        </Show>
    }
}

fn price(usage: Usage) -> String {
    usage.cost_usd.map_or_else(|| t().figures.unpriced.to_owned(), format::cost)
}

/// Why this model, in two or three words. Answers of before this was told say their reason.
fn chip(told: &Told, name: impl Fn(&str) -> String) -> String {
    let intent = match told.intent {
        Some(Intent::Simple) | None => t().ledger.simple,
        Some(Intent::Code) => t().ledger.code,
        Some(Intent::Reasoning) => t().ledger.reasoning,
        Some(Intent::LongContext) => t().ledger.long_context,
        Some(Intent::Vision) => t().ledger.pictures,
        Some(Intent::Voice) => t().ledger.voice,
    };
    match told.routed_by {
        None => told.reason.clone(),
        // Whom the router had chosen before, nobody has chosen now.
        Some(RoutedBy::User) if told.reason.starts_with(t().ledger.same_again) => {
            t().ledger.same_again.to_owned()
        }
        Some(RoutedBy::User) => t().ledger.chosen.to_owned(),
        Some(RoutedBy::Router) => fill(t().ledger.routed, &[("intent", intent)]),
        Some(RoutedBy::Failover) => match over(told.routed_by, &told.candidates) {
            Some((from, _)) => fill(t().ledger.failed_over_from, &[("model", &name(from))]),
            None => t().ledger.failed_over.to_owned(),
        },
    }
}

/// How the prompt cache did, in one sentence.
fn cache(told: &Told, usage: Usage) -> String {
    let miss = told.cache_miss.as_deref().map(|why| format!(" {why}")).unwrap_or_default();
    if usage.cache_read_tokens == 0 {
        return fill(t().ledger.uncached, &[("miss", &miss)]);
    }
    let read = format::thousands(usage.cache_read_tokens);
    let saved = usage.saved_usd.filter(|saved| *saved > Usd::ZERO);
    match saved.map(format::cost) {
        Some(cost) => fill(t().ledger.cached_saved, &[("tokens", &read), ("cost", &cost), ("miss", &miss)]),
        None => fill(t().ledger.cached, &[("tokens", &read), ("miss", &miss)]),
    }
}

/// Why this model was asked, which others were weighed, and what the cache did.
#[component]
fn Routing(told: Told, usage: Option<Usage>) -> impl IntoView {
    let cached = usage.map(|usage| cache(&told, usage));
    let weighed = (told.candidates.len() > 1).then(|| {
        view! {
            <div class="mt-2">
                <p class="text-2xs text-muted-foreground">{t().ledger.weighed}</p>
                <ol class="mt-1 flex flex-wrap gap-x-4 gap-y-1 text-xs" aria-label=t().ledger.weighed_label>
                    {told.candidates.iter().map(|candidate| view! { <Weighed candidate=candidate.clone() /> }).collect_view()}
                </ol>
            </div>
        }
    });
    view! {
        <div class="mt-3 border-t pt-3">
            <p class="text-xs">{told.reason}</p>
            {cached.map(|text| view! { <p class="mt-1 text-xs text-muted-foreground">{text}</p> })}
            {weighed}
        </div>
    }
}

#[component]
fn Weighed(candidate: Candidate) -> impl IntoView {
    let chat = use_chat();
    let price = candidate.estimated_usd.map_or_else(|| t().figures.unpriced.to_owned(), format::estimate);
    let (tier, local) = chat.glyph(&candidate.model);
    view! {
        <li class="inline-flex items-center gap-1.5">
            <TierGlyph tier=tier local=local class="size-3.5" />
            {chat.model_name(&candidate.model)}
            <span class="num text-2xs text-muted-foreground">{price}</span>
        </li>
    }
}

/// The receipt: every figure with its name.
#[component]
fn Receipt(usage: Option<Usage>, first_token_ms: Option<u64>, total_ms: Option<u64>) -> impl IntoView {
    let unknown = || t().figures.unknown.to_owned();
    let tokens = |read: fn(&Usage) -> u64| {
        usage.as_ref().map_or_else(unknown, |usage| {
            format!("{}{}", if usage.estimated { "≈ " } else { "" }, format::thousands(read(usage)))
        })
    };
    let saved = usage.and_then(|usage| usage.saved_usd);
    let saved_class = if saved.is_some_and(|saved| saved > Usd::ZERO) {
        "num text-xs text-success-text"
    } else {
        "num text-xs"
    };
    let figures = [
        (t().ledger.input, tokens(|usage| usage.input_tokens), "num text-xs"),
        (t().ledger.cached_tokens, tokens(|usage| usage.cache_read_tokens), "num text-xs"),
        (t().ledger.output, tokens(|usage| usage.output_tokens), "num text-xs"),
        (t().ledger.cost, usage.map_or_else(unknown, price), "num text-xs"),
        (t().ledger.cache_saved, saved.map_or_else(unknown, format::cost), saved_class),
        (t().ledger.first_token, first_token_ms.map_or_else(unknown, format::seconds), "num text-xs"),
        (t().ledger.total, total_ms.map_or_else(unknown, format::seconds), "num text-xs"),
    ];
    view! {
        <dl class="mt-2 grid grid-cols-3 gap-x-4 gap-y-2 border-t pt-3 sm:grid-cols-7">
            {figures
                .into_iter()
                .map(|(name, figure, class)| {
                    view! {
                        <div>
                            <dt class="text-2xs text-muted-foreground">{name}</dt>
                            <dd class=class>{figure}</dd>
                        </div>
                    }
                })
                .collect_view()}
        </dl>
    }
}
