//! Form fields with label, hint and error, tied together for screen readers. They work without JavaScript.

use crate::strings::t;
use leptos::prelude::*;

use super::Icon;

/// What describes a field to screen readers: those of the parts that are there.
pub(crate) fn described_by(id: &str, parts: &[(&str, bool)]) -> Option<String> {
    let ids: Vec<String> =
        parts.iter().filter(|(_, there)| *there).map(|(part, _)| format!("{id}-{part}")).collect();
    (!ids.is_empty()).then(|| ids.join(" "))
}

/// What is wrong with a field.
#[component]
pub fn FieldError(#[prop(into)] id: String, #[prop(into)] error: Signal<Option<String>>) -> impl IntoView {
    let id = format!("{id}-error");
    move || {
        error.get().map(|text| {
            view! {
                <p id=id.clone() class="mt-1.5 flex items-start gap-1.5 text-xs text-destructive-text">
                    {Icon::CircleAlert.svg("mt-px size-3.5 shrink-0")}
                    <span>{text}</span>
                </p>
            }
        })
    }
}

/// A failure of a whole form, above it.
#[component]
pub fn Notice(
    /// What happened.
    #[prop(into)]
    title: String,
    /// What to do.
    #[prop(into)]
    text: String,
) -> impl IntoView {
    view! {
        <div role="alert" class="mt-6 flex gap-3 rounded-lg border border-destructive/35 bg-destructive/6 p-3">
            {Icon::CircleAlert.svg("mt-0.5 size-4 shrink-0 text-destructive-text")}
            <div class="min-w-0">
                <p class="text-sm font-medium">{title}</p>
                {(!text.is_empty()).then(|| view! { <p class="text-xs text-muted-foreground">{text}</p> })}
            </div>
        </div>
    }
}

/// A line of text in a form.
#[component]
pub fn TextField(
    /// Its id, and its name in the form.
    id: &'static str,
    /// What it asks for.
    label: &'static str,
    /// A word of help.
    #[prop(optional)]
    hint: Option<&'static str>,
    /// An example of what to write.
    #[prop(optional)]
    placeholder: Option<&'static str>,
    /// Whether it may not stay empty.
    #[prop(optional)]
    required: bool,
    /// The most characters it takes.
    #[prop(optional)]
    max: Option<u32>,
    /// What is wrong with it.
    #[prop(optional, into)]
    error: Signal<Option<String>>,
    /// What is written in it, to follow it.
    #[prop(optional, into)]
    value: Option<RwSignal<String>>,
) -> impl IntoView {
    view! {
        <div class="mt-4">
            <label class="label" for=id>
                {label}
            </label>
            <div class="mt-1.5">
                <input
                    id=id
                    name=id
                    type="text"
                    class="field !h-10"
                    autocomplete="off"
                    autocapitalize="off"
                    spellcheck="false"
                    placeholder=placeholder
                    required=required
                    maxlength=max
                    value=value.map(|value| value.get_untracked())
                    aria-invalid=move || error.get().is_some().then_some("true")
                    aria-describedby=move || described_by(id, &[("hint", hint.is_some()), ("error", error.get().is_some())])
                    on:input:target=move |event| {
                        if let Some(value) = value {
                            value.set(event.target().value());
                        }
                    }
                />
            </div>
            <FieldError id=id error=error />
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

/// Several lines of text in a form.
#[component]
pub fn TextArea(
    #[prop(into)] id: String,
    /// What it asks for.
    label: &'static str,
    /// A word of help.
    #[prop(optional)]
    hint: Option<&'static str>,
    /// How many lines are seen at least.
    rows: u32,
    /// What is wrong with it.
    #[prop(optional, into)]
    error: Signal<Option<String>>,
    /// What is written in it.
    value: RwSignal<String>,
) -> impl IntoView {
    let own = id.clone();
    view! {
        <div class="mt-4">
            <label class="label" for=id.clone()>
                {label}
            </label>
            <textarea
                id=id.clone()
                dir="auto"
                rows=rows
                class="field mt-1.5 !h-auto max-h-[40dvh] py-2 font-mono !text-xs [field-sizing:content]"
                autocomplete="off"
                autocapitalize="off"
                spellcheck="false"
                aria-invalid=move || error.get().is_some().then_some("true")
                aria-describedby=move || described_by(&own, &[("hint", hint.is_some()), ("error", error.get().is_some())])
                on:input:target=move |event| value.set(event.target().value())
            >
                {value.get_untracked()}
            </textarea>
            <FieldError id=id.clone() error=error />
            {hint.map(|hint| view! { <p id=format!("{id}-hint") class="hint mt-1.5">{hint}</p> })}
        </div>
    }
}

/// A password, which can be shown.
#[component]
pub fn PasswordField(
    /// Its id and its name in the form.
    id: &'static str,
    /// What it asks for.
    label: &'static str,
    /// `current-password` or `new-password`.
    autocomplete: &'static str,
    /// A word of help, which may follow what is typed.
    #[prop(optional, into)]
    hint: Option<Signal<String>>,
    /// What is wrong with it.
    #[prop(optional, into)]
    error: Signal<Option<String>>,
    /// What is typed, to follow it.
    #[prop(optional, into)]
    value: Option<RwSignal<String>>,
) -> impl IntoView {
    let shown = RwSignal::new(false);
    let toggle_label = move || if shown.get() { t().common.hide_password } else { t().common.show_password };
    view! {
        <div class="mt-4">
            <label class="label" for=id>
                {label}
            </label>
            <div class="relative mt-1.5">
                <input
                    id=id
                    name=id
                    type=move || if shown.get() { "text" } else { "password" }
                    class="field !h-10 !pr-11"
                    autocomplete=autocomplete
                    autocapitalize="off"
                    spellcheck="false"
                    required=true
                    aria-invalid=move || error.get().is_some().then_some("true")
                    aria-describedby=move || described_by(id, &[("hint", hint.is_some()), ("error", error.get().is_some())])
                    on:input:target=move |event| {
                        if let Some(value) = value {
                            value.set(event.target().value());
                        }
                    }
                />
                <button
                    type="button"
                    class="btn btn-ghost btn-icon btn-sm absolute top-1.5 right-1.5"
                    aria-label=toggle_label
                    aria-pressed=move || if shown.get() { "true" } else { "false" }
                    on:click=move |_| shown.update(|shown| *shown = !*shown)
                >
                    {move || if shown.get() { Icon::EyeOff.svg("size-4") } else { Icon::Eye.svg("size-4") }}
                </button>
            </div>
            <FieldError id=id error=error />
            {hint
                .map(|hint| {
                    view! {
                        <p id=format!("{id}-hint") class="hint mt-1.5">
                            {move || hint.get()}
                        </p>
                    }
                })}
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::described_by;

    #[test]
    fn a_field_names_what_describes_it() {
        assert_eq!(
            described_by("email", &[("hint", true), ("error", true)]).as_deref(),
            Some("email-hint email-error")
        );
        assert_eq!(described_by("email", &[("hint", false)]), None);
    }
}
