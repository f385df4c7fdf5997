//! The panel, as the server draws it.

mod changes;
mod files;
mod runs;

use std::sync::Arc;

use leptos::prelude::*;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use vertice_domain::{ConversationId, sandbox::RunLimits};
use vertice_ports::{Workspace, workspaces::Access};

use super::FILES;
use crate::{
    api::ApiError,
    ssr,
    strings::{drawn, fill},
    ui::Icon,
};

/// What stands in an address as something else.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'/').remove(b'.').remove(b'-').remove(b'_');
const TAB: &str = "tab";
const CHANGES: &str = "changes";
const RUNS: &str = "runs";
const MB: u64 = 1024 * 1024;

/// Where somebody looks.
struct Place {
    conversation: ConversationId,
    tab: Tab,
    /// A file or a folder; empty: the workspace itself.
    path: String,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Tab {
    Files,
    Changes,
    Runs,
}

impl Place {
    fn of(conversation: ConversationId, address: &str) -> Self {
        let value = |name: &str| ssr::parameter(address, name);
        let tab = match value(TAB) {
            Some(CHANGES) => Tab::Changes,
            Some(RUNS) => Tab::Runs,
            _ => Tab::Files,
        };
        let path = percent_decode_str(value(FILES).unwrap_or_default()).decode_utf8_lossy().into_owned();
        Self { conversation, tab, path }
    }

    /// The address of another path.
    fn at(&self, path: &str) -> String {
        format!("/c/{}?{FILES}={}", self.conversation, encoded(path))
    }

    fn tab(&self, tab: &str) -> String {
        format!("/c/{}?{FILES}=&{TAB}={tab}", self.conversation)
    }

    /// Where a file's bytes are.
    fn bytes(&self, path: &str) -> String {
        format!("/api/v1/conversations/{}/workspace/files/{}", self.conversation, encoded(path))
    }
}

fn encoded(path: &str) -> String {
    utf8_percent_encode(path, ENCODED).to_string()
}

/// Draws what this address asks for.
pub(crate) async fn draw(conversation: ConversationId, address: &str) -> Result<String, ApiError> {
    let (services, actor) = ssr::caller()?;
    let place = Place::of(conversation, address);
    let access = if place.tab == Tab::Changes { Access::Write } else { Access::Read };
    let workspace: Arc<dyn Workspace> = services.workspaces.open(&actor, conversation, access).await?;
    let listing = workspace.list().await?;
    let used = fill(
        drawn().workspace.used,
        &[
            ("used", &listing.bytes.div_ceil(MB).to_string()),
            ("most", &RunLimits::default().disk_mb.to_string()),
        ],
    );
    let content = match place.tab {
        Tab::Files => files::draw(&place, &*workspace, &listing).await?,
        Tab::Changes => changes::draw(&*workspace, &listing).await?,
        Tab::Runs => runs::draw(&services, &actor, conversation).await?,
    };
    Ok(view! {
        <Head place=place used=used />
        {content}
    }
    .to_html())
}

#[component]
fn Head(place: Place, used: String) -> impl IntoView {
    let texts = &drawn().workspace;
    let tabs = [
        (place.at(""), Tab::Files, texts.tab_files),
        (place.tab(CHANGES), Tab::Changes, texts.tab_changes),
        (place.tab(RUNS), Tab::Runs, texts.tab_runs),
    ];
    let tabs = tabs.map(|(href, tab, text)| {
        view! {
            <a href=href aria-current=(tab == place.tab).then_some("true")>
                {text}
            </a>
        }
    });
    let archive = format!("/api/v1/conversations/{}/workspace/archive", place.conversation);
    let close = format!("/c/{}", place.conversation);
    view! {
        <header class="sticky top-0 z-10 flex h-12 shrink-0 items-center gap-1 border-b bg-background pr-2 pl-4">
            <nav class="seg" aria-label=texts.tab_files>
                {tabs.into_iter().collect_view()}
            </nav>
            <span class="num ml-auto truncate px-2 text-xs text-muted-foreground">{used}</span>
            <a class="btn btn-ghost btn-icon btn-sm" href=archive rel="external" download="" aria-label=texts.archive data-tip=texts.archive>
                {Icon::Download.svg("size-4")}
            </a>
            <a class="btn btn-ghost btn-icon btn-sm" href=close aria-label=texts.close>
                {Icon::X.svg("size-4")}
            </a>
        </header>
    }
}

/// What stands where there is nothing yet.
fn nothing(title: &'static str, text: Option<&'static str>) -> AnyView {
    view! {
        <div class="m-auto max-w-80 px-4 py-12 text-center text-sm">
            <p class="font-medium">{title}</p>
            <p class="mt-1 text-muted-foreground">{text}</p>
        </div>
    }
    .into_any()
}
