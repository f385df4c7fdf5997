//! What screen readers are told. One polite region for a whole page, one assertive for failures; the visible text itself
//! is never live.

use leptos::prelude::*;

/// Tells screen readers something; a context of every page.
#[derive(Debug, Clone, Copy)]
pub struct Announcer {
    polite: RwSignal<(u32, String)>,
    urgent: RwSignal<(u32, String)>,
}

impl Announcer {
    /// Makes one and provides it to everything below. [`Announcements`] must be rendered once.
    pub fn provide() -> Self {
        let announcer = Self { polite: RwSignal::default(), urgent: RwSignal::default() };
        provide_context(announcer);
        announcer
    }

    /// Says it when the reader is free: "Response complete".
    pub fn announce(self, text: impl Into<String>) {
        say(self.polite, text.into());
    }

    /// Says it at once: failures only.
    pub fn alert(self, text: impl Into<String>) {
        say(self.urgent, text.into());
    }
}

fn say(region: RwSignal<(u32, String)>, text: String) {
    // The number makes the same sentence twice two announcements. The page may be gone meanwhile.
    let _disposed = region.try_update(|(number, current)| {
        *number += 1;
        *current = text;
    });
}

/// The announcer of the page.
pub fn use_announcer() -> Announcer {
    expect_context()
}

/// The live regions themselves.
#[component]
pub fn Announcements(
    /// The announcer whose words they are.
    announcer: Announcer,
) -> impl IntoView {
    // Readers notice changed text; a trailing no-break space tells two equal sentences apart.
    let text = |region: RwSignal<(u32, String)>| {
        move || region.with(|(number, text)| format!("{text}{}", if number % 2 == 0 { "" } else { "\u{a0}" }))
    };
    view! {
        <div class="sr-only" aria-live="polite" aria-atomic="true" data-announcer="polite">
            {text(announcer.polite)}
        </div>
        <div class="sr-only" role="alert" aria-atomic="true" data-announcer="urgent">
            {text(announcer.urgent)}
        </div>
    }
}
