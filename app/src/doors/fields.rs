//! Fields as these pages have them: drawn once, with what was typed before and with what was wrong.

use leptos::prelude::*;

use crate::{
    api::account::LONG_ENOUGH,
    strings::{drawn, fill, t},
    ui::{FieldError, Icon, field::described_by},
};

/// A line of text.
#[component]
pub(super) fn Line(
    /// Its id, and its name in the form.
    id: &'static str,
    /// What it asks for.
    label: &'static str,
    #[prop(default = "text")] kind: &'static str,
    /// What the browser may fill in.
    #[prop(default = "off")]
    autocomplete: &'static str,
    /// A word of help.
    #[prop(optional)]
    hint: Option<&'static str>,
    #[prop(optional)] placeholder: Option<&'static str>,
    #[prop(optional)] required: bool,
    /// The most characters it takes.
    #[prop(optional)]
    max: Option<u32>,
    /// Whether the text is code.
    #[prop(optional)]
    code: bool,
    /// What was typed before.
    value: String,
    /// What is wrong with it.
    error: Option<String>,
    /// Whether one begins here.
    focused: bool,
) -> impl IntoView {
    let class = if code { "field !h-10 font-mono text-xs" } else { "field !h-10" };
    let described = described_by(id, &[("hint", hint.is_some()), ("error", error.is_some())]);
    view! {
        <div class="mt-4">
            <label class="label flex items-baseline justify-between" for=id>
                {label}
                {(!required)
                    .then(|| {
                        view! { <span class="text-xs font-normal text-muted-foreground">{drawn().doors.optional}</span> }
                    })}
            </label>
            <div class="mt-1.5">
                <input
                    id=id
                    name=id
                    type=kind
                    class=class
                    autocomplete=autocomplete
                    autocapitalize="off"
                    spellcheck="false"
                    placeholder=placeholder
                    required=required
                    maxlength=max
                    value=value
                    autofocus=focused
                    aria-invalid=error.is_some().then_some("true")
                    aria-describedby=described
                />
            </div>
            <FieldError id=id error=Signal::stored(error) />
            {hint
                .map(|hint| {
                    view! {
                        <p id=format!("{id}-hint") class="hint mt-1.5">
                            {hint}
                        </p>
                    }
                })}
        </div>
    }
}

/// The password. It is never drawn with one in it; where there are scripts it can be shown.
#[component]
pub(super) fn Password(
    /// Whether it is thought up here, rather than remembered.
    #[prop(optional)]
    new: bool,
    /// What is wrong with it.
    error: Option<String>,
    /// Whether one begins here.
    focused: bool,
) -> impl IntoView {
    let described = described_by("password", &[("hint", new), ("error", error.is_some()), ("caps", true)]);
    view! {
        <div class="mt-4">
            <label class="label" for="password">
                {drawn().doors.password}
            </label>
            <div class="relative mt-1.5">
                <input
                    id="password"
                    name="password"
                    type="password"
                    class="field !h-10 !pr-11"
                    autocomplete=if new { "new-password" } else { "current-password" }
                    autocapitalize="off"
                    spellcheck="false"
                    required=true
                    autofocus=focused
                    aria-invalid=error.is_some().then_some("true")
                    aria-describedby=described
                />
                <button
                    id="password-show"
                    type="button"
                    hidden=true
                    class="btn btn-ghost btn-icon btn-sm absolute top-1.5 right-1.5"
                    aria-label=t().common.show_password
                    aria-pressed="false"
                    data-show=t().common.show_password
                    data-hide=t().common.hide_password
                >
                    <span class="contents">{Icon::Eye.svg("size-4")}</span>
                    <span class="contents" hidden=true>
                        {Icon::EyeOff.svg("size-4")}
                    </span>
                </button>
            </div>
            <FieldError id="password" error=Signal::stored(error) />
            <p id="password-caps" class="hint mt-1.5" role="status" hidden=true>
                {drawn().doors.caps_lock}
            </p>
            {new.then(|| view! { <Hint /> })}
        </div>
    }
}

/// What is said under a new password; the script says it anew while it is typed.
#[component]
fn Hint() -> impl IntoView {
    let enough = LONG_ENOUGH.to_string();
    let filled = |text| fill(text, &[("enough", &enough), ("count", "{count}")]);
    let none = filled(t().settings.at_least);
    view! {
        <p
            id="password-hint"
            class="hint mt-1.5"
            data-enough=enough.clone()
            data-none=none
            data-some=filled(t().settings.characters)
            data-long=t().settings.long_enough
        >
            {none.clone()}
        </p>
    }
}
