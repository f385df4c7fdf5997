//! `cargo xtask test`: every check and test, in the order in which a fault shows soonest. A failing stage does not
//! stop the others, so that one run tells everything. It must never end well when a stage failed.

mod clippy;
mod count;

use std::path::Path;
use std::process::{Command, ExitCode};
use std::time::Instant;

use anyhow::{Result, bail};

use crate::command::{self, Project};
use crate::postgres::Postgres;
use crate::redis::Redis;
use crate::setup::{self, Need};
use crate::{budget, build_site, layers, leptos_serve, tidy};
use count::Counts;

/// What to run.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Options {
    /// Run the browser tests too.
    e2e: bool,
    /// Only tests whose name contains this; the checks are left out then.
    filter: Option<String>,
}

impl Options {
    /// Reads `[--no-e2e] [FILTER]`.
    pub(crate) fn parse(args: &[&str]) -> Result<Self> {
        let mut options = Self { e2e: true, filter: None };
        for arg in args {
            match *arg {
                "--no-e2e" => options.e2e = false,
                flag if flag.starts_with('-') => {
                    bail!("unknown option {flag}; usage: cargo xtask test [--no-e2e] [FILTER]")
                }
                filter if options.filter.is_none() => options.filter = Some(filter.to_owned()),
                extra => bail!("one filter is enough, found a second: {extra}"),
            }
        }
        Ok(options)
    }
}

/// Runs the stages; the last line is `N passed, N failed`.
pub(crate) fn run(project: &Project, options: &Options) -> Result<ExitCode> {
    let need = if options.e2e { Need::Test } else { Need::TestWithoutBrowser };
    let mut report = Report::default();
    if !report.stage("setup", |_| setup::install(project, need)) {
        return Ok(report.close());
    }
    if options.filter.is_none() {
        checks(project, &mut report);
    }
    tests(project, options, &mut report);
    Ok(report.close())
}

fn checks(project: &Project, report: &mut Report) {
    report.stage("format", |_| command::run(project.cargo(["fmt", "--all", "--check"])));
    report.stage("layers", |_| layers::check(project));
    report.stage("tidy", |_| tidy::check(project));
    let deny = ["deny", "--locked", "check", "bans", "licenses", "sources"];
    report.stage("cargo deny", |_| command::run(project.tool("cargo-deny", &deny)?));
    report.stage("cargo machete", |_| command::run(project.tool("cargo-machete", &[])?));
    // The frontend is left out here: beside the server it would switch on both halves of the app at once.
    let native = ["test", "--workspace", "--exclude", "vertice-frontend", "--no-run"];
    report.stage("clippy, and the build of the tests", |_| {
        command::run(clippy::looking(project.cargo(native)))
    });
    let wasm =
        ["clippy", "-p", "vertice-frontend", "--target", "wasm32-unknown-unknown", "--", "-D", "warnings"];
    report.stage("clippy (wasm)", |_| command::run(project.cargo(wasm)));
}

fn tests(project: &Project, options: &Options, report: &mut Report) {
    let mut postgres = None;
    report.stage("postgres", |_| {
        let programs = setup::postgres_programs::find_or_install(project)?;
        let server = postgres.insert(Postgres::start(project, &programs)?);
        println!("{}", server.url);
        Ok(())
    });
    let mut redis = None;
    report.stage("redis", |_| {
        let program = setup::redis_program::find_or_install(project)?;
        println!("{}", redis.insert(Redis::start(project, &program)?).url);
        Ok(())
    });
    let url = postgres.as_ref().map(|server| server.url.as_str());
    let redis_url = redis.as_ref().map(|server| server.url.as_str());
    report.stage("cargo test", |counts| {
        command::tee(cargo_test(project, options, url, redis_url), |line| {
            counts.add(count::cargo(line));
        })
    });
    if options.filter.is_none() {
        report.stage("mcp tests", |counts| command::tee(mcp(project), |line| counts.add(count::node(line))));
    }
    if options.e2e && options.filter.is_none() {
        report.stage("cargo leptos serve", |_| leptos_serve::check(project));
    }
    if options.e2e && report.stage("release page", |_| build_site::page(project)) {
        report.stage("page budget", |_| budget::check(project));
        report.stage("binary with the page in it", |_| {
            command::run(clippy::looking(build_site::whole(project)))
        });
        if options.filter.as_deref().is_none_or(is_keyword) {
            report.stage("sdk tests", |counts| {
                command::tee(pytest(project, options), |line| counts.add(count::pytest(line)))
            });
        }
        report.stage("browser tests", |counts| {
            let chromium = setup::chromium(project)?;
            command::tee(playwright(project, options, url, &chromium), |line| {
                counts.add(count::playwright(line));
            })
        });
    }
    // Stopped here, not at the end of the process, so that the closing line stays the last one.
    drop(redis);
    drop(postgres);
}

/// True for what pytest takes as a filter; it reads anything else as a formula.
fn is_keyword(filter: &str) -> bool {
    filter.chars().all(|c| c.is_alphanumeric() || c == '_')
}

fn pytest(project: &Project, options: &Options) -> Command {
    let mut command = project.command(setup::python::program(project, "python", "python"));
    command.current_dir(project.root.join("end2end/sdk")).args(["-m", "pytest"]);
    if let Some(filter) = &options.filter {
        command.args(["-k", filter]);
    }
    command.env("VERTICE_BIN", build_site::binary(project, false)).env("PYTHONDONTWRITEBYTECODE", "1");
    command.env("VERTICE_UPSTREAM_BIN", project.target.join("debug").join(UPSTREAM));
    command.env("VERTICE_MCP_BIN", project.target.join("debug").join(SCRIPTED_MCP));
    command.env("SGPT_BIN", setup::python::program(project, "shell-gpt", "sgpt"));
    command
}

/// The MCP conformance suite and the official servers against the debug server, which `cargo test` has built.
fn mcp(project: &Project) -> Command {
    let mut command = project.command(setup::node::mcp_node(project));
    command.current_dir(project.root.join("end2end/mcp"));
    command.args(["--test", "--test-reporter=spec", "--test-concurrency=1"]);
    command.args(["conformance.test.mjs", "servers.test.mjs"]);
    command.env("VERTICE_BIN", build_site::binary(project, false));
    command.env("VERTICE_UPSTREAM_BIN", project.target.join("debug").join(UPSTREAM));
    command.env("MCP_PYTHON", project.tools().join("mcp"));
    command
}

fn cargo_test(project: &Project, options: &Options, postgres: Option<&str>, redis: Option<&str>) -> Command {
    let test = ["test", "--workspace", "--exclude", "vertice-frontend", "--no-fail-fast"];
    let mut command = clippy::looking(project.cargo(test));
    command.args(options.filter.iter());
    command.envs(postgres.map(|url| (POSTGRES_URL, url))).envs(redis.map(|url| (REDIS_URL, url)));
    command
}

fn playwright(project: &Project, options: &Options, postgres: Option<&str>, chromium: &Path) -> Command {
    let program = project.which("playwright").unwrap_or_else(|| "playwright".into());
    let mut command = project.command(program);
    command.current_dir(project.root.join("end2end")).args(["test", "--reporter=list"]);
    if let Some(filter) = &options.filter {
        command.args(["--pass-with-no-tests", "--grep", filter]);
    }
    command.env("VERTICE_BIN", build_site::binary(project, false)).env("CHROME_PATH", chromium);
    command.env("VERTICE_UPSTREAM_BIN", project.target.join("debug").join(UPSTREAM));
    command.env("VERTICE_TOOLS_BIN", project.target.join("debug/examples").join(WITH_TOOLS));
    command.env("VERTICE_MCP_BIN", project.target.join("debug").join(SCRIPTED_MCP));
    command.envs(postgres.map(|url| (POSTGRES_URL, url)));
    command
}

/// Tells the storage tests where the private PostgreSQL listens.
const POSTGRES_URL: &str = "VERTICE_TEST_POSTGRES_URL";

/// Tells the tests of shared counters where the private Redis listens.
const REDIS_URL: &str = "VERTICE_TEST_REDIS_URL";

/// The scripted provider that the browser tests talk to; `cargo test` has built it.
const UPSTREAM: &str = "vertice-upstream";

/// The scripted MCP server that they add; `cargo test` has built it.
const SCRIPTED_MCP: &str = "vertice-scripted-mcp";

/// The server with scripted tools that they talk to; `cargo test` has built it.
const WITH_TOOLS: &str = "with_tools";

/// What has happened so far.
#[derive(Default)]
struct Report {
    counts: Counts,
    failed: Vec<String>,
    /// Each stage and its seconds.
    took: Vec<(String, f64)>,
}

impl Report {
    /// Runs one stage under a banner; true when it went well.
    fn stage(&mut self, name: &str, work: impl FnOnce(&mut Counts) -> Result<()>) -> bool {
        println!("\n━━━ {name} ━━━");
        let begun = Instant::now();
        let mut counts = Counts::default();
        let result = work(&mut counts);
        let seconds = begun.elapsed().as_secs_f64();
        self.took.push((name.to_owned(), seconds));
        match &result {
            Ok(()) => println!("{name}: fine in {seconds:.1} s"),
            Err(error) => {
                println!("{name}: FAILED after {seconds:.1} s: {error:#}");
                // What broke before it could name a failed test must not read as "0 failed".
                counts.failed = counts.failed.max(1);
                self.failed.push(name.to_owned());
            }
        }
        self.counts.add(counts);
        result.is_ok()
    }

    fn close(self) -> ExitCode {
        println!();
        for (name, seconds) in &self.took {
            println!("{seconds:>8.1} s  {name}");
        }
        if !self.failed.is_empty() {
            println!("failed: {}", self.failed.join(", "));
        }
        println!("{}", self.counts);
        if self.failed.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_read() {
        assert_eq!(Options::parse(&[]).unwrap(), Options { e2e: true, filter: None });
        let options = Options::parse(&["--no-e2e", "storage"]).unwrap();
        assert_eq!(options, Options { e2e: false, filter: Some("storage".into()) });
        assert!(Options::parse(&["--nope"]).is_err());
        assert!(Options::parse(&["one", "two"]).is_err());
    }

    #[test]
    fn pytest_gets_words_only() {
        assert!(is_keyword("usage_comes"));
        assert!(!is_keyword("module::test") && !is_keyword("a (b)"));
    }

    #[test]
    fn a_stage_that_breaks_counts_as_a_failure() {
        let mut report = Report::default();
        assert!(report.stage("good", |counts| {
            counts.passed = 3;
            Ok(())
        }));
        assert!(!report.stage("bad", |_| bail!("no")));
        assert_eq!(report.counts.to_string(), "3 passed, 1 failed");
        assert_eq!(report.failed, ["bad"]);
    }

    #[test]
    fn failed_tests_are_not_counted_twice() {
        let mut report = Report::default();
        report.stage("bad", |counts| {
            counts.failed = 2;
            bail!("tests failed")
        });
        assert_eq!(report.counts.to_string(), "0 passed, 2 failed");
    }
}
