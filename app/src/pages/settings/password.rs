//! The form that changes the user's password. It works without JavaScript: then the page comes again, with what was wrong.

use leptos::{form::ActionForm, html, prelude::*};

use super::Section;
use crate::{
    api::{
        ApiError,
        account::{ChangePassword, LONG_ENOUGH},
        sentence,
    },
    strings::{fill, t},
    ui::{Button, ButtonKind, Notice, PasswordField, use_announcer},
};

/// The fields that say themselves what is wrong with them.
const FIELDS: [&str; 2] = ["current", "new"];

#[component]
pub(super) fn Password(
    /// Whose; for password managers.
    email: String,
) -> impl IntoView {
    let action = ServerAction::<ChangePassword>::new();
    let error: Signal<Option<ApiError>> = Signal::derive(move || action.value().get().and_then(Result::err));
    let done = move || action.value().with(|value| matches!(value, Some(Ok(()))));
    // Stands still while an attempt fails, so that what was typed stays.
    let changes = Memo::new(move |before: Option<&usize>| {
        let attempts = action.version().get();
        if done() { attempts } else { before.copied().unwrap_or_default() }
    });
    let new = RwSignal::new(String::new());
    let form = NodeRef::<html::Form>::new();
    let hint = Signal::derive(move || new.with(|password| password_hint(password)));
    let announcer = use_announcer();
    Effect::new(move |_| {
        if changes.get() > 0 {
            if let Some(form) = form.get_untracked() {
                form.reset();
            }
            new.set(String::new());
            announcer.announce(t().settings.password_changed_said);
        }
    });
    view! {
        <Section title=t().settings.password purpose=t().settings.password_purpose>
            <Failure error=error />
            <ActionForm action=action node_ref=form attr:class="max-w-90" attr:aria-label=t().settings.change_password>
                <input type="text" name="username" autocomplete="username" value=email hidden />
                <PasswordField
                    id="current"
                    label=t().settings.current_password
                    autocomplete="current-password"
                    error=field_error(error, "current")
                />
                <PasswordField
                    id="new"
                    label=t().settings.new_password
                    autocomplete="new-password"
                    hint=hint
                    value=new
                    error=field_error(error, "new")
                />
                <div class="mt-4 flex items-center gap-4">
                    <Button kind=ButtonKind::Primary submit=true busy=action.pending()>
                        {t().settings.change_password}
                    </Button>
                    {move || {
                        done()
                            .then(|| {
                                view! { <p class="text-sm text-success-text">{t().settings.password_changed}</p> }
                            })
                    }}
                </div>
            </ActionForm>
        </Section>
    }
}

/// Why nothing was changed, unless a field says so.
#[component]
fn Failure(error: Signal<Option<ApiError>>) -> impl IntoView {
    move || {
        let error = error.get()?;
        let shown_below = error.0.fields.iter().any(|fault| FIELDS.contains(&fault.field.as_str()));
        (!shown_below)
            .then(|| view! { <Notice title=t().settings.password_not_changed text=error.to_string() /> })
    }
}

/// What is wrong with one field after the last attempt.
fn field_error(error: Signal<Option<ApiError>>, name: &'static str) -> Signal<Option<String>> {
    Signal::derive(move || {
        error.with(|error| error.as_ref()?.0.fields.iter().find(|fault| fault.field == name).map(sentence))
    })
}

/// What is said under a new password while it is typed.
fn password_hint(password: &str) -> String {
    let enough = LONG_ENOUGH.to_string();
    match password.chars().count() {
        0 => fill(t().settings.at_least, &[("enough", &enough)]),
        count if count < LONG_ENOUGH => {
            fill(t().settings.characters, &[("count", &count.to_string()), ("enough", &enough)])
        }
        _ => t().settings.long_enough.to_owned(),
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
