//! The first visit: makes the first account, which becomes the admin's.

use leptos::prelude::*;

use super::{
    door::{Door, Heading},
    register::AccountForm,
};
use crate::{api::account::Site, strings::t};

/// `/setup`.
#[component]
pub fn Setup() -> impl IntoView {
    view! { <Door title=t().doors.setup elsewhere=elsewhere form=form /> }
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
            title=t().doors.first_admin
            text=t().doors.first_admin_text
        />
        <AccountForm setup_token=site.setup_token_required submit=t().doors.create />
    }
    .into_any()
}
