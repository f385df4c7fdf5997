//! The card above the composer when the day's quota is used up: how much it was, when it starts anew, and what can be asked
//! all the same. The composer below keeps what is written.

use leptos::prelude::*;
use vertice_domain::{ModelChoice, ModelInfo, Provider};

use crate::{
    chat::{format, state::use_chat},
    pages::frame::Present,
    quota::use_quota,
    strings::{fill, t},
    ui::{Button, ButtonSize, Icon, TierGlyph, time},
};

/// The card; nothing while something is left, or a model is chosen that costs nothing.
#[component]
pub(super) fn Exhausted() -> impl IntoView {
    let chat = use_chat();
    let quota = use_quota();
    let Present { now, utc_offset_minutes } = expect_context();
    let is_local = move |id: &str| {
        chat.models
            .with(|models| models.iter().any(|model| model.id == id && model.provider == Provider::Local))
    };
    let spent = Memo::new(move |_| {
        let free = matches!(chat.composer.model.get(), ModelChoice::Named(id) if is_local(&id));
        quota.get().filter(|quota| quota.is_exhausted() && !free)
    });
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
