//! What was changed since the last commit, as git says where the files are: in the sandbox.

use std::time::Duration;

use leptos::prelude::*;
use tokio_util::sync::CancellationToken;
use vertice_domain::sandbox::{Language, Run, WorkspaceListing};
use vertice_ports::Workspace;

use super::nothing;
use crate::{api::ApiError, strings::drawn};

const CODE: &str = "export GIT_OPTIONAL_LOCKS=0 GIT_PAGER=cat\n\
    git status --short\n\
    if git rev-parse --quiet --verify HEAD >/dev/null; then since=HEAD; else since=--cached; fi\n\
    git diff --no-color --no-ext-diff $since 2>&1 | head -c 200000";
const TIMEOUT: Duration = Duration::from_secs(10);
/// What a repository is known by.
const HEAD: &str = ".git/HEAD";

pub(super) async fn draw(workspace: &dyn Workspace, listing: &WorkspaceListing) -> Result<AnyView, ApiError> {
    let texts = &drawn().workspace;
    if !listing.items.iter().any(|item| item.path == HEAD) {
        return Ok(nothing(texts.no_repository, None));
    }
    let run = Run {
        language: Language::Bash,
        code: CODE.to_owned(),
        stdin: String::new(),
        timeout: TIMEOUT,
        files: Vec::new(),
        conversation: None,
    };
    let report = workspace.run(run, None, CancellationToken::new()).await?;
    let said = if report.stdout.trim().is_empty() { report.stderr } else { report.stdout };
    if said.trim().is_empty() {
        return Ok(nothing(texts.no_changes, None));
    }
    let lines = said.lines().map(|line| {
        let class = match line.as_bytes().first() {
            Some(b'+') => "text-success-text",
            Some(b'-') => "text-destructive-text",
            Some(b'@') => "text-muted-foreground",
            _ => "",
        };
        view! { <span class=class>{format!("{line}\n")}</span> }
    });
    let lines = lines.collect_view();
    Ok(view! {
        <pre
            dir="ltr"
            tabindex="0"
            class="m-4 overflow-x-auto rounded-lg border bg-sunken p-3 font-mono text-xs"
        >
            {lines}
        </pre>
    }
    .into_any())
}
