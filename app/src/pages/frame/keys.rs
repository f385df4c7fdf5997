//! The keys that work everywhere behind sign-in, but those of the palette (`document/palette.js`, `frontend/palette`). Never while
//! text is composed, never single letters.

use leptos::{ev, prelude::*};
use leptos_router::{NavigateOptions, hooks::use_navigate};

use crate::{sidebar::SidebarState, ui::browser};

/// What a combination of keys asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shortcut {
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

fn shortcut(press: Press<'_>) -> Option<Shortcut> {
    if !press.main || press.alt {
        return None;
    }
    match (press.key.to_ascii_lowercase().as_str(), press.shift) {
        ("o", true) => Some(Shortcut::NewChat),
        ("f", true) => Some(Shortcut::Search),
        ("s", true) => Some(Shortcut::ToggleSidebar),
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
        let Some(shortcut) = shortcut(press) else { return };
        event.prevent_default();
        match shortcut {
            Shortcut::NewChat => navigate.with_value(|navigate| navigate("/", NavigateOptions::default())),
            Shortcut::Search => sidebar.search(),
            Shortcut::ToggleSidebar => sidebar.toggle(),
        }
    });
    on_cleanup(move || listener.remove());
}

#[cfg(test)]
mod tests {
    use super::*;

    fn press(key: &str, main: bool, shift: bool) -> Option<Shortcut> {
        shortcut(Press { key, main, shift, alt: false })
    }

    #[test]
    fn only_combinations_are_heard() {
        assert_eq!(press("O", true, true), Some(Shortcut::NewChat));
        assert_eq!(press("F", true, true), Some(Shortcut::Search));
        assert_eq!(press("s", true, true), Some(Shortcut::ToggleSidebar));
        assert_eq!(press("s", false, true), None);
        assert_eq!(press("o", true, false), None);
        assert_eq!(shortcut(Press { key: "o", main: true, shift: true, alt: true }), None);
    }
}
