//! The keys that work everywhere behind sign-in. Never while text is composed, never single letters.

use leptos::{ev, prelude::*};
use leptos_router::{NavigateOptions, hooks::use_navigate};

use crate::{sidebar::SidebarState, ui::browser};

/// What a combination of keys asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wish {
    NewChat,
    Search,
    ToggleSidebar,
}

/// A pressed key with what is held beside it.
#[derive(Debug, Clone, Copy)]
struct Press<'a> {
    key: &'a str,
    /// Command on Apple systems, Control elsewhere; alone.
    main: bool,
    shift: bool,
    alt: bool,
}

fn wish(press: Press<'_>) -> Option<Wish> {
    if !press.main || press.alt {
        return None;
    }
    match (press.key.to_ascii_lowercase().as_str(), press.shift) {
        ("o", true) => Some(Wish::NewChat),
        ("k", false) => Some(Wish::Search),
        // On many keyboards the slash is a shifted key.
        ("/", _) => Some(Wish::ToggleSidebar),
        _ => None,
    }
}

/// Listens until the frame goes.
pub(super) fn listen(sidebar: SidebarState) {
    let navigate = StoredValue::new(use_navigate());
    let listener = window_event_listener(ev::keydown, move |event| {
        if event.is_composing() || event.default_prevented() {
            return;
        }
        let (control, command) = (event.ctrl_key(), event.meta_key());
        let main = if browser::is_mac() { command && !control } else { control && !command };
        let press = Press { key: &event.key(), main, shift: event.shift_key(), alt: event.alt_key() };
        let Some(wish) = wish(press) else { return };
        event.prevent_default();
        match wish {
            Wish::NewChat => navigate.with_value(|navigate| navigate("/", NavigateOptions::default())),
            Wish::Search => sidebar.search(),
            Wish::ToggleSidebar => sidebar.toggle(),
        }
    });
    on_cleanup(move || listener.remove());
}

#[cfg(test)]
mod tests {
    use super::*;

    fn press(key: &str, main: bool, shift: bool) -> Option<Wish> {
        wish(Press { key, main, shift, alt: false })
    }

    #[test]
    fn only_combinations_are_heard() {
        assert_eq!(press("O", true, true), Some(Wish::NewChat));
        assert_eq!(press("k", true, false), Some(Wish::Search));
        assert_eq!(press("/", true, false), Some(Wish::ToggleSidebar));
        assert_eq!(press("k", false, false), None);
        assert_eq!(press("o", true, false), None);
        assert_eq!(wish(Press { key: "k", main: true, shift: false, alt: true }), None);
    }
}
