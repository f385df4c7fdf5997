//! A message of the user's: the bubble, what can be done with it, and what became of it if it did not arrive.

use leptos::prelude::*;
use vertice_domain::Quote;

use super::{
    actions::CopyButton,
    branches::Branches,
    edit::Edit,
    entry::{Entry, Sending},
    not_sent::{NotSent, Unknown, Waits},
    pictures::{Pictures, Piece, pieces},
    state::use_chat,
};
use crate::{
    api::ApiError,
    preferences::Preferences,
    strings::{fill, t},
    ui::{ButtonSize, Icon, IconButton, time},
};

const BUBBLE: &str =
    "max-w-full rounded-xl rounded-br-sm bg-muted px-4 py-2.5 text-md whitespace-pre-wrap break-words";
const UNSENT: &str = "max-w-full rounded-xl rounded-br-sm border border-dashed border-border-strong px-4 py-2.5 text-md \
                      whitespace-pre-wrap break-words text-muted-foreground";

/// What is to be said of a message's way to the server.
#[derive(Debug, Clone, PartialEq)]
enum Fate {
    Fine,
    Unknown,
    /// For a network.
    Waiting,
    NotSent(ApiError),
}

#[component]
pub(crate) fn UserMessage(entry: Entry) -> impl IntoView {
    let chat = use_chat();
    let key = entry.key;
    let editing = Memo::new(move |_| chat.thread.editing.get() == Some(key));
    let sending = {
        let sending = entry.sending.clone();
        Memo::new(move |_| match sending.get() {
            Sending::NotSent(_, why) => Fate::NotSent(why),
            Sending::Unknown => Fate::Unknown,
            Sending::Waiting(..) => Fate::Waiting,
            Sending::Done | Sending::Underway => Fate::Fine,
        })
    };
    // What has changed elsewhere is told with it, once it is stored.
    let shown = {
        let entry = entry.clone();
        Memo::new(move |_| {
            entry.saved.track();
            pieces(&entry)
        })
    };
    move || {
        if editing.get() {
            return view! { <Edit entry=entry.clone() /> }.into_any();
        }
        let (fate, entry) = (sending.get(), entry.clone());
        let bubble = if fate == Fate::Fine { BUBBLE } else { UNSENT };
        view! {
            <div class="group ml-auto flex max-w-[85%] flex-col items-end">
                {shown.get().into_iter().map(|piece| match piece {
                    Piece::Pictures(which) => {
                        view! { <Pictures entry=entry.clone() which=which /> }.into_any()
                    }
                    Piece::File(name, place) => file(&entry, name, place).into_any(),
                    Piece::Quote(quote) => view! { <Quoted quote=quote /> }.into_any(),
                    Piece::Text(text) => view! { <div dir="auto" class=bubble>{text}</div> }.into_any(),
                }).collect_view()}
                {match fate {
                    Fate::NotSent(why) => view! { <NotSent entry=entry why=why /> }.into_any(),
                    Fate::Unknown => view! { <Unknown /> }.into_any(),
                    Fate::Waiting => view! { <Waits entry=entry /> }.into_any(),
                    Fate::Fine => view! { <Actions entry=entry /> }.into_any(),
                }}
            </div>
        }
        .into_any()
    }
}

/// A file that was attached, to be saved.
fn file(entry: &Entry, name: String, place: usize) -> impl IntoView {
    let href = entry.saved.with(|saved| {
        saved.as_ref().map(|saved| format!("/api/v1/messages/{}/files/{place}", saved.message.id))
    });
    view! { <a href=href rel="external" download="" class="btn btn-outline btn-sm mb-1 max-w-full truncate" dir="auto">{name}</a> }
}

/// A resource that was attached, with what it held when it was.
#[component]
fn Quoted(quote: Quote) -> impl IntoView {
    let of = match quote.is_change() {
        true => t().artifacts.edited.to_owned(),
        false => fill(t().offers.of, &[("server", &quote.server)]),
    };
    // Until the thread is told anew, nobody here knows what it held.
    if quote.text.is_empty() {
        return view! {
            <p class="mb-1 max-w-full rounded-lg border px-3 py-1.5 text-sm break-words">
                <span dir="auto">{quote.title}</span>
                " "
                <span class="text-xs text-muted-foreground">{of}</span>
            </p>
        }
        .into_any();
    }
    view! {
        <details class="mb-1 max-w-full rounded-lg border px-3 py-1.5 text-sm">
            <summary class="cursor-pointer break-words">
                <span dir="auto">{quote.title}</span>
                " "
                <span class="text-xs text-muted-foreground">{of}</span>
            </summary>
            <p class="mt-1 font-mono text-2xs break-all text-muted-foreground">{quote.uri}</p>
            <div dir="auto" class="mt-1 max-h-64 overflow-auto text-xs break-words whitespace-pre-wrap" tabindex="0">{quote.text}</div>
        </details>
    }
    .into_any()
}

#[component]
fn Actions(entry: Entry) -> impl IntoView {
    let chat = use_chat();
    let offset = use_context::<Preferences>().unwrap_or_default().utc_offset_minutes;
    let (copied, key, saved) = (entry.clone(), entry.key, entry.saved.clone());
    let at =
        move || saved.with(|saved| saved.as_ref().map(|saved| time::clock(saved.message.created_at, offset)));
    view! {
        <div class="mt-1 flex h-7 items-center text-muted-foreground">
            <span class="flex items-center opacity-0 group-focus-within:opacity-100 group-hover:opacity-100 pointer-coarse:opacity-100">
                <span class="num mr-2 text-2xs">{at}</span>
                <CopyButton text=Callback::new(move |()| copied.full_text()) />
                <IconButton
                    icon=Icon::Pencil
                    label=t().common.edit
                    size=ButtonSize::Small
                    tip="top"
                    disabled=Signal::derive(move || chat.turn.is_busy())
                    on_click=Callback::new(move |_| chat.thread.editing.set(Some(key)))
                />
            </span>
            <Branches saved=entry.saved />
        </div>
    }
}
