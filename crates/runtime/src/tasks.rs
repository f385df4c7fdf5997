//! Detached work: the one place where tasks are spawned, so that shutdown can stop and await all of them.

use std::future::Future;

use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// Spawns work that outlives the request that asked for it. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Tasks {
    tracker: TaskTracker,
    shutdown: CancellationToken,
}

impl Tasks {
    /// Spawns `work`, keeping the current tracing span.
    pub fn spawn(&self, work: impl Future<Output = ()> + Send + 'static) {
        use tracing::Instrument as _;
        self.tracker.spawn(work.in_current_span());
    }

    /// A token that is cancelled when the server shuts down.
    pub fn shutdown_token(&self) -> CancellationToken {
        self.shutdown.clone()
    }

    /// Tells all work to end and waits until it has.
    pub async fn shut_down(&self) {
        self.shutdown.cancel();
        self.tracker.close();
        self.tracker.wait().await;
    }
}
