//! Calls that a process left open when it went away: they are closed at an estimate, so that reports and quotas count them. What
//! the log of their turn holds of the answer goes into it; where there is none, it is the estimate of their beginning. It must
//! never touch the calls of a process that still runs; should one be taken for gone all the
//! same, its real bill replaces the estimate.

use std::{collections::HashSet, sync::Arc, time::Duration};

use tokio::time;
use vertice_domain::{NodeId, Result};
use vertice_ports::{
    Ledger,
    ledger::{CallOutcome, Gone, LedgerEntry},
    meter::Estimator,
    turns::TurnLogs,
};
use vertice_runtime::Tasks;

use crate::heard;

/// How often it is looked for what other nodes left.
const EVERY: Duration = Duration::from_secs(10);

/// Calls that are closed at once.
const SOME: u32 = 100;

/// What [`Recovery`] works with.
pub struct Recovery {
    /// Where calls are entered.
    pub ledger: Arc<dyn Ledger>,
    /// Where the logs of turns are.
    pub logs: Arc<dyn TurnLogs>,
    /// What an answer costs of which so much was heard.
    pub estimator: Arc<dyn Estimator>,
    /// Where other nodes are looked after.
    pub tasks: Tasks,
    /// This run of the server.
    pub node: NodeId,
}

impl Recovery {
    /// Where nobody else can be using the database: closes what all former runs left open. To be called before the first
    /// request.
    pub async fn alone(self) -> Result<()> {
        self.close(Gone::AllBut(self.node)).await
    }

    /// Where other nodes may: closes what those without a lease left open, now and until the server shuts down.
    pub async fn among_others(self) -> Result<()> {
        self.close(self.leaseless()).await?;
        let shutdown = self.tasks.shutdown_token();
        self.tasks.clone().spawn(async move {
            loop {
                tokio::select! {
                    () = shutdown.cancelled() => return,
                    () = time::sleep(EVERY) => {}
                }
                if let Err(error) = self.close(self.leaseless()).await {
                    tracing::warn!(code = %error.code, "calls that other nodes left open could not be closed");
                }
            }
        });
        Ok(())
    }

    fn leaseless(&self) -> Gone {
        Gone::Leaseless(self.node)
    }

    async fn close(&self, gone: Gone) -> Result<()> {
        let mut count = 0;
        loop {
            let left = self.ledger.left_open(gone, SOME).await?;
            if left.is_empty() {
                break;
            }
            count += left.len() as u64;
            let closed = self.estimated(left).await?;
            self.ledger.enter(&closed).await?;
        }
        // What cannot be read is closed all the same.
        count += self.ledger.close_open(gone).await?;
        tell(count);
        Ok(())
    }

    /// The calls as they are closed. `left`: newest first, since of a turn's calls the log says how far the last one came.
    async fn estimated(&self, left: Vec<LedgerEntry>) -> Result<Vec<LedgerEntry>> {
        let mut told = HashSet::new();
        let mut closed = Vec::with_capacity(left.len());
        for call in left {
            let mut heard = 0;
            if told.insert(call.turn) {
                heard = heard::of_last_call(&self.logs.log(call.user, call.turn).await?);
            }
            // Of an answer of which nothing was heard more may have been made than nothing.
            let call = if heard > 0 { self.estimator.estimate(&call, heard) } else { call };
            closed.push(LedgerEntry { outcome: CallOutcome::Interrupted, estimated: true, ..call });
        }
        Ok(closed)
    }
}

fn tell(count: u64) {
    if count > 0 {
        metrics::counter!("vertice_ledger_interrupted_total").increment(count);
        tracing::info!(count, "provider calls that a process left open are billed by estimate");
    }
}
