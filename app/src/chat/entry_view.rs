//! One message of the thread. Messages that are off the screen are not laid out.

use crate::strings::{fill, t};
use leptos::prelude::*;
use vertice_domain::Author;

use super::{assistant_turn::AssistantTurn, entry::Entry, state::use_chat, user_message::UserMessage};

/// The message, as an article that can have the focus.
#[component]
pub(crate) fn EntryView(entry: Entry) -> impl IntoView {
    // The row of actions under a question takes the place of the gap before its answer.
    let class = match entry.author {
        Author::User => {
            "-mx-2 -mb-5 px-2 [&:not(:last-child)]:[contain-intrinsic-size:auto_80px] \
                         [&:not(:last-child)]:[content-visibility:auto]"
        }
        Author::Assistant => {
            "-mx-2 px-2 [&:not(:last-child)]:[contain-intrinsic-size:auto_300px] \
                              [&:not(:last-child)]:[content-visibility:auto]"
        }
    };
    let chat = use_chat();
    let saved = entry.saved.clone();
    let label = move || match entry.author {
        Author::User => t().chat.your_message.to_owned(),
        Author::Assistant => {
            let model = saved.with(|saved| saved.as_ref().and_then(|saved| saved.message.model.clone()));
            model.map_or_else(
                || t().chat.answer.to_owned(),
                |model| fill(t().chat.answer_by, &[("model", &chat.model_name(&model))]),
            )
        }
    };
    view! {
        <article id=format!("message-{}", entry.key) class=class tabindex="-1" aria-label=label>
            {match entry.author {
                Author::User => view! { <UserMessage entry=entry.clone() /> }.into_any(),
                Author::Assistant => view! { <AssistantTurn entry=entry.clone() /> }.into_any(),
            }}
        </article>
    }
}
