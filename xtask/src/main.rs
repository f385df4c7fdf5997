//! `cargo xtask`: builds, runs and checks the project. Everything a contributor or a CI job needs to do is one
//! command here; it must never hold product code, and stays on a handful of dependencies so that it compiles fast.
#![expect(clippy::print_stdout, reason = "a command-line tool talks on standard output")]
#![expect(clippy::disallowed_methods, reason = "files and programs are what it works with")]

mod bench;
mod budget;
mod build_site;
mod codegen;
mod command;
mod layers;
mod leptos_serve;
mod postgres;
mod redis;
mod setup;
mod test;
mod tidy;

use std::process::ExitCode;

use anyhow::{Result, bail};

use command::Project;

const HELP: &str = "\
cargo xtask <command>

  run [--addr HOST:PORT]     build in release and serve the app (default 127.0.0.1:3000)
  test [--no-e2e] [FILTER]   run every check and test; with FILTER only the tests whose name contains it;
                             --no-e2e leaves out plain cargo-leptos, the release page, the SDK tests and the browser tests
  build [--release]          build the site and the server
  bench [router|cache|streams|tools|sandbox|artifacts|library|page]
                             build in release and print figures: how often the router is right, latency, CPU, memory,
                             bytes, main-thread time; `streams --help` tells the options of that one
  setup [run|test]           install what `run` (default) or `test` needs
  codegen                    write docs/openapi.json, the API's document, from the code
  layers                     check which crate may depend on which
  tidy                       check sizes of files, module docs, ARCHITECTURE.md's tree, Leptos.toml
  help                       this text";

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    match dispatch(&args) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn dispatch(args: &[&str]) -> Result<ExitCode> {
    let project = Project::find()?;
    let (name, rest) = args.split_first().map_or(("help", args), |(name, rest)| (*name, rest));
    match name {
        "run" => build_site::run(&project, addr_option(rest)?)?,
        "test" => return test::run(&project, &test::Options::parse(rest)?),
        "build" => {
            let release = flag(rest, "--release")?;
            setup::install(&project, setup::Need::Run)?;
            build_site::build(&project, release)?;
        }
        "setup" => {
            setup::install(&project, need(rest)?)?;
            println!("Everything is in place.");
        }
        "bench" => match rest {
            [] => bench::run(&project, None, &[])?,
            [name, options @ ..] => bench::run(&project, Some(*name), options)?,
        },
        "codegen" => codegen::run(&project)?,
        "layers" => layers::check(&project)?,
        "tidy" => tidy::check(&project)?,
        "help" | "--help" | "-h" => println!("{HELP}"),
        other => bail!("there is no command `{other}`\n\n{HELP}"),
    }
    Ok(ExitCode::SUCCESS)
}

fn flag(args: &[&str], name: &str) -> Result<bool> {
    match args {
        [] => Ok(false),
        [only] if *only == name => Ok(true),
        _ => bail!("unexpected argument in `{}`; only {name} is understood", args.join(" ")),
    }
}

fn addr_option<'a>(args: &[&'a str]) -> Result<Option<&'a str>> {
    match args {
        [] => Ok(None),
        ["--addr", addr] => Ok(Some(addr)),
        [one] if one.starts_with("--addr=") => Ok(one.strip_prefix("--addr=")),
        _ => bail!(
            "unexpected argument in `{}`; usage: cargo xtask run [--addr 127.0.0.1:3000]",
            args.join(" ")
        ),
    }
}

fn need(args: &[&str]) -> Result<setup::Need> {
    match args {
        [] | ["run"] => Ok(setup::Need::Run),
        ["test"] => Ok(setup::Need::Test),
        _ => bail!("unexpected argument in `{}`; usage: cargo xtask setup [run|test]", args.join(" ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_read_and_strangers_refused() {
        assert_eq!(addr_option(&["--addr", "0.0.0.0:80"]).unwrap(), Some("0.0.0.0:80"));
        assert_eq!(addr_option(&["--addr=0.0.0.0:80"]).unwrap(), Some("0.0.0.0:80"));
        assert_eq!(addr_option(&[]).unwrap(), None);
        assert!(addr_option(&["--port"]).is_err());
        assert!(flag(&["--release"], "--release").unwrap());
        assert!(flag(&["--fast"], "--release").is_err());
        assert_eq!(need(&["test"]).unwrap(), setup::Need::Test);
        assert!(need(&["bench"]).is_err());
        assert!(dispatch(&["frobnicate"]).is_err());
    }
}
