//! What became of a message that was not sent: why, and what can be done about it. Nothing that was written is lost.

use leptos::{prelude::*, task::spawn_local};
use vertice_domain::{ErrorKind, ModelChoice, ModelInfo};

use super::{
    draft,
    entry::{Entry, Sending},
    signed_out::SignInAgain,
    state::{Chat, Place, use_chat},
};
use crate::{
    api::{ApiError, conversations::compact},
    feed::use_feed,
    strings::{fill, t},
    ui::{Icon, Toast},
};

/// The code of a refusal because the conversation is longer than its model takes.
const TOO_LONG: &str = "context_too_long";

/// The line under the message.
#[component]
pub(super) fn NotSent(
    /// The message's entry.
    entry: Entry,
    why: ApiError,
) -> impl IntoView {
    let chat = use_chat();
    use_feed().look_at(&why);
    let too_long = why.0.code == TOO_LONG;
    let signed_out = why.0.kind == ErrorKind::Unauthenticated;
    // The card above the composer says how much and until when.
    let text = match why.0.kind {
        ErrorKind::Quota => t().chat.quota_spent.to_owned(),
        ErrorKind::Unauthenticated => t().chat.signed_out_hint.to_owned(),
        _ => why.to_string(),
    };
    let act = StoredValue::new(entry);
    let button = "btn btn-ghost btn-sm";
    view! {
        <div class="mt-1 flex flex-wrap items-center justify-end gap-x-1.5 text-xs text-muted-foreground">
            {Icon::CircleAlert.svg("size-3.5 text-destructive-text")}
            <span class="font-medium text-destructive-text">{t().chat.not_sent}</span>
            <span class="text-right">{text}</span>
            {too_long.then(|| view! { <Shorten entry=act /> })}
            {signed_out.then(|| view! { <SignInAgain class="btn btn-outline btn-sm" /> })}
            <button type="button" class=button on:click=move |_| act.with_value(|entry| chat.retry(entry))>
                {t().common.retry}
            </button>
            <button type="button" class=button on:click=move |_| act.with_value(|entry| chat.take_back(entry, true))>
                {t().common.edit}
            </button>
            <button type="button" class=button on:click=move |_| act.with_value(|entry| chat.take_back(entry, false))>
                {t().common.dismiss}
            </button>
        </div>
    }
}

/// The line under a message while nobody knows whether it has arrived.
#[component]
pub(super) fn Unknown() -> impl IntoView {
    view! {
        <div class="mt-1 flex h-7 items-center gap-1.5 text-xs text-muted-foreground" role="status">
            {Icon::Unplug.svg("size-3.5")}
            <span>{t().chat.looking_message}</span>
        </div>
    }
}

/// The line under a message that waits for a network.
#[component]
pub(super) fn Waits(entry: Entry) -> impl IntoView {
    let chat = use_chat();
    let act = StoredValue::new(entry);
    let button = "btn btn-ghost btn-sm";
    view! {
        <div class="mt-1 flex flex-wrap items-center justify-end gap-x-1.5 text-xs text-muted-foreground">
            {Icon::Clock.svg("size-3.5")}
            <span role="status">{t().chat.waits}</span>
            <button type="button" class=button on:click=move |_| act.with_value(|entry| chat.stop_waiting(entry, true))>
                {t().common.edit}
            </button>
            <button type="button" class=button on:click=move |_| act.with_value(|entry| chat.stop_waiting(entry, false))>
                {t().common.remove}
            </button>
        </div>
    }
}

/// The ways out of a conversation that has outgrown its model's window.
#[component]
fn Shorten(entry: StoredValue<Entry>) -> impl IntoView {
    let chat = use_chat();
    let busy = RwSignal::new(false);
    let in_conversation = matches!(chat.place.open.get_untracked(), Place::In(_));
    let compact = move |_| {
        if !busy.get_untracked() {
            busy.set(true);
            compact_with(chat, &entry.get_value(), busy);
        }
    };
    let wider =
        chat.models.with_untracked(|models| wider(models, &chat.composer.model.get_untracked()).cloned());
    view! {
        {in_conversation
            .then(|| {
                view! {
                    <button type="button" class="btn btn-outline btn-sm" aria-busy=move || busy.get().then_some("true") on:click=compact>
                        {move || if busy.get() { t().chat.compacting } else { t().chat.compact }}
                    </button>
                }
            })}
        {wider
            .map(|model| {
                let choice = ModelChoice::Named(model.id.clone());
                let switch = move |_| {
                    chat.composer.model.set(choice.clone());
                    entry.with_value(|entry| chat.retry_with(entry, choice.clone()));
                };
                view! {
                    <button type="button" class="btn btn-outline btn-sm" on:click=switch>
                        {fill(t().chat.switch_to, &[("model", &model.name)])}
                    </button>
                }
            })}
    }
}

/// The available model with the widest window, if it is wider than that of the one chosen.
fn wider<'a>(models: &'a [ModelInfo], chosen: &ModelChoice) -> Option<&'a ModelInfo> {
    let own = match chosen {
        // The router has looked at all of them.
        ModelChoice::Auto => return None,
        ModelChoice::Named(id) => models.iter().find(|model| model.id == *id)?.context_window?,
    };
    let others = models
        .iter()
        .filter(|model| model.available && model.context_window.is_some_and(|window| window > own));
    others.max_by_key(|model| (model.context_window, std::cmp::Reverse(model.input_usd_per_mtok)))
}

/// Goes on in a new conversation that begins with a summary, with the unsent message as its draft.
fn compact_with(chat: Chat, entry: &Entry, busy: RwSignal<bool>) {
    let Sending::NotSent(submission, _) = entry.sending.get_untracked() else { return };
    let Some(id) = chat.place.open.get_untracked().id() else { return };
    spawn_local(async move {
        match compact(id).await {
            Ok(new) => {
                draft::keep(Place::In(new), &submission.written.text);
                for picture in submission.written.pictures {
                    chat.attach(Place::In(new), picture);
                }
                chat.place.goto.set(Some(format!("/c/{new}")));
            }
            Err(error) => chat.toasts.push(Toast::error(t().chat.not_compacted, error.to_string())),
        }
        let _gone = busy.try_set(false);
    });
}

#[cfg(test)]
mod tests {
    use vertice_domain::Provider;

    use super::*;
    use crate::chat::model_groups::model;

    #[test]
    fn only_a_wider_window_is_offered() {
        let model = |id: &str, context_window, available| ModelInfo {
            context_window,
            available,
            ..model(id, Provider::Openai)
        };
        let models = [
            model("small", Some(8_000), true),
            model("large", Some(200_000), true),
            model("larger", Some(1_000_000), false),
            model("unknown", None, true),
        ];
        let offered =
            |id: &str| wider(&models, &ModelChoice::Named(id.into())).map(|model| model.id.as_str());
        assert_eq!((offered("small"), offered("large"), offered("unknown")), (Some("large"), None, None));
        assert_eq!(wider(&models, &ModelChoice::Auto), None);
    }
}
