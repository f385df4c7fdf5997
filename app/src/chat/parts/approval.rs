//! The question whether a tool call may run. What a person decides about is named by its fingerprint: if that has changed
//! since, the server refuses, and the card says so.

use leptos::{ev, prelude::*, task::spawn_local};

use super::call_view::{Asked, CallView};
use crate::{
    api::chat::{CallVerdict, decide},
    chat::{entry::Entry, state::use_chat},
    strings::{fill, t},
    ui::{Button, ButtonKind, browser},
};

const ONCE: CallVerdict = CallVerdict::Allow { always: false };
const ALWAYS: CallVerdict = CallVerdict::Allow { always: true };

/// The question. `head`: the element that has the focus once it is answered.
#[component]
pub(super) fn Approval(
    entry: Entry,
    call: Memo<Option<CallView>>,
    asked: Asked,
    head: String,
) -> impl IntoView {
    let chat = use_chat();
    let (name, server) = call.with_untracked(|call| {
        call.as_ref().map(|call| (call.name.clone(), call.server.clone())).unwrap_or_default()
    });
    let question = if server.is_empty() {
        fill(t().calls.run, &[("name", &name)])
    } else {
        fill(t().calls.run_from, &[("name", &name), ("server", &server)])
    };
    let spoken = fill(t().calls.spoken, &[("question", &question), ("reason", &asked.reason)]);
    Effect::new(move |_| chat.announcer.alert(spoken.clone()));

    let named = format!("{head}-asks");
    let decided = RwSignal::new(None::<CallVerdict>);
    let failure = RwSignal::new(None::<String>);
    let reason = asked.reason.clone();
    let choose = Callback::new(move |verdict: CallVerdict| {
        let turn = entry.turn().filter(|_| decided.with_untracked(Option::is_none));
        let Some(turn) = turn else { return };
        decided.set(Some(verdict.clone()));
        failure.set(None);
        browser::focus_id(&head);
        let Asked { call, fingerprint, .. } = asked.clone();
        spawn_local(async move {
            let said =
                if verdict == CallVerdict::Deny { t().calls.denied_said } else { t().calls.allowed_said };
            match decide(turn, call, fingerprint, verdict).await {
                // The turn itself tells how it goes on.
                Ok(()) => chat.announcer.announce(said),
                Err(error) => {
                    let _gone = failure.try_set(Some(error.to_string()));
                    let _gone = decided.try_set(None);
                    if error.is_final() {
                        chat.reload();
                    }
                }
            }
        });
    });
    let on_key = move |event: ev::KeyboardEvent| {
        if event.ctrl_key() || event.meta_key() || event.alt_key() || event.is_composing() || event.repeat() {
            return;
        }
        let verdict = match event.key().as_str() {
            "y" | "Y" => ONCE,
            "a" | "A" => ALWAYS,
            "n" | "N" | "Escape" => CallVerdict::Deny,
            _ => return,
        };
        event.prevent_default();
        event.stop_propagation();
        choose.run(verdict);
    };
    let button = move |text: &'static str, hint: &'static str, kind: ButtonKind, verdict: CallVerdict| {
        let own = verdict.clone();
        let busy = Signal::derive(move || decided.with(|decided| decided.as_ref() == Some(&own)));
        let other = Signal::derive(move || decided.with(Option::is_some) && !busy.get());
        view! {
            <Button kind=kind busy=busy disabled=other on_click=Callback::new(move |_| choose.run(verdict.clone()))>
                {text}
                <span class="hint-key text-2xs opacity-60" aria-hidden="true">{hint}</span>
            </Button>
        }
        .into_any()
    };
    view! {
        <div class="border-t px-3 py-3" role="group" aria-labelledby=named on:keydown=on_key>
            <p id=named.clone() class="text-sm font-medium break-words">{question}</p>
            <p class="mt-1 text-sm break-words text-muted-foreground">{reason}</p>
            <div class="mt-3 flex flex-wrap items-center gap-2">
                {button(t().calls.once, "Y", ButtonKind::Primary, ONCE)}
                {button(t().calls.always, "A", ButtonKind::Outline, ALWAYS)}
                {button(t().calls.deny, "N", ButtonKind::Ghost, CallVerdict::Deny)}
            </div>
            {move || {
                failure.get().map(|failure| view! {
                    <p class="mt-2 text-sm text-destructive-text" role="alert">{failure}</p>
                })
            }}
        </div>
    }
}
