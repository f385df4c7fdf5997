//! The user's own corner: who is signed in, and the menu behind it.

use leptos::prelude::*;
use vertice_domain::{Profile, QuotaStatus};

use crate::{
    api::account::sign_out,
    chat::format,
    next::SIGN_IN,
    quota::use_quota,
    strings::{fill, t},
    ui::{Icon, Menu, MenuItem, Placement, Toast, browser, theme::themes, use_theme, use_toasts},
};

/// The row at the sidebar's end.
#[component]
pub(super) fn UserRow(profile: Profile, initials: String) -> impl IntoView {
    let named = !profile.name.trim().is_empty();
    let name = if named { profile.name.trim().to_owned() } else { profile.email.to_string() };
    let email = named.then(|| profile.email.to_string());
    let quota = use_quota();
    let below = move || quota.get().and_then(spent).or_else(|| email.clone());
    let trigger = move || {
        view! {
            <span
                class="inline-grid size-7 shrink-0 place-items-center rounded-full bg-tint/10 text-2xs font-medium text-foreground"
                aria-hidden="true"
            >
                {initials.clone()}
            </span>
            <span class="min-w-0 flex-1">
                <span class="block truncate text-sm leading-4 font-medium">{name.clone()}</span>
                {
                    let below = below.clone();
                    move || {
                        below()
                            .map(|text| view! { <span class="num block truncate text-2xs text-muted-foreground">{text}</span> })
                    }
                }
            </span>
            {Icon::ChevronsUpDown.svg("!size-3.5")}
        }
    };
    view! {
        <div class="relative shrink-0 border-t px-2 pt-2 pb-[max(0.5rem,env(safe-area-inset-bottom))]">
            <QuotaBar />
            <Menu
                label=t().sidebar.account
                trigger=trigger
                trigger_class="menu-item !h-12"
                placement=Placement::AboveStart
                class="w-62"
            >
                <AccountItems />
            </Menu>
            <noscript inner_html=plain_links()></noscript>
        </div>
    }
}

/// The menu's pages, for browsers without scripts.
fn plain_links() -> String {
    let link = |href: &str, text: &str| format!(r#"<a class="menu-item" href="{href}">{text}</a>"#);
    link("/usage", t().common.usage) + &link("/settings", t().sidebar.settings_sign_out)
}

/// What was spent today, in a few words; none: nothing is limited.
fn spent(quota: QuotaStatus) -> Option<String> {
    let limit = quota.daily_limit?;
    let (used, limit) = (format::tokens_short(quota.tokens_used), format::tokens_short(limit));
    Some(fill(t().sidebar.spent, &[("used", &used), ("limit", &limit)]))
}

/// The day's quota as a thin line on the row's upper edge.
#[component]
fn QuotaBar() -> impl IntoView {
    let quota = use_quota();
    move || {
        let quota = quota.get()?;
        let share = (quota.tokens_used.saturating_mul(100) / quota.daily_limit?.max(1)).min(100);
        let color = match share {
            _ if quota.is_exhausted() => "bg-destructive",
            80.. => "bg-warning",
            _ => "bg-primary",
        };
        Some(view! {
            <span
                class=format!("absolute -top-px left-0 h-0.5 {color}")
                style=format!("width:{share}%")
                aria-hidden="true"
            ></span>
        })
    }
}

#[component]
fn AccountItems() -> impl IntoView {
    let toasts = use_toasts();
    let leave = move |()| {
        leptos::task::spawn_local(async move {
            match sign_out().await {
                Ok(()) => browser::leave_to(SIGN_IN),
                Err(error) => toasts.push(Toast::error(t().common.still_signed_in, error.to_string())),
            }
        });
    };
    view! {
        <MenuItem icon=Icon::Gauge href="/usage">
            {t().common.usage}
        </MenuItem>
        <MenuItem icon=Icon::Settings href="/settings">
            {t().common.settings}
        </MenuItem>
        <ThemeItems />
        <div role="separator" class="-mx-1 my-1 h-px bg-border"></div>
        <MenuItem icon=Icon::LogOut on_select=leave>
            {t().common.sign_out}
        </MenuItem>
    }
}

/// The themes, side by side; choosing one leaves the menu open, so that it can be seen.
#[component]
fn ThemeItems() -> impl IntoView {
    let theme = use_theme();
    let word = theme.word();
    view! {
        <div class="flex h-9 items-center gap-2 px-2">
            {Icon::SunMoon.svg("size-4 text-muted-foreground")}
            <span aria-hidden="true">{t().common.theme}</span>
            <span class="seg ml-auto" role="group" aria-label=t().common.theme>
                {themes()
                    .into_iter()
                    .map(|choice| {
                        view! {
                            <button
                                type="button"
                                role="menuitemradio"
                                tabindex="-1"
                                class="!px-1.5"
                                aria-label=choice.label
                                aria-checked=move || if word.get() == choice.value { "true" } else { "false" }
                                on:click=move |_| theme.choose(choice.value)
                            >
                                {choice.icon.map(|icon| icon.svg("size-4"))}
                            </button>
                        }
                    })
                    .collect_view()}
            </span>
        </div>
    }
}
