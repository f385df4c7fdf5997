//! What is swept up while nobody looks: conversations deleted more than a day ago.

use std::time::Duration;

use tokio::time;

use crate::hub::Hub;

/// How often it is looked for.
const EVERY: Duration = Duration::from_hours(1);
/// How long a deleted conversation can be brought back, in milliseconds.
const KEPT_MS: i64 = 24 * 60 * 60 * 1_000;

impl Hub {
    /// Starts the sweeping, now and every hour, until the server shuts down.
    pub fn housekeep(&self) {
        let hub = self.clone();
        let shutdown = self.stage.tasks.shutdown_token();
        self.stage.tasks.spawn(async move {
            loop {
                hub.purge().await;
                tokio::select! {
                    () = shutdown.cancelled() => return,
                    () = time::sleep(EVERY) => {}
                }
            }
        });
    }

    async fn purge(&self) {
        let before = self.stage.clock.now().plus_millis(-KEPT_MS);
        match self.conversations.purge(before).await {
            Ok(0) => {}
            Ok(count) => tracing::info!(count, "deleted conversations were removed for good"),
            Err(error) => tracing::warn!(code = %error.code, "deleted conversations could not be removed"),
        }
    }
}
