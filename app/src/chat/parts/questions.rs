//! What the model asks the person: a form while it waits, questions and answers as one block afterwards. All of it was written
//! by a model and is shown as plain text.

use leptos::{ev, prelude::*, task::spawn_local};
use vertice_domain::{elicitation::Answers, question::Question};

use super::call_view::{Asked, call_at, result_of};
use crate::{
    api::chat::{CallVerdict, decide},
    chat::{entry::Entry, state::use_chat},
    strings::t,
    ui::{Button, ButtonKind},
};

/// The questions of the call at `position`.
#[component]
pub(super) fn Questions(entry: Entry, position: u32) -> impl IntoView {
    let asked = {
        let entry = entry.clone();
        Memo::new(move |_| {
            entry.track();
            let over = entry.is_over();
            entry.with_parts(|parts| {
                let call = call_at(parts, position).filter(|_| !over)?;
                Some((Asked::of(call)?, call.questions()?))
            })
        })
    };
    let told = {
        let entry = entry.clone();
        Memo::new(move |_| {
            entry.track();
            entry.with_parts(|parts| {
                let call = call_at(parts, position)?;
                result_of(parts, &call.id).map(|result| result.content.clone())
            })
        })
    };
    move || {
        match asked.get() {
        Some((asked, questions)) => {
            view! { <Form entry=entry.clone() asked=asked questions=questions name=format!("q-{}-{position}", entry.key) /> }
                .into_any()
        }
        None => told.get().map(|told| view! { <Told text=told /> }).into_any(),
    }
    }
}

/// Questions and answers, as the model was told them.
#[component]
fn Told(text: String) -> impl IntoView {
    view! {
        <div class="tool tool-quiet px-3 py-2">
            <p class="text-2xs text-muted-foreground">{t().calls.asked_you}</p>
            <p dir="auto" class="mt-1 text-sm break-words whitespace-pre-wrap">{text}</p>
        </div>
    }
}

#[component]
fn Form(entry: Entry, asked: Asked, questions: Vec<Question>, name: String) -> impl IntoView {
    let chat = use_chat();
    let answers = RwSignal::new(Answers::new());
    let (busy, failure) = (RwSignal::new(false), RwSignal::new(None::<String>));
    let spoken = questions.first().map(|question| question.text.clone()).unwrap_or_default();
    Effect::new(move |_| chat.announcer.alert(spoken.clone()));
    let choose = Callback::new(move |verdict: CallVerdict| {
        let Some(turn) = entry.turn().filter(|_| !busy.get_untracked()) else { return };
        busy.set(true);
        failure.set(None);
        let Asked { call, fingerprint, .. } = asked.clone();
        spawn_local(async move {
            match decide(turn, call, fingerprint, verdict).await {
                Ok(()) => chat.announcer.announce(t().calls.answered_said),
                Err(error) => {
                    let _gone = failure.try_set(Some(error.to_string()));
                    let _gone = busy.try_set(false);
                    if error.is_final() {
                        chat.reload();
                    }
                }
            }
        });
    });
    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        choose.run(CallVerdict::Answers { answers: answers.get_untracked() });
    };
    let nothing = Signal::derive(move || {
        answers.with(|all| all.values().all(|answer| answer.as_str().unwrap_or_default().trim().is_empty()))
    });
    let fields = questions.into_iter().map(|question| field(&question, &name, answers)).collect_view();
    view! {
        <form class="tool !border-warning/45 px-3 py-3" on:submit=submit>
            <p class="text-sm font-medium">{t().calls.asks_you}</p>
            {fields}
            <div class="mt-3 flex flex-wrap gap-2">
                <Button kind=ButtonKind::Primary submit=true busy=busy disabled=nothing>{t().calls.send_answers}</Button>
                <Button
                    kind=ButtonKind::Ghost
                    disabled=busy
                    on_click=move |_| choose.run(CallVerdict::Deny { reason: None })
                >
                    {t().calls.pass_over}
                </Button>
            </div>
            {move || failure.get().map(|failure| view! {
                <p class="mt-2 text-sm text-destructive-text" role="alert">{failure}</p>
            })}
        </form>
    }
}

/// A question with its choices, and a field where another answer may be given.
fn field(question: &Question, form: &str, answers: RwSignal<Answers>) -> AnyView {
    let name = format!("{form}-{}", question.id);
    let set = {
        let id = question.id.clone();
        move |answer: String| answers.update(|all| drop(all.insert(id.clone(), answer.into())))
    };
    let options = question.options.iter().map(|option| {
        let (set, value, text) = (set.clone(), option.clone(), option.clone());
        view! {
            <label class="flex min-h-8 items-center gap-2 text-sm">
                <input type="radio" name=name.clone() on:change=move |_| set(value.clone()) />
                <span dir="auto" class="min-w-0 break-words">{text}</span>
            </label>
        }
        .into_any()
    });
    let options = options.collect_view();
    let label = if question.options.is_empty() { t().calls.your_answer } else { t().calls.other_answer };
    let free = question.free_text.then(|| {
        let set = set.clone();
        view! {
            <input
                type="text"
                dir="auto"
                class="field mt-1"
                aria-label=label
                placeholder=label
                on:input=move |event| set(event_target_value(&event))
            />
        }
        .into_any()
    });
    view! {
        <fieldset class="mt-3 min-w-0">
            <legend dir="auto" class="text-sm break-words">{question.text.clone()}</legend>
            {options}
            {free}
        </fieldset>
    }
    .into_any()
}
