//! The kit for running: code and commands, and what goes on in the background.

mod jobs;
mod live;
pub(crate) mod output;

use std::time::Duration;

use futures::channel::mpsc;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;
use tokio_util::sync::CancellationToken;
use vertice_domain::sandbox::{Language, MAX_CODE_BYTES, MAX_TIMEOUT_S, Run};
use vertice_ports::{
    toolbox::{OwnTool, Told},
    tools::Progress,
};

use crate::{
    arguments::{self, CHANGES, READS, tool},
    kit::{Workbench, told, unknown},
};

pub use self::jobs::Jobs;

/// Pieces of what a run says that may wait to be heard.
const LISTENING: usize = 8;
/// The longest that something may go on in the background.
const MAX_JOB_S: u32 = 600;

/// What the code is written in.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Written {
    Python,
    Javascript,
    Bash,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct RunCode {
    /// bash for commands.
    language: Written,
    code: String,
    /// What it reads.
    #[serde(default)]
    stdin: String,
    /// Seconds, at most 30; in the background 600.
    #[serde(default)]
    timeout_s: Option<u32>,
    /// Returns at once. What it changes is there when it is over.
    #[serde(default)]
    background: bool,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct JobStatus {
    job: u32,
    /// Waits so many seconds for its end, at most 30.
    #[serde(default)]
    wait_s: u32,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct StopJob {
    job: u32,
}

pub(crate) fn tools() -> Vec<OwnTool> {
    vec![
        tool::<RunCode>("run_code", "Runs code or a command in the workspace, in a sandbox.", CHANGES),
        tool::<JobStatus>("job_status", "How what runs in the background is doing.", READS),
        tool::<StopJob>("stop_job", "Stops what runs in the background.", CHANGES),
    ]
}

pub(crate) async fn call(
    bench: &Workbench,
    name: &str,
    arguments: Value,
    cancel: CancellationToken,
    progress: Option<mpsc::Sender<Progress>>,
) -> Result<Told, Told> {
    match name {
        "run_code" => {
            let wanted: RunCode = arguments::read(arguments)?;
            let in_background = wanted.background;
            let run = checked(wanted)?;
            if in_background {
                return bench.jobs.start(&bench.workspace, run).map(Told::text).map_err(Told::error);
            }
            let (said, heard) = mpsc::channel(LISTENING);
            let running = bench.workspace.run(run, Some(said), cancel);
            let ((), report) = futures::join!(live::lines(heard, progress), running);
            Ok(output::of_run(&report.map_err(told)?))
        }
        "job_status" => {
            let JobStatus { job, wait_s } = arguments::read(arguments)?;
            let patience = Duration::from_secs(u64::from(wait_s.min(MAX_TIMEOUT_S)));
            tokio::select! {
                status = bench.jobs.status(job, patience) => status.map_err(Told::error),
                () = cancel.cancelled() => Err(Told::error("Stopped.")),
            }
        }
        "stop_job" => {
            let StopJob { job } = arguments::read(arguments)?;
            bench.jobs.stop(job).await.map_err(Told::error)
        }
        _ => Err(unknown(name)),
    }
}

fn checked(wanted: RunCode) -> Result<Run, Told> {
    let most = if wanted.background { MAX_JOB_S } else { MAX_TIMEOUT_S };
    let timeout = wanted.timeout_s.unwrap_or(most);
    if !(1..=most).contains(&timeout) {
        return Err(Told::error(format!("timeout_s must be between 1 and {most}.")));
    }
    if wanted.code.trim().is_empty() || wanted.code.contains('\0') {
        return Err(Told::error("code must not be empty, and must hold no NUL character."));
    }
    if wanted.code.len().max(wanted.stdin.len()) > MAX_CODE_BYTES {
        return Err(Told::error(format!("code and stdin must be at most {MAX_CODE_BYTES} bytes.")));
    }
    Ok(Run {
        language: match wanted.language {
            Written::Python => Language::Python,
            Written::Javascript => Language::Javascript,
            Written::Bash => Language::Bash,
        },
        code: wanted.code,
        stdin: wanted.stdin,
        timeout: Duration::from_secs(u64::from(timeout)),
        files: Vec::new(),
        conversation: None,
    })
}
