//! An artifact's text: the editor's place, with the text itself in it for as long as there is no editor.

use leptos::prelude::*;

use super::{Place, Shown, tree};
use crate::{
    ssr,
    strings::{drawn, t},
    ui::Icon,
};

pub(super) fn draw(shown: &Shown) -> AnyView {
    let texts = &drawn().artifacts;
    let language = shown.artifact.language.clone().unwrap_or_else(|| texts.plain.to_owned());
    let name = shown.artifact.path.name().to_owned();
    view! {
        <div class="flex min-h-0 flex-1">
            {tree::draw(shown)}
            <div class="flex min-w-0 flex-1 flex-col">
                <nav class="flex h-9 shrink-0 overflow-x-auto border-b bg-sidebar" aria-label=texts.open_files data-tabs=""></nav>
                <div
                    class="relative min-h-0 flex-1 overflow-auto"
                    data-editor=""
                    data-read-only=(!shown.is_newest()).then_some("true")
                    data-label=name
                >
                    <pre dir="ltr" tabindex="0" class="editor p-4" data-text="">{shown.content.clone()}</pre>
                </div>
                <footer class="flex h-6 shrink-0 items-center gap-4 border-t px-4 text-2xs text-muted-foreground">
                    <span class="num" data-lines="">{texts.lines.count(shown.content.lines().count() as u64)}</span>
                    <span class="ml-auto" dir="auto">{language}</span>
                </footer>
            </div>
        </div>
    }
    .into_any()
}

/// The panel of an artifact that a model is writing.
pub(super) fn written(place: &Place) -> String {
    let (texts, close) = (&drawn().artifacts, format!("/c/{}", place.conversation));
    let id = place.artifact.map(|id| id.to_string());
    view! {
        <div
            class="flex min-h-0 flex-1 flex-col"
            data-artifacts=place.conversation.to_string()
            data-artifact=id.clone()
            data-live=id
            data-view="code"
            data-script=ssr::bundled("panel.js")
        >
            <header class="flex h-12 shrink-0 items-center gap-2 border-b pr-2 pl-4">
                <h2 dir="auto" class="min-w-0 truncate text-sm font-medium" data-live-path="">{t().calls.written}</h2>
                <span class="inline-flex items-center gap-1.5 text-2xs text-muted-foreground" role="status">
                    <span class="dot dot-live" aria-hidden="true"></span>
                    {t().calls.written}
                </span>
                <a class="btn btn-ghost btn-icon btn-sm ml-auto" href=close data-do="close" aria-label=texts.close>{Icon::X.svg("size-4")}</a>
            </header>
            <div class="relative min-h-0 flex-1 overflow-auto" data-editor="" data-read-only="true" data-label=t().calls.written></div>
        </div>
    }
    .to_html()
}
