//! What runs in the background of a workspace: begun by one call, looked at and stopped by others. It ends with the server.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use futures::{StreamExt as _, channel::mpsc};
use tokio::{
    sync::watch,
    time::{Instant, timeout},
};
use tokio_util::sync::CancellationToken;
use vertice_domain::sandbox::Run;
use vertice_ports::{Workspace, sandbox::Said, toolbox::Told};
use vertice_runtime::Tasks;

use super::{LISTENING, live::Tail, output};

/// How many may run at the same time in one workspace, and how many that have ended are remembered.
const AT_ONCE: usize = 3;
const REMEMBERED: usize = 5;
/// How long one that is stopped may take to end.
const LAST_WORDS: Duration = Duration::from_secs(5);

/// What the model is told of its end.
type Ended = Option<Arc<Told>>;

struct Job {
    begun: Instant,
    said: Arc<Mutex<Tail>>,
    stop: CancellationToken,
    ended: watch::Receiver<Ended>,
}

impl Job {
    /// Whoever would tell its end is there still.
    fn is_running(&self) -> bool {
        self.ended.borrow().is_none() && self.ended.has_changed().is_ok()
    }
}

/// What runs, or ran, in the background of one workspace.
pub struct Jobs {
    tasks: Tasks,
    all: Mutex<(u32, BTreeMap<u32, Job>)>,
}

impl Jobs {
    pub fn new(tasks: Tasks) -> Self {
        Self { tasks, all: Mutex::default() }
    }

    /// Whether something runs there now.
    pub(crate) fn is_idle(&self) -> bool {
        !self.all().1.values().any(Job::is_running)
    }

    /// Begins one; what the model is told of it.
    pub(super) fn start(&self, workspace: &Arc<dyn Workspace>, run: Run) -> Result<String, String> {
        let mut all = self.all();
        if all.1.values().filter(|job| job.is_running()).count() >= AT_ONCE {
            return Err(format!("{AT_ONCE} jobs run already. Stop one, or wait for its end."));
        }
        all.0 += 1;
        let number = all.0;
        let (told, ended) = watch::channel(None);
        let (stop, workspace) = (CancellationToken::new(), Arc::clone(workspace));
        let said: Arc<Mutex<Tail>> = Arc::default();
        all.1.insert(
            number,
            Job { begun: Instant::now(), said: Arc::clone(&said), stop: stop.clone(), ended },
        );
        let too_many = all.1.len().saturating_sub(REMEMBERED);
        let old: Vec<u32> = all.1.iter().filter(|(_, job)| !job.is_running()).map(|(job, _)| *job).collect();
        for job in old.into_iter().take(too_many) {
            all.1.remove(&job);
        }
        self.tasks.spawn(async move {
            let (listener, mut heard) = mpsc::channel::<Said>(LISTENING);
            let listening = async {
                while let Some(piece) = heard.next().await {
                    said.lock().unwrap_or_else(PoisonError::into_inner).push(&piece.text);
                }
            };
            let ((), report) = futures::join!(listening, workspace.run(run, Some(listener), stop));
            let end =
                report.map_or_else(|error| Told::error(error.message), |report| output::of_run(&report));
            let _nobody = told.send(Some(Arc::new(end)));
        });
        Ok(format!("Job {number} runs in the background."))
    }

    /// How one is doing. Waits so long for its end.
    pub(super) async fn status(&self, number: u32, patience: Duration) -> Result<Told, String> {
        let (begun, said, mut ended) =
            self.job(number, |job| (job.begun, Arc::clone(&job.said), job.ended.clone()))?;
        let over = timeout(patience, ended.wait_for(Option::is_some)).await;
        let report = match over {
            Ok(Ok(report)) => report.clone(),
            // The server is about to stop.
            Ok(Err(_)) => return Err(format!("Job {number} is gone.")),
            Err(_) => None,
        };
        Ok(match report.as_deref() {
            None => {
                let seconds = begun.elapsed().as_secs();
                let said = said.lock().unwrap_or_else(PoisonError::into_inner);
                let above = if said.as_str().is_empty() { "" } else { "\n" };
                let text = said.as_str().trim_end();
                Told::text(format!("{text}{above}[job {number} has run for {seconds} s, and goes on]"))
            }
            Some(told) => told.clone(),
        })
    }

    pub(super) async fn stop(&self, number: u32) -> Result<Told, String> {
        self.job(number, |job| job.stop.cancel())?;
        self.status(number, LAST_WORDS).await
    }

    fn job<T>(&self, number: u32, look: impl FnOnce(&Job) -> T) -> Result<T, String> {
        let all = self.all();
        let job = all
            .1
            .get(&number)
            .ok_or_else(|| format!("There is no job {number}; it may have ended with the server."))?;
        Ok(look(job))
    }

    fn all(&self) -> MutexGuard<'_, (u32, BTreeMap<u32, Job>)> {
        self.all.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
