//! The banner that says that the server is out of reach, once that has lasted a moment; or that nobody is signed in here
//! any more.

use std::time::Duration;

use leptos::prelude::*;
use leptos_router::hooks::use_location;

use crate::{
    feed::Feed,
    next::{Next, SIGN_IN},
    strings::t,
    ui::{Icon, browser},
};

/// How long the server must be out of reach before it is said.
const PATIENCE: Duration = Duration::from_secs(2);
/// How long it is said that all is well again.
const RELIEF: Duration = Duration::from_secs(3);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Fine,
    Away,
    Back,
}

#[component]
pub(super) fn OfflineBanner(
    /// Who knows whether the server answers.
    feed: Feed,
) -> impl IntoView {
    let state = RwSignal::new(State::Fine);
    let online = browser::online();
    let away = Memo::new(move |_| feed.offline.get() > 0 || !online.get());
    let still_away = away;
    Effect::new(move |_| {
        let away = away.get();
        leptos::task::spawn_local(async move {
            if away {
                browser::sleep(PATIENCE).await;
                if still_away.try_get_untracked() == Some(true) {
                    let _disposed = state.try_set(State::Away);
                }
            } else if state.try_get_untracked() == Some(State::Away) {
                let _disposed = state.try_set(State::Back);
                browser::sleep(RELIEF).await;
                if state.try_get_untracked() == Some(State::Back) {
                    let _disposed = state.try_set(State::Fine);
                }
            }
        });
    });
    view! {
        <div role="status" class="shrink-0">
            {move || match state.get() {
                State::Fine if feed.signed_out.get() => Some(view! { <SignedOut /> }.into_any()),
                State::Fine => None,
                State::Away => Some(
                    view! {
                        <div class="flex h-9 items-center justify-center gap-2 border-b border-warning/35 bg-warning/10 px-4 text-xs">
                            {Icon::WifiOff.svg("size-4 shrink-0 text-warning-text")}
                            <span class="truncate">
                                <span class="font-medium">{t().frame.reconnecting}</span>
                                " "
                                <span class="text-muted-foreground max-md:hidden">
                                    {t().frame.reconnecting_hint}
                                </span>
                            </span>
                        </div>
                    }
                        .into_any(),
                ),
                State::Back => Some(
                    view! {
                        <div class="flex h-9 items-center justify-center gap-2 border-b border-success/35 bg-success/10 px-4 text-xs">
                            {Icon::Check.svg("size-4 shrink-0 text-success-text")}
                            <span class="font-medium">{t().frame.back}</span>
                        </div>
                    }
                        .into_any(),
                ),
            }}
        </div>
    }
}

/// The way to sign in again, and back to this page. What was written stays as a draft.
#[component]
fn SignedOut() -> impl IntoView {
    let location = use_location();
    let address = move || Next::to(&location.pathname.get(), &location.search.get()).behind(SIGN_IN);
    view! {
        <div class="flex h-9 items-center justify-center gap-2 border-b border-warning/35 bg-warning/10 px-4 text-xs">
            {Icon::LogOut.svg("size-4 shrink-0 text-warning-text")}
            <span class="font-medium">{t().frame.signed_out}</span>
            <a href=address rel="external" class="font-medium text-primary-text underline">
                {t().common.sign_in}
            </a>
        </div>
    }
}
