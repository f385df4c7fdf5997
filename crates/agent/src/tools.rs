//! A server without tools.

use async_trait::async_trait;
use vertice_domain::{Actor, Outcome, Result};
use vertice_ports::{
    Tools,
    tools::{Keep, Need, Permission, Running, Tool, ToolOutput, ToolRequest},
};

/// No tools are connected: none is offered, and whatever a model calls all the same is refused.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoTools;

#[async_trait]
impl Tools for NoTools {
    async fn offered(&self, _: &Actor, _: Need<'_>) -> Result<Vec<Tool>> {
        Ok(Vec::new())
    }

    async fn permission(&self, _: &Actor, request: &ToolRequest) -> Result<Permission> {
        Ok(Permission::Deny(format!("There is no tool named {:?}.", request.name)))
    }

    async fn keep(&self, _: &Actor, _: &ToolRequest, _: Keep) -> Result<()> {
        Ok(())
    }

    async fn call(&self, _: &Actor, request: ToolRequest, _: Running) -> ToolOutput {
        let content = format!("There is no tool named {:?}.", request.name);
        ToolOutput::told(Outcome::Failed, content)
    }
}
