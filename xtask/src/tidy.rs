//! `cargo xtask tidy`: what clippy cannot see. Sizes of files (those of functions are clippy's), module docs, texts that
//! stand in views, what stands among the ports, and whether ARCHITECTURE.md and Leptos.toml still say what is true. It must
//! never rewrite anything.

mod architecture;
mod leptos_toml;
mod ports;
mod texts;

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::command::Project;

const FILE_WARN: usize = 400;
const FILE_MAX: usize = 600;

/// What was found; warnings do not fail the check.
#[derive(Debug, Default)]
struct Findings {
    warnings: Vec<String>,
    faults: Vec<String>,
}

/// Checks the tree as it is on disk.
pub(crate) fn check(project: &Project) -> Result<()> {
    let mut findings = Findings::default();
    let files = rust_files(&project.root)?;
    let texts = files
        .iter()
        .map(|file| std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display())))
        .collect::<Result<Vec<_>>>()?;
    let paths = files.iter().map(|file| file.strip_prefix(&project.root).unwrap_or(file));
    let sources: Vec<(&Path, &str)> = paths.zip(texts.iter().map(String::as_str)).collect();
    for (path, text) in &sources {
        check_source(path, text, &mut findings);
        findings.faults.extend(texts::faults(path, text));
    }
    findings.faults.extend(ports::faults(&sources));
    findings.faults.extend(architecture::faults(&project.root)?);
    findings.faults.extend(leptos_toml::faults(&project.root)?);
    for warning in &findings.warnings {
        println!("tidy: warning: {warning}");
    }
    for fault in &findings.faults {
        println!("tidy: {fault}");
    }
    if !findings.faults.is_empty() {
        bail!("{} faults", findings.faults.len());
    }
    println!("tidy: {} files, {} warnings", files.len(), findings.warnings.len());
    Ok(())
}

fn check_source(path: &Path, text: &str, findings: &mut Findings) {
    let shown = path.display().to_string();
    if path.file_name().is_some_and(|name| name == "mod.rs") {
        findings.faults.push(format!("{shown}: name it after its directory and put it beside it, no mod.rs"));
    }
    if !text.trim_start().starts_with("//!") {
        findings
            .faults
            .push(format!("{shown}: begin with `//!`: what the module is for and what it must never do"));
    }
    // A language is one file, however much there is to say.
    if path.parent() == Some(Path::new("app/src/strings")) && path.file_stem().is_some_and(is_tag) {
        return;
    }
    let lines = text.lines().count();
    if lines > FILE_MAX {
        findings.faults.push(format!("{shown} has {lines} lines, at most {FILE_MAX} are allowed"));
    } else if lines > FILE_WARN {
        findings.warnings.push(format!("{shown} has {lines} lines, better at most {FILE_WARN}"));
    }
}

/// Whether a file is named after a language: `en`, `pt_br`.
fn is_tag(stem: &std::ffi::OsStr) -> bool {
    let parts = stem.to_str().into_iter().flat_map(|stem| stem.split('_'));
    parts.into_iter().all(|part| part.len() == 2)
}

/// Every .rs file of the project, sorted.
fn rust_files(root: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    collect(root, &mut files)?;
    files.sort();
    Ok(files)
}

fn collect(dir: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    for entry in std::fs::read_dir(dir).with_context(|| format!("cannot read {}", dir.display()))? {
        let entry = entry?;
        let path = entry.path();
        if entry.file_type()?.is_dir() {
            if !is_foreign(&path) {
                collect(&path, files)?;
            }
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    Ok(())
}

/// Hidden directories, build output (cargo marks it) and other people's packages.
fn is_foreign(dir: &Path) -> bool {
    let name = dir.file_name().unwrap_or_default().to_string_lossy();
    name.starts_with('.') || name == "node_modules" || name == "target" || dir.join("CACHEDIR.TAG").exists()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn findings(path: &str, text: &str) -> Findings {
        let mut findings = Findings::default();
        check_source(Path::new(path), text, &mut findings);
        findings
    }

    #[test]
    fn a_small_documented_file_is_fine() {
        let found = findings("a.rs", "//! Adds.\n\nfn add() -> u8 { 1 }\n");
        assert!(found.faults.is_empty() && found.warnings.is_empty(), "{found:?}");
    }

    #[test]
    fn names_and_docs_are_faults() {
        let found = findings("a/mod.rs", "fn later() {}\n");
        assert_eq!(found.faults.len(), 2, "{found:?}");
        assert!(found.faults[0].starts_with("a/mod.rs: name it after its directory"), "{found:?}");
    }

    #[test]
    fn long_files_are_warned_about_then_refused() {
        let file = |lines: usize| format!("//! Doc.\n{}", "// line\n".repeat(lines - 1));
        assert!(findings("a.rs", &file(400)).warnings.is_empty());
        assert_eq!(findings("a.rs", &file(401)).warnings.len(), 1);
        assert!(findings("a.rs", &file(600)).faults.is_empty());
        assert_eq!(findings("a.rs", &file(601)).faults.len(), 1);
        let texts = findings("app/src/strings/pt_br.rs", &file(601));
        assert!(texts.faults.is_empty() && texts.warnings.is_empty(), "{texts:?}");
    }
}
