//! The figures for Prometheus, written at most once a second.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use bytes::Bytes;
use metrics_exporter_prometheus::PrometheusHandle;

/// How long a text holds.
const HOLDS: Duration = Duration::from_secs(1);

/// The figures, with the last text of them.
#[derive(Clone)]
pub struct Figures {
    handle: PrometheusHandle,
    last: Arc<Mutex<Option<(Instant, Bytes)>>>,
}

impl Figures {
    /// Nothing was written yet.
    pub fn new(handle: PrometheusHandle) -> Self {
        Self { handle, last: Arc::default() }
    }

    /// The text, or that of the last second.
    pub(super) fn text(&self) -> Bytes {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        match &*last {
            Some((written, text)) if written.elapsed() < HOLDS => text.clone(),
            _ => {
                let text = Bytes::from(self.handle.render());
                *last = Some((Instant::now(), text.clone()));
                text
            }
        }
    }
}
