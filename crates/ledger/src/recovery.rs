//! Calls that a process left open when it went away: they are closed at the estimate of their beginning, so that reports
//! and quotas count them. It must never touch the calls of a process that still runs; should one be taken for gone all the
//! same, its real bill replaces the estimate.

use std::{sync::Arc, time::Duration};

use tokio::time;
use vertice_domain::{NodeId, Result};
use vertice_ports::{Clock, Ledger, ledger::Gone};
use vertice_runtime::Tasks;

/// How often it is looked for what other nodes left.
const EVERY: Duration = Duration::from_secs(10);

/// What [`Recovery`] works with.
pub struct Recovery {
    /// Where calls are entered.
    pub ledger: Arc<dyn Ledger>,
    /// The time, which leases go by.
    pub clock: Arc<dyn Clock>,
    /// Where other nodes are looked after.
    pub tasks: Tasks,
    /// This run of the server.
    pub node: NodeId,
}

impl Recovery {
    /// Where nobody else can be using the database: closes what all former runs left open. To be called before the first
    /// request.
    pub async fn alone(self) -> Result<()> {
        close(&*self.ledger, Gone::AllBut(self.node)).await
    }

    /// Where other nodes may: closes what those without a lease left open, now and until the server shuts down.
    pub async fn among_others(self) -> Result<()> {
        close(&*self.ledger, self.leaseless()).await?;
        let shutdown = self.tasks.shutdown_token();
        self.tasks.clone().spawn(async move {
            loop {
                tokio::select! {
                    () = shutdown.cancelled() => return,
                    () = time::sleep(EVERY) => {}
                }
                if let Err(error) = close(&*self.ledger, self.leaseless()).await {
                    tracing::warn!(code = %error.code, "calls that other nodes left open could not be closed");
                }
            }
        });
        Ok(())
    }

    fn leaseless(&self) -> Gone {
        Gone::Leaseless(self.node, self.clock.now())
    }
}

async fn close(ledger: &dyn Ledger, gone: Gone) -> Result<()> {
    let count = ledger.close_open(gone).await?;
    if count > 0 {
        metrics::counter!("vertice_ledger_interrupted_total").increment(count);
        tracing::info!(count, "provider calls that a process left open are billed by estimate");
    }
    Ok(())
}
