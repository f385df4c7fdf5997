//! `cargo xtask tidy`: sizes of files and functions, module docs, unfinished work, and whether ARCHITECTURE.md and
//! Leptos.toml still say what is true. It must never rewrite anything.

mod architecture;
mod functions;
mod leptos_toml;
mod source;

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::command::Project;

const FILE_WARN: usize = 400;
const FILE_MAX: usize = 600;
const FUNCTION_WARN: usize = 60;
const FUNCTION_MAX: usize = 100;
/// Markup is long and flat: a function that is mostly `view!` may be longer.
const VIEW_WARN: usize = 100;
const VIEW_MAX: usize = 120;

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
    for file in &files {
        let text =
            std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
        check_source(file.strip_prefix(&project.root).unwrap_or(file), &text, &mut findings);
    }
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
    measure(&shown, "", text.lines().count(), FILE_WARN, FILE_MAX, findings);
    let masked = source::mask(text);
    for word in ["todo!", "unimplemented!"] {
        for line in source::lines_with_word(&masked, word) {
            findings.faults.push(format!("{shown}:{line}: {word} is unfinished work"));
        }
    }
    for function in functions::find(&masked) {
        let (warn, max) =
            if function.is_mostly_view { (VIEW_WARN, VIEW_MAX) } else { (FUNCTION_WARN, FUNCTION_MAX) };
        let place = format!("{shown}:{}", function.line);
        measure(&place, &format!("fn {} ", function.name), function.lines, warn, max, findings);
    }
}

fn measure(place: &str, what: &str, lines: usize, warn: usize, max: usize, findings: &mut Findings) {
    let text = format!("{place}: {what}has {lines} lines");
    if lines > max {
        findings.faults.push(format!("{text}, at most {max} are allowed"));
    } else if lines > warn {
        findings.warnings.push(format!("{text}, better at most {warn}"));
    }
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
    fn names_docs_and_unfinished_work_are_faults() {
        let found = findings("a/mod.rs", "fn later() {\n    todo!()\n}\n");
        assert_eq!(found.faults.len(), 3, "{found:?}");
        assert!(found.faults[2].starts_with("a/mod.rs:2: todo!"), "{found:?}");
        let found = findings("a.rs", "//! Says todo!() in a comment.\nconst A: &str = \"unimplemented!\";\n");
        assert!(found.faults.is_empty(), "{found:?}");
    }

    #[test]
    fn long_files_are_warned_about_then_refused() {
        let file = |lines: usize| format!("//! Doc.\n{}", "// line\n".repeat(lines - 1));
        assert!(findings("a.rs", &file(400)).warnings.is_empty());
        assert_eq!(findings("a.rs", &file(401)).warnings.len(), 1);
        assert!(findings("a.rs", &file(600)).faults.is_empty());
        assert_eq!(findings("a.rs", &file(601)).faults.len(), 1);
    }

    #[test]
    fn long_functions_are_warned_about_then_refused() {
        let file =
            |lines: usize| format!("//! Doc.\nfn long() {{\n{}}}\n", "    step();\n".repeat(lines - 2));
        assert!(findings("a.rs", &file(60)).warnings.is_empty());
        assert_eq!(findings("a.rs", &file(61)).warnings.len(), 1);
        assert!(findings("a.rs", &file(100)).faults.is_empty());
        assert_eq!(findings("a.rs", &file(101)).faults.len(), 1);
    }

    #[test]
    fn markup_may_be_longer() {
        let file = |lines: usize| {
            format!(
                "//! Doc.\nfn page() {{\n    view! {{\n{}    }}\n}}\n",
                "        <br/>\n".repeat(lines - 4)
            )
        };
        assert!(findings("a.rs", &file(120)).faults.is_empty());
        assert_eq!(findings("a.rs", &file(121)).faults.len(), 1);
    }
}
