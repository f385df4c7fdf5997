//! The way back in for somebody whose session has ended: to the sign-in page, and from there to where they were.

use leptos::prelude::*;
use leptos_router::{hooks::use_location, location::Url};

use crate::strings::t;

/// A link to the sign-in page that leads back here.
#[component]
pub fn SignInAgain(class: &'static str) -> impl IntoView {
    let path = use_location().pathname;
    let href = move || format!("/sign-in?next={}", Url::escape(&path.get()));
    view! {
        <a href=href class=class rel="external">
            {t().common.sign_in}
        </a>
    }
}
