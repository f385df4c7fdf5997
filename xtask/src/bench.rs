//! `cargo xtask bench`: builds in release and prints figures. It must never judge: there is no figure at which it fails.

mod weight;

use anyhow::{Result, bail};

use crate::build_site;
use crate::command::{self, Project};
use crate::setup::{self, Need};

/// Runs one benchmark, or all of them. `options` are those of `streams`.
pub(crate) fn run(project: &Project, name: Option<&str>, options: &[&str]) -> Result<()> {
    if !options.is_empty() && !matches!(name, Some("streams" | "tools" | "sandbox" | "artifacts" | "library"))
    {
        bail!(
            "only the benchmarks `streams`, `tools`, `sandbox`, `artifacts` and `library` take options; they tell them after --help"
        );
    }
    match name {
        Some("router") => return example(project, "router"),
        Some("cache") => return example(project, "cache"),
        _ => {}
    }
    if !matches!(name, None | Some("streams" | "tools" | "sandbox" | "artifacts" | "library" | "page")) {
        bail!(
            "there is no such benchmark; usage: cargo xtask bench [router|cache|streams|tools|sandbox|artifacts|library|page]"
        );
    }
    if name.is_none() {
        example(project, "router")?;
        example(project, "cache")?;
    }
    let is_wanted = |part| name.is_none_or(|name| name == part);
    setup::install(project, if is_wanted("page") { Need::Test } else { Need::Run })?;
    build_site::build(project, true)?;
    command::run(project.cargo(["build", "--release", "-p", "vertice-bench", "-p", "vertice-testkit"]))?;
    for part in
        ["streams", "tools", "sandbox", "artifacts", "library"].into_iter().filter(|part| is_wanted(part))
    {
        measure(project, part, options)?;
    }
    if is_wanted("page") {
        weight::print(project)?;
        page(project)?;
    }
    Ok(())
}

/// `router`: how well it tells what a message asks for. `cache`: what prompt caching saves on whole conversations.
fn example(project: &Project, name: &str) -> Result<()> {
    command::run(project.cargo(["run", "--release", "--quiet", "-p", "vertice-llm", "--example", name]))
}

/// `streams`: the server idle, a thousand turns that begin at once, and streams at several loads, beside a bare relay. `tools`:
/// tool calls through the loop, and turns that wait for a person. `sandbox`: code that is run, in each runtime. `artifacts`: their
/// versions, comparisons and archives. `library`: conversations that come in as one large file.
fn measure(project: &Project, part: &str, options: &[&str]) -> Result<()> {
    let release = project.target.join("release");
    let mut command = project.command(release.join("vertice-bench"));
    command.arg(part).arg("--bin").arg(&release).args(options);
    command::run(command)
}

/// First visits on a slow line, and the cost of a long streamed reply, in a real browser.
fn page(project: &Project) -> Result<()> {
    let chromium = setup::chromium(project)?;
    let mut command = project.command(project.which("playwright").unwrap_or_else(|| "playwright".into()));
    command.current_dir(project.root.join("end2end"));
    command.args(["test", "--config=playwright.bench.config.ts", "--reporter=line"]);
    let upstream = project.target.join("release").join("vertice-upstream");
    command.env("VERTICE_BIN", build_site::binary(project, true));
    command.env("VERTICE_UPSTREAM_BIN", upstream).env("CHROME_PATH", chromium);
    command::run(command)
}
