//! What a tool's server asks the person in the midst of a call: a form while it waits, what became of it afterwards. Its words
//! are the server's, shown as plain text under its name; it never looks like a form of this application's own.

use leptos::{ev, prelude::*, task::spawn_local};
use serde_json::Value;
use vertice_domain::{
    Elicitation, PartKind,
    elicitation::{Answer, Answers, Field, Wanted, host},
};

use super::elicitation_field::{Filled, field};
use crate::{
    api::chat::{CallVerdict, decide},
    chat::{entry::Entry, state::use_chat},
    strings::{fill, t},
    ui::{Button, ButtonKind, Icon},
};

/// The question at `position`.
#[component]
pub(super) fn ServerAsks(entry: Entry, position: u32) -> impl IntoView {
    let asked = {
        let entry = entry.clone();
        Memo::new(move |_| {
            entry.track();
            let over = entry.is_over();
            let found = entry.with_parts(|parts| {
                parts.iter().find(|part| part.position == position).and_then(|part| match &part.kind {
                    PartKind::Elicitation(asked) => Some(asked.clone()),
                    _ => None,
                })
            });
            found.map(|asked| (asked.is_open() && !over, asked))
        })
    };
    move || match asked.get() {
        Some((true, asked)) => {
            let name = format!("e-{}-{position}", entry.key);
            view! { <Form entry=entry.clone() asked=asked name=name /> }.into_any()
        }
        Some((false, asked)) => view! { <Told asked=asked /> }.into_any(),
        None => ().into_any(),
    }
}

/// What was asked, and what became of it.
#[component]
fn Told(asked: Elicitation) -> impl IntoView {
    let head = fill(t().elicitation.asked, &[("server", &asked.server)]);
    let outcome = match (&asked.answer, &asked.wanted) {
        (Some(Answer::Accept { .. }), Wanted::Url { url }) => {
            fill(t().elicitation.opened, &[("host", host(url))])
        }
        (Some(Answer::Accept { values }), wanted) => lines(wanted, values),
        (Some(Answer::Decline), _) => t().elicitation.declined.to_owned(),
        (Some(Answer::Cancel), _) => t().elicitation.cancelled.to_owned(),
        (Some(Answer::Lapsed | Answer::Unknown) | None, _) => t().elicitation.lapsed.to_owned(),
    };
    view! {
        <div class="tool tool-quiet px-3 py-2">
            <p class="text-2xs text-muted-foreground">{head}</p>
            <p dir="auto" class="mt-1 text-sm break-words whitespace-pre-wrap text-muted-foreground">{asked.message}</p>
            <p dir="auto" class="mt-1 text-sm break-words whitespace-pre-wrap">{outcome}</p>
        </div>
    }
}

fn lines(wanted: &Wanted, values: &Answers) -> String {
    let Wanted::Form { fields } = wanted else { return String::new() };
    let told = fields.iter().filter_map(|field| {
        let value = values.get(&field.name)?;
        let text = match value {
            Value::Bool(true) => t().elicitation.yes.to_owned(),
            Value::Bool(false) => t().elicitation.no.to_owned(),
            Value::Array(items) => {
                items.iter().map(|item| option(field, item)).collect::<Vec<_>>().join(", ")
            }
            value => option(field, value),
        };
        Some(format!("{}: {text}", field.label()))
    });
    told.collect::<Vec<_>>().join("\n")
}

/// A value as the person saw it.
fn option(field: &Field, value: &Value) -> String {
    let Some(text) = value.as_str() else { return value.to_string() };
    let known = field.options().iter().find(|option| option.value == text);
    known.map_or(text, |option| option.label()).to_owned()
}

#[component]
fn Form(entry: Entry, asked: Elicitation, name: String) -> impl IntoView {
    let chat = use_chat();
    let Elicitation { id, call, server, message, wanted, .. } = asked;
    let fields = match &wanted {
        Wanted::Form { fields } => fields.clone(),
        Wanted::Url { .. } | Wanted::Unknown => Vec::new(),
    };
    let filled = Filled::new(&fields);
    let busy = RwSignal::new(false);
    let head = fill(t().elicitation.asks, &[("server", &server)]);
    let spoken = format!("{head} {message}");
    Effect::new(move |_| chat.announcer.alert(spoken.clone()));
    let choose = Callback::new(move |verdict: CallVerdict| {
        let Some(turn) = entry.turn().filter(|_| !busy.get_untracked()) else { return };
        busy.set(true);
        filled.failure.set(None);
        let (call, id) = (call.clone(), id.clone());
        spawn_local(async move {
            match decide(turn, call, id, verdict).await {
                Ok(()) => chat.announcer.announce(t().calls.answered_said),
                Err(error) => {
                    let in_form = error.0.fields.iter().any(|fault| fault.field.starts_with("answers."));
                    let _gone = filled.failure.try_set(Some(error.clone()));
                    let _gone = busy.try_set(false);
                    if error.is_final() && !in_form {
                        chat.reload();
                    }
                }
            }
        });
    });
    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        choose.run(CallVerdict::Answers { answers: filled.answers.get_untracked() });
    };
    let inputs = fields
        .iter()
        .enumerate()
        .map(|(at, asked)| field(asked, format!("{name}-{at}"), filled))
        .collect_view();
    let way = match wanted {
        Wanted::Url { url } => view! { <Opens url=url choose=choose /> }.into_any(),
        Wanted::Form { .. } | Wanted::Unknown => {
            let send = fill(t().elicitation.send, &[("server", &server)]);
            view! { <Button kind=ButtonKind::Primary submit=true busy=busy>{send}</Button> }.into_any()
        }
    };
    let whole = move || {
        let failure = filled.failure.get()?;
        let beside = failure.0.fields.iter().any(|fault| fault.field.starts_with("answers."));
        (!beside).then(
            || view! { <p class="mt-2 text-sm text-destructive-text" role="alert">{failure.to_string()}</p> },
        )
    };
    let (title, titled) = (format!("{name}-title"), format!("{name}-title"));
    view! {
        <form class="tool !border-warning/45 px-3 py-3" aria-labelledby=titled novalidate on:submit=submit>
            <p id=title class="flex items-center gap-2 text-sm font-medium break-words">
                {Icon::Wrench.svg("size-4 shrink-0")}
                {head}
            </p>
            <p class="mt-1 text-xs text-muted-foreground">{fill(t().elicitation.stranger, &[("server", &server)])}</p>
            <p dir="auto" class="mt-3 border-l-2 pl-3 text-sm break-words whitespace-pre-wrap">{message}</p>
            {inputs}
            <div class="mt-3 flex flex-wrap gap-2">
                {way}
                <Button
                    kind=ButtonKind::Outline
                    disabled=busy
                    on_click=move |_| choose.run(CallVerdict::Deny { reason: None })
                >
                    {t().elicitation.decline}
                </Button>
                <Button kind=ButtonKind::Ghost disabled=busy on_click=move |_| choose.run(CallVerdict::Dismiss)>
                    {t().common.cancel}
                </Button>
            </div>
            {whole}
        </form>
    }
}

/// An address that the server wants to be opened: nothing opens by itself, and it is read before.
#[component]
fn Opens(url: String, choose: Callback<CallVerdict>) -> impl IntoView {
    let open = fill(t().elicitation.open, &[("host", host(&url))]);
    view! {
        <p class="w-full text-sm">
            {t().elicitation.opens}
            " "
            <span class="font-mono text-xs break-all">{url.clone()}</span>
        </p>
        <a
            class="btn btn-primary"
            href=url
            target="_blank"
            rel="noopener noreferrer"
            on:click=move |_| choose.run(CallVerdict::Answers { answers: Answers::new() })
        >
            {open}
        </a>
    }
}
