//! A field of a server's form. Nothing in it is ever a password's field, and the browser fills nothing in.

use leptos::prelude::*;
use serde_json::Value;
use vertice_domain::elicitation::{Answers, Choice, Field, FieldKind, TextFormat};

use crate::{
    api::ApiError,
    strings::t,
    ui::{FieldError, field::described_by},
};

/// What is in the form, and what was wrong with it.
#[derive(Clone, Copy)]
pub(super) struct Filled {
    pub(super) answers: RwSignal<Answers>,
    pub(super) failure: RwSignal<Option<ApiError>>,
}

impl Filled {
    /// As the form is when it is opened. What a person clears is nothing, and not what the server would have taken else.
    pub(super) fn new(fields: &[Field]) -> Self {
        let first = |field: &Field| match (&field.kind, field.default()) {
            (FieldKind::Flag { .. }, None) => Value::Bool(false),
            (_, default) => default.unwrap_or(Value::Null),
        };
        let answers = fields.iter().map(|field| (field.name.clone(), first(field))).collect();
        Self { answers: RwSignal::new(answers), failure: RwSignal::default() }
    }

    fn set(self, name: &str, value: Value) {
        self.answers.update(|answers| drop(answers.insert(name.to_owned(), value)));
    }
}

/// The field, whose control has the id `id`.
pub(super) fn field(field: &Field, id: String, filled: Filled) -> AnyView {
    let fault = {
        let name = format!("answers.{}", field.name);
        Signal::derive(move || filled.failure.get()?.field_in(&name, t().elicitation.fault))
    };
    let hint = field.description.clone();
    let described = {
        let (id, hint) = (id.clone(), hint.is_some());
        Signal::derive(move || described_by(&id, &[("hint", hint), ("error", fault.get().is_some())]))
    };
    let control = control(field, &id, filled, Aria { described, fault });
    let hint = hint.map(|hint| {
        view! { <p id=format!("{id}-hint") dir="auto" class="hint mt-1 break-words whitespace-pre-wrap">{hint}</p> }
    });
    view! {
        <div class="mt-3 min-w-0">
            {control}
            {hint}
            <FieldError id=id error=fault />
        </div>
    }
    .into_any()
}

/// What a control says of itself to screen readers.
#[derive(Clone, Copy)]
struct Aria {
    described: Signal<Option<String>>,
    fault: Signal<Option<String>>,
}

fn label(field: &Field) -> String {
    if field.required {
        field.label().to_owned()
    } else {
        format!("{} ({})", field.label(), t().elicitation.optional)
    }
}

fn control(field: &Field, id: &str, filled: Filled, aria: Aria) -> AnyView {
    let name = field.name.clone();
    let set = move |value: Value| filled.set(&name, value);
    match &field.kind {
        FieldKind::Text { format, default, .. } => {
            let kind = match format {
                Some(TextFormat::Email) => "email",
                Some(TextFormat::Uri) => "url",
                Some(TextFormat::Date) => "date",
                Some(TextFormat::DateTime) | None => "text",
            };
            line(field, id, kind, default.clone().unwrap_or_default(), aria, set)
        }
        FieldKind::Number { default, .. } => {
            let shown = default.as_ref().map(ToString::to_string).unwrap_or_default();
            line(field, id, "text", shown, aria, set)
        }
        FieldKind::Flag { default } => view! {
            <label class="flex min-h-8 items-center gap-2 text-sm">
                <input
                    id=id.to_owned()
                    type="checkbox"
                    checked=default.unwrap_or_default()
                    aria-describedby=aria.described
                    on:change:target=move |event| set(event.target().checked().into())
                />
                <span dir="auto" class="min-w-0 break-words">{field.label().to_owned()}</span>
            </label>
        }
        .into_any(),
        FieldKind::Choice { options, default } => choice(field, id, options, default.as_deref(), aria, set),
        FieldKind::Choices { options, default, .. } => {
            choices(field, id, options, default.clone().unwrap_or_default(), aria, set)
        }
    }
}

fn line(
    field: &Field,
    id: &str,
    kind: &'static str,
    value: String,
    aria: Aria,
    set: impl Fn(Value) + Send + Sync + 'static,
) -> AnyView {
    let mode = matches!(field.kind, FieldKind::Number { .. }).then_some("decimal");
    view! {
        <label class="label break-words" dir="auto" for=id.to_owned()>{label(field)}</label>
        <input
            id=id.to_owned()
            type=kind
            inputmode=mode
            dir="auto"
            class="field mt-1"
            autocomplete="off"
            value=value
            aria-required=field.required.then_some("true")
            aria-invalid=move || aria.fault.get().is_some().then_some("true")
            aria-describedby=aria.described
            on:input:target=move |event| {
                let text = event.target().value();
                set(if text.is_empty() { Value::Null } else { text.into() });
            }
        />
    }
    .into_any()
}

fn choice(
    field: &Field,
    id: &str,
    options: &[Choice],
    chosen: Option<&str>,
    aria: Aria,
    set: impl Fn(Value) + Send + Sync + 'static,
) -> AnyView {
    // Options are told apart by their place: what a server calls them is its own affair.
    let values: Vec<String> = options.iter().map(|option| option.value.clone()).collect();
    let shown = options.iter().enumerate().map(|(at, option)| {
        let selected = chosen == Some(option.value.as_str());
        view! { <option value=at.to_string() selected=selected>{option.label().to_owned()}</option> }
    });
    let shown = shown.collect_view();
    view! {
        <label class="label break-words" dir="auto" for=id.to_owned()>{label(field)}</label>
        <select
            id=id.to_owned()
            class="field mt-1"
            aria-required=field.required.then_some("true")
            aria-invalid=move || aria.fault.get().is_some().then_some("true")
            aria-describedby=aria.described
            on:change:target=move |event| {
                let place = event.target().value().parse::<usize>().ok();
                set(place.and_then(|place| values.get(place).cloned()).map_or(Value::Null, Value::from));
            }
        >
            <option value="" selected=chosen.is_none()>{t().elicitation.choose}</option>
            {shown}
        </select>
    }
    .into_any()
}

fn choices(
    field: &Field,
    id: &str,
    options: &[Choice],
    chosen: Vec<String>,
    aria: Aria,
    set: impl Fn(Value) + Send + Sync + 'static,
) -> AnyView {
    let kept = RwSignal::new(chosen.clone());
    let set = Callback::new(move |()| set(Value::from(kept.get_untracked())));
    let shown = options.iter().map(|option| {
        let (value, checked) = (option.value.clone(), chosen.contains(&option.value));
        view! {
            <label class="flex min-h-8 items-center gap-2 text-sm">
                <input
                    type="checkbox"
                    checked=checked
                    on:change:target=move |event| {
                        let is_in = event.target().checked();
                        kept.update(|kept| {
                            kept.retain(|other| *other != value);
                            if is_in {
                                kept.push(value.clone());
                            }
                        });
                        set.run(());
                    }
                />
                <span dir="auto" class="min-w-0 break-words">{option.label().to_owned()}</span>
            </label>
        }
    });
    let shown = shown.collect_view();
    view! {
        <fieldset id=id.to_owned() class="min-w-0" aria-describedby=aria.described>
            <legend class="label break-words" dir="auto">{label(field)}</legend>
            {shown}
        </fieldset>
    }
    .into_any()
}
