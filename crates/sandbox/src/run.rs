//! One run: what it needs is made, the keeper starts it, what it says is read within bounds, and nothing of it is left.

use std::{
    io,
    path::{Path, PathBuf},
    process::Stdio,
    sync::Arc,
    time::Duration,
};

use tokio::{
    fs,
    process::{Child, Command},
    sync::Notify,
    task::spawn_blocking,
    time::{self, Instant, timeout},
};
use tokio_util::sync::CancellationToken;
use vertice_domain::sandbox::{
    DeniedAccess, FilePath, Language, RunFault, RunLimits, RunReport, SandboxRuntime,
};
use vertice_ports::sandbox::{Listener, Output};
use vertice_runtime::keeper::{self, Confinement, Limit};

use crate::{
    error::Fault,
    files,
    group::Group,
    host::{self, Host},
    left,
    plan::{self, Plan, bubblewrap, gvisor},
    said::{Ear, heard},
    scratch::Scratch,
    script::Script,
    seen::{self, Seen},
    way_out::Door,
    workspace::{self, Kept},
};

/// Host processes that gVisor's own threads may come to.
const GVISOR_PROCESSES: u32 = 1_024;
/// How long a runtime may take for its own start before the processor is bounded.
const START_UP: Duration = Duration::from_millis(500);
/// How long the rest of what a run has said may take to arrive once it is over.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// What is to be run, and within what.
pub(crate) struct Job<'a> {
    pub(crate) host: &'a Host,
    pub(crate) runtime: SandboxRuntime,
    /// The runtime's program.
    pub(crate) program: &'a Path,
    /// A name that no other run has.
    pub(crate) name: String,
    /// Who it is on the host, where it can be somebody else than the server.
    pub(crate) user: Option<u32>,
    pub(crate) limits: RunLimits,
    pub(crate) timeout: Duration,
}

/// Code, with what it is given.
pub(crate) struct Input<'a> {
    pub(crate) language: Language,
    pub(crate) code: &'a str,
    pub(crate) stdin: &'a str,
    pub(crate) files: &'a [(FilePath, Vec<u8>)],
    /// What it works in a copy of; none: an empty folder that goes with it.
    pub(crate) kept: Option<&'a Kept>,
    /// Who hears what it says while it runs.
    pub(crate) listener: Option<&'a Listener>,
}

/// The folders of a run.
struct Folders {
    /// What the runtime needs.
    own: PathBuf,
    scratch: Scratch,
}

impl Job<'_> {
    /// Runs it in a fresh workspace, which goes with it.
    pub(crate) async fn run(
        &self,
        input: &Input<'_>,
        cancel: &CancellationToken,
    ) -> Result<RunReport, Fault> {
        let folders = self.folders().await?;
        let outcome = self.within(&folders, input, cancel).await;
        folders.scratch.remove().await;
        if let Err(error) = fs::remove_dir_all(&folders.own).await {
            tracing::warn!(%error, "the folder of a run is left over");
        }
        outcome
    }

    async fn folders(&self) -> io::Result<Folders> {
        let own = self.host.base.join(&self.name);
        fs::create_dir(&own).await?;
        self.give(&own).await?;
        let user = self.user.unwrap_or(0);
        let scratch = Scratch::make(self.host, own.join("workspace"), user, self.limits.disk_mb).await?;
        for folder in ["rootfs", "state"] {
            fs::create_dir(own.join(folder)).await?;
            self.give(&own.join(folder)).await?;
        }
        Ok(Folders { own, scratch })
    }

    /// Makes it belong to whom the run runs as.
    async fn give(&self, path: &Path) -> io::Result<()> {
        let Some(user) = self.user else { return Ok(()) };
        let path = path.to_owned();
        let given = spawn_blocking(move || std::os::unix::fs::chown(path, Some(user), Some(user)));
        given.await.map_err(io::Error::other)?
    }

    async fn within(
        &self,
        folders: &Folders,
        input: &Input<'_>,
        cancel: &CancellationToken,
    ) -> Result<RunReport, Fault> {
        let program = host::program(host::interpreter(input.language)).await.ok_or_else(|| {
            let name = host::interpreter(input.language);
            Fault::Refused(format!("This server has no {name}. Whoever runs it can install it."))
        })?;
        let workspace = folders.scratch.folder.clone();
        let script = Script::of(input.language, input.code, &self.name);
        let (found, before) = self.fill(&workspace, &script, input).await?;
        let command = [program.display().to_string(), script.path()];
        let group = self.group().await?;
        let ran = self.started(folders, (&command, &script), input, group.as_ref(), cancel).await;
        let (mut out_of_memory, mut memory_bytes, mut cpu_seconds) = (false, None, None);
        if let Some(group) = group {
            (out_of_memory, memory_bytes) = (group.ran_out_of_memory().await, group.peak().await);
            cpu_seconds = group.cpu_seconds().await;
            group.remove().await;
        }
        let (ran, denied) = ran?;
        let is_full = folders.scratch.is_full();
        // What was stopped is as if it had never been.
        let kept = input.kept.filter(|_| ran.fault != Some(RunFault::Cancelled)).cloned();
        let most = plan::megabytes(self.limits.disk_mb);
        let left =
            left::keep(workspace, script.inside().map(str::to_owned), (found, before), kept, most).await?;
        let failed = ran.exit_code != 0;
        let error = ran.fault.or(if failed && out_of_memory {
            Some(RunFault::Memory)
        } else if failed && is_full || left.not_kept.is_some() {
            Some(RunFault::Disk)
        } else {
            None
        });
        Ok(RunReport {
            stdout: ran.stdout,
            stderr: ran.stderr + left.not_kept.as_deref().unwrap_or_default(),
            exit_code: ran.exit_code,
            execution_time: ran.took.as_secs_f64(),
            error,
            truncated: left.is_cut || ran.is_cut,
            runtime: self.runtime,
            limits: self.limits,
            memory_bytes,
            cpu_seconds,
            disk_bytes: folders.scratch.used(),
            files: left.files,
            denied,
        })
    }

    /// The control group of the run; none: the host has none, and the tier is called degraded.
    async fn group(&self) -> io::Result<Option<Group>> {
        let Ok(groups) = &self.host.groups else { return Ok(None) };
        let processes = match self.runtime {
            SandboxRuntime::Gvisor => GVISOR_PROCESSES,
            // The first process of the sandbox is bubblewrap's own; one more passes on what goes out.
            SandboxRuntime::Bubblewrap => self.limits.processes + 2 + u32::from(self.host.gateway.is_some()),
        };
        let name = format!("{}{}", self.host.prefix, self.name);
        groups.make(&name, self.limits, processes).await.map(Some)
    }

    /// Puts everything into the workspace that the code finds there: what was kept, then what it is given. How it looked after each.
    async fn fill(
        &self,
        workspace: &Path,
        script: &Script,
        input: &Input<'_>,
    ) -> Result<(Seen, Seen), Fault> {
        let mut files = input.files.to_vec();
        if let Some(name) = script.inside() {
            let name = FilePath::parse(name).map_err(Fault::Refused)?;
            files.push((name, input.code.as_bytes().to_vec()));
        }
        let (workspace, owner) = (workspace.to_owned(), self.user);
        let most = plan::megabytes(self.limits.disk_mb);
        let kept = input.kept.map(|kept| kept.folder.clone());
        let _alone = match input.kept {
            Some(kept) => Some(kept.lock.lock().await),
            None => None,
        };
        let filled = spawn_blocking(move || {
            if let Some(kept) = kept {
                workspace::load(&kept, &workspace, owner, most).map_err(Fault::TooMuch)?;
            }
            let found = seen::look(&workspace)?;
            for (path, content) in &files {
                files::put(&workspace, path, content, owner)?;
            }
            Ok((found, seen::look(&workspace)?))
        });
        filled.await.map_err(io::Error::other)?
    }

    async fn started(
        &self,
        folders: &Folders,
        (command, script): (&[String], &Script),
        input: &Input<'_>,
        group: Option<&Group>,
        cancel: &CancellationToken,
    ) -> Result<(Ran, Vec<DeniedAccess>), Fault> {
        self.host.shared.check().await?;
        let door = Door::open(self.host, &folders.own, self.user).await?;
        let stdin = folders.own.join("stdin");
        fs::write(&stdin, input.stdin).await?;
        self.give(&stdin).await?;
        let code = folders.own.join("code");
        if let Script::Beside(_) = script {
            fs::write(&code, input.code).await?;
            self.give(&code).await?;
        }
        let plan = Plan {
            command,
            code: match script {
                Script::Beside(within) => Some((&code, within)),
                Script::Inside(_) => None,
            },
            workspace: &folders.scratch.folder,
            etc: &self.host.etc,
            from_host: &self.host.from_host,
            shared: self.host.shared.paths(),
            way_out: door.as_ref().map(Door::plan),
            filters: self.host.filters.len(),
            limits: self.limits,
        };
        let (arguments, inherits) = match self.runtime {
            SandboxRuntime::Bubblewrap => (bubblewrap::arguments(&plan), self.host.filters.clone()),
            SandboxRuntime::Gvisor => {
                let config = folders.own.join("config.json");
                fs::write(&config, gvisor::config(&plan).to_string()).await?;
                self.give(&config).await?;
                let has_way_out = door.is_some();
                (gvisor::arguments(&folders.own.display().to_string(), &self.name, has_way_out), Vec::new())
            }
        };
        let kept = keeper::Kept {
            grace: Duration::ZERO,
            program: self.program.display().to_string(),
            arguments,
            confinement: Confinement {
                user: self.user,
                input: Some(stdin),
                joins: group.map(Group::lists).unwrap_or_default(),
                returns: match (&self.host.groups, group) {
                    (Ok(groups), Some(_)) => groups.own_lists(),
                    _ => Vec::new(),
                },
                limits: self.rlimits(),
                inherits,
            },
        };
        let begun = Instant::now();
        let mut keeper = self.keeper(&kept)?;
        let bounded = async {
            time::sleep(START_UP).await;
            match group {
                Some(group) => group.bound_processor(self.limits).await,
                None => Ok(()),
            }
        };
        let ran = async {
            let mut watched = std::pin::pin!(self.watch(&mut keeper, begun, input.listener, cancel));
            tokio::select! {
                ran = &mut watched => return ran,
                bounded = bounded => bounded?,
            }
            watched.await
        };
        let ran = ran.await;
        // What is over is over for everything that it started.
        let _gone = keeper.kill().await;
        if let Some(group) = group {
            group.kill().await;
        }
        let denied = match door {
            Some(door) => door.close().await,
            None => Vec::new(),
        };
        Ok((ran?, denied))
    }

    fn rlimits(&self) -> Vec<(Limit, u64)> {
        let mut limits = vec![(Limit::CoreSize, 0)];
        if self.runtime == SandboxRuntime::Bubblewrap {
            limits.extend([
                (Limit::Descriptors, plan::DESCRIPTORS),
                (Limit::FileSize, plan::megabytes(self.limits.disk_mb)),
            ]);
        }
        limits
    }

    #[expect(clippy::disallowed_methods, reason = "the keeper is this server itself; it starts the runtime")]
    fn keeper(&self, kept: &keeper::Kept) -> io::Result<Child> {
        Command::new(&self.host.keeper)
            .args(kept.command_line())
            // What is in here, code of the second tier could read.
            .env_clear()
            .env("PATH", "/usr/bin:/bin")
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0)
            .kill_on_drop(true)
            .spawn()
    }

    async fn watch(
        &self,
        keeper: &mut Child,
        begun: Instant,
        listener: Option<&Listener>,
        cancel: &CancellationToken,
    ) -> Result<Ran, Fault> {
        // As long as it is open the keeper knows that somebody is there. To wait for a child would close it.
        let _lifeline = keeper.stdin.take();
        let pipes = (keeper.stdout.take(), keeper.stderr.take());
        let (Some(stdout), Some(stderr)) = pipes else {
            return Err(io::Error::from(io::ErrorKind::BrokenPipe).into());
        };
        let too_much = Arc::new(Notify::new());
        let most = self.limits.output_bytes as usize;
        let mut said = std::pin::pin!(async {
            let ear = |output| Ear::new(output, listener.cloned());
            let stdout = heard(stdout, most, &too_much, ear(Output::Stdout));
            tokio::join!(stdout, heard(stderr, most, &too_much, ear(Output::Stderr)))
        });
        let mut texts = None;
        let deadline = tokio::time::sleep(self.timeout);
        let mut deadline = std::pin::pin!(deadline);
        let (status, fault) = loop {
            tokio::select! {
                status = keeper.wait() => break (Some(status?), None),
                () = &mut deadline => break (None, Some(RunFault::Timeout)),
                () = cancel.cancelled() => break (None, Some(RunFault::Cancelled)),
                () = too_much.notified() => break (None, Some(RunFault::Output)),
                both = &mut said, if texts.is_none() => texts = Some(both),
            }
        };
        let took = begun.elapsed();
        if status.is_none() {
            let _gone = keeper.kill().await;
        }
        let (stdout, stderr) = match texts {
            Some(both) => both,
            None => timeout(LAST_WORDS, said).await.unwrap_or_default(),
        };
        let exit_code = status.and_then(|status| status.code()).unwrap_or(KILLED);
        let is_cut = stdout.1 || stderr.1;
        Ok(Ran { stdout: stdout.0, stderr: stderr.0, is_cut, exit_code, took, fault })
    }
}

/// The exit code of what SIGKILL has ended.
const KILLED: i32 = 137;

/// What came of it, before anybody looks at what it left.
struct Ran {
    stdout: String,
    stderr: String,
    is_cut: bool,
    exit_code: i32,
    took: Duration,
    fault: Option<RunFault>,
}
