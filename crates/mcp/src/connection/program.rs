//! A program on this machine, started through the keeper: without a shell, with an environment of its own, in a folder of
//! its own. What it writes on its standard error is read as fast as it comes and kept only in part.

use std::{
    collections::{BTreeMap, VecDeque},
    ffi::OsString,
    io,
    path::PathBuf,
    process::{ExitStatus, Stdio},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::{
    io::AsyncReadExt as _,
    process::{Child, ChildStderr, ChildStdin, ChildStdout},
};
use tokio_util::sync::CancellationToken;
use vertice_domain::McpServerId;
use vertice_runtime::Tasks;

use super::{
    clean::clean_to,
    limits::WORDS,
    log::{LINE, Log},
};
use vertice_runtime::keeper::{Confinement, Kept};

/// What a program gets of our own environment. Nothing else of it: keys of providers are in there.
const INHERITED: &[&str] = &["PATH", "HOME", "LANG", "LANGUAGE", "TMPDIR", "TZ"];
/// Lines of a program's standard error that are repeated when it has ended.
const LAST_WORDS: usize = 3;
/// How long the last words of a program that has ended may be on their way.
const HEARD: Duration = Duration::from_millis(500);

/// Where programs are started.
#[derive(Debug, Clone)]
pub struct Programs {
    /// An executable that calls [`vertice_runtime::keeper::run_if_asked`] first of all.
    pub keeper: PathBuf,
    /// Each server's programs work in a folder below this one.
    pub folder: PathBuf,
}

/// A program that was started.
pub(super) struct Program {
    keeper: Child,
    words: Arc<Words>,
    grace: Duration,
}

/// What a program has said last on its standard error.
#[derive(Default)]
struct Words {
    last: Mutex<VecDeque<String>>,
    /// All of it has been read.
    heard: CancellationToken,
    /// Nobody will listen any more.
    enough: CancellationToken,
}

/// What to start.
pub(super) struct Start<'a> {
    pub(super) server: McpServerId,
    pub(super) command: &'a str,
    pub(super) args: &'a [String],
    pub(super) env: &'a BTreeMap<String, String>,
    pub(super) grace: Duration,
}

impl Programs {
    pub(super) async fn start(
        &self,
        start: Start<'_>,
        log: &Arc<Log>,
        tasks: &Tasks,
    ) -> io::Result<(Program, ChildStdin, ChildStdout)> {
        let kept = Kept {
            grace: start.grace,
            program: start.command.to_owned(),
            arguments: start.args.to_vec(),
            confinement: Confinement::default(),
        };
        let folder = self.folder.join(start.server.to_string());
        tokio::fs::create_dir_all(&folder).await?;
        #[expect(
            clippy::disallowed_methods,
            reason = "the keeper is this server itself; it starts the program"
        )]
        let mut keeper = tokio::process::Command::new(&self.keeper)
            .args(kept.command_line())
            .env_clear()
            .envs(inherited())
            .envs(start.env)
            .current_dir(folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            // Of another group than the server: Ctrl-C in a terminal is the server's to act upon.
            .process_group(0)
            .spawn()?;
        let pipes = (keeper.stdin.take(), keeper.stdout.take(), keeper.stderr.take());
        let (Some(input), Some(output), Some(errors)) = pipes else {
            return Err(io::ErrorKind::BrokenPipe.into());
        };
        let words = Arc::new(Words::default());
        let (heard, log) = (Arc::clone(&words), Arc::clone(log));
        tasks.spawn(async move {
            tokio::select! { () = heard.listen(errors, &log) => {}, () = heard.enough.cancelled() => {} }
            heard.heard.cancel();
        });
        Ok((Program { keeper, words, grace: start.grace }, input, output))
    }
}

/// Handed on as it is, never read for ourselves.
fn inherited() -> impl Iterator<Item = (OsString, OsString)> {
    let is_inherited = |name: &str| INHERITED.contains(&name) || name.starts_with("LC_");
    std::env::vars_os().filter(move |(name, _)| name.to_str().is_some_and(is_inherited))
}

impl Words {
    async fn listen(&self, mut errors: ChildStderr, log: &Log) {
        let (mut line, mut read) = (Vec::new(), [0; 8 * 1024]);
        while let Ok(count @ 1..) = errors.read(&mut read).await {
            for &byte in &read[..count] {
                let is_whole = byte == b'\n' || line.len() >= LINE;
                if is_whole {
                    self.say(&line, log);
                    line.clear();
                }
                if byte != b'\n' {
                    line.push(byte);
                }
            }
        }
        self.say(&line, log);
    }

    fn say(&self, line: &[u8], log: &Log) {
        let line = clean_to(&String::from_utf8_lossy(line), LINE);
        if line.is_empty() {
            return;
        }
        log.note(&line);
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if last.len() == LAST_WORDS {
            last.pop_front();
        }
        last.push_back(line);
    }
}

impl Program {
    /// Waits until it has ended, and says how. The keeper answers for it.
    pub(super) async fn wait(&mut self) -> io::Result<ExitStatus> {
        let status = self.keeper.wait().await?;
        let _late = tokio::time::timeout(HEARD, self.words.heard.cancelled()).await;
        Ok(status)
    }

    /// Its last words, if it has any.
    pub(super) fn last_words(&self) -> String {
        let last = self.words.last.lock().unwrap_or_else(PoisonError::into_inner);
        let words: Vec<_> = last.iter().map(String::as_str).collect();
        clean_to(&words.join(" "), WORDS)
    }

    /// Ends it, with everything it started. Its standard input must be closed already, which is what it, and the keeper, go
    /// by; signals are for the case that this is not enough.
    pub(super) async fn end(&mut self) {
        // The keeper gives it the grace twice and kills it then.
        let patience = self.grace * 2 + Duration::from_secs(1);
        if tokio::time::timeout(patience, self.wait()).await.is_ok() {
            return;
        }
        let pid =
            self.keeper.id().and_then(|id| i32::try_from(id).ok()).and_then(rustix::process::Pid::from_raw);
        if let Some(pid) = pid {
            let _gone = rustix::process::kill_process(pid, rustix::process::Signal::TERM);
        }
        if tokio::time::timeout(patience, self.wait()).await.is_err() {
            tracing::warn!("a program of an MCP server could not be ended in time and was killed");
            let _gone = self.keeper.kill().await;
        }
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        self.words.enough.cancel();
    }
}
