//! The page on which visitors make an account, where the admin lets them.

use leptos::{form::ActionForm, prelude::*};

use super::door::{Door, EmailField, Failure, Heading, field_error, once_set_up};
use crate::{
    api::{
        ApiError,
        account::{Register as RegisterAction, Site},
    },
    strings::{fill, t},
    ui::{Button, ButtonKind, ButtonSize, PasswordField, TextField},
};

/// The fewest characters of a password that needs nothing else to be good.
const LONG_ENOUGH: usize = 12;

/// `/register`.
#[component]
pub fn Register() -> impl IntoView {
    view! { <Door title=t().doors.create_account elsewhere=once_set_up form=form /> }
}

fn form(site: Site) -> AnyView {
    if !site.registration_open {
        return view! {
            <Heading title=t().doors.closed text=t().doors.closed_text />
            <p class="mt-4 text-sm">
                {t().doors.closed_hint}
            </p>
            <a class="btn btn-outline btn-lg mt-6 w-full" href="/sign-in">
                {t().doors.to_sign_in}
            </a>
        }
        .into_any();
    }
    view! {
        <Heading title=t().doors.create_account text=t().doors.create_text />
        <AccountForm setup_token=false submit=t().doors.create />
        <p class="mt-6 text-center text-xs text-muted-foreground">
            {t().doors.have_account}
            <a href="/sign-in" class="font-medium text-primary-text">
                {t().common.sign_in}
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
        <Failure error=error fields=&["name", "email", "password", "setup_token"] title=t().doors.not_created />
        <ActionForm action=action attr:class="mt-6" attr:aria-label=submit>
            <TextField id="name" label=t().doors.name autocomplete="name" max=100 error=field_error(error, "name") />
            <EmailField error=error />
            <PasswordField
                id="password"
                label=t().doors.password
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
                            label=t().doors.setup_token
                            hint=t().doors.setup_token_hint
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
    let enough = LONG_ENOUGH.to_string();
    match password.chars().count() {
        0 => fill(t().doors.at_least, &[("enough", &enough)]),
        count if count < LONG_ENOUGH => {
            fill(t().doors.characters, &[("count", &count.to_string()), ("enough", &enough)])
        }
        _ => t().doors.long_enough.to_owned(),
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
