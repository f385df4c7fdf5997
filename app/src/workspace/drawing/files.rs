//! A folder's list, or what a file holds.

use std::collections::HashMap;

use leptos::prelude::*;
use vertice_domain::{
    Error, ImageType,
    sandbox::{EntryKind, FilePath, WorkspaceEntry, WorkspaceListing},
};
use vertice_ports::Workspace;

use super::{Place, encoded, nothing};
use crate::{
    api::ApiError,
    chat::format,
    strings::{drawn, fill},
    ui::Icon,
};

/// The most rows of a folder that are shown.
const MOST_ROWS: usize = 500;
/// The most bytes of a text that are shown.
const MOST_SHOWN: usize = 256 * 1024;

pub(super) async fn draw(
    place: &Place,
    workspace: &dyn Workspace,
    listing: &WorkspaceListing,
) -> Result<AnyView, ApiError> {
    let found = listing.items.iter().find(|item| item.path == place.path);
    match found.map(|item| item.kind) {
        Some(EntryKind::File) => {
            let path = FilePath::parse(&place.path).map_err(|fault| Error::invalid_field("path", fault))?;
            let content = workspace.read(&path).await?;
            Ok(file(place, content))
        }
        _ => Ok(folder(place, listing)),
    }
}

fn folder(place: &Place, listing: &WorkspaceListing) -> AnyView {
    let texts = &drawn().workspace;
    let prefix = if place.path.is_empty() { String::new() } else { format!("{}/", place.path) };
    let below: Vec<(&str, &WorkspaceEntry)> =
        listing.items.iter().filter_map(|item| Some((item.path.strip_prefix(&prefix)?, item))).collect();
    let mut counts: HashMap<&str, u64> = HashMap::new();
    for (folder, _) in below.iter().filter_map(|(name, _)| name.split_once('/')) {
        *counts.entry(folder).or_default() += 1;
    }
    let count = |folder: &str| counts.get(folder).copied().unwrap_or_default();
    // Folders first.
    let here = || below.iter().filter(|(name, _)| !name.contains('/'));
    let folders = here().filter(|(_, item)| item.kind == EntryKind::Folder);
    let mut rows: Vec<AnyView> =
        folders.map(|(name, item)| folder_row(place, name, item, count(name))).collect();
    let files = here().filter(|(_, item)| item.kind != EntryKind::Folder);
    rows.extend(files.map(|(name, item)| file_row(place, name, item)));
    let is_empty = rows.is_empty();
    let is_cut = listing.truncated || rows.len() > MOST_ROWS;
    rows.truncate(MOST_ROWS);
    view! {
        <div class="flex items-center gap-2 px-4 pt-3 pb-1">
            {path_line(place)}
            <label class="btn btn-outline btn-sm ml-auto shrink-0 cursor-pointer focus-within:ring-2">
                {Icon::Plus.svg("size-4")}
                {texts.upload}
                <input type="file" multiple class="sr-only" data-upload=encoded(&prefix) />
            </label>
        </div>
        {if is_empty {
            nothing(texts.empty, Some(texts.empty_text))
        } else {
            view! { <ul class="px-2 pb-4">{rows}</ul> }.into_any()
        }}
        {is_cut.then(|| view! { <p class="px-4 pb-4 text-xs text-muted-foreground">{texts.cut}</p> })}
    }
    .into_any()
}

/// The folders above, each a link.
fn path_line(place: &Place) -> AnyView {
    let mut above = String::new();
    let mut parts = vec![(place.at(""), drawn().workspace.tab_files.to_owned())];
    for name in place.path.split('/').filter(|name| !name.is_empty()) {
        above = if above.is_empty() { name.to_owned() } else { format!("{above}/{name}") };
        parts.push((place.at(&above), name.to_owned()));
    }
    let last = parts.len() - 1;
    let parts = parts.into_iter().enumerate().map(|(at, (href, name))| {
        let is_here = (at == last).then_some("page");
        view! {
            <li class="flex min-w-0 items-center gap-1">
                {(at > 0).then(|| view! { <span class="text-faint" aria-hidden="true">"/"</span> })}
                <a dir="auto" class="truncate hover:underline" href=href aria-current=is_here>{name}</a>
            </li>
        }
    });
    view! { <ol class="flex min-w-0 flex-wrap gap-x-1 text-sm">{parts.collect_view()}</ol> }.into_any()
}

const ROW: &str = "flex items-center gap-2 rounded-md px-2 hover:bg-muted";
const NAME: &str = "flex min-h-9 min-w-0 flex-1 items-center gap-2 text-sm";
const GLYPH: &str = "size-4 shrink-0 text-muted-foreground";

fn folder_row(place: &Place, name: &str, item: &WorkspaceEntry, count: u64) -> AnyView {
    view! {
        <li class=ROW>
            <a class=NAME href=place.at(&item.path)>
                {Icon::Folder.svg(GLYPH)}
                <span dir="auto" class="truncate">{name.to_owned()}</span>
            </a>
            <span class="num shrink-0 text-xs text-muted-foreground">{drawn().workspace.folder.count(count)}</span>
            {removal(name, &item.path)}
        </li>
    }
    .into_any()
}

fn file_row(place: &Place, name: &str, item: &WorkspaceEntry) -> AnyView {
    let texts = &drawn().workspace;
    let is_link = item.kind == EntryKind::Link;
    let size = if is_link { texts.link.to_owned() } else { bytes(item.size) };
    let named = view! { <span dir="auto" class="truncate">{name.to_owned()}</span> };
    let named = if is_link {
        view! { <span class=NAME>{named}</span> }.into_any()
    } else {
        view! { <a class=NAME href=place.at(&item.path)>{named}</a> }.into_any()
    };
    view! {
        <li class=ROW>
            {named}
            <span class="num shrink-0 text-xs text-muted-foreground">{size}</span>
            {(!is_link).then(|| download(place, &item.path, name))}
            {removal(name, &item.path)}
        </li>
    }
    .into_any()
}

fn download(place: &Place, path: &str, name: &str) -> AnyView {
    let label = fill(drawn().workspace.download, &[("name", name)]);
    view! {
        <a
            class="btn btn-ghost btn-icon btn-sm shrink-0"
            href=place.bytes(path)
            rel="external"
            download=name.to_owned()
            aria-label=label
        >
            {Icon::Download.svg("size-4")}
        </a>
    }
    .into_any()
}

/// Asks once more before it takes anything away.
fn removal(name: &str, path: &str) -> AnyView {
    let texts = &drawn().workspace;
    let label = fill(texts.remove, &[("name", name)]);
    view! {
        <details class="relative shrink-0">
            <summary class="btn btn-ghost btn-icon btn-sm list-none" aria-label=label>
                {Icon::Trash.svg("size-4")}
            </summary>
            <button
                type="button"
                class="btn btn-destructive btn-sm absolute top-full right-0 z-10"
                aria-label=format!("{}: {name}", texts.really_remove)
                data-remove=encoded(path)
            >
                {texts.really_remove}
            </button>
        </details>
    }
    .into_any()
}

fn file(place: &Place, content: Vec<u8>) -> AnyView {
    let name = place.path.rsplit('/').next().unwrap_or_default().to_owned();
    let size = bytes(content.len() as u64);
    let is_picture = ImageType::of(&content).is_some();
    let is_text = !is_picture && std::str::from_utf8(&content).is_ok();
    let shown = if is_picture {
        view! { <img class="m-auto max-w-full p-4" src=place.bytes(&place.path) alt=name.clone() /> }
            .into_any()
    } else {
        match String::from_utf8(content) {
            Ok(text) => shown(&text),
            Err(_) => nothing(drawn().workspace.no_text, None),
        }
    };
    view! {
        <div class="flex items-center gap-2 px-4 pt-3 pb-2">
            {path_line(place)}
            <span class="num ml-auto shrink-0 text-xs text-muted-foreground">{size}</span>
            {is_text.then(|| as_artifact(place))}
            {download(place, &place.path, &name)}
        </div>
        {shown}
    }
    .into_any()
}

/// Makes an artifact of the file.
fn as_artifact(place: &Place) -> AnyView {
    view! {
        <form method="post" action="/artifacts">
            <input type="hidden" name="conversation" value=place.conversation.to_string() />
            <input type="hidden" name="path" value=place.path.clone() />
            <button class="btn btn-outline btn-sm">{drawn().workspace.as_artifact}</button>
        </form>
    }
    .into_any()
}

fn shown(text: &str) -> AnyView {
    let shown = &text[..text.floor_char_boundary(MOST_SHOWN)];
    let is_cut = shown.len() < text.len();
    view! {
        <pre
            dir="ltr"
            tabindex="0"
            class="mx-4 mb-4 overflow-x-auto rounded-lg border bg-sunken p-3 font-mono text-xs"
        >
            {shown.to_owned()}
        </pre>
        {is_cut.then(|| view! { <p class="px-4 pb-4 text-xs text-muted-foreground">{drawn().workspace.too_long}</p> })}
    }
    .into_any()
}

/// Bytes as people read them.
fn bytes(count: u64) -> String {
    const KB: u64 = 1024;
    match count {
        ..KB => fill(drawn().workspace.size, &[("size", &count.to_string())]),
        _ if count < KB * KB => format!("{} KB", format::thousands(count.div_ceil(KB))),
        _ => format!("{} MB", format::thousands(count.div_ceil(KB * KB))),
    }
}
