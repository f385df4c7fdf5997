//! All versions of an artifact, the newest first.

use leptos::prelude::*;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use vertice_domain::{Author, Page, artifact::ArtifactVersion};

use super::{OLDER, Shown, View, counts};
use crate::{
    ssr,
    strings::{drawn, fill},
    ui::time,
};

/// A page of them. The script puts the next one below it; without scripts the link leads there.
pub(super) fn draw(shown: &Shown, versions: &Page<ArtifactVersion>) -> AnyView {
    let rows = versions.items.iter().map(|version| row(shown, version)).collect_view();
    let older = versions.next_cursor.as_ref().map(|cursor| {
        let cursor = utf8_percent_encode(cursor, NON_ALPHANUMERIC);
        format!("{}&{OLDER}={cursor}", shown.at(View::History, shown.version))
    });
    view! {
        <div class="min-h-0 flex-1 overflow-y-auto">
            <ol class="spine p-6" data-versions="">{rows}</ol>
            {older.map(|href| view! {
                <p class="px-6 pb-6 text-center"><a class="btn btn-outline btn-sm" href=href data-do="older">{drawn().artifacts.older_versions}</a></p>
            })}
        </div>
    }
    .into_any()
}

fn row(shown: &Shown, version: &ArtifactVersion) -> AnyView {
    let texts = &drawn().artifacts;
    let number = version.version;
    let is_newest = number == shown.artifact.version;
    let name = match version.note.as_str() {
        "" if number == 1 => texts.first.to_owned(),
        "" => fill(texts.version, &[("version", &number.to_string())]),
        note => note.to_owned(),
    };
    let by = if version.created_by == Author::User { texts.by_you } else { texts.by_model };
    let clock = time::clock(version.created_at, ssr::preferences().utc_offset_minutes);
    let facts = fill(texts.facts, &[("version", &number.to_string()), ("by", by), ("time", &clock)]);
    let before = number.saturating_sub(1).max(1);
    view! {
        <li class="flex items-start gap-3 pb-6">
            <span class=if is_newest { "dot dot-live mt-2" } else { "dot mt-2" } aria-hidden="true"></span>
            <div class="min-w-0 flex-1">
                <p class="flex items-center gap-2">
                    <a dir="auto" class="truncate font-medium hover:underline" href=shown.at(View::Code, number)>{name}</a>
                    {is_newest.then(|| view! { <span class="badge badge-primary">{texts.current}</span> })}
                </p>
                <p class="flex gap-2 text-xs text-muted-foreground">{facts} {counts(version)}</p>
            </div>
            <a class="btn btn-ghost btn-sm" href=shown.compared(before, number)>{texts.compare}</a>
            {(!is_newest).then(|| view! {
                <button type="button" class="btn btn-outline btn-sm" data-do="restore" data-of=number.to_string()>{texts.restore}</button>
            })}
        </li>
    }
    .into_any()
}
