//! What the server alone knows of itself, as it draws it.

use leptos::prelude::*;
use vertice_domain::{Action, sandbox::SandboxRuntime};
use vertice_ports::sandbox::Tier;

use crate::{
    api::ApiError,
    pages::settings::Section,
    ssr,
    strings::{drawn, fill},
};

/// The variables that bring models, and what they want.
fn variables() -> [(&'static str, &'static str); 5] {
    let texts = &drawn().server;
    [
        ("ANTHROPIC_API_KEY", texts.anthropic_key),
        ("OPENAI_API_KEY", texts.openai_key),
        ("GOOGLE_API_KEY", texts.google_key),
        ("GROQ_API_KEY", texts.groq_key),
        ("OLLAMA_HOST", texts.ollama_host),
    ]
}

pub(crate) fn draw() -> Result<String, ApiError> {
    let (services, actor) = ssr::caller()?;
    actor.may(Action::ReadServer)?;
    let texts = &drawn().server;
    let lines = said(services.sandbox.tier());
    let lines =
        lines.into_iter().map(|line| view! { <li class="py-3 break-words">{line}</li> }).collect_view();
    let variables = variables().map(|(name, purpose)| {
        view! {
            <div class="py-3">
                <dt>
                    <code class="code-inline">{name}</code>
                </dt>
                <dd class="mt-1 text-xs text-muted-foreground">{purpose}</dd>
            </div>
        }
    });
    Ok(view! {
        <Section title=texts.code purpose=texts.code_purpose>
            <ul class="divide-y border-y text-sm">{lines}</ul>
        </Section>
        <Section title=texts.models purpose=texts.variables_purpose>
            <dl class="divide-y border-y">{variables.into_iter().collect_view()}</dl>
            <p class="mt-3 text-xs text-muted-foreground">{texts.found_here}</p>
        </Section>
    }
    .to_html())
}

/// What separates code from this machine, what does not hold, why it is no better, and what is open to it.
fn said(tier: Option<Tier>) -> Vec<String> {
    let texts = &drawn().server;
    let Some(Tier { runtime, shortcomings, reasons, hosts, folders }) = tier else {
        return vec![texts.code_tried.to_owned()];
    };
    let first = runtime.map_or_else(
        || texts.code_off.to_owned(),
        |runtime| fill(texts.code_within, &[("runtime", name(runtime))]),
    );
    let mut lines = vec![first];
    lines.extend(shortcomings.iter().map(|why| fill(texts.code_degraded, &[("why", why)])));
    lines.extend(
        reasons
            .iter()
            .map(|(runtime, why)| fill(texts.code_not, &[("runtime", name(*runtime)), ("why", why)])),
    );
    if !hosts.is_empty() {
        lines.push(fill(texts.code_hosts, &[("hosts", &hosts.join(", "))]));
    }
    if !folders.is_empty() {
        lines.push(fill(texts.code_folders, &[("folders", &folders.join(", "))]));
    }
    lines
}

fn name(runtime: SandboxRuntime) -> &'static str {
    let texts = &drawn().run;
    match runtime {
        SandboxRuntime::Gvisor => texts.gvisor,
        SandboxRuntime::Bubblewrap => texts.bubblewrap,
    }
}
