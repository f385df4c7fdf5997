//! Builds the site and the server with cargo-leptos, and runs the release binary. It must never pass other features
//! than the one set fixed in Cargo.toml: switching features rebuilds the world.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::command::{self, Project};
use crate::setup::{self, Need};

const DEFAULT_ADDR: &str = "127.0.0.1:3000";

/// Asks server/build.rs to embed the site.
const EMBED: &str = "VERTICE_EMBED_SITE";

/// Builds both halves. A release holds its site, compressed: cargo-leptos builds the server after the page only when told
/// to compress it.
pub(crate) fn build(project: &Project, release: bool) -> Result<()> {
    let mut command = project.tool("cargo-leptos", &["leptos", "build"])?;
    if release {
        command.args(["--release", "--precompress"]).env(EMBED, "1");
    }
    command::run(command)?;
    let binary = binary(project, release);
    if !binary.is_file() {
        bail!("cargo-leptos ended well but {} is not there", binary.display());
    }
    print_sizes(project, &binary)
}

/// Builds the release page alone, compressed.
pub(crate) fn page(project: &Project) -> Result<()> {
    let build = ["leptos", "build", "--release", "--frontend-only", "--precompress"];
    command::run(project.tool("cargo-leptos", &build)?)
}

/// `cargo build` of the server and what the tests drive beside it, with the page in the binary: what is deployed, without
/// waiting for the optimiser.
pub(crate) fn whole(project: &Project) -> Command {
    let mut command =
        project.cargo(["build", "--workspace", "--exclude", "vertice-frontend", "--bins", "--examples"]);
    command.env(EMBED, "1");
    command
}

/// Builds in release, then becomes the server: signals and the exit code are its own.
pub(crate) fn run(project: &Project, addr: Option<&str>) -> Result<()> {
    setup::install(project, Need::Run)?;
    build(project, true)?;
    let mut server = Command::new(binary(project, true));
    server.arg("serve");
    if let Some(addr) = addr {
        server.env("VERTICE_ADDR", addr);
    }
    let shown = addr.map(str::to_owned).or_else(|| command::variable("VERTICE_ADDR")?.into_string().ok());
    println!("Serving on http://{} (Ctrl-C stops it)", shown.as_deref().unwrap_or(DEFAULT_ADDR));
    become_server(&mut server)
}

#[cfg(unix)]
fn become_server(server: &mut Command) -> Result<()> {
    use std::os::unix::process::CommandExt as _;
    Err(server.exec()).with_context(|| format!("cannot start {}", command::describe(server)))
}

#[cfg(not(unix))]
fn become_server(server: &mut Command) -> Result<()> {
    let status = server.status()?;
    if status.success() { Ok(()) } else { bail!("the server failed ({status})") }
}

/// Where the server's binary is after a build.
pub(crate) fn binary(project: &Project, release: bool) -> PathBuf {
    project.target.join(if release { "release" } else { "debug" }).join("vertice")
}

fn print_sizes(project: &Project, binary: &Path) -> Result<()> {
    let site = project.root.join("target/site");
    println!("\n{:<34}{:>12}{:>12}{:>12}", "bytes", "plain", "gzip", "brotli");
    println!("{:<34}{:>12}", "server binary", size(binary).unwrap_or(0));
    let mut files = Vec::new();
    list(&site.join("pkg"), &mut files)?;
    files.sort();
    for file in files.iter().filter(|file| !is_compressed(file)) {
        let name = file.strip_prefix(&site).unwrap_or(file).display().to_string();
        let column = |suffix: &str| {
            let mut path = file.clone().into_os_string();
            path.push(suffix);
            size(Path::new(&path)).map_or_else(|| "-".to_owned(), |bytes| bytes.to_string())
        };
        println!("{name:<34}{:>12}{:>12}{:>12}", column(""), column(".gz"), column(".br"));
    }
    println!();
    Ok(())
}

fn is_compressed(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "gz" || extension == "br")
}

fn size(path: &Path) -> Option<u64> {
    path.metadata().ok().map(|meta| meta.len())
}

fn list(dir: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    for entry in std::fs::read_dir(dir).with_context(|| format!("cannot read {}", dir.display()))? {
        let path = entry?.path();
        if path.is_dir() {
            list(&path, files)?;
        } else {
            files.push(path);
        }
    }
    Ok(())
}
