//! A switch: applies at once, without a save button.

use leptos::prelude::*;

/// On or off.
#[component]
pub fn Switch(
    #[prop(into)] label: String,
    #[prop(into)] checked: Signal<bool>,
    /// Whether it cannot be changed now.
    #[prop(optional, into)]
    disabled: Signal<bool>,
    /// The wish for the other state.
    #[prop(into)]
    on_change: Callback<bool>,
) -> impl IntoView {
    view! {
        <button
            type="button"
            role="switch"
            class="switch"
            aria-label=label
            aria-checked=move || if checked.get() { "true" } else { "false" }
            disabled=move || disabled.get()
            on:click=move |_| on_change.run(!checked.get_untracked())
        ></button>
    }
}
