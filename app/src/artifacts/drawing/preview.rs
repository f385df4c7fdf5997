//! What an artifact looks like. What is drawn by scripts gets a frame of its own from the page's script; Markdown, JSON and tables
//! are drawn here.

use leptos::prelude::*;
use vertice_domain::ArtifactKind;

use super::{Shown, glyphs, is_table, json, table};
use crate::{chat::markdown::rendered, strings::drawn, ui::Icon};

pub(super) fn draw(shown: &Shown) -> AnyView {
    match shown.artifact.kind {
        ArtifactKind::Markdown => markdown(&shown.content),
        ArtifactKind::Json => json::draw(&shown.content),
        _ if is_table(&shown.artifact) => table::draw(shown),
        kind if kind.is_framed() => framed(shown),
        _ => view! { <pre dir="ltr" tabindex="0" class="editor min-h-0 flex-1 overflow-auto p-4">{shown.content.clone()}</pre> }
            .into_any(),
    }
}

fn markdown(content: &str) -> AnyView {
    view! {
        <div class="min-h-0 flex-1 overflow-y-auto" tabindex="0">
            <article class="prose mx-auto max-w-[712px] px-6 py-8" dir="auto" inner_html=rendered(content)></article>
        </div>
    }
    .into_any()
}

fn framed(shown: &Shown) -> AnyView {
    let texts = &drawn().artifacts;
    let exports = matches!(shown.artifact.kind, ArtifactKind::Svg | ArtifactKind::Mermaid);
    let width = |pixels: &'static str, icon: AnyView, label: &'static str, pressed: &'static str| {
        view! { <button type="button" data-do="width" data-width=pixels aria-pressed=pressed aria-label=label data-tip=label>{icon}</button> }
    };
    view! {
        <div class="flex h-9 shrink-0 items-center gap-2 border-b bg-sidebar px-2">
            <span class="badge badge-outline max-md:hidden">{texts.isolated}</span>
            <span dir="ltr" class="min-w-0 flex-1 truncate text-center font-mono text-xs text-muted-foreground">{shown.artifact.path.as_str().to_owned()}</span>
            {exports.then(|| view! {
                <button type="button" class="btn btn-ghost btn-sm" data-do="svg">"SVG"</button>
                <button type="button" class="btn btn-ghost btn-sm" data-do="png">"PNG"</button>
            })}
            <button type="button" class="btn btn-ghost btn-icon btn-sm" data-do="shot" aria-label=texts.shot data-tip=texts.shot>{glyphs::image()}</button>
            <button type="button" class="btn btn-ghost btn-icon btn-sm" data-do="reload" aria-label=texts.reload data-tip=texts.reload>{Icon::Refresh.svg("size-4")}</button>
            <span class="seg max-md:hidden" role="group" aria-label=texts.widths>
                {width("0", Icon::Monitor.svg("size-4").into_any(), texts.desktop, "true")}
                {width("768", glyphs::tablet(), texts.tablet, "false")}
                {width("390", glyphs::phone(), texts.phone, "false")}
            </span>
        </div>
        <div class="relative flex min-h-0 flex-1 justify-center overflow-auto bg-background" data-frame="" data-label=shown.artifact.title.clone()></div>
        <div hidden role="alert" class="flex shrink-0 items-center gap-2 border-t bg-sidebar px-4 py-2 text-sm" data-silent="">
            <span class="mr-auto">{texts.silent}</span>
            <button type="button" class="btn btn-outline btn-sm" data-do="wait">{texts.wait}</button>
            <button type="button" class="btn btn-destructive btn-sm" data-do="stop">{texts.stop}</button>
        </div>
        <div hidden role="alert" class="flex shrink-0 items-center gap-2 border-t bg-sidebar px-4 py-2 text-sm" data-ended="">
            <span class="mr-auto" data-left=texts.left data-flooded=texts.flooded data-stopped=texts.stopped></span>
            <button type="button" class="btn btn-outline btn-sm" data-do="reload">{texts.reload}</button>
        </div>
        <div hidden role="alert" class="shrink-0 border-t px-4 py-2 text-sm" data-error="">
            <div class="flex items-start gap-2">
                <p class="mr-auto min-w-0 font-mono text-xs break-words whitespace-pre-wrap text-destructive-text" data-message=""></p>
                <button type="button" class="btn btn-primary btn-sm" data-do="fix">{texts.fix}</button>
            </div>
        </div>
        <details class="shrink-0 border-t" data-console="">
            <summary class="flex h-9 cursor-pointer list-none items-center gap-2 px-4 text-sm">
                {texts.console}
                <span class="badge num" data-count="">"0"</span>
                <button type="button" class="btn btn-ghost btn-icon btn-sm ml-auto" data-do="clear" aria-label=texts.clear>{Icon::Trash.svg("size-4")}</button>
            </summary>
            <ol class="h-35 overflow-y-auto border-t font-mono text-xs" role="log" aria-label=texts.console data-log=""></ol>
        </details>
    }
    .into_any()
}
