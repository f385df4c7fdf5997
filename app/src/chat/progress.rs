//! The lines on the spine that tell how an answer is getting on beside what it says: that the connection was lost, and
//! that nothing was lost with it; that nothing has come for a while.

use std::time::Duration;

use leptos::prelude::*;

use super::{
    format::whole_seconds,
    live::{Connection, Live},
    phase::Phase,
};
use crate::{
    strings::t,
    ui::{Icon, browser},
};

/// How long (milliseconds) nothing may come before it is said that the answer is still being worked on.
pub(crate) const PATIENCE: i64 = 8_000;

/// The line; nothing while all is well.
#[component]
pub(crate) fn ConnectionLine(
    /// The turn.
    live: Live,
) -> impl IntoView {
    let connection = live.connection;
    move || {
        let text = match connection.get() {
            Connection::Fine => return None,
            Connection::Lost => t().chat.connection_lost,
            Connection::Resumed => t().chat.connection_resumed,
        };
        Some(view! {
            <div class="step" style="--vy:14px">
                <div class="flex h-7 items-center gap-2 text-xs text-muted-foreground" role="status">
                    {Icon::Unplug.svg("size-3.5")}
                    <span>{text}</span>
                </div>
            </div>
        })
    }
}

/// The line that says that an answer which has begun goes on, although nothing has come for a while.
#[component]
pub(crate) fn StillWorking(
    /// The turn.
    live: Live,
) -> impl IntoView {
    let silent = silence(live);
    move || {
        silent.get().map(|ms| {
            view! {
                <div class="step" style="--vy:14px">
                    <span class="vx vx-live" aria-hidden="true"></span>
                    <p class="flex h-7 items-center gap-1.5 text-sm text-muted-foreground">
                        <span role="status">{t().chat.still_working}</span>
                        <span class="num text-2xs">{whole_seconds(ms)}</span>
                    </p>
                </div>
            }
        })
    }
}

/// For how long nothing has come of what is being written, once that is long. A lost connection has a line of its own.
fn silence(live: Live) -> RwSignal<Option<i64>> {
    let shown = RwSignal::new(None);
    let head = live.head.clone();
    let writing =
        Memo::new(move |_| head.with(|head| matches!(head.phase, Phase::Writing | Phase::Thinking)));
    Effect::new(move |_| {
        let live = live.clone();
        let tick = move || {
            let passed = browser::now().as_millis() - live.heard().as_millis();
            let fine = live.connection.with_untracked(|state| *state != Connection::Lost);
            let silent = (passed >= PATIENCE && fine).then_some(passed);
            if shown.try_get_untracked().is_some_and(|shown| shown != silent) {
                shown.set(silent);
            }
        };
        if writing.get() {
            if let Ok(timer) = set_interval_with_handle(tick, Duration::from_secs(1)) {
                on_cleanup(move || timer.clear());
            }
        } else {
            shown.set(None);
        }
    });
    shown
}
