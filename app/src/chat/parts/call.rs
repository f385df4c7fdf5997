//! The card of a tool call: what is called with what, how far it has come, and what came of it. Everything in it was
//! written by a model or by a tool and is shown as plain text.

use leptos::prelude::*;

use super::{
    approval::Approval,
    call_view::{CallView, Tone, call_at, result_of},
    plain::{Clip, Plain},
};
use crate::{
    chat::{entry::Entry, pictures::Shown},
    strings::t,
    ui::Icon,
};

/// The card of the call at `position`.
#[component]
pub(super) fn ToolCard(entry: Entry, position: u32, first: bool) -> impl IntoView {
    let call = {
        let entry = entry.clone();
        Memo::new(move |_| {
            entry.track();
            let over = entry.is_over();
            let view = entry.with_parts(|parts| CallView::of(parts, position, over));
            // Only while it is written does every word count.
            if let (Some(live), true) = (&entry.live, view.as_ref().is_some_and(CallView::is_written)) {
                live.frame.track();
            }
            view
        })
    };
    let tone = Memo::new(move |_| call.with(|call| call.as_ref().map_or(Tone::Quiet, CallView::tone)));
    let asked = Memo::new(move |_| call.with(|call| call.as_ref().and_then(CallView::asked)));
    let reason = Memo::new(move |_| call.with(|call| call.as_ref().and_then(CallView::reason)));
    let open = RwSignal::new(false);
    // What a person is asked about lies open.
    let shown = Memo::new(move |_| open.get() || asked.with(Option::is_some));
    let id = format!("call-{}-{position}", entry.key);
    let card = move || match tone.get() {
        Tone::Quiet => "tool tool-quiet",
        Tone::Live => "tool",
        Tone::Asking => "tool !border-warning/45",
        Tone::Failed => "tool !border-destructive/35",
    };
    let (body, approval, head) = (entry.clone(), entry, id.clone());
    view! {
        {(!first).then(|| view! {
            <span class=move || vertex(tone.get()) style=move || middle(tone.get()) aria-hidden="true"></span>
        })}
        <div class=card>
            <Head call=call tone=tone open=open shown=shown id=id />
            {move || {
                let said = reason.get().filter(|_| !shown.get());
                said.map(|said| view! {
                    <p class="line-clamp-2 px-3 pb-2 text-sm break-words text-muted-foreground">{said}</p>
                })
            }}
            <Show when=move || shown.get()>
                <Body entry=body.clone() position=position call=call />
            </Show>
            {move || {
                let asked = asked.get()?;
                Some(view! { <Approval entry=approval.clone() call=call asked=asked head=head.clone() /> })
            }}
        </div>
    }
}

const fn vertex(tone: Tone) -> &'static str {
    match tone {
        Tone::Quiet => "vx vx-done",
        Tone::Live => "vx vx-live",
        Tone::Asking => "vx vx-ask",
        Tone::Failed => "vx vx-err",
    }
}

/// Where the middle of the card's head is.
const fn middle(tone: Tone) -> &'static str {
    match tone {
        Tone::Quiet => "--vy:14px",
        Tone::Live | Tone::Asking | Tone::Failed => "--vy:18px",
    }
}

/// The line that names the call and opens the rest.
#[component]
fn Head(
    call: Memo<Option<CallView>>,
    tone: Memo<Tone>,
    open: RwSignal<bool>,
    shown: Memo<bool>,
    id: String,
) -> impl IntoView {
    let read = move |read: fn(&CallView) -> String| call.with(|call| call.as_ref().map(read));
    let status = move || match tone.get() {
        Tone::Asking => "badge badge-warning",
        Tone::Failed => "shrink-0 text-2xs text-destructive-text",
        Tone::Live => "shrink-0 text-2xs text-primary-text",
        Tone::Quiet => "num shrink-0 text-2xs text-muted-foreground",
    };
    view! {
        <button
            type="button"
            id=id
            class="tool-head text-left"
            aria-expanded=move || if shown.get() { "true" } else { "false" }
            on:click=move |_| open.update(|open| *open = !*open)
        >
            {Icon::Wrench.svg("size-4")}
            <span class="max-w-[50%] shrink-0 truncate font-medium">{move || read(|call| call.name.clone())}</span>
            <span class="min-w-0 flex-1 truncate font-mono text-xs text-muted-foreground">
                {move || read(|call| call.summary.clone())}
            </span>
            <span class=status>{move || read(CallView::status)}</span>
            {move || if shown.get() { Icon::ChevronDown.svg("size-4") } else { Icon::ChevronRight.svg("size-4") }}
        </button>
    }
}

/// Arguments and result at length.
#[component]
fn Body(entry: Entry, position: u32, call: Memo<Option<CallView>>) -> impl IntoView {
    let clip = move |read: fn(&CallView) -> Option<Clip>| {
        Memo::new(move |_| call.with(|call| call.as_ref().and_then(read)))
    };
    let text = |label: &'static str, clip: Memo<Option<Clip>>, all: fn(&Entry, u32) -> Option<String>| {
        let entry = entry.clone();
        let all = Callback::new(move |()| all(&entry, position).unwrap_or_default());
        move || {
            clip.with(Option::is_some).then(|| {
                let clip = Signal::derive(move || clip.get().unwrap_or_default());
                view! { <Plain label=label clip=clip all=all /> }.into_any()
            })
        }
    };
    let arguments = clip(|call| Some(call.arguments.clone()).filter(|clip| !clip.shown.is_empty()));
    let edited = clip(|call| call.edited.clone());
    let result = clip(|call| call.result.as_ref().map(|result| result.content.clone()));
    let server = move || call.with(|call| call.as_ref().map(|call| call.server.clone()));
    view! {
        {move || {
            let server = server().filter(|server| !server.is_empty());
            server.map(|server| view! {
                <p class="border-t px-3 py-2 text-xs break-words text-muted-foreground">{t().calls.server} {server}</p>
            })
        }}
        {text(t().calls.arguments, arguments, |entry, at| {
            entry.with_parts(|parts| call_at(parts, at).map(|call| call.arguments.clone()))
        })}
        {text(t().calls.edited, edited, |entry, at| {
            entry.with_parts(|parts| call_at(parts, at).and_then(|call| call.edited.clone()))
        })}
        {text(t().calls.result, result, |entry, at| {
            entry.with_parts(|parts| result_of(parts, &call_at(parts, at)?.id).map(|r| r.content.clone()))
        })}
        {move || call.with(|call| call.as_ref()?.result.as_ref().map(|r| pictures(&r.links, r.blobs)))}
    }
}

/// The pictures of a result: links to those that lie elsewhere, and how many more there are.
fn pictures(links: &[String], blobs: usize) -> Option<AnyView> {
    if links.is_empty() && blobs == 0 {
        return None;
    }
    let shown = links.iter().enumerate().map(|(at, url)| {
        let href = Signal::stored(Some(url.clone()));
        view! { <Shown url=url.clone() href=href number=at + 1 many=false /> }
    });
    let shown = shown.collect_view();
    let more = match blobs {
        0 => None,
        _ => Some(t().calls.images.count(blobs as u64)),
    };
    let row = view! {
        <div class="flex flex-wrap items-center gap-2 border-t px-3 py-2 text-xs text-muted-foreground">
            {shown}
            {more}
        </div>
    };
    Some(row.into_any())
}
