//! A process like the server, with one program of an MCP server, for tests that kill it. Arguments: the keeper, then the
//! program and its arguments.

use std::{io::Write as _, sync::Arc};

use async_trait::async_trait;
use vertice_domain::{McpServerId, mcp::Transport};
use vertice_mcp::connection::{
    ConnectionKey, Connections as _, Dependencies, HttpClients, Limits, LiveConnections, NoSignIns, Programs,
    Target,
};
use vertice_ports::Ids as _;
use vertice_runtime::{SystemClock, SystemIds, Tasks};

struct Nowhere;

#[async_trait]
impl HttpClients for Nowhere {
    async fn client(&self, _: &url::Url, _: bool) -> Result<reqwest::Client, String> {
        Err("there is no network".into())
    }
}

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let mut words = std::env::args().skip(1);
    let (Some(keeper), Some(command)) = (words.next(), words.next()) else {
        return Err(std::io::ErrorKind::InvalidInput.into());
    };
    let connections = LiveConnections::new(Dependencies {
        programs: Programs { keeper: keeper.into(), folder: std::env::temp_dir().join("vertice-mcp-host") },
        http: Arc::new(Nowhere),
        sign_ins: Arc::new(NoSignIns),
        clock: Arc::new(SystemClock),
        tasks: Tasks::default(),
        limits: Limits { grace: std::time::Duration::from_millis(300), ..Limits::default() },
    });
    let target = Target {
        key: ConnectionKey { server: McpServerId::new(SystemIds.uuid()), user: None },
        transport: Transport::Stdio { command, args: words.collect(), env: [].into() },
        private_network: false,
        era: None,
    };
    connections.connect(target).await.map_err(std::io::Error::other)?;
    writeln!(std::io::stdout(), "connected")?;
    std::future::pending().await
}
