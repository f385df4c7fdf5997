//! Counts down until it is worth trying again, and then tries by itself: a few times in a row, never unseen, and not if the
//! user would rather not.

use std::time::Duration;

use leptos::{prelude::*, task::spawn_local};
use vertice_domain::Timestamp;

use crate::{
    chat::{entry::Entry, state::use_chat},
    strings::{fill, t},
    ui::{Button, ButtonKind, ButtonSize, browser},
};

/// The longest wait (seconds) after which an answer is asked for by itself: later than that nobody expects it.
const LONGEST_WAIT: u64 = 120;
/// How long it is looked whether another window has done so, up to twice as long.
const LOOK: Duration = Duration::from_millis(500);
/// The ring's length, 2π · 15.
const RING: u64 = 94;

/// The seconds from `now` to `due`, counted up.
fn left(now: Timestamp, due: Timestamp) -> u64 {
    u64::try_from((due.as_millis() - now.as_millis() + 999) / 1_000).unwrap_or_default()
}

/// The ring, what happens at its end, and the way not to have that.
#[component]
pub(super) fn Countdown(entry: Entry, seconds: u64) -> impl IntoView {
    let chat = use_chat();
    let wait = i64::try_from(seconds).unwrap_or(i64::MAX).saturating_mul(1_000);
    let due = Timestamp::from_millis(browser::now().as_millis().saturating_add(wait));
    let remaining = RwSignal::new(seconds);
    let retries = RwSignal::new(seconds <= LONGEST_WAIT && chat.turn.may_retry());
    Effect::new(move |_| {
        let tick = move || {
            let now = left(browser::now(), due);
            if remaining.try_get_untracked().is_none_or(|before| before == now) {
                return;
            }
            remaining.set(now);
            match now {
                0 if !retries.get_untracked() => chat.announcer.announce(t().ending.worth),
                10 | 30 => chat.announcer.announce(fill(t().ending.left, &[("count", &now.to_string())])),
                _ => {}
            }
        };
        if let Ok(timer) = set_interval_with_handle(tick, Duration::from_secs(1)) {
            on_cleanup(move || timer.clear());
        }
    });
    let visible = browser::page_visible();
    Effect::new(move |_| {
        // Nobody's tokens are spent on a page that nobody looks at.
        if remaining.get() == 0 && visible.get() && retries.get() {
            let entry = entry.clone();
            spawn_local(async move {
                // Another window may have done so already: then this answer is replaced in a moment.
                browser::sleep(LOOK + LOOK.mul_f64(browser::random())).await;
                if retries.try_get_untracked() == Some(true) && visible.try_get_untracked() == Some(true) {
                    retries.set(false);
                    chat.retry_by_itself(&entry);
                }
            });
        }
    });
    let text = move || match (retries.get(), remaining.get()) {
        (false, _) => None,
        (true, 0) => (!visible.get()).then(|| t().ending.retries_when_seen.to_owned()),
        (true, now) => Some(fill(t().ending.retries_in, &[("count", &now.to_string())])),
    };
    let offset = move || (RING - RING * remaining.get().min(seconds) / seconds.max(1)).to_string();
    view! {
        <Show when=move || (remaining.get() > 0) || retries.get()>
            <div class="flex w-full items-center gap-3">
                <span
                    class="relative grid size-9 shrink-0 place-items-center"
                    role="timer"
                    aria-label=move || fill(t().ending.left, &[("count", &remaining.get().to_string())])
                >
                    <svg class="absolute inset-0 size-9 -rotate-90" viewBox="0 0 36 36" fill="none" aria-hidden="true">
                        <circle cx="18" cy="18" r="15" stroke="hsl(var(--border-strong))" stroke-width="2"></circle>
                        <circle
                            cx="18"
                            cy="18"
                            r="15"
                            stroke="hsl(var(--warning))"
                            stroke-width="2"
                            stroke-dasharray=RING.to_string()
                            stroke-dashoffset=offset
                        ></circle>
                    </svg>
                    <span class="num text-2xs">{move || remaining.get()}</span>
                </span>
                <p class="min-w-0 flex-1 text-xs text-muted-foreground">{text}</p>
                <Show when=move || retries.get()>
                    <Button
                        kind=ButtonKind::Ghost
                        size=ButtonSize::Small
                        on_click=move |_| retries.set(false)
                    >
                        {t().common.cancel}
                    </Button>
                </Show>
            </div>
        </Show>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_that_has_begun_counts() {
        let at = Timestamp::from_millis;
        assert_eq!((left(at(0), at(2_000)), left(at(1), at(2_000)), left(at(1_999), at(2_000))), (2, 2, 1));
        assert_eq!((left(at(2_000), at(2_000)), left(at(9_000), at(2_000))), (0, 0));
    }
}
