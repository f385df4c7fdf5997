//! The sandbox of this server: code that is run for its users, and the workspaces of their conversations.

use std::{path::PathBuf, sync::Arc, time::Duration};

use async_trait::async_trait;
use tokio::{task::spawn_blocking, time};
use tokio_util::sync::CancellationToken;
use vertice_domain::{
    Action, Actor, ConversationId, Error, Result, UserId,
    sandbox::{Run, RunReport},
};
use vertice_ports::{
    ConversationStore, Sandbox, Workspace, Workspaces,
    sandbox::{Listener, Tier},
    workspaces::Access,
};
use vertice_runtime::Tasks;

use crate::{
    host::Paths,
    place::Place,
    runs::Runs,
    trial::{self, Wanted},
    workspace::{self, Kept, Share},
};

/// How often workspaces are looked for whose conversation is gone, and how long that must have been so.
const SWEEP: Duration = Duration::from_hours(1);
const BROUGHT_BACK: Duration = Duration::from_hours(25);

/// Runs code on this host, and keeps what conversations work on.
pub struct HostSandbox {
    runs: Runs,
    shelf: Shelf,
}

/// Where workspaces are kept, and whose they are.
#[derive(Clone)]
struct Shelf {
    data: PathBuf,
    /// Bytes of the workspaces of one user.
    most_kept: u64,
    conversations: Arc<dyn ConversationStore>,
}

impl HostSandbox {
    /// Tries what this host can do, beside the start of the server: it takes a second or more.
    pub fn start(
        paths: Paths,
        wanted: Wanted,
        conversations: Arc<dyn ConversationStore>,
        tasks: &Tasks,
    ) -> Self {
        let shelf = Shelf { data: paths.data.clone(), most_kept: paths.most_kept, conversations };
        let runs = Runs::start(paths, wanted, "server", tasks);
        let (sweeping, on, shutdown) = (shelf.clone(), runs.clone(), tasks.shutdown_token());
        tasks.spawn(async move {
            while time::timeout(SWEEP, shutdown.cancelled()).await.is_err() {
                sweeping.sweep(&on).await;
            }
        });
        Self { runs, shelf }
    }
}

impl Shelf {
    fn kept(&self, runs: &Runs, user: UserId, conversation: ConversationId) -> Kept {
        let folder = workspace::folder(&self.data, user, conversation);
        let share = Share { data: self.data.clone(), user, most_kept: self.most_kept };
        let staging = folder.with_extension(workspace::NEW);
        Kept { staging, lock: runs.lock_of(&folder), folder, share: Some(share) }
    }

    /// Takes the workspaces away whose conversations are gone for good.
    async fn sweep(&self, runs: &Runs) {
        let data = self.data.clone();
        let all = spawn_blocking(move || workspace::all(&data)).await.unwrap_or_default();
        for (user, conversation) in all {
            // What cannot be looked up is not gone.
            let Ok(found) = self.conversations.get(user, conversation).await else { return };
            let kept = self.kept(runs, user, conversation);
            let _alone = kept.lock.lock().await;
            let folder = kept.folder.clone();
            let staging = kept.staging.clone();
            let swept = spawn_blocking(move || match found {
                Some(_) => {
                    workspace::remove(&staging)?;
                    workspace::unmark(&folder);
                    Ok(())
                }
                None => {
                    workspace::remove(&staging)?;
                    workspace::forget(&folder, BROUGHT_BACK)
                }
            });
            if let Ok(Err(error)) = swept.await {
                tracing::warn!(%error, "a workspace could not be removed");
            }
        }
    }
}

#[async_trait]
impl Sandbox for HostSandbox {
    fn tier(&self) -> Option<Tier> {
        self.runs.found().map(trial::tier)
    }

    async fn execute(
        &self,
        actor: &Actor,
        run: Run,
        listener: Option<Listener>,
        cancel: CancellationToken,
    ) -> Result<RunReport> {
        actor.may(Action::RunCode)?;
        match run.conversation {
            Some(conversation) => {
                self.open(actor, conversation, Access::Write).await?.run(run, listener, cancel).await
            }
            None => {
                let span = tracing::info_span!("run", run = tracing::field::Empty, user = %actor.user);
                self.runs.run(run, (Some(actor.user), None), (listener, cancel), span).await
            }
        }
    }
}

#[async_trait]
impl Workspaces for HostSandbox {
    async fn run_code(&self) -> bool {
        self.runs.tried().await.is_some_and(|found| found.proved.is_some())
    }

    async fn open(
        &self,
        actor: &Actor,
        conversation: ConversationId,
        access: Access,
    ) -> Result<Arc<dyn Workspace>> {
        actor.may(match access {
            Access::Read => Action::ReadConversations,
            Access::Write => Action::RunCode,
        })?;
        let found = self.shelf.conversations.get(actor.user, conversation).await?;
        found.ok_or_else(|| Error::not_found("conversation"))?;
        let kept = self.shelf.kept(&self.runs, actor.user, conversation);
        Ok(Arc::new(Place { runs: self.runs.clone(), kept }))
    }
}
