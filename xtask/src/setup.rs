//! Installs what building and testing need, and says what it does and how long that takes. What cannot be installed
//! from here is named in one sentence with the way to get it. It must never change anything that is already good.

mod cargo_tools;
mod chromium;
pub(crate) mod node;
pub(crate) mod postgres_programs;
pub(crate) mod python;
pub(crate) mod redis_program;
mod sandbox_programs;
mod system;

use anyhow::Result;

use crate::command::Project;

/// What the tools are wanted for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Need {
    /// Building and serving.
    Run,
    /// Building, and running every test.
    Test,
    /// The same without what needs a release build: the browser tests and the SDK tests.
    TestWithoutBrowser,
}

/// Checks everything that `need` takes and installs what is missing.
pub(crate) fn install(project: &Project, need: Need) -> Result<()> {
    system::c_compiler(project)?;
    system::wasm_target(project)?;
    node::check(project)?;
    cargo_tools::openssl(project)?;
    // Compiling keeps the processors busy, all else waits for the network.
    std::thread::scope(|scope| {
        let compiled = scope.spawn(|| cargo_tools::install(project, need));
        let fetched = fetch(project, need);
        let compiled = compiled.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        fetched.and(compiled)
    })
}

/// What is not compiled here.
fn fetch(project: &Project, need: Need) -> Result<()> {
    node::packages(project)?;
    if need == Need::Test {
        chromium::find_or_install(project)?;
        python::environments(project)?;
    }
    if need != Need::Run {
        node::mcp_packages(project)?;
        python::mcp_environment(project)?;
        postgres_programs::find_or_install(project)?;
        redis_program::find_or_install(project)?;
        sandbox_programs::find_or_install(project)?;
    }
    Ok(())
}

/// The Chromium that the browser tests drive.
pub(crate) use chromium::find_or_install as chromium;

/// Says what is about to be installed, why, and roughly how long that takes.
pub(crate) fn announce(what: &str, why: &str, takes: &str) {
    println!("setup: installing {what} ({why}; {takes})");
}
