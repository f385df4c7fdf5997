//! The line on the spine that tells of a lost connection, and that nothing was lost with it.

use leptos::prelude::*;

use super::live::{Connection, Live};
use crate::{strings::t, ui::Icon};

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
