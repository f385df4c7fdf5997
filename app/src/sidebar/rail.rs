//! The sidebar folded to icons.

use leptos::prelude::*;

use super::use_sidebar;
use crate::{
    strings::t,
    ui::{Icon, IconButton, Mark},
};

/// Icons only: on windows between phone and desktop always, on wide ones when folded.
#[component]
pub(super) fn Rail(
    /// The user's initials.
    initials: String,
) -> impl IntoView {
    let state = use_sidebar();
    let class = move || {
        let wide = if state.folded.get() { "" } else { "lg:hidden" };
        format!("hidden h-dvh w-13 shrink-0 flex-col items-center border-r bg-sidebar py-2 md:flex {wide}")
    };
    view! {
        <aside aria-label=t().sidebar.rail class=class>
            <span class="grid size-8 place-items-center">
                <Mark />
            </span>
            <nav class="mt-3 flex flex-col gap-1" aria-label=t().sidebar.primary_rail>
                <a
                    href="/"
                    class="btn btn-ghost btn-icon"
                    aria-label=t().common.new_chat
                    data-tip=t().common.new_chat
                    data-tip-at="right"
                >
                    {Icon::SquarePen.svg("size-4")}
                </a>
                <IconButton icon=Icon::Search label=t().sidebar.search tip="right" on_click=move |_| state.search() />
            </nav>
            <div class="mt-auto flex flex-col items-center gap-2">
                <IconButton icon=Icon::PanelLeft label=t().sidebar.expand tip="right" on_click=move |_| state.toggle() />
                <a
                    href="/settings"
                    class="inline-grid size-7 shrink-0 place-items-center rounded-full bg-tint/10 text-2xs font-medium text-foreground"
                    aria-label=t().common.settings
                    data-tip=t().common.settings
                    data-tip-at="right"
                >
                    {initials}
                </a>
            </div>
        </aside>
    }
}
