//! The only door to web-sys. Everything works on both targets: on the server, reads answer with a default and acts do
//! nothing. Never used to decide what the first render looks like, or hydration would not agree with it.

mod area;
mod clipboard;
mod files;
mod focus;
mod forms;
pub mod notices;
mod place;
mod scripts;
mod scroll;
mod storage;
mod transfer;

use std::time::Duration;

use futures::channel::oneshot;
use leptos::prelude::*;
use vertice_domain::Timestamp;

pub use area::{forget_query, grow, leave_to, mark_awake, scroll_line_into_view};
pub use clipboard::copy_text;
pub use files::{UserFile, carries_files, chosen, dropped, pasted};
pub use focus::{
    Step, closest, focus_first, focus_id, focus_step, focus_typed, has_focus_within, has_lost_focus,
    is_in_field, is_writing, select_id,
};
pub use forms::{copied, press, remember, send, typed};
pub use place::{Placement, hide_popover, is_popover_open, show_dialog, show_popover_at};
pub use scripts::{follow, hear, load_script, tell, tell_all};
pub use scroll::{is_near_bottom, on_intersect, reveal, scroll_into_view, scroll_to_bottom, scrolled};
pub use storage::{keys, load, remove, set_cookie, store};
pub use transfer::{Transfer, removals, uploads};

/// Whether this code runs in a browser.
pub const IN_BROWSER: bool = cfg!(target_arch = "wasm32");

/// Waits. On the server it never ends, since nothing that waits is rendered there.
pub async fn sleep(time: Duration) {
    if !IN_BROWSER {
        return futures::future::pending().await;
    }
    let (done, waiting) = oneshot::channel();
    set_timeout(
        move || {
            // The one who waited may be gone.
            let _gone = done.send(());
        },
        time,
    );
    let _cancelled = waiting.await;
}

/// Lets every effect that is due run.
pub async fn next_tick() {
    leptos::task::tick().await;
}

/// Waits for the next frame to be painted.
pub async fn next_frame() {
    if !IN_BROWSER {
        return futures::future::pending().await;
    }
    let (done, waiting) = oneshot::channel();
    request_animation_frame(move || {
        let _gone = done.send(());
    });
    let _cancelled = waiting.await;
}

/// Whether the page can be seen. Follows the browser until the calling owner is cleaned up.
pub fn page_visible() -> Signal<bool> {
    if !IN_BROWSER {
        return Signal::stored(true);
    }
    let visible = RwSignal::new(!document().hidden());
    let listener = window_event_listener_untyped("visibilitychange", move |_| {
        let _disposed = visible.try_set(!document().hidden());
    });
    on_cleanup(move || listener.remove());
    visible.into()
}

/// Whether the browser itself believes to have a network right now.
pub fn is_online() -> bool {
    !IN_BROWSER || window().navigator().on_line()
}

/// Whether the browser itself believes to have a network; changes with it.
pub fn online() -> Signal<bool> {
    if !IN_BROWSER {
        return Signal::stored(true);
    }
    let online = RwSignal::new(is_online());
    let on = window_event_listener_untyped("online", move |_| {
        let _disposed = online.try_set(true);
    });
    let off = window_event_listener_untyped("offline", move |_| {
        let _disposed = online.try_set(false);
    });
    on_cleanup(move || {
        on.remove();
        off.remove();
    });
    online.into()
}

/// Whether the keyboard has a Command key. False at the first render everywhere; set by an effect.
pub fn mac() -> Signal<bool> {
    let mac = RwSignal::new(false);
    Effect::new(move |_| mac.set(is_mac()));
    mac.into()
}

/// Whether this is an Apple system, where Command takes Control's part.
pub fn is_mac() -> bool {
    IN_BROWSER
        && window()
            .navigator()
            .user_agent()
            .is_ok_and(|agent| ["Macintosh", "iPhone", "iPad"].iter().any(|system| agent.contains(system)))
}

fn media_matches(query: &str) -> bool {
    IN_BROWSER && window().match_media(query).ok().flatten().is_some_and(|list| list.matches())
}

/// Whether the user wants no motion.
pub fn prefers_reduced_motion() -> bool {
    media_matches("(prefers-reduced-motion: reduce)")
}

/// Whether the system paints dark.
pub fn prefers_dark() -> bool {
    media_matches("(prefers-color-scheme: dark)")
}

/// Whether the main pointer is a finger: Enter then means a new line.
pub fn is_touch() -> bool {
    media_matches("(pointer: coarse)")
}

/// Whether the window is at least as wide as `rem` root ems.
pub fn is_wide(rem: u32) -> bool {
    media_matches(&format!("(min-width: {rem}rem)"))
}

/// The browser's time. On the server: 1970, since no page may ask for it there.
pub fn now() -> Timestamp {
    if !IN_BROWSER {
        return Timestamp::from_millis(0);
    }
    // Milliseconds since 1970 are far below 2^53.
    #[expect(clippy::cast_possible_truncation, reason = "a clock's milliseconds fit into an i64")]
    Timestamp::from_millis(js_sys::Date::now() as i64)
}

/// A number from 0 to 1 (not included) that nobody can tell beforehand, though not fit for secrets. On the server: 0.
pub fn random() -> f64 {
    if IN_BROWSER { js_sys::Math::random() } else { 0.0 }
}

/// Minutes to add to UTC for the browser's own time.
pub fn utc_offset_minutes() -> i32 {
    if !IN_BROWSER {
        return 0;
    }
    #[expect(clippy::cast_possible_truncation, reason = "an offset is at most 840 minutes")]
    let offset = -js_sys::Date::new_0().get_timezone_offset() as i32;
    offset
}

/// Puts a class on the root element or takes it away.
pub fn toggle_root_class(class: &str, on: bool) {
    if let Some(root) = IN_BROWSER.then(|| document().document_element()).flatten() {
        let _invalid_token = root.class_list().toggle_with_force(class, on);
    }
}

/// The site's own address (`https://host:port`), for examples that are copied elsewhere. Empty on the server.
pub fn origin() -> String {
    if IN_BROWSER { window().location().origin().unwrap_or_default() } else { String::new() }
}

/// The texts of the page's language, which a script beside the page has left; none: it did not arrive.
pub fn texts() -> Option<String> {
    IN_BROWSER.then(|| js_sys::Reflect::get(&js_sys::global(), &"texts".into()).ok()?.as_string()).flatten()
}

/// Loads the page anew.
pub fn reload() {
    if IN_BROWSER {
        let _refused = window().location().reload();
    }
}
