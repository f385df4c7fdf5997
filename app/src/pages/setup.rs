//! The first visit: makes the first account, which becomes the admin's.

use leptos::prelude::*;

use super::{
    door::{Door, Heading},
    register::AccountForm,
};
use crate::api::account::Site;

/// `/setup`.
#[component]
pub fn Setup() -> impl IntoView {
    view! { <Door title="Set up" elsewhere=elsewhere form=form /> }
}

fn elsewhere(site: &Site) -> Option<&'static str> {
    if site.profile.is_some() {
        Some("/")
    } else if site.first_run {
        None
    } else {
        Some("/sign-in")
    }
}

fn form(site: Site) -> AnyView {
    view! {
        <Heading
            title="Create the first admin"
            text="This server has no users yet. This account runs it and decides who else may register."
        />
        <AccountForm setup_token=site.setup_token_required submit="Create account" />
    }
    .into_any()
}
