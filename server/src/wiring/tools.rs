//! MCP servers, and the tools that they offer to models.

use std::sync::Arc;

use async_trait::async_trait;
use vertice_agent::NoTools;
use vertice_domain::{
    Action, Actor, Error, ErrorKind, McpServer, McpTool, Result, ServerName, ToolPermission,
    mcp::{McpLogLine, McpServerPatch, NewMcpServer},
};
use vertice_ports::{McpServers, Tools};

/// What models are offered, and what people do with it.
pub(super) struct Tooling {
    pub(super) tools: Arc<dyn Tools>,
    pub(super) mcp: Arc<dyn McpServers>,
}

impl Tooling {
    /// What the world puts in their place goes first.
    pub(super) fn new(tools: Option<Arc<dyn Tools>>, mcp: Option<Arc<dyn McpServers>>) -> Self {
        Self {
            tools: tools.unwrap_or_else(|| Arc::new(NoTools)),
            mcp: mcp.unwrap_or_else(|| Arc::new(NoServers)),
        }
    }
}

/// A server that connects to none.
struct NoServers;

fn none() -> Error {
    Error::not_found("MCP server")
}

#[async_trait]
impl McpServers for NoServers {
    async fn list(&self, actor: &Actor) -> Result<Vec<McpServer>> {
        actor.may(Action::ReadTools)?;
        Ok(Vec::new())
    }

    async fn add(&self, actor: &Actor, _: NewMcpServer) -> Result<McpServer> {
        actor.may(Action::WriteTools)?;
        Err(Error::new(ErrorKind::Unavailable, "no_mcp", "This server connects to no MCP servers."))
    }

    async fn change(&self, actor: &Actor, _: &ServerName, _: McpServerPatch) -> Result<McpServer> {
        actor.may(Action::WriteTools)?;
        Err(none())
    }

    async fn remove(&self, actor: &Actor, _: &ServerName) -> Result<()> {
        actor.may(Action::WriteTools)?;
        Err(none())
    }

    async fn reconnect(&self, actor: &Actor, _: &ServerName) -> Result<McpServer> {
        actor.may(Action::WriteTools)?;
        Err(none())
    }

    async fn log(&self, actor: &Actor, _: &ServerName) -> Result<Vec<McpLogLine>> {
        actor.may(Action::ReadTools)?;
        Err(none())
    }

    async fn tools(&self, actor: &Actor) -> Result<Vec<McpTool>> {
        actor.may(Action::ReadTools)?;
        Ok(Vec::new())
    }

    async fn permit(&self, actor: &Actor, _: &ServerName, _: &str, _: ToolPermission) -> Result<McpTool> {
        actor.may(Action::WriteTools)?;
        Err(none())
    }

    async fn approve(&self, actor: &Actor, _: &ServerName, _: &str, _: &str) -> Result<McpTool> {
        actor.may(Action::WriteTools)?;
        Err(none())
    }
}
