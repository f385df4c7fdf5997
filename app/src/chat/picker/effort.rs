//! How hard the models are to think: a row under the list of models.

use leptos::prelude::*;
use vertice_domain::{ModelChoice, chat::Effort};

use crate::{
    chat::{draft, state::use_chat},
    ui::{Choice, Segment},
};

/// The word for leaving it to the model.
const BY_ITSELF: &str = "auto";

const CHOICES: &[Choice] = &[
    Choice { value: BY_ITSELF, label: "Auto", icon: None },
    Choice { value: Effort::Low.as_str(), label: "Low", icon: None },
    Choice { value: Effort::Medium.as_str(), label: "Medium", icon: None },
    Choice { value: Effort::High.as_str(), label: "High", icon: None },
];

#[component]
pub(super) fn EffortRow() -> impl IntoView {
    let chat = use_chat();
    let value = Signal::derive(move || chat.composer.effort.get().map_or(BY_ITSELF, Effort::as_str));
    let change = Callback::new(move |word: &'static str| {
        let effort = Effort::parse(word);
        chat.composer.effort.set(effort);
        draft::keep_effort(effort);
    });
    let unthinking = move || {
        let ModelChoice::Named(id) = chat.composer.model.get() else { return false };
        chat.models.with(|models| models.iter().any(|model| model.id == id && !model.thinking))
    };
    view! {
        <div class="-mx-1 mt-1 flex flex-wrap items-center gap-x-3 gap-y-1 border-t px-3 py-2 text-xs">
            <span class="mr-auto">
                "Thinking"
                {move || {
                    unthinking().then(|| view! { <span class="text-muted-foreground">". The chosen model does not."</span> })
                }}
            </span>
            <Segment label="Thinking" choices=CHOICES value=value on_change=change />
        </div>
    }
}

/// What the picker's button says of it; nothing while it is left to the models.
pub(super) fn word(effort: Option<Effort>) -> Option<&'static str> {
    let choice = CHOICES.iter().find(|choice| effort.is_some_and(|effort| choice.value == effort.as_str()));
    choice.map(|choice| choice.label)
}
