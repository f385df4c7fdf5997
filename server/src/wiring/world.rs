//! What a server finds around it, and tests may put in its place.

use std::{path::PathBuf, sync::Arc};

use vertice_egress::{Lookup, Rules, SystemLookup};
use vertice_ports::{Clock, McpServers, Tools};
use vertice_runtime::SystemClock;

/// The world of a server: as it is, unless said otherwise.
pub struct World {
    /// What is offered to models, in place of the tools of MCP servers.
    pub tools: Option<Arc<dyn Tools>>,
    /// In place of the MCP servers that people add.
    pub mcp: Option<Arc<dyn McpServers>>,
    /// The program `vertice`, which starts MCP servers' programs; none: this one.
    pub executable: Option<PathBuf>,
    /// This machine's clock.
    pub clock: Arc<dyn Clock>,
    /// Where code that is run finds the hosts that it may reach.
    pub internet: Internet,
}

/// The public internet. No setting makes anything else of it.
pub struct Internet {
    pub rules: Rules,
    pub lookup: Arc<dyn Lookup>,
}

impl Default for Internet {
    fn default() -> Self {
        Self { rules: Rules::PUBLIC, lookup: Arc::new(SystemLookup) }
    }
}

impl Default for World {
    fn default() -> Self {
        Self {
            tools: None,
            mcp: None,
            executable: None,
            clock: Arc::new(SystemClock),
            internet: Internet::default(),
        }
    }
}
