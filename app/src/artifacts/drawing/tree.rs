//! The artifacts of the conversation as a tree of folders.

use std::collections::BTreeMap;

use leptos::prelude::*;
use vertice_domain::Artifact;

use super::{Place, Shown, glyphs};
use crate::{artifacts::all_href, ssr, strings::drawn, ui::Icon};

/// A folder: what is in it, by name.
#[derive(Default)]
struct Folder<'a> {
    folders: BTreeMap<&'a str, Folder<'a>>,
    files: Vec<(&'a str, &'a Artifact)>,
}

impl<'a> Folder<'a> {
    fn of(all: &'a [Artifact]) -> Self {
        let mut root = Self::default();
        for artifact in all {
            let mut names: Vec<&str> = artifact.path.as_str().split('/').collect();
            let Some(name) = names.pop() else { continue };
            let folder =
                names.into_iter().fold(&mut root, |folder, name| folder.folders.entry(name).or_default());
            folder.files.push((name, artifact));
        }
        root
    }
}

/// The tree, with what can be done in it.
pub(super) fn draw(shown: &Shown) -> AnyView {
    let texts = &drawn().artifacts;
    view! {
        <div class="flex w-46 shrink-0 flex-col border-r bg-sidebar max-md:hidden" data-slot="tree">
            <div class="flex h-9 shrink-0 items-center pr-1 pl-4 text-2xs text-muted-foreground">
                <span class="mr-auto">{texts.files}</span>
                <button type="button" class="btn btn-ghost btn-icon btn-sm" data-do="new" aria-label=texts.new data-tip=texts.new>{Icon::Plus.svg("size-4")}</button>
            </div>
            <ul role="tree" aria-label=texts.files class="min-h-0 flex-1 overflow-y-auto px-1 pb-4" data-tree="" data-drop="">
                {level(shown, &Folder::of(&shown.all), "", 1)}
            </ul>
            <div class="flex shrink-0 gap-1 border-t p-1">
                <button type="button" class="btn btn-ghost btn-icon btn-sm" data-do="rename" aria-label=texts.rename data-tip=texts.rename data-tip-at="top">{Icon::Pencil.svg("size-4")}</button>
                <button type="button" class="btn btn-ghost btn-icon btn-sm" data-do="delete" aria-label=texts.delete data-tip=texts.delete data-tip-at="top">{Icon::Trash.svg("size-4")}</button>
                <label class="btn btn-ghost btn-icon btn-sm cursor-pointer focus-within:ring-2" data-tip=texts.upload data-tip-at="top">
                    {Icon::ArrowUp.svg("size-4")}
                    <span class="sr-only">{texts.upload}</span>
                    <input type="file" multiple class="sr-only" data-do="upload" />
                </label>
            </div>
            <form hidden class="border-t p-2" data-name="">
                <label class="text-2xs text-muted-foreground">
                    {texts.path}
                    <input class="field mt-1 h-7 w-full font-mono text-xs" name="path" autocomplete="off" spellcheck="false" />
                </label>
                <p class="mt-1 text-2xs text-destructive-text" role="alert" data-fault=""></p>
                <div class="mt-2 flex gap-1">
                    <button class="btn btn-primary btn-sm">{texts.apply}</button>
                    <button type="button" class="btn btn-ghost btn-sm" data-do="unname">{texts.cancel}</button>
                </div>
            </form>
        </div>
    }
    .into_any()
}

fn level(shown: &Shown, folder: &Folder<'_>, above: &str, depth: usize) -> AnyView {
    let place = move |name: &str| if above.is_empty() { name.to_owned() } else { format!("{above}/{name}") };
    let indent = move |more: usize| format!("padding-left:{}px", 8 + 12 * (depth - 1) + more);
    let folders = folder.folders.iter().map(|(name, below)| {
        let path = place(name);
        let below = level(shown, below, &path, depth + 1);
        view! {
            <li role="treeitem" attr:aria-level=depth.to_string() aria-expanded="true" tabindex="-1" data-folder=path>
                <span class="menu-item !min-h-7 gap-1.5" style=indent(0)>
                    {Icon::ChevronDown.svg("size-3 fold")}
                    {Icon::Folder.svg("size-4")}
                    <span dir="auto" class="truncate">{(*name).to_owned()}</span>
                </span>
                <ul role="group">{below}</ul>
            </li>
        }
    });
    let files = folder.files.iter().map(|(name, artifact)| {
        let here = artifact.id == shown.artifact.id;
        let class = if here { "menu-item !min-h-7 gap-1.5 is-active" } else { "menu-item !min-h-7 gap-1.5" };
        view! {
            <li
                role="treeitem"
                attr:aria-level=depth.to_string()
                aria-selected=if here { "true" } else { "false" }
                tabindex=if here { "0" } else { "-1" }
                draggable="true"
                data-file=artifact.path.as_str().to_owned()
                data-id=artifact.id.to_string()
            >
                <a class=class style=indent(18) href=shown.other(artifact) tabindex="-1" draggable="false">
                    {glyphs::file()}
                    <span dir="auto" class="truncate">{(*name).to_owned()}</span>
                </a>
            </li>
        }
    });
    view! { {folders.collect_view()} {files.collect_view()} }.into_any()
}

/// How a deletion is taken back, for a while; the script shows it.
pub(super) fn undo() -> AnyView {
    let texts = &drawn().artifacts;
    view! {
        <p hidden class="flex shrink-0 items-center gap-2 border-t px-4 py-2 text-xs" role="status" data-undo="">
            <span class="mr-auto">{texts.deleted}</span>
            <button type="button" class="btn btn-outline btn-sm" data-do="undelete">{texts.undo}</button>
        </p>
    }
    .into_any()
}

/// The panel of a conversation that has none.
pub(super) fn empty(place: &Place) -> String {
    let texts = &drawn().artifacts;
    nothing(
        place,
        texts.none,
        view! { <p class="mt-1 text-muted-foreground">{texts.none_text}</p> }.to_html(),
    )
}

/// The artifact that was asked for is not there: the way to the others, and out.
pub(super) fn gone(place: &Place, others: bool) -> String {
    let all = others.then(|| {
        let href = all_href(place.conversation);
        view! { <a class="btn btn-outline btn-sm mt-4" href=href>{drawn().artifacts.files}</a> }
    });
    nothing(place, drawn().artifacts.gone, all.to_html())
}

fn nothing(place: &Place, why: &'static str, more: String) -> String {
    let (texts, close) = (&drawn().artifacts, format!("/c/{}", place.conversation));
    view! {
        <div
            class="flex min-h-0 flex-1 flex-col"
            data-artifacts=place.conversation.to_string()
            data-script=ssr::bundled("panel.js")
        >
            <header class="flex h-12 shrink-0 items-center border-b pr-2 pl-4">
                <h2 class="mr-auto text-sm font-medium">{texts.files}</h2>
                <a class="btn btn-ghost btn-icon btn-sm" href=close aria-label=texts.close>{Icon::X.svg("size-4")}</a>
            </header>
            <div class="m-auto max-w-80 px-4 py-12 text-center text-sm">
                <p class="font-medium">{why}</p>
                <div inner_html=more></div>
            </div>
            {undo()}
        </div>
    }
    .to_html()
}
