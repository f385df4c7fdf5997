//! `vertice mcp`: our own tools for other hosts. It reads no setting and no database: what it may do stands on its command line.

use std::{path::PathBuf, sync::Arc};

use clap::Args;
use vertice_domain::sandbox::SandboxRuntime;
use vertice_runtime::Tasks;
use vertice_sandbox::{LocalWorkspace, Wanted};
use vertice_workbench::{Jobs, Kit, Workbench};

use super::CommandError;
use crate::wiring::MYSELF;

#[derive(Debug, Args)]
pub(super) struct Served {
    /// files, git or exec.
    kit: Kit,
    /// The folder that they work in, and never leave.
    #[arg(long, default_value = ".")]
    folder: PathBuf,
    /// What code runs in: gvisor or bubblewrap. Unless said, the better one that works here.
    #[arg(long, value_parser = runtime)]
    runtime: Option<SandboxRuntime>,
}

fn runtime(word: &str) -> Result<SandboxRuntime, String> {
    let known = [SandboxRuntime::Gvisor, SandboxRuntime::Bubblewrap];
    known
        .into_iter()
        .find(|runtime| runtime.as_str() == word)
        .ok_or_else(|| "must be gvisor or bubblewrap".to_owned())
}

pub(super) async fn run(served: &Served) -> Result<(), CommandError> {
    let wanted = match (served.kit, served.runtime) {
        (Kit::Files, _) => Wanted::Nothing,
        (_, Some(runtime)) => Wanted::Only(runtime),
        (_, None) => Wanted::Best,
    };
    let tasks = Tasks::default();
    let local = LocalWorkspace::open(&served.folder, PathBuf::from(MYSELF), wanted, &tasks).await;
    let local = local.map_err(|error| {
        CommandError::Unhealthy(format!("{} cannot be worked in: {error}", served.folder.display()))
    })?;
    let jobs = Arc::new(Jobs::new(tasks.clone()));
    let bench = Workbench::new(served.kit, local.workspace(), jobs);
    let outcome = tokio::select! {
        outcome = vertice_mcp::serve(Arc::new(bench)) => outcome,
        () = crate::serve::stop_signal() => Ok(()),
    };
    tasks.shut_down().await;
    local.close().await;
    outcome.map_err(|fault| CommandError::Unhealthy(fault.to_string()))
}
