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

/// The same for a package that the system has only in its backports, which are looked at for this once: where the system's own
/// packages come from, they are too.
pub(super) fn apt_install_newer(
    project: &Project,
    what: &str,
    package: &str,
    missing: &str,
    advice: &str,
) -> Result<()> {
    if !is_root(project) || project.which("apt-get").is_none() {
        bail!("{missing}: {advice}");
    }
    announce(what, "not found on this machine, taken from the system's backports", "a minute");
    command::run(apt(project, "update", &[]))?;
    let mut policy = project.command("apt-cache");
    policy.arg("policy");
    let policy = command::output(policy)?;
    let (base, suite) = backports(&policy).with_context(|| format!("{missing}: {advice}"))?;
    let list = project.target.join("backports.list");
    std::fs::create_dir_all(&project.target)?;
    std::fs::write(&list, format!("deb {base} {suite} main\n"))?;
    let only = [
        "-o".to_owned(),
        format!("Dir::Etc::sourcelist={}", list.display()),
        "-o".to_owned(),
        "Dir::Etc::sourceparts=-".to_owned(),
    ];
    let mut update = apt(project, "update", &[]);
    update.args(["-o", "APT::Get::List-Cleanup=0"]).args(&only);
    command::run(update)?;
    let mut install = apt(project, "install", &["-t", &suite, package]);
    install.args(["-o", &format!("Dir::Etc::sourcelist={}", list.display())]);
    command::run(install).with_context(|| format!("{missing}: {advice}"))
}

/// Where the system's packages come from, and the name of its backports, in what `apt-cache policy` says.
fn backports(policy: &str) -> Option<(String, String)> {
    let mut base = None;
    for line in policy.lines() {
        let words: Vec<&str> = line.split_whitespace().collect();
        if let [_, address, place, ..] = words.as_slice()
            && address.contains("://")
            && let Some((suite, "main")) = place.split_once('/')
            && !suite.contains(['-', '/'])
        {
            base.get_or_insert_with(|| ((*address).to_owned(), format!("{suite}-backports")));
        }
    }
    base
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn backports_are_where_the_packages_are() {
        let policy = "Package files:\n 100 /var/lib/dpkg/status\n     release a=now\n \
            500 https://deb.example.org/debian-security bookworm-security/main amd64 Packages\n \
            500 https://deb.example.org/debian bookworm/main amd64 Packages\n";
        let expected = ("https://deb.example.org/debian".to_owned(), "bookworm-backports".to_owned());
        assert_eq!(backports(policy), Some(expected));
        assert_eq!(backports("Package files:\n"), None);
    }
}
