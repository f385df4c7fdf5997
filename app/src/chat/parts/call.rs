//! The card of a tool call: what is called with what, how far it has come, and what came of it. Everything in it was
//! written by a model or by a tool and is shown as plain text.

use leptos::prelude::*;
use vertice_domain::MessageId;

use super::{
    approval::Approval,
    artifact::made,
    call_view::{CallView, Tone, call_at, result_of},
    json::{pretty, table},
    plain::{Cells, Clip, Plain},
    run_line::Opened,
    thoughts::elapsed,
    trouble::WayOut,
};
use crate::{
    chat::{entry::Entry, format::whole_seconds, pictures::Shown},
    strings::{fill, t},
    ui::{Icon, browser},
};

/// The card of the call at `position`.
#[component]
pub(super) fn ToolCard(entry: Entry, position: u32, first: Memo<bool>, opened: Opened) -> impl IntoView {
    let call = {
        let entry = entry.clone();
        Memo::new(move |_| {
            entry.track();
            let over = entry.is_over();
            let view = entry.with_parts(|parts| CallView::of(parts, position, over));
            let view = match &entry.live {
                Some(live) => view.map(|view| view.heard(|call| live.progress(call))),
                None => view,
            };
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
    let artifact = Memo::new(move |_| call.with(|call| call.as_ref().and_then(CallView::artifact)));
    let trouble = Memo::new(move |_| call.with(|call| call.as_ref().and_then(CallView::trouble)));
    // What a person is asked about lies open.
    let shown = Memo::new(move |_| opened.is_open(position) || asked.with(Option::is_some));
    let id = format!("call-{}-{position}", entry.key);
    let card = move || match tone.get() {
        Tone::Quiet => "tool tool-quiet",
        Tone::Live => "tool",
        Tone::Asking => "tool !border-warning/45",
        Tone::Failed => "tool !border-destructive/35",
    };
    let (body, approval, head) = (entry.clone(), entry, id.clone());
    view! {
        {move || (!first.get()).then(|| view! {
            <span class=move || vertex(tone.get()) style=move || middle(tone.get()) aria-hidden="true"></span>
        })}
        <div class=card>
            <Head call=call tone=tone shown=shown id=id toggle=Callback::new(move |()| opened.toggle(position)) />
            {move || {
                let said = reason.get().filter(|_| !shown.get());
                said.map(|said| view! {
                    <p class="line-clamp-2 px-3 pb-2 text-sm break-words text-muted-foreground">{said}</p>
                })
            }}
            {move || call.with(|call| call.as_ref().and_then(CallView::progress)).map(progress)}
            {move || artifact.get().map(made)}
            <Show when=move || shown.get()>
                <Body entry=body.clone() position=position call=call />
            </Show>
            {move || trouble.get().map(|(server, trouble)| view! { <WayOut server=server trouble=trouble /> })}
            {move || {
                let asked = asked.get()?;
                let entry = approval.clone();
                Some(view! { <Approval entry=entry position=position call=call asked=asked head=head.clone() /> })
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
    shown: Memo<bool>,
    id: String,
    toggle: Callback<()>,
) -> impl IntoView {
    let read = move |read: fn(&CallView) -> String| call.with(|call| call.as_ref().map(read));
    let running = Memo::new(move |_| call.with(|call| call.as_ref().is_some_and(CallView::is_running)));
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
            on:click=move |_| toggle.run(())
        >
            {Icon::Wrench.svg("size-4")}
            <span class="max-w-[50%] shrink-0 truncate font-medium">{move || read(CallView::called)}</span>
            <span class="min-w-0 flex-1 truncate font-mono text-xs text-muted-foreground">
                {move || read(|call| call.summary.clone())}
            </span>
            <span class=status>
                {move || if running.get() { view! { <Running /> }.into_any() } else { read(CallView::status).into_any() }}
            </span>
            {move || if shown.get() { Icon::ChevronDown.svg("size-4") } else { Icon::ChevronRight.svg("size-4") }}
        </button>
    }
}

/// It runs; once that takes a while, for how long.
#[component]
fn Running() -> impl IntoView {
    let passed = elapsed(Signal::stored(true), browser::now());
    move || passed.get().map_or_else(|| t().calls.running.to_owned(), whole_seconds)
}

/// How far it has come: a line that fills, or that travels where the whole is not known, and what its tool says.
fn progress((percent, said): (Option<u8>, String)) -> AnyView {
    let (class, style) = match percent {
        Some(percent) => ("block h-full bg-primary", format!("width:{percent}%")),
        None => ("block h-full w-2/5 rounded-full bg-primary animate-travel", String::new()),
    };
    let text = Some(said).filter(|said| !said.is_empty());
    view! {
        {text.clone().map(|said| view! {
            <p class="truncate px-3 pb-2 text-xs text-muted-foreground">{said}</p>
        })}
        <div
            class="h-0.5 overflow-hidden bg-primary/15"
            role="progressbar"
            aria-label=t().calls.running
            aria-valuenow=percent
            aria-valuetext=text
        >
            <i class=class style=style></i>
        </div>
    }
    .into_any()
}

/// Arguments and result at length.
#[component]
fn Body(entry: Entry, position: u32, call: Memo<Option<CallView>>) -> impl IntoView {
    // What is asked for is read as a whole before it is decided about.
    let whole =
        Memo::new(move |_| call.with(|call| call.as_ref().is_some_and(|call| call.asked().is_some())));
    let text = |label: &'static str, all: fn(&Entry, u32) -> Option<String>| {
        let entry = entry.clone();
        let written = Memo::new(move |_| {
            call.track();
            all(&entry, position).filter(|text| !text.is_empty()).map(|text| pretty(&text).unwrap_or(text))
        });
        let most = move || if whole.get() { usize::MAX } else { Clip::SHORT };
        let clip =
            Memo::new(move |_| written.with(|text| text.as_ref().map(|text| Clip::up_to(text, most()))));
        let all = Callback::new(move |()| written.get_untracked().unwrap_or_default());
        move || {
            clip.with(Option::is_some).then(|| {
                let clip = Signal::derive(move || clip.get().unwrap_or_default());
                view! { <Plain label=label clip=clip all=all /> }.into_any()
            })
        }
    };
    let result_text = |entry: &Entry, at: u32| {
        entry.with_parts(|parts| result_of(parts, &call_at(parts, at)?.id).map(|r| r.content.clone()))
    };
    let cells = {
        let entry = entry.clone();
        move || {
            call.track();
            table(&result_text(&entry, position)?)
        }
    };
    let result = text(t().calls.result, result_text);
    let server = move || call.with(|call| call.as_ref().map(|call| call.server.clone()));
    let told = entry.clone();
    view! {
        {move || {
            let server = server().filter(|server| !server.is_empty());
            server.map(|server| view! {
                <p class="border-t px-3 py-2 text-xs break-words text-muted-foreground">{t().calls.server} {server}</p>
            })
        }}
        {text(t().calls.arguments, |entry, at| {
            entry.with_parts(|parts| call_at(parts, at).map(|call| call.arguments.clone()))
        })}
        {text(t().calls.edited, |entry, at| {
            entry.with_parts(|parts| call_at(parts, at).and_then(|call| call.edited.clone()))
        })}
        {move || match cells() {
            Some(table) => Some(view! { <Cells label=t().calls.result table=table /> }.into_any()),
            None => result(),
        }}
        {move || call.with(|call| pictures(told.id(), call.as_ref()?))}
    }
}

/// The pictures of a result: those that lie here, and links to those that lie elsewhere.
fn pictures(message: Option<MessageId>, call: &CallView) -> Option<AnyView> {
    let result = call.result.as_ref()?;
    let name =
        |number: usize| fill(t().cards.image, &[("number", &number.to_string()), ("tool", &call.called())]);
    let here = message.into_iter().flat_map(|message| {
        result.kept.iter().map(move |hash| format!("/api/v1/messages/{message}/tool-images/{hash}"))
    });
    let here = (1..).zip(here).map(|(number, url): (usize, String)| {
        let href = url.clone();
        view! {
            <a
                href=href
                class="block min-h-8 min-w-8 overflow-hidden rounded-lg border bg-background [&>img]:max-h-72 [&>img]:max-w-full"
                target="_blank"
                rel="noopener noreferrer"
            >
                <img src=url alt=name(number) loading="lazy" />
            </a>
        }
        .into_any()
    });
    let here: Vec<AnyView> = here.collect();
    let elsewhere = (here.len() + 1..).zip(&result.links).map(|(number, url)| {
        let href = Signal::stored(Some(url.clone()));
        view! { <Shown url=url.clone() href=href number=number many=false /> }.into_any()
    });
    let elsewhere: Vec<AnyView> = elsewhere.collect();
    if here.is_empty() && elsewhere.is_empty() {
        return None;
    }
    Some(
        view! { <div class="flex flex-wrap items-center gap-2 border-t px-3 py-2">{here}{elsewhere}</div> }
            .into_any(),
    )
}
