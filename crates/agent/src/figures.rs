//! The figures of `/metrics` that are about turns.

use std::time::Duration;

/// Counts a turn as running as long as it lives.
pub(crate) struct Running(());

impl Running {
    pub(crate) fn begin() -> Self {
        metrics::gauge!("vertice_turns_running").increment(1.0);
        Self(())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        metrics::gauge!("vertice_turns_running").decrement(1.0);
    }
}

/// A model said its first word, so long after it was asked.
pub(crate) fn first_token(after: Duration) {
    metrics::histogram!("vertice_turn_time_to_first_token_seconds").record(after.as_secs_f64());
}

/// A turn ended.
pub(crate) fn ended(finish_reason: &'static str) {
    metrics::counter!("vertice_turns_total", "finish_reason" => finish_reason).increment(1);
}
