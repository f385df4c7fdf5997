//! Holds the tree in ARCHITECTURE.md against the disk: every directory at the top and every crate is in it, and
//! whatever is in it exists. It must never look at what the descriptions say.
//!
//! The tree is the fenced block after the line `<!-- tree -->`; one entry a line: a path, then a description. An
//! indented path is below the last one that is indented less and ends in `/`. `{a,b}` stands for both.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::{Context, Result};

const FILE: &str = "ARCHITECTURE.md";
const MARK: &str = "<!-- tree -->";

/// What the tree and the disk disagree on.
pub(super) fn faults(root: &Path) -> Result<Vec<String>> {
    let path = root.join(FILE);
    if !path.exists() {
        return Ok(vec![format!("{FILE} is missing")]);
    }
    let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {FILE}"))?;
    let Some(listed) = listed(&text) else {
        return Ok(vec![format!("{FILE} has no fenced block after a line {MARK}")]);
    };
    let gone = listed.iter().filter(|path| !root.join(path).exists());
    let gone = gone.map(|path| format!("{FILE}: its tree lists {path}, which does not exist"));
    let missing = existing(root)?.into_iter().filter(|dir| !covers(&listed, dir));
    let missing = missing.map(|dir| format!("{FILE}: its tree does not list {dir}/"));
    Ok(gone.chain(missing).collect())
}

/// A directory is listed when it or something in it is.
fn covers(listed: &BTreeSet<String>, dir: &str) -> bool {
    listed
        .iter()
        .any(|path| path.strip_prefix(dir).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')))
}

/// The paths in the tree, without a `/` at the end; `None` when there is no tree.
fn listed(text: &str) -> Option<BTreeSet<String>> {
    let mut lines = text.lines().skip_while(|line| line.trim() != MARK).skip(1);
    lines.by_ref().find(|line| !line.trim().is_empty()).filter(|line| line.starts_with("```"))?;
    let mut parents: Vec<(usize, String)> = Vec::new();
    let mut paths = BTreeSet::new();
    for line in lines.take_while(|line| !line.starts_with("```")) {
        let Some((indent, path)) = entry(line) else { continue };
        while parents.last().is_some_and(|(of_parent, _)| *of_parent >= indent) {
            parents.pop();
        }
        let full = format!("{}{path}", parents.last().map_or("", |(_, parent)| parent.as_str()));
        paths.extend(expand(full.trim_end_matches('/')));
        if path.ends_with('/') {
            parents.push((indent, full));
        }
    }
    Some(paths)
}

/// The indentation and the path of a line; drawn branches count as indentation.
fn entry(line: &str) -> Option<(usize, &str)> {
    let path = line.trim_start_matches(|c: char| c.is_whitespace() || "│├└─".contains(c));
    let indent = line.chars().count() - path.chars().count();
    path.split_whitespace().next().map(|first| (indent, first))
}

/// `a/{b,c}` becomes `a/b` and `a/c`.
fn expand(path: &str) -> Vec<String> {
    let braces = path.find('{').and_then(|open| Some((open, open + path[open..].find('}')?)));
    let Some((open, close)) = braces else { return vec![path.to_owned()] };
    let choices = path[open + 1..close].split(',');
    choices.flat_map(|choice| expand(&format!("{}{choice}{}", &path[..open], &path[close + 1..]))).collect()
}

/// The directories that have to be in the tree: those at the top, and the crates.
fn existing(root: &Path) -> Result<Vec<String>> {
    let ignored = std::fs::read_to_string(root.join(".gitignore")).unwrap_or_default();
    let mut found = directories(root, "", &ignored)?;
    if root.join("crates").is_dir() {
        found.extend(directories(&root.join("crates"), "crates/", &ignored)?);
    }
    found.sort();
    Ok(found)
}

fn directories(dir: &Path, prefix: &str, ignored: &str) -> Result<Vec<String>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(dir).with_context(|| format!("cannot read {}", dir.display()))? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = format!("{prefix}{name}");
        let is_ignored =
            name.starts_with('.') || ignored.lines().any(|line| line.trim().trim_matches('/') == path);
        if !is_ignored && entry.file_type()?.is_dir() && holds_a_file(&entry.path()) {
            found.push(path);
        }
    }
    Ok(found)
}

/// Git knows no empty directories; a fresh clone would not have them.
fn holds_a_file(dir: &Path) -> bool {
    let entries = std::fs::read_dir(dir).into_iter().flatten().flatten();
    entries.map(|entry| entry.path()).any(|path| if path.is_dir() { holds_a_file(&path) } else { true })
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "# Map\n<!-- tree -->\n```text\napp/src/   the app\n  lib.rs   its root\n  pages/\n    home.rs\n\
        crates/\n├── domain/   words\n└── ports/\nmigrations/{sqlite,postgres}/\nCargo.toml\n```\nmore/ text\n";

    #[test]
    fn the_tree_is_read() {
        let listed: Vec<String> = listed(TEXT).unwrap().into_iter().collect();
        let expected = [
            "Cargo.toml",
            "app/src",
            "app/src/lib.rs",
            "app/src/pages",
            "app/src/pages/home.rs",
            "crates",
            "crates/domain",
            "crates/ports",
            "migrations/postgres",
            "migrations/sqlite",
        ];
        assert_eq!(listed, expected);
        assert!(super::listed("# Map\n```\napp/\n```\n").is_none());
    }

    #[test]
    fn both_sides_are_compared() {
        let dir = tempfile::tempdir().unwrap();
        let write = |path: &str, text: &str| {
            let path = dir.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        };
        write(FILE, "<!-- tree -->\n```\napp/\ncrates/\n  domain/\nattic/\n```\n");
        write(".gitignore", "/data\n");
        for file in ["app/a", "crates/domain/a", "crates/ports/a", "docs/adr/a", "data/a", ".hidden/a"] {
            write(file, "");
        }
        std::fs::create_dir(dir.path().join("empty")).unwrap();
        let expected = [
            format!("{FILE}: its tree lists attic, which does not exist"),
            format!("{FILE}: its tree does not list crates/ports/"),
            format!("{FILE}: its tree does not list docs/"),
        ];
        assert_eq!(faults(dir.path()).unwrap(), expected);
    }

    #[test]
    fn a_missing_file_or_tree_is_a_fault() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(faults(dir.path()).unwrap(), ["ARCHITECTURE.md is missing"]);
        std::fs::write(dir.path().join(FILE), "no tree").unwrap();
        assert_eq!(faults(dir.path()).unwrap().len(), 1);
    }
}
