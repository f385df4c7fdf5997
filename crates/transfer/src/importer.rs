//! [`Importer`]: files in, conversations out. Reading runs aside; what was read is stored one conversation after the other, each in
//! one transaction, so that whatever happens in between, every conversation is here whole or not at all.

mod outcome;
mod ready;
mod taking;

use std::{
    collections::HashSet,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use futures::{StreamExt as _, stream, stream::BoxStream};
use tokio::{
    sync::{Semaphore, mpsc},
    time::Instant,
};
use vertice_domain::{Action, Actor, Error, ErrorKind, FeedEvent, Result, UserId, import::ImportProgress};
use vertice_ports::{
    Artifacts, Blobs, Bus, Clock, Ids, ImportStore, Imports, Models,
    imports::{ImportFile, ImportStep},
};
use vertice_runtime::Tasks;

use self::{ready::Ready, taking::Taking};
use crate::{reading, stop::Stop};

/// How many imports are read at the same time on this node; who comes later waits. Each may hold one large conversation.
const AT_ONCE: usize = 2;
/// How many conversations may wait to be stored, beside the one that is.
const AHEAD: usize = 1;
/// How often it is told how far it has come.
const PACE: Duration = Duration::from_millis(250);

/// What an [`Importer`] is made of.
pub struct ImporterDependencies {
    pub store: Arc<dyn ImportStore>,
    pub artifacts: Arc<dyn Artifacts>,
    pub blobs: Arc<dyn Blobs>,
    pub models: Arc<dyn Models>,
    pub bus: Arc<dyn Bus>,
    pub clock: Arc<dyn Clock>,
    pub ids: Arc<dyn Ids>,
    pub tasks: Tasks,
    /// What one user's imported conversations may say in all, in bytes.
    pub limit: u64,
}

/// Takes in conversations. Cheap to clone.
#[derive(Clone)]
pub struct Importer(Arc<Inner>);

struct Inner {
    with: ImporterDependencies,
    room: Semaphore,
    /// Whose imports are under way here.
    under_way: Mutex<HashSet<UserId>>,
}

impl Importer {
    pub fn new(with: ImporterDependencies) -> Self {
        let under_way = Mutex::default();
        Self(Arc::new(Inner { with, room: Semaphore::new(AT_ONCE), under_way }))
    }

    fn enter(&self, user: UserId) -> Result<Turn> {
        let mut under_way = self.0.under_way.lock().unwrap_or_else(PoisonError::into_inner);
        if under_way.insert(user) {
            return Ok(Turn { importer: self.clone(), user });
        }
        let message = "An import of yours is under way. Wait for its end, then begin the next one.";
        Err(Error::new(ErrorKind::Conflict, "import_running", message))
    }

    async fn run(&self, actor: &Actor, files: Vec<ImportFile>, turn: Turn, steps: mpsc::Sender<ImportStep>) {
        let shutdown = self.0.with.tasks.shutdown_token();
        let room = tokio::select! {
            room = self.0.room.acquire() => room.ok(),
            () = shutdown.cancelled() => None,
        };
        let end = match room {
            Some(_room) => self.take(actor, files, &steps).await,
            None => Err(stopping()),
        };
        // Whoever has heard of the end may begin the next one.
        drop(turn);
        // Whoever asked for it may have gone: it is done all the same.
        let _unheard = steps.send(ImportStep::Done(end.map(Box::new))).await;
    }

    async fn take(
        &self,
        actor: &Actor,
        files: Vec<ImportFile>,
        steps: &mpsc::Sender<ImportStep>,
    ) -> Result<vertice_domain::import::Imported> {
        let Inner { with, .. } = &*self.0;
        let shutdown = with.tasks.shutdown_token();
        let (count, of) = (Arc::new(AtomicU64::new(0)), files.iter().map(|file| file.size).sum());
        let mut taking = Taking::begin(with, actor).await?;
        let (tell, mut told) = mpsc::channel(AHEAD);
        let stop = Stop::default();
        let reading = {
            let (count, ids, now) = (Arc::clone(&count), Arc::clone(&with.ids), with.clock.now());
            let (stop, asked) = (stop.clone(), stop.clone());
            let mut tell = move |read| tell.blocking_send(Ready::of(read, &*ids, now, &asked)).is_ok();
            tokio::task::spawn_blocking(move || reading::read(files, &count, &stop, &mut tell))
        };
        let mut told_at: Option<Instant> = None;
        loop {
            let next = tokio::select! {
                next = told.recv() => next,
                () = shutdown.cancelled() => {
                    taking.stop(stopping());
                    None
                }
            };
            let Some(next) = next else { break };
            if let Err(error) = taking.take(next).await {
                taking.stop(error);
                break;
            }
            if told_at.is_none_or(|at| at.elapsed() >= PACE) {
                told_at = Some(Instant::now());
                let report = &taking.imported.report;
                let read = count.load(Ordering::Relaxed).min(of);
                let progress = ImportProgress { read, of, taken: report.taken, messages: report.messages };
                // Nobody needs to hear every step.
                let _unheard = steps.try_send(ImportStep::Progress(progress));
            }
        }
        drop(told);
        if taking.stopped.is_some() {
            stop.ask();
        }
        // Nobody who shuts down waits for a reading that is in the midst of something.
        let read = tokio::select! {
            read = reading => read,
            () = shutdown.cancelled() => Ok(()),
        };
        if let Err(error) = read {
            tracing::error!(%error, "the reading of an import broke");
            taking.stop(Error::internal());
        }
        if taking.imported.report.taken > 0 {
            with.bus.announce(actor.user, FeedEvent::ListChanged);
        }
        outcome::of(taking)
    }
}

fn stopping() -> Error {
    let message =
        "The server is being stopped. Send the file again in a moment: what is here is not taken twice.";
    Error::new(ErrorKind::Unavailable, "stopping", message)
}

/// The one import of a user's.
struct Turn {
    importer: Importer,
    user: UserId,
}

impl Drop for Turn {
    fn drop(&mut self) {
        let under_way = &self.importer.0.under_way;
        under_way.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.user);
    }
}

#[async_trait]
impl Imports for Importer {
    async fn import(&self, actor: &Actor, files: Vec<ImportFile>) -> Result<BoxStream<'static, ImportStep>> {
        actor.may(Action::WriteConversations)?;
        let turn = self.enter(actor.user)?;
        let (steps, heard) = mpsc::channel(4);
        let (importer, actor) = (self.clone(), actor.clone());
        self.0.with.tasks.spawn(async move { importer.run(&actor, files, turn, steps).await });
        let next = |mut heard: mpsc::Receiver<ImportStep>| async move {
            heard.recv().await.map(|step| (step, heard))
        };
        Ok(stream::unfold(heard, next).boxed())
    }
}
