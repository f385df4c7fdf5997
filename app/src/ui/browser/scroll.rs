//! Scroll positions.

use leptos::prelude::*;
use wasm_bindgen::{JsCast as _, closure::Closure};
use web_sys::{
    Element, IntersectionObserver, IntersectionObserverEntry, ScrollIntoViewOptions, ScrollLogicalPosition,
};

/// Whether `element` is scrolled to within `slack` pixels of its end.
pub fn is_near_bottom(element: &Element, slack: i32) -> bool {
    element.scroll_height() - element.scroll_top() - element.client_height() <= slack
}

/// Scrolls `element` to its end.
pub fn scroll_to_bottom(element: &Element) {
    element.set_scroll_top(element.scroll_height());
}

/// Scrolls whatever must scroll until the top of the element with this id is seen.
pub fn scroll_into_view(id: &str) {
    if let Some(element) = super::IN_BROWSER.then(|| document().get_element_by_id(id)).flatten() {
        element.scroll_into_view();
    }
}

/// Scrolls as little as it takes to see the element with this id, if there is one.
pub fn reveal(id: &str) {
    if let Some(element) = super::IN_BROWSER.then(|| document().get_element_by_id(id)).flatten() {
        let options = ScrollIntoViewOptions::new();
        options.set_block(ScrollLogicalPosition::Nearest);
        element.scroll_into_view_with_scroll_into_view_options(&options);
    }
}

/// How far the nearest `scroller` (a selector) around the element with this id is scrolled, in pixels.
pub fn scrolled(id: &str, scroller: &str) -> Option<i32> {
    let element = super::IN_BROWSER.then(|| document().get_element_by_id(id)).flatten()?;
    Some(element.closest(scroller).ok().flatten()?.scroll_top())
}

/// Calls `seen` each time `element` comes into view, until the calling owner is cleaned up.
pub fn on_intersect(element: &Element, seen: impl Fn() + 'static) {
    let callback = Closure::<dyn Fn(js_sys::Array)>::new(move |entries: js_sys::Array| {
        let inside = entries.iter().any(|entry| {
            entry.dyn_into::<IntersectionObserverEntry>().is_ok_and(|entry| entry.is_intersecting())
        });
        if inside {
            seen();
        }
    });
    if let Ok(observer) = IntersectionObserver::new(callback.as_ref().unchecked_ref()) {
        observer.observe(element);
        // The observer calls into the closure, so both live and go together.
        let kept = StoredValue::new_local((observer, callback));
        on_cleanup(move || kept.with_value(|(observer, _callback)| observer.disconnect()));
    }
}
