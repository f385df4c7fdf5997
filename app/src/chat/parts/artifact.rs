//! The version of an artifact that a call has made.

use leptos::prelude::*;
use vertice_domain::ArtifactRef;

use super::plain::Clip;
use crate::{
    artifacts::href,
    chat::use_chat,
    strings::{fill, t},
    ui::Icon,
};

/// How much of a title or a path (characters) is shown.
const MOST: usize = 120;

/// Its card, which opens it beside the chat. Title and path were written by a model.
pub(super) fn made(artifact: ArtifactRef) -> AnyView {
    let open = use_chat().place.open;
    let ArtifactRef { id, version, path, title, added, removed, .. } = artifact;
    let address = move || open.get().id().map(|conversation| href(conversation, id, version));
    let version = fill(t().artifacts.version, &[("version", &version.to_string())]);
    let facts = format!("{version}, {}", Clip::up_to(path.as_str(), MOST).shown);
    view! {
        <a class="artifact card" href=address>
            {Icon::Code.svg("size-4")}
            <span class="min-w-0 flex-1">
                <span dir="auto" class="block truncate text-sm font-medium">{Clip::up_to(&title, MOST).shown}</span>
                <span class="block truncate text-2xs text-muted-foreground">{facts}</span>
            </span>
            <span class="num text-2xs text-success-text">{(added > 0).then(|| format!("+{added}"))}</span>
            <span class="num text-2xs text-destructive-text">{(removed > 0).then(|| format!("\u{2212}{removed}"))}</span>
        </a>
    }
    .into_any()
}
