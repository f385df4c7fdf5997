//! Appearance: the theme, the language, and whether the browser tells when something waits.

use leptos::{html, prelude::*};

use super::{Line, Section};
use crate::{
    preferences::Preferences,
    strings::{Language, t},
    ui::{
        Choice, Segment, Switch,
        browser::{self, notices},
        theme::themes,
        use_theme,
    },
};

/// How a theme looks in small: canvas, sidebar, bubble, ink, faded ink, line.
type Palette = [&'static str; 6];

const LIGHT: Palette = ["#fff", "#f8fafc", "#e8eef5", "#94a3b8", "#cbd5e1", "#cbd5e1"];
const DARK: Palette = ["#0f172a", "#0b1120", "#1e293b", "#475569", "#334155", "#334155"];

fn pictures(theme: &str) -> &'static [Palette] {
    match theme {
        "light" => &[LIGHT],
        "dark" => &[DARK],
        _ => &[LIGHT, DARK],
    }
}

#[component]
pub(super) fn Appearance() -> impl IntoView {
    let theme = use_theme();
    let word = theme.word();
    let group: NodeRef<html::Div> = NodeRef::new();
    let step = move |event: leptos::ev::KeyboardEvent| {
        let Some(step) = browser::Step::of_key(&event.key()) else { return };
        event.prevent_default();
        let themes = themes();
        let current = themes.iter().position(|choice| choice.value == word.get_untracked());
        theme.choose(themes[step.apply(current, themes.len())].value);
        if let Some(group) = group.get_untracked() {
            browser::focus_step(&group, "[role=radio]", step);
        }
    };
    view! {
        <Section title=t().common.theme>
            <div
                node_ref=group
                class="grid grid-cols-3 gap-4"
                role="radiogroup"
                aria-label=t().common.theme
                on:keydown=step
            >
                {themes().into_iter().map(|choice| view! { <Card choice=choice /> }).collect_view()}
            </div>
        </Section>
        <Section title=t().common.notifications>
            <Notices />
        </Section>
        <Section title=t().settings.language purpose=t().settings.language_purpose>
            <LanguageChoice />
        </Section>
    }
}

/// Whether the browser tells when something waits.
#[component]
fn Notices() -> impl IntoView {
    let (wanted, refused) = (RwSignal::new(false), RwSignal::new(false));
    // Only the browser knows.
    Effect::new(move |_| wanted.set(notices::are_wanted()));
    let change = move |on: bool| {
        if !on {
            notices::unwant();
            return wanted.set(false);
        }
        leptos::task::spawn_local(async move {
            let allowed = notices::want().await;
            let _gone = wanted.try_set(allowed);
            let _gone = refused.try_set(!allowed);
        });
    };
    let text = Signal::derive(move || {
        let text = if refused.get() { t().settings.notices_refused } else { t().settings.notices_text };
        text.to_owned()
    });
    view! {
        <div class="border-y">
            <Line title=t().settings.notices text=text>
                <Switch label=t().settings.notices checked=wanted on_change=change />
            </Line>
        </div>
    }
}

/// The word for leaving the language to the browser.
const OF_THE_BROWSER: &str = "";

/// The languages. Another one is kept as the theme is; the page is loaded anew in it.
#[component]
fn LanguageChoice() -> impl IntoView {
    let Preferences { language, .. } = expect_context();
    let chosen = RwSignal::new(language.map_or(OF_THE_BROWSER, Language::tag));
    let languages = Language::ALL.map(|language| (language.tag(), language.name()));
    let choices = std::iter::once((OF_THE_BROWSER, t().settings.language_browser)).chain(languages);
    let choices = choices.map(|(value, label)| Choice { value, label, icon: None }).collect::<Vec<_>>();
    let choose = Callback::new(move |tag: &'static str| {
        chosen.set(tag);
        browser::set_cookie("language", tag);
        browser::reload();
    });
    view! { <Segment label=t().settings.language choices=choices value=chosen on_change=choose /> }
}

#[component]
fn Card(choice: Choice) -> impl IntoView {
    let theme = use_theme();
    let word = theme.word();
    let chosen = Memo::new(move |_| word.get() == choice.value);
    view! {
        <button
            type="button"
            role="radio"
            class="rounded-lg text-left"
            aria-checked=move || if chosen.get() { "true" } else { "false" }
            tabindex=move || if chosen.get() { "0" } else { "-1" }
            on:click=move |_| theme.choose(choice.value)
        >
            <span
                class="flex h-28 w-full overflow-hidden rounded-lg border"
                class=("!border-primary", move || chosen.get())
                class=("ring-2", move || chosen.get())
                class=("ring-primary/25", move || chosen.get())
                aria-hidden="true"
            >
                {pictures(choice.value).iter().map(picture).collect_view()}
            </span>
            <span
                class="mt-2 block text-sm"
                class=("font-medium", move || chosen.get())
                class=("text-muted-foreground", move || !chosen.get())
            >
                {choice.label}
            </span>
        </button>
    }
}

fn picture(palette: &Palette) -> impl IntoView + use<> {
    let [canvas, sidebar, bubble, ink, faded, line] = *palette;
    let paint = |colour: &str| format!("background:{colour}");
    view! {
        <span class="flex h-full min-w-0 flex-1" style=paint(canvas)>
            <span class="h-full w-1/4" style=paint(sidebar)></span>
            <span class="flex flex-1 flex-col gap-1.5 p-3">
                <span class="h-2 w-1/2 self-end rounded-sm" style=paint(bubble)></span>
                <span class="h-1.5 w-4/5 rounded-sm" style=paint(ink)></span>
                <span class="h-1.5 w-3/5 rounded-sm" style=paint(faded)></span>
                <span class="mt-auto h-4 rounded-sm border" style=format!("border-color:{line}")></span>
            </span>
        </span>
    }
}
