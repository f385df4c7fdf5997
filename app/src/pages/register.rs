//! The page on which visitors make an account, where the admin lets them.

use leptos::{form::ActionForm, prelude::*};

use super::door::{Door, EmailField, Failure, Heading, field_error, once_set_up};
use crate::{
    api::{
        ApiError,
        account::{Register as RegisterAction, Site},
    },
    ui::{Button, ButtonKind, ButtonSize, PasswordField, TextField},
};

/// The fewest characters of a password that needs nothing else to be good.
const LONG_ENOUGH: usize = 12;

/// `/register`.
#[component]
pub fn Register() -> impl IntoView {
    view! { <Door title="Create an account" elsewhere=once_set_up form=form /> }
}

fn form(site: Site) -> AnyView {
    if !site.registration_open {
        return view! {
            <Heading title="Registration is closed" text="The admin of this server makes accounts." />
            <p class="mt-4 text-sm">
                "Ask them for one, or to open registration under Settings, Server."
            </p>
            <a class="btn btn-outline btn-lg mt-6 w-full" href="/sign-in">
                "Go to sign-in"
            </a>
        }
        .into_any();
    }
    view! {
        <Heading title="Create an account" text="It takes a name, an address and a password." />
        <AccountForm setup_token=false submit="Create account" />
        <p class="mt-6 text-center text-xs text-muted-foreground">
            "Have an account? "
            <a href="/sign-in" class="font-medium text-primary-text">
                "Sign in"
            </a>
        </p>
    }
    .into_any()
}

/// The form that makes an account; the setup page has it too.
#[component]
pub(super) fn AccountForm(
    /// Whether the token from the server's log is asked for.
    setup_token: bool,
    /// What the button says.
    submit: &'static str,
) -> impl IntoView {
    let action = ServerAction::<RegisterAction>::new();
    let error: Signal<Option<ApiError>> = Signal::derive(move || action.value().get().and_then(Result::err));
    let password = RwSignal::new(String::new());
    let hint = Signal::derive(move || password.with(|password| password_hint(password)));
    view! {
        <Failure error=error fields=&["name", "email", "password", "setup_token"] title="The account was not created" />
        <ActionForm action=action attr:class="mt-6" attr:aria-label=submit>
            <TextField id="name" label="Name" autocomplete="name" max=100 error=field_error(error, "name") />
            <EmailField error=error />
            <PasswordField
                id="password"
                label="Password"
                autocomplete="new-password"
                hint=hint
                value=password
                error=field_error(error, "password")
            />
            {setup_token
                .then(|| {
                    view! {
                        <TextField
                            id="setup_token"
                            label="Setup token"
                            hint="Printed in the server's log at its start."
                            code=true
                            required=true
                            error=field_error(error, "setup_token")
                        />
                    }
                })}
            <Button
                kind=ButtonKind::Primary
                size=ButtonSize::Large
                submit=true
                busy=action.pending()
                class="mt-6 w-full"
            >
                {submit}
            </Button>
        </ActionForm>
    }
}

/// What is said under a new password while it is typed.
pub(super) fn password_hint(password: &str) -> String {
    match password.chars().count() {
        0 => format!("At least {LONG_ENOUGH} characters."),
        count if count < LONG_ENOUGH => {
            format!("{count} of {LONG_ENOUGH} characters. A shorter one must be hard to guess.")
        }
        _ => "Long enough.".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::password_hint;

    #[test]
    fn the_hint_counts_characters_not_bytes() {
        assert_eq!(password_hint(""), "At least 12 characters.");
        assert!(password_hint("äöü").starts_with("3 of 12 characters."));
        assert_eq!(password_hint("correct horse"), "Long enough.");
    }
}
