//! How an answer ended, where it did not end well: what happened, and the sensible next step.

mod countdown;

use leptos::prelude::*;
use vertice_domain::{FinishReason, Message, MessageStatus, Notice, PartKind, TurnFailure};

use super::{entry::Entry, format, other_models::OtherModelMenu, state::use_chat};
use crate::{
    strings::{fill, t},
    ui::{Button, ButtonKind, ButtonSize},
};
use countdown::Countdown;

/// An end that calls for a word, and for a next step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum End {
    /// It is not whole; why, in one sentence, and whether it can go on.
    Early {
        text: String,
        goes_on: bool,
    },
    Failed {
        failure: Option<TurnFailure>,
        goes_on: bool,
    },
}

impl End {
    /// None: it ended well.
    pub(crate) fn of(message: &Message) -> Option<Self> {
        let has_text = !message.text().trim().is_empty();
        let (text, goes_on) = match (message.status, message.finish_reason) {
            (MessageStatus::Error, _) => {
                let failure = message.receipt.as_ref().and_then(|receipt| receipt.failure.clone());
                return Some(Self::Failed { failure, goes_on: has_text });
            }
            (MessageStatus::Interrupted, _) => (t().ending.restarted.to_owned(), has_text),
            (MessageStatus::Cancelled, _) => (t().ending.stopped.to_owned(), has_text),
            (MessageStatus::Complete, Some(FinishReason::MaxTokens)) => (t().ending.length.to_owned(), true),
            (MessageStatus::Complete, Some(FinishReason::ToolLimit)) => (limit(message), true),
            (MessageStatus::Complete, Some(FinishReason::Refusal)) => (t().ending.refused.to_owned(), false),
            _ => return None,
        };
        Some(Self::Early { text, goes_on })
    }
}

/// Which limit it reached.
fn limit(message: &Message) -> String {
    let notices = message.parts.iter().rev().filter_map(|part| match &part.kind {
        PartKind::Notice(notice) => Some(notice),
        _ => None,
    });
    match notices.into_iter().next() {
        Some(Notice::StepLimit { steps }) => fill(t().ending.steps_count, &[("count", &steps.to_string())]),
        Some(Notice::TimeLimit { seconds }) => {
            fill(t().ending.time_limit, &[("time", &format::seconds(seconds.saturating_mul(1_000)))])
        }
        Some(Notice::CostLimit { usd }) => fill(t().ending.cost_limit, &[("cost", &format::cost(*usd))]),
        Some(Notice::Loop { tool }) => fill(t().ending.circles, &[("tool", tool)]),
        Some(Notice::Unknown) | None => t().ending.steps.to_owned(),
    }
}

/// The step that says so.
#[component]
pub(crate) fn Ending(
    /// The answer's entry.
    entry: Entry,
    end: End,
) -> impl IntoView {
    let (text, goes_on) = match end {
        End::Failed { failure, goes_on } => {
            return view! { <Failed entry=entry failure=failure goes_on=goes_on /> }.into_any();
        }
        End::Early { text, goes_on } => (text, goes_on),
    };
    view! {
        <div class="step" style="--vy:14px">
            <span class="vx" aria-hidden="true"></span>
            <div class="flex min-h-7 flex-wrap items-center gap-2 text-sm text-muted-foreground">
                <p class="mr-auto">{text}</p>
                <div class="ml-auto flex gap-2">
                    {goes_on.then(|| view! { <ContinueButton entry=entry.clone() /> })}
                    <RetryButton entry=entry />
                </div>
            </div>
        </div>
    }
    .into_any()
}

#[component]
fn ContinueButton(entry: Entry) -> impl IntoView {
    let chat = use_chat();
    view! {
        <Button size=ButtonSize::Small on_click=Callback::new(move |_| chat.go_on(&entry))>
            {t().ending.go_on}
        </Button>
    }
}

#[component]
fn RetryButton(entry: Entry, #[prop(optional)] kind: ButtonKind) -> impl IntoView {
    let chat = use_chat();
    let retry = move |_| chat.retry_answer(&entry);
    view! {
        <Button kind=kind size=ButtonSize::Small on_click=Callback::new(retry)>
            {t().common.retry}
        </Button>
    }
}

#[component]
fn Failed(entry: Entry, failure: Option<TurnFailure>, goes_on: bool) -> impl IntoView {
    let chat = use_chat();
    let message =
        failure.as_ref().map_or_else(|| t().ending.failed.to_owned(), |failure| failure.message.clone());
    // Only a failure that was just seen is worth a countdown.
    let wait = failure.as_ref().and_then(|failure| failure.retry_after_s).filter(|_| entry.live.is_some());
    let code = failure.map(|failure| failure.code);
    let asked = StoredValue::new(entry.clone());
    let class = if wait.is_some() { "border-warning/35 bg-warning/5" } else { "border-destructive/35" };
    view! {
        <div class="step" style="--vy:22px">
            <span class="vx vx-err" aria-hidden="true"></span>
            <div class=format!("flex flex-wrap items-center gap-x-4 gap-y-2 rounded-lg border p-3 {class}")>
                <div class="min-w-0 flex-1 basis-52">
                    <p class="text-sm">{message}</p>
                    {code.map(|code| view! { <p class="num text-2xs text-muted-foreground">{code}</p> })}
                </div>
                <div class="flex gap-2">
                    <OtherModelMenu
                        answer=asked.get_value()
                        chosen=Callback::new(move |model| {
                            asked.with_value(|entry| chat.regenerate(entry, Some(model)));
                        })
                    />
                    {goes_on.then(|| view! { <ContinueButton entry=asked.get_value() /> })}
                    <RetryButton kind=ButtonKind::Primary entry=entry />
                </div>
                {wait.map(|seconds| view! { <Countdown entry=asked.get_value() seconds=seconds /> })}
            </div>
        </div>
    }
}

#[cfg(test)]
mod tests {
    use vertice_domain::{Part, PartKind, Timestamp};

    use super::*;

    #[test]
    fn only_an_answer_with_text_can_go_on() {
        let id = "01936b1e-0000-7000-8000-000000000001";
        let (message, conversation) = (id.parse().expect("an id"), id.parse().expect("an id"));
        let role = vertice_domain::Author::Assistant;
        let text =
            |text: &str| vec![Part { position: 0, step: 1, kind: PartKind::Text { text: text.to_owned() } }];
        let base = Message {
            parts: text("Half"),
            status: MessageStatus::Interrupted,
            finish_reason: Some(FinishReason::Interrupted),
            ..Message::blank(message, conversation, None, role, Timestamp::from_millis(0))
        };
        let restarted = |end| matches!(end, End::Early { text, goes_on: true } if text.contains("restarted"));
        assert!(End::of(&base).is_some_and(restarted));
        let empty = Message { parts: text(" "), status: MessageStatus::Cancelled, ..base.clone() };
        assert_eq!(End::of(&empty), Some(End::Early { text: "Stopped.".to_owned(), goes_on: false }));
        let whole =
            Message { status: MessageStatus::Complete, finish_reason: Some(FinishReason::Stop), ..base };
        assert_eq!(End::of(&whole), None);
    }
}
