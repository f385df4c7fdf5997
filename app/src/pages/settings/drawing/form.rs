//! The pieces of forms that these parts share.

use leptos::prelude::*;

use crate::ui::Icon;

/// A button that sends the form around it. While that is under way, a circle turns in it. `failed` heads the reason where
/// nothing comes of it; none: the form has a place for that.
pub(super) fn sender(
    class: &'static str,
    id: String,
    act: &'static str,
    text: &'static str,
    failed: Option<&'static str>,
) -> AnyView {
    view! {
        <button type="submit" id=id class=class name="act" value=act data-failed=failed>
            {waiting()}
            {text}
        </button>
    }
    .into_any()
}

/// The circle in a button whose form is being sent.
pub(super) fn waiting() -> AnyView {
    view! { <span class="hidden [[aria-busy]>&]:contents">{Icon::Loader.svg("size-4 animate-spin")}</span> }
        .into_any()
}

/// Where the page says what is wrong with a form's field.
pub(super) fn fault(id: String) -> AnyView {
    view! {
        <p id=id class="mt-1.5 flex items-start gap-1.5 text-xs text-destructive-text" role="alert" data-fault="" hidden=true>
            {Icon::CircleAlert.svg("mt-px size-3.5 shrink-0")}
            <span></span>
        </p>
    }
    .into_any()
}
