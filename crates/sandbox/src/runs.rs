//! The runs of this host, and what they share: what was found at the start, room for so many at once, and who is changing which
//! workspace.

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use tokio::{
    sync::{OnceCell, Semaphore, oneshot, watch},
    time,
};
use tokio_util::sync::CancellationToken;
use tracing::{Instrument as _, Span};
use vertice_domain::{
    Error, ErrorKind, Result, UserId,
    sandbox::{Run, RunLimits, RunReport},
};
use vertice_ports::sandbox::Listener;
use vertice_runtime::Tasks;

use crate::{
    host::Paths,
    run::{Input, Job},
    trial::{self, Found, Wanted},
    workspace::Kept,
};

/// Users of the host that runs are: far above those that people and programs have.
pub(crate) const FIRST_USER: u32 = 1_879_048_192;
/// How many of them there are; each run takes the next one.
const USERS: u32 = 65_536;
/// Runs at the same time, of all and of one user; others wait, for so long.
const AT_ONCE: usize = 20;
const OF_ONE_USER: usize = 6;
const LONGEST_WAIT: Duration = Duration::from_secs(60);
/// How long a run waits for the host to be tried.
const PATIENCE: Duration = Duration::from_secs(60);

#[derive(Clone)]
pub(crate) struct Runs {
    tasks: Tasks,
    is_found: watch::Receiver<bool>,
    shared: Arc<Shared>,
}

struct Shared {
    found: OnceCell<Found>,
    next: AtomicU32,
    room: Semaphore,
    users: Mutex<HashMap<UserId, Arc<Semaphore>>>,
    workspaces: Mutex<HashMap<PathBuf, Arc<tokio::sync::Mutex<()>>>>,
}

impl Runs {
    /// Tries what this host can do, beside the start of the server: it takes a second or more.
    pub(crate) fn start(paths: Paths, wanted: Wanted, purpose: &'static str, tasks: &Tasks) -> Self {
        let shared = Arc::new(Shared {
            found: OnceCell::new(),
            next: AtomicU32::new(1),
            room: Semaphore::new(AT_ONCE),
            users: Mutex::default(),
            workspaces: Mutex::default(),
        });
        let (told, is_found) = watch::channel(false);
        let trying = Arc::clone(&shared);
        tasks.spawn(async move {
            let found = trial::look(&paths, wanted, purpose).await;
            trial::tell(&found);
            let _once = trying.found.set(found);
            let _nobody = told.send(true);
        });
        Self { tasks: tasks.clone(), is_found, shared }
    }

    /// What was found; none: it is still being tried.
    pub(crate) fn found(&self) -> Option<&Found> {
        self.shared.found.get()
    }

    /// What was found, once it has been tried; none: that takes too long.
    pub(crate) async fn tried(&self) -> Option<&Found> {
        let mut is_found = self.is_found.clone();
        let _late = time::timeout(PATIENCE, is_found.wait_for(|is_found| *is_found)).await;
        self.found()
    }

    /// Runs it in a copy of what is `kept`, or in an empty folder. In a task of its own: whoever goes away meanwhile stops it, and
    /// leaves nothing of it behind.
    ///
    /// Whatever is logged on the way, the hosts that it asks for above all, says by `span` whose it is.
    pub(crate) async fn run(
        &self,
        run: Run,
        (user, kept): (Option<UserId>, Option<Kept>),
        (listener, cancel): (Option<Listener>, CancellationToken),
        span: Span,
    ) -> Result<RunReport> {
        self.tried().await;
        let cancel = cancel.child_token();
        let _stop = cancel.clone().drop_guard();
        let (done, outcome) = oneshot::channel();
        let (runs, shutdown) = (self.clone(), self.tasks.shutdown_token());
        let work = async move {
            let stop = cancel.clone();
            let mut ran = std::pin::pin!(runs.ran(run, user, kept, (listener, cancel)));
            let report = tokio::select! {
                report = &mut ran => report,
                () = shutdown.cancelled() => {
                    stop.cancel();
                    ran.await
                }
            };
            let _gone = done.send(report);
        };
        self.tasks.spawn(work.instrument(span));
        outcome.await.map_err(|_| Error::internal())?
    }

    /// Waits for room, and runs it.
    async fn ran(
        &self,
        run: Run,
        user: Option<UserId>,
        kept: Option<Kept>,
        (listener, cancel): (Option<Listener>, CancellationToken),
    ) -> Result<RunReport> {
        let found = self.found();
        let Some(Found { host: Some(host), proved: Some(proved), .. }) = found else {
            return Err(trial::unavailable(found));
        };
        let users = user.map(|user| self.of(user));
        let waiting = async {
            let own = match &users {
                Some(users) => Some(users.acquire().await),
                None => None,
            };
            (own, self.shared.room.acquire().await)
        };
        let _room = tokio::select! {
            room = time::timeout(LONGEST_WAIT, waiting) => room.map_err(|_late| busy())?,
            () = cancel.cancelled() => return Err(cancelled()),
        };
        let number = self.shared.next.fetch_add(1, Ordering::Relaxed);
        let name = format!("run-{number}");
        Span::current().record("run", &name);
        let timeout_s = u32::try_from(run.timeout.as_secs()).unwrap_or(u32::MAX);
        let job = Job {
            host,
            runtime: proved.runtime,
            program: &proved.program,
            name,
            user: host.is_root.then_some(FIRST_USER + number % USERS),
            limits: RunLimits { timeout_s, ..RunLimits::default() },
            timeout: run.timeout,
        };
        let input = Input {
            language: run.language,
            code: &run.code,
            stdin: &run.stdin,
            files: &run.files,
            kept: kept.as_ref(),
            listener: listener.as_ref(),
        };
        Ok(job.run(&input, &cancel).await?)
    }

    /// A user's part of the room.
    fn of(&self, user: UserId) -> Arc<Semaphore> {
        let mut all = self.shared.users.lock().unwrap_or_else(PoisonError::into_inner);
        all.retain(|_, users| Arc::strong_count(users) > 1);
        Arc::clone(all.entry(user).or_insert_with(|| Arc::new(Semaphore::new(OF_ONE_USER))))
    }

    /// What holds others back while a workspace is copied or changed.
    pub(crate) fn lock_of(&self, workspace: &Path) -> Arc<tokio::sync::Mutex<()>> {
        let mut all = self.shared.workspaces.lock().unwrap_or_else(PoisonError::into_inner);
        all.retain(|_, lock| Arc::strong_count(lock) > 1);
        Arc::clone(all.entry(workspace.to_owned()).or_default())
    }
}

fn busy() -> Error {
    let message = "Too much is running on this server, or of yours. Wait for its end, or stop some of it, then try again.";
    Error::new(ErrorKind::Unavailable, "sandbox_busy", message)
}

fn cancelled() -> Error {
    Error::new(ErrorKind::Cancelled, "cancelled", "It was stopped before it began.")
}
