//! One of a few: a radio group drawn as a segmented control.

use leptos::{html, prelude::*};

use super::{Icon, browser};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Choice {
    /// The word for it in the program.
    pub value: &'static str,
    /// What it is called.
    pub label: &'static str,
    pub icon: Option<Icon>,
}

/// Choices side by side; arrows move and choose.
#[component]
pub fn Segment(
    /// What is chosen.
    #[prop(into)]
    label: String,
    choices: Vec<Choice>,
    /// The value of the one chosen.
    #[prop(into)]
    value: Signal<&'static str>,
    /// Another one is wanted.
    #[prop(into)]
    on_change: Callback<&'static str>,
) -> impl IntoView {
    let group: NodeRef<html::Span> = NodeRef::new();
    let values: Vec<&'static str> = choices.iter().map(|choice| choice.value).collect();
    let step = move |event: leptos::ev::KeyboardEvent| {
        let Some(step) = browser::Step::of_key(&event.key()) else { return };
        event.prevent_default();
        let current = values.iter().position(|known| *known == value.get_untracked());
        on_change.run(values[step.apply(current, values.len())]);
        if let Some(group) = group.get_untracked() {
            browser::focus_step(&group, "[role=radio]", step);
        }
    };
    view! {
        <span node_ref=group class="seg" role="radiogroup" aria-label=label on:keydown=step>
            {choices
                .into_iter()
                .map(|choice| {
                    let chosen = move || value.get() == choice.value;
                    view! {
                        <button
                            type="button"
                            role="radio"
                            aria-checked=move || if chosen() { "true" } else { "false" }
                            tabindex=move || if chosen() { "0" } else { "-1" }
                            on:click=move |_| on_change.run(choice.value)
                        >
                            {choice.icon.map(|icon| icon.svg("size-4"))}
                            {choice.label}
                        </button>
                    }
                })
                .collect_view()}
        </span>
    }
}
