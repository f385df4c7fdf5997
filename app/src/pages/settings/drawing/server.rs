//! Server, for admins: who may register, how much people may use, how to add models, and what separates code from this
//! machine. Keys are set where the server starts, never here.

use leptos::prelude::*;
use vertice_domain::{account::Member, sandbox::SandboxRuntime};
use vertice_ports::sandbox::Tier;

use super::limits;
use crate::{
    pages::settings::{Line, Section},
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

pub(super) fn draw(tier: Option<Tier>, open: bool, members: Vec<Member>) -> String {
    let texts = &drawn().server;
    let lines = said(tier);
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
    view! {
        {people(open)}
        {limits::draw(members)}
        <Section title=texts.code purpose=texts.code_purpose>
            <ul class="divide-y border-y text-sm">{lines}</ul>
        </Section>
        <Section title=texts.models purpose=texts.variables_purpose>
            <dl class="divide-y border-y">{variables.into_iter().collect_view()}</dl>
            <p class="mt-3 text-xs text-muted-foreground">{texts.found_here}</p>
        </Section>
    }
    .to_html()
}

/// Who may register.
fn people(open: bool) -> AnyView {
    let texts = &drawn().settings;
    let text = if open { texts.registration_open } else { texts.registration_closed };
    view! {
        <Section title=texts.people>
            <div class="divide-y border-y">
                <Line title=texts.open_registration text=Signal::stored(text.to_owned())>
                    <form method="post">
                        <button
                            type="submit"
                            id="registration"
                            role="switch"
                            class="switch"
                            aria-label=texts.open_registration
                            aria-checked=if open { "true" } else { "false" }
                            name="act"
                            value=if open { "close-registration" } else { "open-registration" }
                            data-failed=texts.registration_not_changed
                        ></button>
                    </form>
                </Line>
            </div>
        </Section>
    }
    .into_any()
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
