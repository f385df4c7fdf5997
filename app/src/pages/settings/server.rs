//! Server, for admins: who may register, and how to add models. Keys are set where the server starts, never here.

use leptos::prelude::*;

use super::{super::frame::SiteState, Line, Section, limits::Limits};
use crate::{
    api::account::set_registration,
    strings::t,
    ui::{Switch, Toast, use_toasts},
};

/// The variables that bring models, and what they want.
fn variables() -> [(&'static str, &'static str); 5] {
    [
        ("ANTHROPIC_API_KEY", t().settings.anthropic_key),
        ("OPENAI_API_KEY", t().settings.openai_key),
        ("GOOGLE_API_KEY", t().settings.google_key),
        ("GROQ_API_KEY", t().settings.groq_key),
        ("OLLAMA_HOST", t().settings.ollama_host),
    ]
}

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
                toasts.push(Toast::error(t().settings.registration_not_changed, error.to_string()));
            }
            let _gone = busy.try_set(false);
        });
    };
    let text = Signal::derive(move || {
        if open.get() {
            t().settings.registration_open.to_owned()
        } else {
            t().settings.registration_closed.to_owned()
        }
    });
    view! {
        <Section title=t().settings.people>
            <div class="divide-y border-y">
                <Line title=t().settings.open_registration text=text>
                    <Switch label=t().settings.open_registration checked=open disabled=busy on_change=change />
                </Line>
            </div>
        </Section>
        <Limits />
        <Section
            title=t().settings.models
            purpose=t().settings.variables_purpose
        >
            <dl class="divide-y border-y">
                {variables()
                    .into_iter()
                    .map(|(name, purpose)| {
                        view! {
                            <div class="py-3">
                                <dt>
                                    <code class="code-inline">{name}</code>
                                </dt>
                                <dd class="mt-1 text-xs text-muted-foreground">{purpose}</dd>
                            </div>
                        }
                    })
                    .collect_view()}
            </dl>
            <p class="mt-3 text-xs text-muted-foreground">
                {t().settings.found_here}
            </p>
        </Section>
    }
}
