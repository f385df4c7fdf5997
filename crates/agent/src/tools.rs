//! A server without tools.

use async_trait::async_trait;
use tokio_util::sync::CancellationToken;
use vertice_domain::{Actor, ConversationId, Outcome, Result};
use vertice_ports::{
    Tools,
    tools::{Permission, Tool, ToolOutput, ToolRequest},
};

/// No tools are connected: none is offered, and whatever a model calls all the same is refused.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoTools;

#[async_trait]
impl Tools for NoTools {
    async fn offered(&self, _: &Actor, _: ConversationId) -> Result<Vec<Tool>> {
        Ok(Vec::new())
    }

    async fn permission(&self, _: &Actor, request: &ToolRequest) -> Result<Permission> {
        Ok(Permission::Deny(format!("There is no tool named {:?}.", request.name)))
    }

    async fn always_allow(&self, _: &Actor, _: &ToolRequest) -> Result<()> {
        Ok(())
    }

    async fn call(&self, _: &Actor, request: ToolRequest, _: CancellationToken) -> ToolOutput {
        let content = format!("There is no tool named {:?}.", request.name);
        ToolOutput { outcome: Outcome::Failed, content, images: Vec::new() }
    }
}
