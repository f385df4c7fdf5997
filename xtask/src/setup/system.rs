//! What comes from rustup and from the operating system: compilers, the WASM target, packages through apt.
//! It must never call apt unless it runs as root on a machine that has it.

use anyhow::{Context, Result, bail};

use super::announce;
use crate::command::{self, Project};

/// A C compiler, for SQLite and the TLS library.
pub(super) fn c_compiler(project: &Project) -> Result<()> {
    if ["cc", "gcc", "clang"].iter().any(|name| project.which(name).is_some()) {
        return Ok(());
    }
    let missing = "no C compiler found (cc, gcc or clang), which SQLite and the TLS library need";
    apt_install(
        project,
        "a C compiler",
        &["gcc", "libc6-dev"],
        missing,
        "install one, e.g. `apt install gcc libc6-dev`",
    )
}

/// The standard library for WASM, for the half of the app that runs in the browser.
pub(super) fn wasm_target(project: &Project) -> Result<()> {
    let mut rustc = project.command("rustc");
    rustc.args(["--print", "sysroot"]);
    let sysroot = command::output(rustc)?;
    let library = std::path::Path::new(sysroot.trim()).join("lib/rustlib").join(WASM);
    if library.is_dir() {
        return Ok(());
    }
    announce("the Rust target wasm32-unknown-unknown", "the browser's half of the app", "under a minute");
    let mut rustup = project.command("rustup");
    rustup.args(["target", "add", WASM]);
    command::run(rustup)
        .context("add it with your Rust installation: the target wasm32-unknown-unknown is needed")
}

const WASM: &str = "wasm32-unknown-unknown";

/// Installs Debian packages when that is possible; else fails with `missing` and `advice` in one sentence.
pub(super) fn apt_install(
    project: &Project,
    what: &str,
    packages: &[&str],
    missing: &str,
    advice: &str,
) -> Result<()> {
    if !is_root(project) || project.which("apt-get").is_none() {
        bail!("{missing}: {advice}");
    }
    announce(what, "not found on this machine, taken from the system's packages", "a minute or two");
    // The first try uses the package lists as they are: refreshing them takes long and is rarely needed.
    if command::run(apt(project, "install", packages)).is_ok() {
        return Ok(());
    }
    command::run(apt(project, "update", &[]))?;
    command::run(apt(project, "install", packages)).with_context(|| format!("{missing}: {advice}"))
}

fn apt(project: &Project, verb: &str, packages: &[&str]) -> std::process::Command {
    let mut command = project.command("apt-get");
    command.args(["-y", "-q", "--no-install-recommends", verb]).args(packages);
    command.env("DEBIAN_FRONTEND", "noninteractive");
    command
}

/// True when this process may do anything.
pub(crate) fn is_root(project: &Project) -> bool {
    let mut id = project.command("id");
    id.arg("-u");
    command::output(id).is_ok_and(|uid| uid.trim() == "0")
}
