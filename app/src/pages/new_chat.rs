//! The start page: a greeting and the composer. With the first message it becomes the conversation, in its place.

use leptos::prelude::*;
use leptos_meta::Title;
use vertice_domain::{ModelInfo, Profile, Provider};

use super::{
    chat::OpenConversation,
    frame::{Headline, Present},
};
use crate::{
    api::models::models,
    chat::{Composer, start_with, use_chat},
    panel::PanelState,
    strings::{fill, t},
    ui::{Icon, Keys},
};

/// The start page.
#[component]
pub fn NewChat() -> impl IntoView {
    PanelState::provide();
    let chat = use_chat();
    chat.open_new();
    let Headline(headline) = expect_context();
    Effect::new(move |_| headline.set(t().common.brand.to_owned()));
    let known = Resource::new_blocking(
        || (),
        move |()| async move {
            if chat.models.with_untracked(Vec::is_empty) { models().await.map(Some) } else { Ok(None) }
        },
    );
    let content = move || {
        Suspend::new(async move {
            // Without the list there is still the router's choice.
            if let Ok(Some(models)) = known.await {
                chat.models.set(models);
            }
            view! { <Start /> }
        })
    };
    view! {
        <Title text="" />
        <Suspense>{content}</Suspense>
    }
}

#[component]
fn Start() -> impl IntoView {
    let chat = use_chat();
    let empty = Memo::new(move |_| chat.thread.entries.with(Vec::is_empty));
    move || {
        if empty.get() {
            view! { <Greeting /> }.into_any()
        } else {
            view! { <OpenConversation /> }.into_any()
        }
    }
}

#[component]
fn Greeting() -> impl IntoView {
    let profile: Profile = expect_context();
    let present: Present = expect_context();
    let name = profile.name.split_whitespace().next().unwrap_or_default().to_owned();
    let hour =
        (present.now.as_millis() / 60_000 + i64::from(present.utc_offset_minutes)).rem_euclid(1_440) / 60;
    let greeting = crate::chat::greeting(hour);
    let greeting = if name.is_empty() {
        fill(t().chat.greeting, &[("greeting", greeting)])
    } else {
        fill(t().chat.greeting_name, &[("greeting", greeting), ("name", &name)])
    };
    view! {
        <div class="flex flex-1 flex-col overflow-y-auto px-4 pb-4 md:justify-center md:px-0 md:pb-24">
            <div class="mx-auto flex w-full max-w-[712px] flex-1 flex-col md:flex-none">
                <div class="my-auto md:my-0">
                    <h1 class="text-3xl font-semibold text-balance max-md:text-2xl">
                        {greeting} <br /> <span class="text-muted-foreground">{t().chat.question}</span>
                    </h1>
                </div>
                <div class="relative mt-8 max-md:order-last max-md:mt-4">
                    <Composer tall=true />
                </div>
                <DemoOnly />
                <Suggestions />
            </div>
        </div>
        <p class="hidden pb-6 text-center text-xs text-muted-foreground md:block">
            {t().chat.auto_hint} <Keys keys="mod+shift+M" /> {t().chat.auto_hint_end}
        </p>
    }
}

/// Beginnings of messages, for whoever does not know yet what to ask. Choosing one writes it into the composer.
#[component]
fn Suggestions() -> impl IntoView {
    let chat = use_chat();
    let all = [
        (Icon::MenuLines, t().chat.suggest_summary, t().chat.suggest_summary_text),
        (Icon::Pencil, t().chat.suggest_mail, t().chat.suggest_mail_text),
        (Icon::Wrench, t().chat.suggest_code, t().chat.suggest_code_text),
        (Icon::Sliders, t().chat.suggest_compare, t().chat.suggest_compare_text),
    ];
    let chips = all.map(|(icon, label, text)| {
        view! {
            <button
                type="button"
                class="btn btn-outline btn-sm !rounded-full font-normal"
                on:click=move |_| start_with(chat, text)
            >
                {icon.svg("size-4 text-muted-foreground")}
                {label}
            </button>
        }
    });
    view! {
        <div class="mt-4 flex flex-wrap gap-2" role="group" aria-label=t().chat.suggestions>
            {chips.collect_view()}
        </div>
    }
}

/// How to have a real model, while there is none.
#[component]
fn DemoOnly() -> impl IntoView {
    let models = use_chat().models;
    let demo_only = move || {
        let is_real = |model: &ModelInfo| model.available && model.provider != Provider::Demo;
        models.with(|models| !models.is_empty() && !models.iter().any(is_real))
    };
    move || {
        demo_only().then(|| {
            view! {
                <div class="mt-4 flex flex-wrap items-center gap-x-4 gap-y-2">
                <p class="min-w-0 flex-1 basis-60 text-xs text-muted-foreground">
                    {t().chat.demo_only} <code class="code-inline">"ANTHROPIC_API_KEY"</code>
                    {t().chat.demo_or} <code class="code-inline">"OPENAI_API_KEY"</code> {t().chat.demo_end}
                </p>
                <a class="btn btn-primary btn-sm" href="/settings?tab=models">
                    {Icon::Key.svg("size-4")}
                    {t().chat.add_key}
                </a>
                </div>
            }
        })
    }
}
