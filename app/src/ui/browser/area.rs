//! Fields and lists that size or scroll themselves.

use leptos::prelude::*;
use wasm_bindgen::JsValue;
use web_sys::{HtmlElement, HtmlTextAreaElement, ScrollIntoViewOptions, ScrollLogicalPosition};

/// Lets a text field be as high as its text, where the browser cannot do so by itself (`field-sizing`).
pub fn grow(area: &HtmlTextAreaElement) {
    if !super::IN_BROWSER || web_sys::css::supports_with_value("field-sizing", "content").unwrap_or(false) {
        return;
    }
    let style = AsRef::<HtmlElement>::as_ref(area).style();
    let _refused = style.set_property("height", "auto");
    let _refused = style.set_property("height", &format!("{}px", area.scroll_height()));
}

/// Scrolls the list around the element with this id as little as it takes to show it.
pub fn scroll_line_into_view(id: &str) {
    if let Some(element) = super::IN_BROWSER.then(|| document().get_element_by_id(id)).flatten() {
        let options = ScrollIntoViewOptions::new();
        options.set_block(ScrollLogicalPosition::Nearest);
        element.scroll_into_view_with_scroll_into_view_options(&options);
    }
}

/// Goes to an address outside the application, such as a download.
pub fn leave_to(address: &str) {
    if super::IN_BROWSER {
        let _refused = window().location().set_href(address);
    }
}

/// Takes the query off the address that is shown: what it said is done with.
pub fn forget_query() {
    if super::IN_BROWSER
        && let (Ok(path), Ok(history)) = (window().location().pathname(), window().history())
    {
        let _refused = history.replace_state_with_url(&JsValue::NULL, "", Some(&path));
    }
}

/// Says on the root element that the page is awake: `data-hydrated`.
pub fn mark_awake() {
    if let Some(root) = super::IN_BROWSER.then(|| document().document_element()).flatten() {
        let _refused = root.set_attribute("data-hydrated", "");
    }
}
