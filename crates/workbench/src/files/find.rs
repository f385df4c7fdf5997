//! Listing, finding and searching, in few lines.

use std::{
    ops::ControlFlow,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};
use regex::RegexBuilder;
use schemars::JsonSchema;
use serde::Deserialize;
use tokio_util::sync::CancellationToken;
use vertice_domain::sandbox::{EntryKind, WorkspaceEntry};
use vertice_ports::{Workspace, toolbox::Told};

use crate::{arguments::folder, kit::told};

/// Lines that are told.
const MOST: usize = 200;
/// Characters of a line that was found.
const WIDEST: usize = 300;
/// Lines after which it is looked whether a search is over.
const LOOK_EVERY: usize = 1_000;
/// What a regular expression may take, and a glob, in bytes.
const REGEX_SIZE: usize = 1024 * 1024;
const GLOB_SIZE: usize = 1024;
/// How long a search may take.
const PATIENCE: Duration = Duration::from_secs(10);

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct List {
    /// The folder; none: the workspace.
    #[serde(default)]
    path: Option<String>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Find {
    /// Such as `src/**/*.rs`. One without a slash is looked for in all folders.
    glob: String,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Search {
    /// A regular expression, for one line.
    pattern: String,
    /// Only in files of this glob.
    #[serde(default)]
    glob: Option<String>,
    #[serde(default)]
    ignore_case: bool,
}

pub(super) async fn list(workspace: &dyn Workspace, wanted: List) -> Result<Told, Told> {
    let folder = folder(wanted.path.as_deref())?;
    let listing = workspace.list().await.map_err(told)?;
    let prefix = folder.as_ref().map(|folder| format!("{}/", folder.as_str())).unwrap_or_default();
    let below: Vec<(&str, &WorkspaceEntry)> = listing
        .items
        .iter()
        .filter_map(|item| Some((item.path.strip_prefix(&prefix)?, item)))
        .filter(|(path, _)| !is_of_git(path))
        .collect();
    if below.is_empty() {
        let is_there = folder.is_none()
            || listing
                .items
                .iter()
                .any(|item| item.kind == EntryKind::Folder && prefix.strip_suffix('/') == Some(&*item.path));
        return if is_there {
            Ok(Told::text("Nothing is there."))
        } else {
            Err(Told::error("There is no such folder."))
        };
    }
    // As deep as fits.
    let depth = |path: &str| path.matches('/').count();
    let deepest = (0..).find(|deepest| {
        let deeper = |(path, _): &&(&str, _)| depth(path) <= *deepest + 1;
        below.iter().filter(deeper).count() > MOST || below.iter().all(|(path, _)| depth(path) <= *deepest)
    });
    let deepest = deepest.unwrap_or_default();
    let shown: Vec<String> = below
        .iter()
        .filter(|(path, _)| depth(path) <= deepest)
        .take(MOST)
        .map(|(path, item)| line(path, item))
        .collect();
    let left_out = below.len() - shown.len();
    let more =
        if left_out > 0 { format!("\n[{left_out} more, deeper; list a folder]") } else { String::new() };
    Ok(Told::text(shown.join("\n") + &more))
}

fn line(path: &str, item: &WorkspaceEntry) -> String {
    match item.kind {
        EntryKind::File => format!("{path}\t{}", item.size),
        EntryKind::Folder => format!("{path}/"),
        EntryKind::Link => format!("{path}@"),
    }
}

pub(super) async fn find(workspace: &dyn Workspace, wanted: Find) -> Result<Told, Told> {
    let glob = matcher(&wanted.glob)?;
    let mut found = workspace.list().await.map_err(told)?.items;
    found
        .retain(|item| item.kind != EntryKind::Folder && !is_of_git(&item.path) && glob.is_match(&item.path));
    found.sort_by_key(|item| std::cmp::Reverse(item.changed_at));
    if found.is_empty() {
        return Ok(Told::text("No file fits this glob."));
    }
    let paths: Vec<&str> = found.iter().take(MOST).map(|item| item.path.as_str()).collect();
    Ok(Told::text(paths.join("\n") + &more(found.len(), "files")))
}

pub(super) async fn search(
    workspace: &dyn Workspace,
    wanted: Search,
    cancel: CancellationToken,
) -> Result<Told, Told> {
    let glob = wanted.glob.as_deref().map(matcher).transpose()?;
    let mut regex = RegexBuilder::new(&wanted.pattern);
    let regex = regex
        .case_insensitive(wanted.ignore_case)
        .size_limit(REGEX_SIZE)
        .dfa_size_limit(REGEX_SIZE)
        .build()
        .map_err(|error| Told::error(format!("The pattern cannot be read: {error}")))?;
    let found: Arc<Mutex<(Vec<String>, usize, bool)>> = Arc::default();
    let finding = Arc::clone(&found);
    let until = Instant::now() + PATIENCE;
    let is_over = move || cancel.is_cancelled() || Instant::now() > until;
    let visit = move |path: &str, content: &[u8]| {
        if is_over() {
            finding.lock().unwrap_or_else(PoisonError::into_inner).2 = true;
            return ControlFlow::Break(());
        }
        if is_of_git(path) || glob.as_ref().is_some_and(|glob| !glob.is_match(path)) {
            return ControlFlow::Continue(());
        }
        let Ok(text) = std::str::from_utf8(content) else { return ControlFlow::Continue(()) };
        let mut found = finding.lock().unwrap_or_else(PoisonError::into_inner);
        for (number, line) in (1_usize..).zip(text.lines()) {
            if number % LOOK_EVERY == 0 && is_over() {
                found.2 = true;
                return ControlFlow::Break(());
            }
            if !regex.is_match(line) {
                continue;
            }
            if found.0.len() < MOST {
                let shown: String = line.trim().chars().take(WIDEST).collect();
                found.0.push(format!("{path}:{number}:{shown}"));
            }
            found.1 += 1;
        }
        ControlFlow::Continue(())
    };
    workspace.scan(Box::new(visit)).await.map_err(told)?;
    let (lines, all, is_cut) = std::mem::take(&mut *found.lock().unwrap_or_else(PoisonError::into_inner));
    let cut = if is_cut { "\n[stopped before all files were seen; look in less of them]" } else { "" };
    if lines.is_empty() {
        return Ok(Told::text(format!("No line fits this pattern.{cut}")));
    }
    Ok(Told::text(lines.join("\n") + &more(all, "lines") + cut))
}

/// What git keeps is nobody's to look through.
fn is_of_git(path: &str) -> bool {
    path.split('/').any(|name| name == ".git")
}

fn matcher(text: &str) -> Result<GlobSet, Told> {
    let text = text.strip_prefix("./").unwrap_or(text);
    let everywhere = if text.contains('/') { text.to_owned() } else { format!("**/{text}") };
    if text.len() > GLOB_SIZE {
        return Err(Told::error(format!("A glob may be {GLOB_SIZE} bytes long.")));
    }
    let refused = |error: globset::Error| Told::error(format!("The glob cannot be read: {}.", error.kind()));
    let glob = GlobBuilder::new(&everywhere).literal_separator(true).build().map_err(refused)?;
    GlobSetBuilder::new().add(glob).build().map_err(refused)
}

fn more(all: usize, what: &str) -> String {
    if all > MOST { format!("\n[{} more {what}; look for less]", all - MOST) } else { String::new() }
}
