//! The sign-in page.

use leptos::{form::ActionForm, prelude::*};
use vertice_domain::ErrorKind;

use super::door::{Door, EmailField, Failure, Heading, field_error, once_set_up};
use crate::{
    api::account::{SignIn as SignInAction, Site},
    strings::t,
    ui::{Button, ButtonKind, ButtonSize, PasswordField},
};

/// `/sign-in`.
#[component]
pub fn SignIn() -> impl IntoView {
    view! { <Door title=t().common.sign_in elsewhere=once_set_up form=form /> }
}

fn form(site: Site) -> AnyView {
    let action = ServerAction::<SignInAction>::new();
    let error = Signal::derive(move || action.value().get().and_then(Result::err));
    // A wrong pair of address and password stands at the password, where it is mended.
    let password_error = Signal::derive(move || {
        let wrong = error.get().filter(|error| error.0.kind == ErrorKind::Unauthenticated);
        wrong.map(|error| error.to_string()).or_else(|| field_error(error, "password").get())
    });
    let other =
        Signal::derive(move || error.get().filter(|error| error.0.kind != ErrorKind::Unauthenticated));
    view! {
        <Heading title=t().common.sign_in text=t().doors.go_on />
        <Failure error=other fields=&["email", "password"] title=t().doors.not_signed_in />
        <ActionForm action=action attr:class="mt-6" attr:aria-label=t().common.sign_in>
            <EmailField error=error />
            <PasswordField id="password" label=t().doors.password autocomplete="current-password" error=password_error />
            <Button
                kind=ButtonKind::Primary
                size=ButtonSize::Large
                submit=true
                busy=action.pending()
                class="mt-6 w-full"
            >
                {t().common.sign_in}
            </Button>
        </ActionForm>
        <p class="mt-6 text-center text-xs text-muted-foreground">
            {if site.registration_open {
                view! {
                    {t().doors.no_account}
                    <a href="/register" class="font-medium text-primary-text">
                        {t().doors.create_one}
                    </a>
                }
                    .into_any()
            } else {
                t().doors.ask_admin.into_any()
            }}
        </p>
    }
    .into_any()
}
