//! Scripts beside the page's own, and what they and the page tell each other: events on an element, with a text.

use leptos::prelude::*;
use wasm_bindgen::{JsCast as _, JsValue, closure::Closure};
use web_sys::{CustomEvent, CustomEventInit, Element, HtmlElement, HtmlScriptElement};

/// Tells whoever listens at the element, or above it.
pub fn tell(place: &Element, event: &str, detail: &str) {
    let init = CustomEventInit::new();
    init.set_bubbles(true);
    init.set_detail(&JsValue::from_str(detail));
    if let Ok(event) = CustomEvent::new_with_event_init_dict(event, &init) {
        let _cancelled = place.dispatch_event(&event);
    }
}

/// Tells whoever listens to the page.
pub fn tell_all(event: &str) {
    if let Some(body) = document().body() {
        tell(&body, event, "");
    }
}

/// Hears an event for as long as the element is there.
pub fn hear(place: &Element, event: &str, mut act: impl FnMut(String) + 'static) {
    let heard = Closure::<dyn FnMut(CustomEvent)>::new(move |event: CustomEvent| {
        act(event.detail().as_string().unwrap_or_default());
    });
    let _refused = place.add_event_listener_with_callback(event, heard.as_ref().unchecked_ref());
    heard.forget();
}

/// Goes where a link of the page would lead.
pub fn follow(address: &str) {
    let link = document().create_element("a").ok().and_then(|made| made.dyn_into::<HtmlElement>().ok());
    let (Some(link), Some(body)) = (link, document().body()) else { return };
    let _refused = link.set_attribute("href", address);
    let _attached = body.append_child(&link);
    link.click();
    link.remove();
}

/// Loads the script that something below the element names by `data-script`, once.
pub fn load_script(place: &Element) {
    let named = place.query_selector("[data-script]").ok().flatten();
    let Some(source) = named.and_then(|named| named.get_attribute("data-script")) else { return };
    let known = document().query_selector(&format!("script[src='{source}']")).ok().flatten();
    let script =
        document().create_element("script").ok().and_then(|made| made.dyn_into::<HtmlScriptElement>().ok());
    if let (None, Some(script), Some(head)) = (known, script, document().head()) {
        script.set_type("module");
        script.set_src(&source);
        let _attached = head.append_child(&script);
    }
}
