//! Calls that a process left open when it went away: they are closed at the estimate of their beginning, so that reports
//! and quotas count them. Who is gone is the caller's to know; it must never be a process that still runs.

use vertice_domain::Result;
use vertice_ports::{Ledger, ledger::Gone};

/// Closes what `gone` processes left open; how many calls there were. To be called before the first request, and again
/// whenever other nodes turn out to be gone.
pub async fn close_left_open(ledger: &dyn Ledger, gone: &Gone) -> Result<u64> {
    let count = ledger.close_open(gone).await?;
    if count > 0 {
        metrics::counter!("vertice_ledger_interrupted_total").increment(count);
        tracing::info!(count, "provider calls that a process left open are billed by estimate");
    }
    Ok(count)
}
