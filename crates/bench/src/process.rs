//! Child processes under measurement: start, address, CPU time, memory.

use std::{
    path::Path,
    process::Stdio,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result};
use tokio::{
    io::{AsyncBufReadExt as _, AsyncRead, BufReader},
    process::{Child, Command},
    sync::mpsc,
    time::timeout,
};

/// A program that was started and has told its address. Killed when dropped.
pub(crate) struct Process {
    child: Child,
    /// Its root, `http://127.0.0.1:port`.
    pub(crate) url: String,
    /// From its start until it told its address.
    pub(crate) started_in: Duration,
}

/// Memory in kB.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Memory {
    /// All that is resident.
    pub(crate) resident: u64,
    /// Of that what the process has written: heap and stacks.
    pub(crate) own: u64,
    /// Of that pages of files, the program's above all, which the kernel takes back when it needs them.
    pub(crate) of_files: u64,
}

impl Process {
    /// Starts `program` and waits for the line with its address.
    pub(crate) async fn start(program: &Path, args: &[&str], env: &[(&str, &str)]) -> Result<Self> {
        let begin = Instant::now();
        let mut child = Command::new(program)
            .args(args)
            .envs(env.iter().copied())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .with_context(|| format!("cannot start {}", program.display()))?;
        let (told, mut urls) = mpsc::channel(2);
        listen(child.stdout.take().context("the child has no stdout")?, told.clone());
        listen(child.stderr.take().context("the child has no stderr")?, told);
        let url = timeout(Duration::from_secs(20), urls.recv()).await.ok().flatten();
        let url = url.with_context(|| format!("{} did not tell its address", program.display()))?;
        Ok(Self { child, url, started_in: begin.elapsed() })
    }

    /// CPU seconds used so far, in user and kernel (`/proc/PID/stat`, at 100 ticks a second).
    pub(crate) fn cpu_seconds(&self) -> Result<f64> {
        let stat = std::fs::read_to_string(self.proc("stat")?)?;
        let after_name = stat.rsplit_once(')').context("odd /proc stat")?.1;
        let fields: Vec<&str> = after_name.split_whitespace().collect();
        let ticks: u64 = fields[11].parse::<u64>()? + fields[12].parse::<u64>()?;
        Ok(ticks as f64 / 100.0)
    }

    /// What it has in memory (`/proc/PID/status`).
    pub(crate) fn memory(&self) -> Result<Memory> {
        let status = std::fs::read_to_string(self.proc("status")?)?;
        let kb = |name| kilobytes(&status, name);
        Ok(Memory { resident: kb("VmRSS")?, own: kb("RssAnon")?, of_files: kb("RssFile")? })
    }

    /// The most that was ever resident of it, in kB.
    pub(crate) fn peak(&self) -> Result<u64> {
        kilobytes(&std::fs::read_to_string(self.proc("status")?)?, "VmHWM")
    }

    fn proc(&self, file: &str) -> Result<String> {
        Ok(format!("/proc/{}/{file}", self.child.id().context("the process has ended")?))
    }
}

fn kilobytes(status: &str, name: &str) -> Result<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix(name));
    let number = line.and_then(|rest| rest.split_whitespace().nth(1));
    Ok(number.with_context(|| format!("no {name}"))?.parse()?)
}

/// Tells the first address that stands in the output, and reads on, so that the child never blocks on a full pipe.
#[expect(clippy::disallowed_methods, reason = "no server whose shutdown could wait for it")]
fn listen(output: impl AsyncRead + Unpin + Send + 'static, told: mpsc::Sender<String>) {
    tokio::spawn(async move {
        let mut lines = BufReader::new(output).lines();
        let mut told = Some(told);
        while let Ok(Some(line)) = lines.next_line().await {
            let Some(at) = line.find("http://127.0.0.1:") else { continue };
            if let Some(told) = told.take() {
                let url = line[at..].split_whitespace().next().unwrap_or_default();
                let _nobody_waits = told.send(url.trim_matches('"').to_owned()).await;
            }
        }
    });
}
