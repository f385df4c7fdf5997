//! The form that changes the user's password. It works without JavaScript: then the page comes again, with what was wrong.

use leptos::{form::ActionForm, html, prelude::*};

use super::{
    super::{
        door::{Failure, field_error},
        register::password_hint,
    },
    Section,
};
use crate::{
    api::{ApiError, account::ChangePassword},
    strings::t,
    ui::{Button, ButtonKind, PasswordField, use_announcer},
};

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
            <Failure error=error fields=&["current", "new"] title=t().settings.password_not_changed />
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
