//! Key caps.

use leptos::prelude::*;

use super::browser;

/// A key combination, one cap a key. `mod` is Command on Apple systems and Control elsewhere.
#[component]
pub fn Keys(
    /// The keys, joined by `+`: `mod+shift+O`.
    keys: &'static str,
) -> impl IntoView {
    let mac = browser::mac();
    view! {
        <span class="hint-key inline-flex gap-0.5 max-md:hidden" aria-hidden="true">
            {keys
                .split('+')
                .map(|key| view! { <kbd class="kbd">{move || cap(key, mac.get())}</kbd> })
                .collect_view()}
        </span>
    }
}

/// What stands on a key.
fn cap(key: &'static str, mac: bool) -> &'static str {
    match (key, mac) {
        ("mod", true) => "⌘",
        ("mod", false) => "Ctrl",
        ("shift", true) => "⇧",
        ("shift", false) => "Shift",
        ("alt", true) => "⌥",
        ("alt", false) => "Alt",
        ("enter", _) => "↵",
        (other, _) => other,
    }
}

#[cfg(test)]
mod tests {
    use super::cap;

    #[test]
    fn caps_follow_the_system() {
        assert_eq!((cap("mod", true), cap("mod", false), cap("K", false)), ("⌘", "Ctrl", "K"));
    }
}
