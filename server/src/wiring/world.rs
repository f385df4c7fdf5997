//! What a server finds around it, and tests may put in its place.

use std::sync::Arc;

use vertice_agent::NoTools;
use vertice_ports::{Clock, Tools};
use vertice_runtime::SystemClock;

/// The world of a server: as it is, unless said otherwise.
pub struct World {
    /// What is offered to models.
    pub tools: Arc<dyn Tools>,
    /// This machine's clock.
    pub clock: Arc<dyn Clock>,
}

impl Default for World {
    fn default() -> Self {
        Self { tools: Arc::new(NoTools), clock: Arc::new(SystemClock) }
    }
}
