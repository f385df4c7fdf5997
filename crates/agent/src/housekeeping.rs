//! What is swept up while nobody looks: conversations deleted more than a day ago, the logs of turns
//! whose message says it all, nodes that went away without taking their leave, blobs that nothing refers to.

use std::time::Duration;

use tokio::time;
use vertice_domain::Result;

use crate::hub::Hub;

/// How often it is looked for.
const EVERY: Duration = Duration::from_hours(1);
/// How long a deleted conversation can be brought back, a log replayed and a node remembered.
const KEPT: Duration = Duration::from_hours(24);

impl Hub {
    /// Starts the sweeping, now and every hour, until the server shuts down.
    pub fn housekeep(&self) {
        let hub = self.clone();
        let shutdown = self.runner.tasks.shutdown_token();
        self.runner.tasks.spawn(async move {
            loop {
                hub.sweep().await;
                tokio::select! {
                    () = shutdown.cancelled() => return,
                    () = time::sleep(EVERY) => {}
                }
            }
        });
    }

    async fn sweep(&self) {
        let before = self.runner.clock.now().plus_millis(-(KEPT.as_millis() as i64));
        told(self.conversations.purge(before).await, "deleted conversations were removed for good");
        told(self.runner.turns.drop_logs(before).await, "logs of turns were dropped");
        told(self.runner.turns.forget_nodes(KEPT).await, "nodes that went away long ago were forgotten");
        told(self.blobs.sweep().await, "blobs that nothing refers to were removed");
    }
}

fn told(swept: Result<u64>, what: &'static str) {
    match swept {
        Ok(0) => {}
        Ok(count) => tracing::info!(count, "{what}"),
        Err(error) => tracing::warn!(code = %error.code, "not swept up: {what}"),
    }
}
