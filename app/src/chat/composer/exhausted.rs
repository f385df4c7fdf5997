//! The card above the composer when the day's quota is used up: how much it was, when it starts anew, and what can be asked
//! all the same. The composer below keeps what is written.

use std::time::Duration;

use leptos::prelude::*;
use vertice_domain::{ModelChoice, ModelInfo, Provider, QuotaStatus};

use crate::{
    chat::{
        format,
        state::{Chat, use_chat},
    },
    pages::frame::Present,
    quota::use_quota,
    strings::{fill, t},
    ui::{Button, ButtonSize, Icon, TierGlyph, browser, time},
};

/// From which part of the day's quota on, in percent, it is said how much is gone.
const WARN_FROM: u64 = 80;

/// How often it is looked whether there is something left again.
const ASK_AGAIN: Duration = Duration::from_secs(30);

/// What can be done all the same when the day's quota is used up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    /// A model of this machine can be asked, which costs nothing.
    Local,
    None,
}

/// Whether the chosen model costs nothing.
fn is_free(chat: Chat) -> bool {
    let ModelChoice::Named(id) = chat.composer.model.get() else { return false };
    chat.models.with(|models| models.iter().any(|model| model.id == id && model.provider == Provider::Local))
}

/// Whether nothing can be sent because the day's quota is used up, and what can be done about it.
pub(super) fn use_spent(chat: Chat) -> Memo<Option<Way>> {
    let quota = use_quota();
    let spent = Memo::new(move |_| {
        let spent = quota.get().is_some_and(|quota| quota.is_exhausted()) && !is_free(chat);
        let way = || chat.models.with(|models| local_model(models).map_or(Way::None, |_| Way::Local));
        spent.then(way)
    });
    // Nothing is sent meanwhile that would tell that there is something left again.
    let visible = browser::page_visible();
    Effect::new(move |_| {
        if spent.get().is_some() && visible.get() {
            let ask = move || quota.refresh();
            if let Ok(timer) = set_interval_with_handle(ask, ASK_AGAIN) {
                on_cleanup(move || timer.clear());
            }
        }
    });
    spent
}

/// The part of the day's quota that is gone, in percent, where that is worth a word.
fn nearly_spent(quota: &QuotaStatus) -> Option<u64> {
    let percent = quota.tokens_used.saturating_mul(100) / quota.daily_limit?.max(1);
    (percent >= WARN_FROM && !quota.is_exhausted()).then_some(percent.min(99))
}

/// The line that says that little is left of the day's quota.
#[component]
pub(super) fn AlmostSpent() -> impl IntoView {
    let chat = use_chat();
    let quota = use_quota();
    let Present { now, utc_offset_minutes } = expect_context();
    let nearly = Memo::new(move |_| {
        let quota = quota.get().filter(|_| !is_free(chat))?;
        Some((nearly_spent(&quota)?, quota.resets_at))
    });
    move || {
        let (percent, resets_at) = nearly.get()?;
        let date = time::date(resets_at, now, utc_offset_minutes);
        let at = time::clock(resets_at, utc_offset_minutes);
        Some(view! {
            <p class="mb-2 flex items-center gap-2 px-4 text-xs text-warning-text" role="status">
                {Icon::Gauge.svg("size-3.5 shrink-0")}
                <span>
                    {fill(t().composer.nearly_spent, &[("percent", &percent.to_string())])} " "
                    {fill(t().composer.resets, &[("date", &date), ("time", &at)])}
                </span>
            </p>
        })
    }
}

/// The card; nothing while something is left, or a model is chosen that costs nothing.
#[component]
pub(super) fn Exhausted() -> impl IntoView {
    let chat = use_chat();
    let quota = use_quota();
    let Present { now, utc_offset_minutes } = expect_context();
    let spent = Memo::new(move |_| quota.get().filter(|quota| quota.is_exhausted() && !is_free(chat)));
    move || {
        let quota = spent.get()?;
        let limit = format::thousands(quota.daily_limit.unwrap_or_default());
        let at = time::clock(quota.resets_at, utc_offset_minutes);
        let local = chat.models.with(|models| local_model(models).is_some());
        let date = time::date(quota.resets_at, now, utc_offset_minutes);
        Some(view! {
            <div
                class="mb-2 flex flex-wrap items-center gap-x-3 gap-y-2 rounded-lg border border-destructive/35 bg-destructive/5 px-4 py-3"
                role="status"
            >
                {Icon::Gauge.svg("size-5 shrink-0 text-destructive-text")}
                <div class="min-w-0 flex-1 basis-60">
                    <p class="text-sm font-medium">
                        {fill(t().composer.spent, &[("used", &format::thousands(quota.tokens_used)), ("limit", &limit)])}
                    </p>
                    <p class="text-xs text-muted-foreground">
                        {fill(t().composer.resets, &[("date", &date), ("time", &at)])}
                        {local.then_some(t().composer.local_free)}
                    </p>
                </div>
                <a class="btn btn-outline btn-sm" href="/usage">
                    {t().common.usage}
                </a>
                <LocalModel />
            </div>
        })
    }
}

fn local_model(models: &[ModelInfo]) -> Option<&ModelInfo> {
    models.iter().find(|model| model.available && model.provider == Provider::Local)
}

/// Chooses a model that runs on this machine, if there is one.
#[component]
fn LocalModel() -> impl IntoView {
    let chat = use_chat();
    let local = chat.models.with_untracked(|models| local_model(models).cloned());
    local.map(|model| {
        let choice = ModelChoice::Named(model.id.clone());
        let (tier, is_local) = chat.glyph(&model.id);
        view! {
            <Button size=ButtonSize::Small on_click=move |_| chat.composer.model.set(choice.clone())>
                <TierGlyph tier=tier local=is_local class="size-3.5" />
                {fill(t().composer.use_model, &[("model", &model.name)])}
            </Button>
        }
    })
}

#[cfg(test)]
mod tests {
    use vertice_domain::{Timestamp, Usd};

    use super::*;

    #[test]
    fn a_warning_comes_before_the_end_and_not_with_it() {
        let day = |used, limit: Option<u64>| QuotaStatus {
            tokens_used: used,
            tokens_remaining: limit.map(|limit| limit.saturating_sub(used)),
            daily_limit: limit,
            cost_usd: Usd::ZERO,
            resets_at: Timestamp::from_millis(0),
        };
        let told = |used, limit| nearly_spent(&day(used, limit));
        assert_eq!((told(799, Some(1_000)), told(800, Some(1_000))), (None, Some(80)));
        assert_eq!((told(999, Some(1_000)), told(1_000, Some(1_000))), (Some(99), None));
        assert_eq!((told(5_000, None), told(0, Some(0))), (None, None));
    }
}
