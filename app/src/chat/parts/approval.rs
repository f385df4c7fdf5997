//! The question whether a tool call may run. What a person decides about is named by its fingerprint: if that has changed
//! since, the server refuses, and the card says so.

use leptos::{ev, prelude::*, task::spawn_local};
use leptos_router::location::Url;
use vertice_domain::mcp::Keep;

use super::{
    call_view::{Asked, CallView, asked_alike, call_at},
    json::pretty,
    naming::own,
    words::{Words, WordsForm},
};
use crate::{
    api::chat::{CallVerdict, decide},
    chat::{entry::Entry, state::use_chat},
    strings::{fill, t},
    ui::{Button, ButtonKind, ButtonSize, browser},
};

/// The ways to decide: each has a control of its own, which shows that it is being done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Once,
    /// And so for the rest of this conversation.
    Here,
    Always,
    Deny,
    /// For all calls of the same tool that wait.
    All,
    /// By what was written.
    Words,
}

impl Way {
    const fn verdict(self) -> CallVerdict {
        match self {
            Self::Deny => CallVerdict::Deny { reason: None },
            Self::Here => CallVerdict::Allow { input: None, keep: Some(Keep::Conversation) },
            Self::Always => CallVerdict::Allow { input: None, keep: Some(Keep::Always) },
            Self::Once | Self::All | Self::Words => CallVerdict::Allow { input: None, keep: None },
        }
    }

    /// What a key means while the question has the keyboard; `on_card`: it is on the question itself and on nothing in it.
    fn of_key(key: &str, on_card: bool) -> Option<Self> {
        match key {
            "y" | "Y" => Some(Self::Once),
            "Enter" if on_card => Some(Self::Once),
            "c" | "C" => Some(Self::Here),
            "a" | "A" => Some(Self::Always),
            "n" | "N" | "Escape" => Some(Self::Deny),
            _ => None,
        }
    }
}

/// What is being done about the question.
#[derive(Clone, Copy)]
struct Deciding {
    /// The way that was chosen, while it is under way.
    decided: RwSignal<Option<Way>>,
    failure: RwSignal<Option<String>>,
    /// What is being written.
    words: RwSignal<Option<Words>>,
    choose: Callback<(Way, CallVerdict)>,
}

impl Deciding {
    fn about(entry: Entry, position: u32, asked: Asked, head: String) -> Self {
        let chat = use_chat();
        let decided = RwSignal::new(None::<Way>);
        let failure = RwSignal::new(None::<String>);
        let choose = Callback::new(move |(way, verdict): (Way, CallVerdict)| {
            let turn = entry.turn().filter(|_| decided.with_untracked(Option::is_none));
            let Some(turn) = turn else { return };
            let all = || entry.with_parts(|parts| asked_alike(parts, position));
            let calls = if way == Way::All { all() } else { vec![asked.clone()] };
            decided.set(Some(way));
            failure.set(None);
            browser::focus_id(&head);
            spawn_local(async move {
                let said = match verdict {
                    CallVerdict::Deny { .. } | CallVerdict::Dismiss => t().calls.denied_said,
                    CallVerdict::Answer { .. } | CallVerdict::Answers { .. } => t().calls.answered_said,
                    CallVerdict::Allow { .. } => t().calls.allowed_said,
                };
                for Asked { call, fingerprint, .. } in calls {
                    if let Err(error) = decide(turn, call, fingerprint, verdict.clone()).await {
                        let _gone = failure.try_set(Some(error.to_string()));
                        let _gone = decided.try_set(None);
                        if error.is_final() {
                            chat.reload();
                        }
                        return;
                    }
                }
                // The turn itself tells how it goes on.
                chat.announcer.announce(said);
            });
        });
        Self { decided, failure, words: RwSignal::new(None), choose }
    }

    fn is_busy(self, way: Way) -> Signal<bool> {
        Signal::derive(move || self.decided.get() == Some(way))
    }

    fn on_key(self, event: &ev::KeyboardEvent, close: Callback<()>) {
        if event.ctrl_key() || event.meta_key() || event.alt_key() || event.is_composing() || event.repeat() {
            return;
        }
        let writes = self.words.with_untracked(Option::is_some);
        let way = Way::of_key(&event.key(), event.target() == event.current_target());
        if writes && event.key() == "Escape" {
            close.run(());
        } else if let Some(way) = way.filter(|_| !browser::is_in_field(event.target())) {
            self.choose.run((way, way.verdict()));
        } else {
            return;
        }
        event.prevent_default();
        event.stop_propagation();
    }
}

/// The question. `head`: the element that has the focus once it is answered.
#[component]
pub(super) fn Approval(
    entry: Entry,
    position: u32,
    call: Memo<Option<CallView>>,
    asked: Asked,
    head: String,
) -> impl IntoView {
    let chat = use_chat();
    let (name, server) = call.with_untracked(|call| {
        call.as_ref().map(|call| (call.name.clone(), call.server.clone())).unwrap_or_default()
    });
    let question = match own(&server, &name) {
        Some(words) => fill(t().calls.run_own, &[("words", words)]),
        None if server.is_empty() => fill(t().calls.run, &[("name", &name)]),
        None => fill(t().calls.run_from, &[("name", &name), ("server", &server)]),
    };
    // Where such calls are decided about by their arguments.
    let rules = (!server.is_empty())
        .then(|| format!("/settings?tab=tools&server={}&tool={}", Url::escape(&server), Url::escape(&name)));
    let spoken = fill(t().calls.spoken, &[("question", &question), ("reason", &asked.reason)]);
    Effect::new(move |_| chat.announcer.alert(spoken.clone()));

    let (card, named) = (format!("{head}-question"), format!("{head}-asks"));
    let field = format!("{head}-words");
    // All of them are decided about at once where the first of them stands.
    let many = {
        let (entry, first) = (entry.clone(), asked.call.clone());
        Signal::derive(move || {
            entry.track();
            let all = entry.with_parts(|parts| asked_alike(parts, position));
            let is_first = all.first().is_some_and(|asked| asked.call == first);
            if is_first { all.len() } else { 0 }
        })
    };
    let before = {
        let entry = entry.clone();
        move || {
            let said = entry.with_parts(|parts| call_at(parts, position).map(|call| call.arguments.clone()));
            let said = said.filter(|said| !said.trim().is_empty()).unwrap_or_else(|| "{}".to_owned());
            pretty(&said).unwrap_or(said)
        }
    };
    let reason = asked.reason.clone();
    let deciding = Deciding::about(entry, position, asked, head);
    let close = {
        let card = card.clone();
        Callback::new(move |()| {
            deciding.words.set(None);
            browser::focus_id(&card);
        })
    };
    let decide = Callback::new(move |verdict| deciding.choose.run((Way::Words, verdict)));
    let controls = move || match deciding.words.get() {
        None => view! { <Ways deciding=deciding many=many rules=rules.clone() /> }.into_any(),
        Some(words) => {
            let before = if words == Words::Arguments { before() } else { String::new() };
            let busy = deciding.is_busy(Way::Words);
            view! { <WordsForm words=words before=before name=field.clone() busy=busy decide=decide cancel=close /> }
                .into_any()
        }
    };
    view! {
        <div
            id=card
            tabindex="0"
            class="border-t px-3 py-3"
            role="group"
            aria-labelledby=named
            on:keydown=move |event| deciding.on_key(&event, close)
        >
            <p id=named.clone() class="text-sm font-medium break-words">{question}</p>
            <p class="mt-1 text-sm break-words text-muted-foreground">{reason}</p>
            {controls}
            {move || {
                deciding.failure.get().map(|failure| view! {
                    <p class="mt-2 text-sm text-destructive-text" role="alert">{failure}</p>
                })
            }}
        </div>
    }
}

/// The controls. `many`: how many calls can be allowed at once from here; `rules`: where rules about such calls are made.
#[component]
fn Ways(deciding: Deciding, many: Signal<usize>, rules: Option<String>) -> impl IntoView {
    let button = move |text: String, hint: &'static str, kind: ButtonKind, way: Way| {
        let other = Signal::derive(move || deciding.decided.get().is_some_and(|decided| decided != way));
        let press = Callback::new(move |_| deciding.choose.run((way, way.verdict())));
        view! {
            <Button kind=kind busy=deciding.is_busy(way) disabled=other on_click=press>
                {text}
                <span class="hint-key text-2xs opacity-60" aria-hidden="true">{hint}</span>
            </Button>
        }
        .into_any()
    };
    let write = move |text: &'static str, words: Words| {
        let press = Callback::new(move |_| deciding.words.set(Some(words)));
        let disabled = Signal::derive(move || deciding.decided.get().is_some());
        view! {
            <Button kind=ButtonKind::Ghost size=ButtonSize::Small disabled=disabled on_click=press>{text}</Button>
        }
        .into_any()
    };
    view! {
        <div class="mt-3 flex flex-wrap items-center gap-2">
            {button(t().calls.once.to_owned(), "↵", ButtonKind::Primary, Way::Once)}
            {button(t().calls.here.to_owned(), "C", ButtonKind::Outline, Way::Here)}
            {button(t().calls.always.to_owned(), "A", ButtonKind::Outline, Way::Always)}
            {button(t().calls.deny.to_owned(), "N", ButtonKind::Ghost, Way::Deny)}
            {move || {
                let many = Some(many.get()).filter(|many| *many > 1)?;
                Some(button(t().calls.allow_all.count(many as u64), "", ButtonKind::Outline, Way::All))
            }}
        </div>
        <div class="mt-1 -ml-2.5 flex flex-wrap items-center">
            {write(t().calls.edit, Words::Arguments)}
            {write(t().calls.deny_because, Words::Reason)}
            {write(t().calls.answer, Words::Answer)}
            {rules.map(|rules| view! { <a href=rules class="btn btn-ghost btn-sm">{t().cards.make_rule}</a> })}
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn enter_decides_only_on_the_question_itself() {
        assert_eq!([true, false].map(|on_card| Way::of_key("Enter", on_card)), [Some(Way::Once), None]);
        assert_eq!(
            ["y", "A", "n"].map(|key| Way::of_key(key, false)),
            [Some(Way::Once), Some(Way::Always), Some(Way::Deny)]
        );
        assert_eq!(Way::of_key("x", true), None);
    }
}
