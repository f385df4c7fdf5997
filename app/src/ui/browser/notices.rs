//! Notices of the browser's own, for who does not see the page. They are shown only where this browser was told to, and the
//! browser's own settings have the last word.

use leptos::prelude::*;
use wasm_bindgen::{JsCast as _, closure::Closure};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Notification, NotificationOptions, NotificationPermission};

/// Where this browser keeps that its user wants them.
const KEY: &str = "notices";

/// Whether this browser's user wants them and the browser lets us.
pub fn are_wanted() -> bool {
    super::load(KEY).is_some() && is_allowed()
}

// Outside secure contexts the class is absent, which the bindings do not know.
fn is_offered() -> bool {
    super::IN_BROWSER && js_sys::Reflect::has(&js_sys::global(), &"Notification".into()).unwrap_or(false)
}

fn is_allowed() -> bool {
    is_offered() && Notification::permission() == NotificationPermission::Granted
}

/// Asks the browser for leave and remembers the wish. False: the browser does not allow it.
pub async fn want() -> bool {
    if !is_offered() {
        return false;
    }
    if let Ok(asked) = Notification::request_permission() {
        let _refused = JsFuture::from(asked).await;
    }
    is_allowed() && super::store(KEY, "1")
}

pub fn unwant() {
    super::remove(KEY);
}

/// Shows one. Another one about the same thing takes its place. Pressed, it brings the page back.
pub fn show(title: &str, text: &str, about: &str) {
    let options = NotificationOptions::new();
    options.set_body(text);
    options.set_tag(about);
    options.set_icon("/icons/icon-192.png");
    if let Ok(notice) = Notification::new_with_options(title, &options) {
        let press = Closure::once_into_js(|| {
            let _refused = window().focus();
        });
        notice.set_onclick(press.dyn_ref());
    }
}
