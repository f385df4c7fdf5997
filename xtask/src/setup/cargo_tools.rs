//! The cargo tools at pinned versions: cargo-leptos and wasm-bindgen, cargo-deny and cargo-machete. A matching version on PATH is used; else the pinned one is
//! compiled into `.tools/`. It must never install into the user's own cargo directory.

use std::path::PathBuf;

use anyhow::{Context, Result, bail};

use super::{Need, announce, system};
use crate::command::{self, Project};

/// 0.3.11 wants a newer compiler than rust-toolchain.toml names; otherwise it is the same program.
const CARGO_LEPTOS: &str = "0.3.10";

/// Newer ones do not install with their own lock file, and any other version refuses our WASM.
const WASM_BINDGEN: &str = "0.2.129";

/// Holds the dependencies against deny.toml.
const CARGO_DENY: &str = "0.20.2";

/// Finds dependencies that nothing uses.
const CARGO_MACHETE: &str = "0.9.2";

/// Compiles what is missing, one after the other in one build directory: the tools have many dependencies in common.
pub(super) fn install(project: &Project, need: Need) -> Result<()> {
    let installed = install_missing(project, need);
    let build = build_dir(project);
    if build.exists() {
        std::fs::remove_dir_all(&build).with_context(|| format!("cannot remove {}", build.display()))?;
    }
    installed
}

fn install_missing(project: &Project, need: Need) -> Result<()> {
    wasm_bindgen(project)?;
    cargo_leptos(project)?;
    if need == Need::Run { Ok(()) } else { watchmen(project) }
}

/// The program that makes JavaScript glue. Its version must be the crate's, to the last digit.
fn wasm_bindgen(project: &Project) -> Result<()> {
    let lock = std::fs::read_to_string(project.root.join("Cargo.lock")).context("cannot read Cargo.lock")?;
    let locked = locked_version(&lock, "wasm-bindgen")?;
    if locked != WASM_BINDGEN {
        bail!(
            "Cargo.lock has wasm-bindgen {locked}, xtask installs wasm-bindgen-cli {WASM_BINDGEN}; they must be equal: \
             change `wasm-bindgen = \"=…\"` in Cargo.toml or WASM_BINDGEN in xtask/src/setup/cargo_tools.rs"
        );
    }
    if comes_first(project, "wasm-bindgen", WASM_BINDGEN) {
        return Ok(());
    }
    announce(
        &format!("wasm-bindgen {WASM_BINDGEN} into .tools/"),
        "it must match the crate",
        "about 2 minutes",
    );
    let package = format!("wasm-bindgen-cli@{WASM_BINDGEN}");
    cargo_install(project, &[&package, "--locked", "--bin", "wasm-bindgen"])
}

/// The program that builds both halves of the app.
fn cargo_leptos(project: &Project) -> Result<()> {
    if comes_first(project, "cargo-leptos", CARGO_LEPTOS) {
        return Ok(());
    }
    // Its release profile takes several times as long to compile and gains nothing worth that here.
    let takes = "about 6 minutes on 2 idle cores, once";
    announce(
        &format!("cargo-leptos {CARGO_LEPTOS} into .tools/"),
        "it builds the site and the server",
        takes,
    );
    let package = format!("cargo-leptos@{CARGO_LEPTOS}");
    // It compresses the site itself, which takes minutes where that is not optimised.
    let brotli = "profile.dev.package.brotli.opt-level=3";
    cargo_install(project, &[&package, "--locked", "--debug", "--config", brotli])
}

/// The programs that watch over the dependencies.
fn watchmen(project: &Project) -> Result<()> {
    for (name, version) in [("cargo-deny", CARGO_DENY), ("cargo-machete", CARGO_MACHETE)] {
        if !comes_first(project, name, version) {
            let takes = "about a minute on 2 idle cores, once";
            announce(&format!("{name} {version} into .tools/"), "it watches over the dependencies", takes);
            cargo_install(project, &[&format!("{name}@{version}"), "--locked", "--debug"])?;
        }
    }
    Ok(())
}

/// cargo-leptos compiles against OpenSSL's headers.
pub(super) fn openssl(project: &Project) -> Result<()> {
    if comes_first(project, "cargo-leptos", CARGO_LEPTOS) {
        return Ok(());
    }
    let mut probe = project.command("pkg-config");
    probe.args(["--exists", "openssl"]);
    if command::output(probe).is_ok() {
        return Ok(());
    }
    let missing = "compiling cargo-leptos needs pkg-config and OpenSSL's headers";
    let advice = "install them, e.g. `apt install pkg-config libssl-dev`";
    system::apt_install(project, "pkg-config and libssl-dev", &["pkg-config", "libssl-dev"], missing, advice)
}

fn cargo_install(project: &Project, args: &[&str]) -> Result<()> {
    let mut command = project.cargo(["install", "--root"]);
    command.arg(project.tools()).args(args);
    command.env("CARGO_TARGET_DIR", build_dir(project));
    command.env("CARGO_PROFILE_DEV_DEBUG", "0").env("CARGO_INCREMENTAL", "0");
    command::run(command)
}

fn build_dir(project: &Project) -> PathBuf {
    project.tools().join("build")
}

/// True when the `program` that would be started is of exactly this version.
fn comes_first(project: &Project, program: &str, version: &str) -> bool {
    project.which(program).is_some_and(|path| {
        let mut command = project.command(path);
        command.arg("--version");
        // `program 1.2.3`, or the number alone.
        command::output(command).is_ok_and(|text| text.split_whitespace().any(|word| word == version))
    })
}

/// The version of `package` in the text of a Cargo.lock.
fn locked_version(lock: &str, package: &str) -> Result<String> {
    let lock: toml::Table = lock.parse().context("Cargo.lock is not valid TOML")?;
    let packages =
        lock.get("package").and_then(toml::Value::as_array).context("Cargo.lock lists no packages")?;
    packages
        .iter()
        .find(|entry| entry.get("name").and_then(toml::Value::as_str) == Some(package))
        .and_then(|entry| entry.get("version")?.as_str())
        .map(str::to_owned)
        .with_context(|| format!("Cargo.lock does not hold {package}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOCK: &str = "version = 4\n[[package]]\nname = \"a\"\nversion = \"1.0.0\"\n\
                        [[package]]\nname = \"wasm-bindgen\"\nversion = \"0.2.129\"\n";

    #[test]
    fn the_locked_version_is_read() {
        assert_eq!(locked_version(LOCK, "wasm-bindgen").unwrap(), "0.2.129");
        assert!(locked_version(LOCK, "leptos").unwrap_err().to_string().contains("does not hold leptos"));
        assert!(locked_version("= nonsense", "leptos").is_err());
    }

    #[test]
    fn the_pin_is_the_locked_crate() {
        let project = Project::find().unwrap();
        let lock = std::fs::read_to_string(project.root.join("Cargo.lock")).unwrap();
        assert_eq!(locked_version(&lock, "wasm-bindgen").unwrap(), WASM_BINDGEN);
    }

    #[cfg(unix)]
    #[test]
    fn a_tool_counts_only_when_the_first_one_found_has_the_version() {
        use std::os::unix::fs::PermissionsExt as _;
        let dir = tempfile::tempdir().unwrap();
        let bin = dir.path().join(".tools/bin");
        std::fs::create_dir_all(&bin).unwrap();
        let tool = bin.join("vertice-fake-tool");
        std::fs::write(&tool, "#!/bin/sh\necho vertice-fake-tool 1.2.3\n").unwrap();
        std::fs::set_permissions(&tool, std::fs::Permissions::from_mode(0o755)).unwrap();
        let project = Project::at(dir.path().to_path_buf());
        assert!(comes_first(&project, "vertice-fake-tool", "1.2.3"));
        assert!(!comes_first(&project, "vertice-fake-tool", "1.2.4"));
        assert!(!comes_first(&project, "vertice-no-such-tool", "1.2.3"));
    }
}
