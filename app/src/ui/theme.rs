//! The theme in use. A change is painted at once and kept in a cookie, which the server reads for the next page.

use leptos::prelude::*;

use super::{Choice, Icon, browser};
use crate::{preferences::Theme, strings::t};

/// The themes to choose from.
pub fn themes() -> [Choice; 3] {
    let t = &t().common;
    [
        Choice { value: "light", label: t.light, icon: Some(Icon::Sun) },
        Choice { value: "dark", label: t.dark, icon: Some(Icon::Moon) },
        Choice { value: "system", label: t.system, icon: Some(Icon::Monitor) },
    ]
}

/// The theme that was chosen; a context of the signed-in frame.
#[derive(Debug, Clone, Copy)]
pub struct ThemeChoice(RwSignal<Theme>);

impl ThemeChoice {
    /// Provides the choice, starting with what the cookie said, and follows the system.
    pub fn provide(theme: Theme) -> Self {
        let choice = Self(RwSignal::new(theme));
        provide_context(choice);
        choice
    }

    /// The theme chosen, as a word.
    pub fn word(self) -> Signal<&'static str> {
        Signal::derive(move || self.0.get().as_str())
    }

    /// Chooses a theme by its word, paints it and keeps it.
    pub fn choose(self, word: &str) {
        let theme = Theme::parse(word);
        self.0.set(theme);
        let dark = match theme {
            Theme::System => browser::prefers_dark(),
            Theme::Dark => true,
            Theme::Light => false,
        };
        browser::set_cookie("theme", theme.as_str());
        browser::set_cookie("system_dark", if browser::prefers_dark() { "1" } else { "0" });
        browser::toggle_root_class("dark", dark);
    }
}

/// The theme of the frame above.
pub fn use_theme() -> ThemeChoice {
    expect_context()
}
