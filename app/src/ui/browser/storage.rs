//! What this browser keeps: drafts in the local storage, tastes in cookies. Storage may be full or forbidden; then
//! nothing is kept, and nothing else breaks.

use leptos::prelude::*;
use wasm_bindgen::JsCast as _;
use web_sys::{HtmlDocument, Storage};

fn storage() -> Option<Storage> {
    super::IN_BROWSER.then(|| window().local_storage().ok().flatten()).flatten()
}

/// What is kept under `key`.
pub fn load(key: &str) -> Option<String> {
    storage()?.get_item(key).ok().flatten()
}

/// Keeps `value` under `key`. False: it could not be kept.
pub fn store(key: &str, value: &str) -> bool {
    storage().is_some_and(|storage| storage.set_item(key, value).is_ok())
}

/// Forgets what is kept under `key`.
pub fn remove(key: &str) {
    if let Some(storage) = storage() {
        let _forbidden = storage.remove_item(key);
    }
}

/// The keys that begin with `prefix`, in order.
pub fn keys(prefix: &str) -> Vec<String> {
    let Some(storage) = storage() else { return Vec::new() };
    let all = (0..storage.length().unwrap_or_default()).filter_map(|at| storage.key(at).ok().flatten());
    let mut found: Vec<String> = all.filter(|key| key.starts_with(prefix)).collect();
    found.sort();
    found
}

/// Sets a cookie for a year, for the server to read at the next page. `value` must need no escaping.
pub fn set_cookie(name: &str, value: &str) {
    if !super::IN_BROWSER {
        return;
    }
    if let Ok(document) = document().dyn_into::<HtmlDocument>() {
        let _forbidden =
            document.set_cookie(&format!("{name}={value}; path=/; max-age=31536000; samesite=lax"));
    }
}
