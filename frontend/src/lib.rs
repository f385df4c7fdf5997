//! Wakes the page that the server has rendered. Nothing else belongs here.

use wasm_bindgen::prelude::wasm_bindgen;

/// Called by the page once the WASM module is there.
#[wasm_bindgen]
pub fn hydrate() {
    console_error_panic_hook::set_once();
    if vertice_app::strings::wake() {
        leptos::mount::hydrate_body(vertice_app::App);
    }
}
