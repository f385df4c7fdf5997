//! The panel of a conversation's artifacts, as the server draws it. What moves in it, the editor and the frame of a preview, is
//! put into its places by a script of the page's own, which finds there what it needs.

mod code;
mod diff;
mod glyphs;
mod head;
mod history;
mod json;
mod preview;
mod table;
mod tree;

use leptos::prelude::*;
use percent_encoding::percent_decode_str;
use vertice_domain::{
    Artifact, ArtifactId, ArtifactKind, ArtifactPath, ConversationId, Extent, Page, PageRequest,
    artifact::ArtifactVersion,
};
use vertice_ports::artifacts::{LineDiff, Made, NewArtifact};

use super::{ARTIFACT, AT, LIVE, VERSION};
use crate::{
    api::ApiError,
    ssr,
    strings::{drawn, t},
};

const VIEW: &str = "view";
const FROM: &str = "from";
const OLDER: &str = "older";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum View {
    Preview,
    Code,
    Diff,
    History,
}

impl View {
    const ALL: [Self; 4] = [Self::Preview, Self::Code, Self::Diff, Self::History];

    const fn word(self) -> &'static str {
        match self {
            Self::Preview => "preview",
            Self::Code => "code",
            Self::Diff => "diff",
            Self::History => "history",
        }
    }
}

/// Where somebody looks.
struct Place {
    conversation: ConversationId,
    artifact: Option<ArtifactId>,
    /// Where the artifact is, instead.
    path: Option<ArtifactPath>,
    view: Option<View>,
    /// An older version.
    version: Option<u32>,
    /// What a version is compared with.
    from: Option<u32>,
    /// Where the list of versions begins; none: with the newest.
    older: Option<String>,
    live: bool,
}

impl Place {
    fn of(conversation: ConversationId, address: &str) -> Self {
        let value = |name: &str| ssr::parameter(address, name);
        let decoded = |name: &str| Some(percent_decode_str(value(name)?).decode_utf8().ok()?.into_owned());
        let number = |name: &str| value(name).and_then(|number| number.parse().ok());
        Self {
            conversation,
            artifact: value(ARTIFACT).and_then(|id| id.parse().ok()),
            path: decoded(AT).and_then(|path| ArtifactPath::parse(&path).ok()),
            view: value(VIEW).and_then(|word| View::ALL.into_iter().find(|view| view.word() == word)),
            version: number(VERSION),
            from: number(FROM),
            older: decoded(OLDER),
            live: value(LIVE).is_some(),
        }
    }
}

/// What is shown: an artifact, one of its versions, and all others beside it.
struct Shown {
    place: Place,
    view: View,
    all: Vec<Artifact>,
    artifact: Artifact,
    /// The version that is shown, and what it holds.
    version: u32,
    content: String,
}

impl Shown {
    fn is_newest(&self) -> bool {
        self.version == self.artifact.version
    }

    /// The address of another view, or of another version in this one.
    fn at(&self, view: View, version: u32) -> String {
        let address =
            format!("/c/{}?{ARTIFACT}={}&{VIEW}={}", self.place.conversation, self.artifact.id, view.word());
        if version == self.artifact.version { address } else { format!("{address}&{VERSION}={version}") }
    }

    fn compared(&self, from: u32, to: u32) -> String {
        format!("{}&{FROM}={from}", self.at(View::Diff, to))
    }

    /// The address of another artifact, in the same view where that makes sense.
    fn other(&self, artifact: &Artifact) -> String {
        let view = if self.view == View::Code || !has_preview(artifact) { "&view=code" } else { "" };
        format!("/c/{}?{ARTIFACT}={}{view}", self.place.conversation, artifact.id)
    }
}

fn has_preview(artifact: &Artifact) -> bool {
    artifact.kind.has_preview() || is_table(artifact)
}

/// Whether it is text with separators: for programs that is code like any other.
fn is_table(artifact: &Artifact) -> bool {
    artifact.kind == ArtifactKind::Code && artifact.language.as_deref() == Some("csv")
}

/// What a view needs beside what every view has.
enum More {
    Nothing,
    /// Since this version.
    Compared(u32, LineDiff),
    Versions(Page<ArtifactVersion>),
}

/// Draws what this address asks for.
pub(crate) async fn draw(conversation: ConversationId, address: &str) -> Result<String, ApiError> {
    let place = Place::of(conversation, address);
    let kept = ssr::Kept::here()?;
    let (services, actor) = kept.caller()?;
    let artifacts = &services.artifacts;
    let all = artifacts.paths(&actor, conversation).await?;
    let wanted = match (place.artifact, &place.path) {
        (Some(id), _) => all.iter().find(|artifact| artifact.id == id),
        (None, Some(path)) => all.iter().find(|artifact| artifact.path.key() == path.key()),
        (None, None) => all.iter().max_by_key(|artifact| artifact.updated_at),
    };
    let Some(artifact) = wanted.cloned() else {
        let is_written = place.live
            && services.library.thread(&actor, conversation, Extent::Recent(None)).await?.running.is_some();
        return kept.drawing(|| missing(&place, is_written, !all.is_empty()));
    };
    let version = place.version.filter(|version| *version < artifact.version).unwrap_or(artifact.version);
    let content = artifacts.version(&actor, artifact.id, version).await?.content;
    let first = if has_preview(&artifact) { View::Preview } else { View::Code };
    let view = place.view.unwrap_or(first);
    let more = match view {
        View::Preview | View::Code => More::Nothing,
        View::Diff => {
            let from = place.from.unwrap_or_else(|| version.saturating_sub(1).max(1));
            More::Compared(from, artifacts.compare(&actor, artifact.id, from, version).await?)
        }
        View::History => {
            let page = PageRequest::new(Some(PageRequest::MAX), place.older.clone())?;
            More::Versions(artifacts.versions(&actor, artifact.id, &page).await?)
        }
    };
    let shown = Shown { view, all, artifact, version, content, place };
    Ok(kept.drawing(|| panel(&shown, more)))
}

fn missing(place: &Place, is_written: bool, others: bool) -> Result<String, ApiError> {
    if is_written {
        return Ok(code::written(place));
    }
    if place.artifact.is_some() || others {
        return Ok(tree::gone(place, others));
    }
    Ok(tree::empty(place))
}

/// The script that brings the panel to life, and what it needs to know.
fn panel(shown: &Shown, more: More) -> String {
    let body = match more {
        More::Nothing if shown.view == View::Preview => preview::draw(shown),
        More::Nothing => code::draw(shown),
        More::Compared(from, lines) => diff::draw(shown, from, lines),
        More::Versions(versions) => history::draw(shown, &versions),
    };
    let Artifact { id, version, kind, path, language, .. } = &shown.artifact;
    let texts = &drawn().artifacts;
    view! {
        <div
            class="flex min-h-0 flex-1 flex-col"
            data-artifacts=shown.place.conversation.to_string()
            data-artifact=id.to_string()
            data-version=version.to_string()
            data-shown=shown.version.to_string()
            data-kind=kind.as_str()
            data-path=path.as_str().to_owned()
            data-language=language.clone().unwrap_or_default()
            data-view=shown.view.word()
            data-script=ssr::bundled("panel.js")
            data-shell="/preview/shell"
            data-saved=texts.saved
            data-saving=texts.saving
            data-writing=t().calls.written
            data-unsaved=texts.unsaved
            data-failed=texts.not_saved
            data-copied=texts.copied
            data-fix=texts.fix_request
        >
            <div role="separator" aria-orientation="vertical" aria-label=texts.edge attr:aria-valuenow="40" attr:aria-valuemin="25" attr:aria-valuemax="65" tabindex="0" class="panel-edge" data-edge=""></div>
            {head::draw(shown)}
            {(!shown.is_newest()).then(|| head::older(shown))}
            <div class="flex min-h-0 flex-1 flex-col" data-slot="body">{body}</div>
            {conflict()}
            {tree::undo()}
        </div>
    }
    .to_html()
}

/// What is asked where somebody else has written meanwhile; the script shows it.
fn conflict() -> AnyView {
    let texts = &drawn().artifacts;
    view! {
        <div hidden role="alertdialog" aria-label=texts.conflict class="border-t bg-card px-4 py-3 text-sm" data-conflict="">
            <p class="font-medium">{texts.conflict}</p>
            <p class="mt-1 text-muted-foreground">{texts.conflict_text}</p>
            <div class="mt-3 flex flex-wrap gap-2">
                <button type="button" class="btn btn-primary btn-sm" data-do="merge">{texts.merge}</button>
                <button type="button" class="btn btn-outline btn-sm" data-do="mine">{texts.keep_mine}</button>
                <button type="button" class="btn btn-outline btn-sm" data-do="theirs">{texts.take_newest}</button>
            </div>
            <p class="mt-2 text-xs text-muted-foreground" hidden data-marks="">{texts.marks}</p>
        </div>
    }
    .into_any()
}

/// A version's lines that came and went.
fn counts(version: &ArtifactVersion) -> AnyView {
    let added = (version.added > 0).then(|| format!("+{}", version.added));
    let removed = (version.removed > 0).then(|| format!("\u{2212}{}", version.removed));
    view! {
        <span class="num text-success-text">{added}</span>
        <span class="num text-destructive-text">{removed}</span>
    }
    .into_any()
}

/// Makes an artifact of a code block. `what`: its language, and after a blank what it is called.
pub(crate) async fn open_block(
    conversation: ConversationId,
    what: &str,
    code: String,
) -> Result<ArtifactId, ApiError> {
    let (services, actor) = ssr::caller()?;
    let (language, name) = what.split_once(' ').unwrap_or((what, ""));
    let kind = ArtifactKind::of_language(language);
    let title = if name.is_empty() { drawn().artifacts.from_block } else { name };
    let language = Some(language).filter(|language| !language.is_empty());
    let named = Some(kind).filter(|kind| *kind != ArtifactKind::Code && name.is_empty());
    let path = services.artifacts.free_path(&actor, conversation, title, named, language).await?;
    let made = services.artifacts.create(
        &actor,
        NewArtifact {
            conversation,
            path,
            title: Some(title.to_owned()),
            kind: None,
            language: language.map(str::to_owned),
            content: code,
            note: String::new(),
            by: Made::ByPerson,
        },
    );
    Ok(made.await?.artifact.id)
}
