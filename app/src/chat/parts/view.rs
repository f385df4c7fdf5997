//! The parts of an answer as steps on its spine.

use leptos::prelude::*;
use vertice_domain::{MessageStatus, PartKind};

use super::{
    awaited::Awaited,
    call::ToolCard,
    elicitation::ServerAsks,
    outline::{Kind, Slot, outline},
    questions::Questions,
    run_line::{Opened, RunLine},
    runs::with_lines,
    text::TextPart,
    thoughts::Thinking,
};
use crate::{
    chat::{entry::Entry, phase::Phase, pictures::Shown, state::use_chat},
    strings::t,
    ui::TierGlyph,
};

/// The parts of an answer.
#[component]
pub(in crate::chat) fn Parts(
    /// The answer's entry.
    entry: Entry,
) -> impl IntoView {
    let slots = {
        let entry = entry.clone();
        Memo::new(move |_| {
            entry.track();
            let (slots, over) = (shown(&entry), entry.is_over());
            entry.with_parts(|parts| with_lines(parts, &slots, over))
        })
    };
    let opened = Opened::new(slots);
    view! {
        <For each=move || slots.get() key=|slot| slot.key() let:slot>
            {
                let first = Memo::new(move |_| slots.with(|slots| slots.first().is_some_and(|first| first.key() == slot.key())));
                step(entry.clone(), slot, first, opened)
            }
        </For>
    }
}

fn shown(entry: &Entry) -> Vec<Slot> {
    let stored = entry.saved.with(|saved| {
        let message = saved.as_ref().map(|saved| &saved.message);
        let told = message.filter(|m| entry.live.is_none() || m.status != MessageStatus::Streaming)?;
        Some(outline(&told.parts, Phase::Ended))
    });
    match (&entry.live, stored) {
        (Some(live), None) => live.head.with(|head| head.outline.clone()),
        (_, stored) => stored.unwrap_or_default(),
    }
}

fn step(entry: Entry, slot: Slot, first: Memo<bool>, opened: Opened) -> AnyView {
    let position = slot.position;
    let growing = growing(&entry, position);
    let vertex = move || if growing.get() { "vx vx-live" } else { "vx vx-done" };
    let mark = {
        let entry = entry.clone();
        move || match (first.get(), slot.kind) {
            (true, _) => Some(view! { <Start entry=entry.clone() /> }.into_any()),
            // A call has a mark of its own.
            (false, Kind::Call) => None,
            (false, _) => Some(view! { <span class=vertex aria-hidden="true"></span> }.into_any()),
        }
    };
    let class = move || match slot.kind {
        Kind::Text => "step trail !pb-4",
        Kind::Call if opened.is_folded(position) => "step folded",
        _ => "step",
    };
    let inside = match slot.kind {
        Kind::Text => view! { <TextPart entry=entry position=position /> }.into_any(),
        Kind::Thinking => view! { <Thinking entry=entry position=position growing=growing /> }.into_any(),
        Kind::Awaited => view! { <Awaited entry=entry /> }.into_any(),
        Kind::Image => view! { <Picture entry=entry position=position /> }.into_any(),
        Kind::Call => {
            view! { <ToolCard entry=entry position=position first=first opened=opened /> }.into_any()
        }
        Kind::Questions => view! { <Questions entry=entry position=position /> }.into_any(),
        Kind::Elicitation => view! { <ServerAsks entry=entry position=position /> }.into_any(),
        Kind::Steering => view! { <Said entry=entry position=position /> }.into_any(),
        Kind::Run { .. } => view! { <RunLine entry=entry position=position opened=opened /> }.into_any(),
    };
    view! {
        <div class=class style="--vy:14px">
            {mark}
            {inside}
        </div>
    }
    .into_any()
}

/// What the person said while the turn ran.
#[component]
fn Said(entry: Entry, position: u32) -> impl IntoView {
    let text = entry.with_parts(|parts| {
        parts.iter().find(|part| part.position == position).and_then(|part| match &part.kind {
            PartKind::Steering { text } => Some(text.clone()),
            _ => None,
        })
    });
    view! {
        <div class="rounded-lg bg-secondary px-3 py-2">
            <p class="text-2xs text-muted-foreground">{t().calls.you_said}</p>
            <p dir="auto" class="text-sm break-words whitespace-pre-wrap">{text}</p>
        </div>
    }
}

/// Whether that part is being written.
fn growing(entry: &Entry, position: u32) -> Signal<bool> {
    match entry.live.as_ref().map(|live| live.head.clone()) {
        Some(head) => Memo::new(move |_| head.with(|head| head.growing == Some(position))).into(),
        None => Signal::stored(false),
    }
}

/// The glyph at the start of the spine.
#[component]
fn Start(entry: Entry) -> impl IntoView {
    let chat = use_chat();
    let glyph = Memo::new(move |_| {
        let head = entry
            .live
            .as_ref()
            .and_then(|live| live.head.with(|h| h.metadata.as_ref().map(|m| m.model.clone())));
        let saved = || entry.saved.with(|saved| saved.as_ref().and_then(|saved| saved.message.model.clone()));
        chat.glyph(&head.or_else(saved).unwrap_or_else(|| String::from(chat.composer.model.get_untracked())))
    });
    view! {
        <span class="vx vx-start" aria-hidden="true">
            {move || {
                let (tier, local) = glyph.get();
                view! { <TierGlyph tier=tier local=local class="size-4 bg-background" /> }
            }}
        </span>
    }
}

/// A picture that the model made.
#[component]
fn Picture(entry: Entry, position: u32) -> impl IntoView {
    let found = Memo::new(move |_| {
        entry.track();
        let before = entry.with_parts(|parts| {
            let before = parts.iter().take_while(|part| part.position < position);
            before.filter(|part| matches!(part.kind, PartKind::Image { .. })).count()
        });
        entry
            .told()
            .and_then(|message| Some((before + 1, message.attachments().into_iter().nth(before)?.url)))
    });
    move || {
        let (number, url) = found.get()?;
        let href = Signal::stored(Some(url.clone()));
        Some(view! { <div class="flex"><Shown url=url href=href number=number many=false /></div> })
    }
}
