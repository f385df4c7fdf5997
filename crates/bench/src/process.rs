//! Child processes under measurement: start, address, CPU time, memory.

use std::{
    path::Path,
    process::Stdio,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail};
use tokio::{
    io::{AsyncBufReadExt as _, BufReader},
    process::{Child, Command},
};

/// A program that was started and has told its address. Killed when dropped.
pub(crate) struct Process {
    child: Child,
    /// Its root, `http://127.0.0.1:port`.
    pub(crate) url: String,
    /// From its start until it told its address.
    pub(crate) started_in: Duration,
}

impl Process {
    /// Starts `program` and waits for the line with its address.
    pub(crate) async fn start(program: &Path, args: &[&str], env: &[(&str, &str)]) -> Result<Self> {
        let begin = Instant::now();
        let mut child = Command::new(program)
            .args(args)
            .envs(env.iter().copied())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .with_context(|| format!("cannot start {}", program.display()))?;
        let stdout = child.stdout.take().context("the child has no stdout")?;
        let mut lines = BufReader::new(stdout).lines();
        while let Some(line) = lines.next_line().await? {
            if let Some(at) = line.find("http://127.0.0.1:") {
                let url =
                    line[at..].split_whitespace().next().unwrap_or_default().trim_matches('"').to_owned();
                let started_in = begin.elapsed();
                drain(lines);
                return Ok(Self { child, url, started_in });
            }
        }
        bail!("{} ended without telling its address", program.display())
    }

    /// CPU seconds used so far, in user and kernel (`/proc/PID/stat`, at 100 ticks a second).
    pub(crate) fn cpu_seconds(&self) -> Result<f64> {
        let stat = std::fs::read_to_string(self.proc("stat")?)?;
        let after_name = stat.rsplit_once(')').context("odd /proc stat")?.1;
        let fields: Vec<&str> = after_name.split_whitespace().collect();
        let ticks: u64 = fields[11].parse::<u64>()? + fields[12].parse::<u64>()?;
        Ok(ticks as f64 / 100.0)
    }

    /// Resident memory in kB.
    pub(crate) fn resident_kb(&self) -> Result<u64> {
        let status = std::fs::read_to_string(self.proc("status")?)?;
        let line = status.lines().find(|line| line.starts_with("VmRSS:")).context("no VmRSS")?;
        Ok(line.split_whitespace().nth(1).context("odd VmRSS")?.parse()?)
    }

    fn proc(&self, file: &str) -> Result<String> {
        Ok(format!("/proc/{}/{file}", self.child.id().context("the process has ended")?))
    }
}

/// Reads on, so that the child never blocks on a full pipe.
#[expect(clippy::disallowed_methods, reason = "no server whose shutdown could wait for it")]
fn drain(mut lines: tokio::io::Lines<BufReader<tokio::process::ChildStdout>>) {
    tokio::spawn(async move { while let Ok(Some(_line)) = lines.next_line().await {} });
}
