//! Server, for admins: who may register, and how to add models. Keys are set where the server starts, never here.

use leptos::prelude::*;

use super::{super::frame::SiteState, Line, Section, limits::Limits};
use crate::{
    api::account::set_registration,
    ui::{Switch, Toast, use_toasts},
};

/// The variables that bring models, and what they want.
const PROVIDERS: [(&str, &str); 5] = [
    ("ANTHROPIC_API_KEY", "A key of the Anthropic console: the Claude models."),
    ("OPENAI_API_KEY", "A key of the OpenAI platform: the GPT models."),
    ("GOOGLE_API_KEY", "A key of Google AI Studio: the Gemini models."),
    ("GROQ_API_KEY", "A key of the Groq console: fast open models."),
    ("OLLAMA_HOST", "The address of an Ollama server, if it is not on this machine's usual port."),
];

#[component]
pub(super) fn Server() -> impl IntoView {
    let SiteState(site) = expect_context();
    let toasts = use_toasts();
    let busy = RwSignal::new(false);
    let open = Signal::derive(move || site.with(|site| site.registration_open));
    let change = move |open: bool| {
        busy.set(true);
        site.update(|site| site.registration_open = open);
        leptos::task::spawn_local(async move {
            if let Err(error) = set_registration(open).await {
                let _gone = site.try_update(|site| site.registration_open = !open);
                toasts.push(Toast::error("Registration was not changed", error.to_string()));
            }
            let _gone = busy.try_set(false);
        });
    };
    let text = Signal::derive(move || {
        if open.get() {
            "Anyone who reaches this server may make an account, at /register.".to_owned()
        } else {
            "Nobody can make an account by themselves.".to_owned()
        }
    });
    view! {
        <Section title="People">
            <div class="divide-y border-y">
                <Line title="Open registration" text=text>
                    <Switch label="Open registration" checked=open disabled=busy on_change=change />
                </Line>
            </div>
        </Section>
        <Limits />
        <Section
            title="Models"
            purpose="Set these where the server starts, or in the file .env beside it, then start it again."
        >
            <dl class="divide-y border-y">
                {PROVIDERS
                    .iter()
                    .map(|(name, purpose)| {
                        view! {
                            <div class="py-3">
                                <dt>
                                    <code class="code-inline">{*name}</code>
                                </dt>
                                <dd class="mt-1 text-xs text-muted-foreground">{*purpose}</dd>
                            </div>
                        }
                    })
                    .collect_view()}
            </dl>
            <p class="mt-3 text-xs text-muted-foreground">
                "Ollama, LM Studio, llama.cpp and vLLM on this machine are found by themselves."
            </p>
        </Section>
    }
}
