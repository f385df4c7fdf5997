//! The sandbox of this host: the better of the runtimes that were proved at the start, or none.

use std::{
    collections::HashMap,
    io,
    path::PathBuf,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use tokio::{
    sync::{OnceCell, OwnedMutexGuard, Semaphore, oneshot, watch},
    task::spawn_blocking,
    time,
};
use tokio_util::sync::CancellationToken;
use vertice_domain::{
    Action, Actor, ConversationId, Error, ErrorKind, Result, UserId,
    sandbox::{Run, RunLimits, RunReport, SandboxRuntime},
};
use vertice_ports::{
    ConversationStore, Sandbox,
    sandbox::{Listener, Tier},
};
use vertice_runtime::Tasks;

use crate::{
    canary::{self, Proved},
    host::{Host, Paths},
    run::{Input, Job},
    workspace,
};

/// Users of the host that runs are: far above those that people and programs have.
pub(crate) const FIRST_USER: u32 = 1_879_048_192;
/// How many of them there are; each run takes the next one.
const USERS: u32 = 65_536;
/// Runs at the same time; others wait.
const AT_ONCE: usize = 20;
/// How often workspaces are looked for whose conversation is gone, and how long that must have been so.
const SWEEP: Duration = Duration::from_hours(1);
const BROUGHT_BACK: Duration = Duration::from_hours(25);
/// How long a run waits for the host to be tried.
const PATIENCE: Duration = Duration::from_secs(60);

/// Which runtime is wanted (`SANDBOX_RUNTIME`, `ENABLE_SANDBOXING`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    /// gVisor, else bubblewrap.
    Best,
    Only(SandboxRuntime),
    /// Nothing is to be run.
    Nothing,
}

/// What was found at the start.
struct Found {
    host: Option<Host>,
    proved: Option<Proved>,
    reasons: Vec<(SandboxRuntime, String)>,
}

/// Runs code on this host.
pub struct HostSandbox {
    tasks: Tasks,
    is_found: watch::Receiver<bool>,
    runs: Arc<Runs>,
}

/// The runs of this host, and what they share.
struct Runs {
    data: PathBuf,
    /// Bytes of the workspaces of one user.
    most_kept: u64,
    conversations: Arc<dyn ConversationStore>,
    found: OnceCell<Found>,
    next: AtomicU32,
    room: Semaphore,
    /// One run at a time changes a workspace.
    workspaces: Mutex<HashMap<ConversationId, Arc<tokio::sync::Mutex<()>>>>,
}

impl HostSandbox {
    /// Tries what this host can do, beside the start of the server: it takes a second or more.
    pub fn start(
        paths: Paths,
        wanted: Wanted,
        conversations: Arc<dyn ConversationStore>,
        tasks: &Tasks,
    ) -> Self {
        let runs = Arc::new(Runs {
            data: paths.data.clone(),
            most_kept: paths.most_kept,
            conversations,
            found: OnceCell::new(),
            next: AtomicU32::new(1),
            room: Semaphore::new(AT_ONCE),
            workspaces: Mutex::default(),
        });
        let (told, is_found) = watch::channel(false);
        let trying = Arc::clone(&runs);
        tasks.spawn(async move {
            let found = look(&paths, wanted, "server").await;
            tell(&found);
            let _once = trying.found.set(found);
            let _nobody = told.send(true);
        });
        let (sweeping, shutdown) = (Arc::clone(&runs), tasks.shutdown_token());
        tasks.spawn(async move {
            while time::timeout(SWEEP, shutdown.cancelled()).await.is_err() {
                sweeping.sweep().await;
            }
        });
        Self { tasks: tasks.clone(), is_found, runs }
    }

    async fn found(&self) -> Option<&Found> {
        let mut is_found = self.is_found.clone();
        let _late = time::timeout(PATIENCE, is_found.wait_for(|is_found| *is_found)).await;
        self.runs.found.get()
    }
}

impl Runs {
    /// Whether the user may use the conversation's workspace, and has room in it.
    async fn check(&self, user: UserId, conversation: ConversationId) -> Result<()> {
        let found = self.conversations.get(user, conversation).await?;
        found.ok_or_else(|| Error::not_found("conversation"))?;
        let data = self.data.clone();
        let held = spawn_blocking(move || workspace::held(&data, user)).await;
        let held = held.ok().and_then(io::Result::ok).ok_or_else(Error::storage_unavailable)?;
        if held < self.most_kept {
            return Ok(());
        }
        let message = format!(
            "Your workspaces hold {} MB, which is all that you may keep (STORAGE_LIMIT_MB_PER_USER). Delete files in them, or \
             conversations that you need no more.",
            held / (1024 * 1024)
        );
        Err(Error::new(ErrorKind::TooLarge, "storage_exceeded", message))
    }

    /// Takes the workspaces away whose conversations are gone for good.
    async fn sweep(&self) {
        let data = self.data.clone();
        let all = spawn_blocking(move || workspace::all(&data)).await.unwrap_or_default();
        for (user, conversation) in all {
            // What cannot be looked up is not gone.
            let Ok(found) = self.conversations.get(user, conversation).await else { return };
            let _mine = self.workspace(conversation).await;
            let kept = workspace::folder(&self.data, user, conversation);
            let swept = spawn_blocking(move || match found {
                Some(_) => {
                    workspace::unmark(&kept);
                    Ok(())
                }
                None => workspace::forget(&kept, BROUGHT_BACK),
            });
            if let Ok(Err(error)) = swept.await {
                tracing::warn!(%error, "a workspace could not be removed");
            }
        }
    }

    /// Waits for room, and runs it.
    async fn run(
        &self,
        user: UserId,
        run: Run,
        listener: Option<Listener>,
        cancel: CancellationToken,
    ) -> Result<RunReport> {
        let found = self.found.get();
        let Some(Found { host: Some(host), proved: Some(proved), .. }) = found else {
            return Err(unavailable(found));
        };
        let waiting = async {
            let workspace = match run.conversation {
                Some(conversation) => Some(self.workspace(conversation).await),
                None => None,
            };
            (workspace, self.room.acquire().await)
        };
        let (_workspace, room) = tokio::select! {
            held = waiting => held,
            () = cancel.cancelled() => return Err(stopped()),
        };
        let _room = room.map_err(|_| Error::internal())?;
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let limits = RunLimits::default();
        let job = Job {
            host,
            runtime: proved.runtime,
            program: &proved.program,
            name: format!("run-{number}"),
            user: host.is_root.then_some(FIRST_USER + number % USERS),
            limits: RunLimits {
                timeout_s: u32::try_from(run.timeout.as_secs()).unwrap_or(limits.timeout_s),
                ..limits
            },
            timeout: run.timeout,
        };
        let kept = run.conversation.map(|conversation| workspace::folder(&self.data, user, conversation));
        let input = Input {
            language: run.language,
            code: &run.code,
            stdin: &run.stdin,
            files: &run.files,
            kept: kept.as_deref(),
            listener: listener.as_ref(),
        };
        Ok(job.run(&input, &cancel).await?)
    }

    /// The workspace of a conversation, for one run.
    async fn workspace(&self, conversation: ConversationId) -> OwnedMutexGuard<()> {
        let lock = {
            let mut all = self.workspaces.lock().unwrap_or_else(PoisonError::into_inner);
            all.retain(|_, lock| Arc::strong_count(lock) > 1);
            Arc::clone(all.entry(conversation).or_default())
        };
        lock.lock_owned().await
    }
}

/// Tries what this host can do, for whoever only wants to know.
pub async fn tried(paths: Paths, wanted: Wanted) -> Tier {
    tier(&look(&paths, wanted, "doctor").await)
}

fn tier(found: &Found) -> Tier {
    Tier {
        runtime: found.proved.as_ref().map(|proved| proved.runtime),
        shortcomings: found.proved.as_ref().map(|proved| proved.shortcomings.clone()).unwrap_or_default(),
        reasons: found.reasons.clone(),
    }
}

fn tell(found: &Found) {
    match &found.proved {
        Some(proved) if proved.shortcomings.is_empty() => {
            tracing::info!(runtime = proved.runtime.as_str(), "code runs in a sandbox");
        }
        Some(proved) => {
            let shortcomings = proved.shortcomings.join("; ");
            tracing::warn!(
                runtime = proved.runtime.as_str(),
                shortcomings,
                "code runs in a sandbox that is degraded"
            );
        }
        None if found.reasons.is_empty() => tracing::info!("no code is run (ENABLE_SANDBOXING)"),
        None => tracing::warn!(reasons = ?found.reasons, "no sandbox works here: no code is run"),
    }
}

async fn look(paths: &Paths, wanted: Wanted, purpose: &str) -> Found {
    let order: &[SandboxRuntime] = match &wanted {
        Wanted::Best => &[SandboxRuntime::Gvisor, SandboxRuntime::Bubblewrap],
        Wanted::Only(runtime) => std::slice::from_ref(runtime),
        Wanted::Nothing => &[],
    };
    let (mut proved, mut reasons) = (None, Vec::new());
    // Where nothing is to be run nothing is made ready for it.
    if order.is_empty() {
        return Found { host: None, proved, reasons };
    }
    let host = match Host::look(paths, purpose).await {
        Ok(host) => host,
        Err(error) => {
            let why = format!("the folder for runs cannot be made: {error}");
            reasons.extend(order.iter().map(|runtime| (*runtime, why.clone())));
            return Found { host: None, proved, reasons };
        }
    };
    for runtime in order {
        match canary::prove(&host, *runtime).await {
            Ok(found) => {
                proved = Some(found);
                break;
            }
            Err(why) => reasons.push((*runtime, why)),
        }
    }
    Found { host: Some(host), proved, reasons }
}

fn unavailable(found: Option<&Found>) -> Error {
    let reasons = found.map(|found| found.reasons.as_slice()).unwrap_or_default();
    let reasons: Vec<_> =
        reasons.iter().map(|(runtime, why)| format!("{}: {why}", runtime.as_str())).collect();
    let message = match (found, reasons.is_empty()) {
        (None, _) => "The sandbox is still being tried. Run it again in a moment.".to_owned(),
        (Some(_), true) => "This server runs no code (ENABLE_SANDBOXING).".to_owned(),
        (Some(_), false) => {
            format!("No sandbox works on this server, so that no code is run. {}.", reasons.join("; "))
        }
    };
    Error::new(ErrorKind::Unavailable, "sandbox_unavailable", message)
}

/// It was stopped before it began.
fn stopped() -> Error {
    Error::new(ErrorKind::Cancelled, "cancelled", "It was stopped before it began.")
}

#[async_trait]
impl Sandbox for HostSandbox {
    fn tier(&self) -> Option<Tier> {
        self.runs.found.get().map(tier)
    }

    async fn execute(
        &self,
        actor: &Actor,
        run: Run,
        listener: Option<Listener>,
        cancel: CancellationToken,
    ) -> Result<RunReport> {
        actor.may(Action::RunCode)?;
        if let Some(conversation) = run.conversation {
            self.runs.check(actor.user, conversation).await?;
        }
        if self.found().await.is_none() {
            return Err(unavailable(None));
        }
        // In a task of its own: whoever goes away meanwhile stops it, and leaves nothing of it behind.
        let cancel = cancel.child_token();
        let _stop = cancel.clone().drop_guard();
        let (done, outcome) = oneshot::channel();
        let (runs, shutdown) = (Arc::clone(&self.runs), self.tasks.shutdown_token());
        let user = actor.user;
        self.tasks.spawn(async move {
            let stop = cancel.clone();
            let mut ran = std::pin::pin!(runs.run(user, run, listener, cancel));
            let report = tokio::select! {
                report = &mut ran => report,
                () = shutdown.cancelled() => {
                    stop.cancel();
                    ran.await
                }
            };
            let _gone = done.send(report);
        });
        outcome.await.map_err(|_| Error::internal())?
    }
}
