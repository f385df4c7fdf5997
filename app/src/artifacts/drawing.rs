//! The panel of a conversation's artifacts, as the server draws it. What moves in it, the editor and the frame of a preview, is
//! put into its places by a script of the page's own, which finds there what it needs.

mod code;
mod diff;
mod glyphs;
mod history;
mod json;
mod preview;
mod tree;

use leptos::prelude::*;
use vertice_domain::{
    Artifact, ArtifactId, ArtifactKind, ConversationId, Error, ErrorKind, PageRequest,
    artifact::ArtifactVersion,
};
use vertice_ports::artifacts::{Made, NewArtifact};

use super::{ARTIFACT, LIVE, VERSION};
use crate::{
    api::ApiError,
    ssr,
    strings::{drawn, fill},
    ui::Icon,
};

const VIEW: &str = "view";
const FROM: &str = "from";
/// Versions that the menu of versions offers; all of them stand in the history.
const OFFERED: u32 = 20;

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
    view: Option<View>,
    /// An older version.
    version: Option<u32>,
    /// What a version is compared with.
    from: Option<u32>,
    live: bool,
}

impl Place {
    fn of(conversation: ConversationId, address: &str) -> Self {
        let value = |name: &str| ssr::parameter(address, name);
        let number = |name: &str| value(name).and_then(|number| number.parse().ok());
        Self {
            conversation,
            artifact: value(ARTIFACT).and_then(|id| id.parse().ok()),
            view: value(VIEW).and_then(|word| View::ALL.into_iter().find(|view| view.word() == word)),
            version: number(VERSION),
            from: number(FROM),
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
    artifact.kind.has_preview()
}

/// Draws what this address asks for.
pub(crate) async fn draw(conversation: ConversationId, address: &str) -> Result<String, ApiError> {
    let place = Place::of(conversation, address);
    let (services, actor) = ssr::caller()?;
    let all = services.artifacts.paths(&actor, conversation).await?;
    let wanted = match place.artifact {
        Some(id) => all.iter().find(|artifact| artifact.id == id),
        None => all.iter().max_by_key(|artifact| artifact.updated_at),
    };
    let Some(artifact) = wanted.cloned() else { return missing(&place, !all.is_empty()) };
    let version = place.version.filter(|version| *version < artifact.version).unwrap_or(artifact.version);
    let content = services.artifacts.version(&actor, artifact.id, version).await?.content;
    let first = if has_preview(&artifact) { View::Preview } else { View::Code };
    let view = place.view.unwrap_or(first);
    let shown = Shown { view, all, artifact, version, content, place };
    let body = match view {
        View::Preview => preview::draw(&shown),
        View::Code => code::draw(&shown),
        View::Diff => diff::draw(&shown).await?,
        View::History => {
            let page = PageRequest::new(Some(PageRequest::MAX), None)?;
            let versions = services.artifacts.versions(&actor, shown.artifact.id, &page).await?;
            history::draw(&shown, &versions.items)
        }
    };
    Ok(panel(&shown, body))
}

fn missing(place: &Place, others: bool) -> Result<String, ApiError> {
    if place.live {
        return Ok(code::written(place));
    }
    if place.artifact.is_some() || others {
        let message = drawn().artifacts.gone;
        return Err(ApiError(Error::new(ErrorKind::NotFound, "not_found", message)));
    }
    Ok(tree::empty(place))
}

/// The script that brings the panel to life, and what it needs to know.
fn panel(shown: &Shown, body: AnyView) -> String {
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
            data-unsaved=texts.unsaved
            data-failed=texts.not_saved
            data-copied=texts.copied
            data-fix=texts.fix_request
        >
            <div role="separator" aria-orientation="vertical" aria-label=texts.edge attr:aria-valuenow="40" attr:aria-valuemin="25" attr:aria-valuemax="65" tabindex="0" class="panel-edge" data-edge=""></div>
            {head(shown)}
            {(!shown.is_newest()).then(|| older(shown))}
            <div class="flex min-h-0 flex-1 flex-col" data-slot="body">{body}</div>
            {conflict()}
        </div>
    }
    .to_html()
}

fn head(shown: &Shown) -> AnyView {
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
        let href = to.map(|to| shown.at(shown.view, to));
        let disabled = to.is_none().then_some("true");
        view! { <a class="btn btn-ghost btn-icon btn-sm" href=href aria-disabled=disabled aria-label=label>{icon.svg("size-4")}</a> }
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
                <li><a class=item href=all rel="external" download="">{texts.all}</a></li>
                <li><label class="menu-item cursor-pointer">{texts.import}<input type="file" class="sr-only" data-do="import" accept=".zip,application/zip" /></label></li>
            </ul>
        </details>
    }
    .into_any()
}

/// An older version says so, and how to have it back.
fn older(shown: &Shown) -> AnyView {
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
