//! The head of the panel: what is shown, in which view and version, and what can be done with it.

use leptos::prelude::*;

use super::{Shown, View, glyphs, has_preview};
use crate::{
    strings::{drawn, fill},
    ui::Icon,
};

/// Versions that the menu of versions offers; all of them stand in the history.
const OFFERED: u32 = 20;

pub(super) fn draw(shown: &Shown) -> AnyView {
    let texts = &drawn().artifacts;
    let title = shown.artifact.title.clone();
    let close = format!("/c/{}", shown.place.conversation);
    let icon = |icon: Icon| icon.svg("size-4");
    view! {
        <header class="flex h-12 shrink-0 items-center gap-2 border-b pr-2 pl-4" data-slot="head">
            <a class="btn btn-ghost btn-icon btn-sm md:hidden" href=close.clone() aria-label=texts.back>{icon(Icon::ChevronLeft)}</a>
            <h2 dir="auto" class="min-w-0 truncate text-sm font-medium">{title}</h2>
            <span class="inline-flex shrink-0 items-center gap-1.5 text-2xs text-muted-foreground" role="status" data-state="">
                <span class="dot dot-ok" aria-hidden="true"></span>
                <span data-state-text="">{texts.saved}</span>
            </span>
            <nav class="seg mx-auto shrink-0 max-md:hidden" aria-label=texts.views>{views(shown, "")}</nav>
            <span class="flex shrink-0 items-center max-md:ml-auto">
                {versions(shown)}
                <button type="button" class="btn btn-ghost btn-icon btn-sm" data-do="copy" aria-label=texts.copy data-tip=texts.copy>{icon(Icon::Copy)}</button>
                {more(shown)}
                <button type="button" class="btn btn-ghost btn-icon btn-sm max-md:hidden" data-do="wide" aria-pressed="false" aria-label=texts.wide data-tip=texts.wide>{glyphs::maximize()}</button>
                <a class="btn btn-ghost btn-icon btn-sm max-md:hidden" href=close data-do="close" aria-label=texts.close data-tip=texts.close>{icon(Icon::X)}</a>
            </span>
        </header>
        <nav class="border-b px-3 py-2 md:hidden" aria-label=texts.views>
            <div class="seg flex w-full">{views(shown, "!h-8 flex-1 justify-center")}</div>
        </nav>
    }
    .into_any()
}

fn views(shown: &Shown, class: &'static str) -> AnyView {
    let texts = &drawn().artifacts;
    let named = [
        (View::Preview, texts.preview),
        (View::Code, texts.code),
        (View::Diff, texts.diff),
        (View::History, texts.history),
    ];
    let links = named
        .into_iter()
        .filter(|(view, _)| *view != View::Preview || has_preview(&shown.artifact))
        .map(|(view, text)| {
            let current = (view == shown.view).then_some("true");
            view! { <a class=class href=shown.at(view, shown.version) aria-current=current>{text}</a> }
        });
    links.collect_view().into_any()
}

/// The version that is shown, those around it, and the newest ones to choose from.
fn versions(shown: &Shown) -> AnyView {
    let (texts, newest) = (&drawn().artifacts, shown.artifact.version);
    let named = |version: u32| fill(texts.version, &[("version", &version.to_string())]);
    let arrow = |to: Option<u32>, icon: Icon, label: &'static str| {
        match to.map(|to| shown.at(shown.view, to)) {
            Some(href) => view! { <a class="btn btn-ghost btn-icon btn-sm" href=href aria-label=label>{icon.svg("size-4")}</a> }.into_any(),
            None => view! { <button type="button" class="btn btn-ghost btn-icon btn-sm" disabled aria-label=label>{icon.svg("size-4")}</button> }.into_any(),
        }
    };
    let first = newest.saturating_sub(OFFERED - 1).max(1);
    let offered = (first..=newest).rev().map(|version| {
        let current = (version == shown.version).then_some("true");
        view! { <li><a class="menu-item num" href=shown.at(shown.view, version) aria-current=current>{named(version)}</a></li> }
    });
    let label = format!("v{}", shown.version);
    view! {
        {arrow(shown.version.checked_sub(1).filter(|before| *before > 0), Icon::ChevronLeft, texts.before)}
        <details class="relative">
            <summary class="btn btn-ghost btn-sm list-none" aria-label=named(shown.version)><span class="num">{label}</span></summary>
            <ul class="menu absolute top-full right-0 z-20 max-h-80 w-44 overflow-y-auto">{offered.collect_view()}</ul>
        </details>
        {arrow(Some(shown.version + 1).filter(|next| *next <= newest), Icon::ChevronRight, texts.next)}
    }
    .into_any()
}

/// What can be done with it, and with all of them.
fn more(shown: &Shown) -> AnyView {
    let (texts, conversation) = (&drawn().artifacts, shown.place.conversation);
    let all = format!("/api/v1/artifacts/export?conversation_id={conversation}");
    let alone = format!("/artifacts/{}", shown.artifact.id);
    let framed = shown.artifact.kind.is_framed();
    let item = "menu-item";
    view! {
        <details class="relative">
            <summary class="btn btn-ghost btn-icon btn-sm list-none" aria-label=texts.more data-tip=texts.more>{Icon::Download.svg("size-4")}</summary>
            <ul class="menu absolute top-full right-0 z-20 w-60">
                <li><button type="button" class=item data-do="download">{texts.download}</button></li>
                {framed.then(|| view! { <li><a class=item href=format!("{alone}?offline=1") rel="external" download="">{texts.offline}</a></li> })}
                <li><a class=item href=alone rel="external">{texts.alone}</a></li>
                <li><a class=item href=all rel="external" download="" data-do="all">{texts.all}</a></li>
                <li><label class="menu-item cursor-pointer">{texts.import}<input type="file" class="sr-only" data-do="import" accept=".zip,application/zip" /></label></li>
            </ul>
        </details>
    }
    .into_any()
}

/// An older version says so, and how to have it back.
pub(super) fn older(shown: &Shown) -> AnyView {
    let texts = &drawn().artifacts;
    let said = fill(
        texts.older,
        &[("version", &shown.version.to_string()), ("newest", &shown.artifact.version.to_string())],
    );
    view! {
        <p class="flex shrink-0 flex-wrap items-center gap-2 border-b bg-sidebar px-4 py-1.5 text-xs">
            <span class="mr-auto">{said}</span>
            <a class="btn btn-ghost btn-sm" href=shown.compared(shown.version, shown.artifact.version)>{texts.compare}</a>
            <button type="button" class="btn btn-outline btn-sm" data-do="restore" data-of=shown.version.to_string()>{texts.restore}</button>
        </p>
    }
    .into_any()
}
