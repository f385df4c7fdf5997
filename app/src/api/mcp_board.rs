//! What the page of MCP servers shows, in one answer, and everything that it asks for, in one function: each function and each
//! type of an answer weighs on everybody who loads the page. What is done is what the functions of [`super::mcp`] do.

use leptos::{prelude::*, server_fn::codec::Json};
use serde::{Deserialize, Serialize};
use vertice_domain::{McpServer, McpTool, ServerName, ToolPermission, mcp::McpServerPatch};

use super::ApiError;

/// The servers and their tools.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct McpBoard {
    pub servers: Vec<McpServer>,
    pub tools: Vec<McpTool>,
    /// Where the browser is to go.
    pub go: Option<String>,
}

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum McpWish {
    /// To see how it stands.
    Look,
    /// New servers, as JSON.
    Add(String),
    Change(ServerName, McpServerPatch),
    Remove(ServerName),
    Reconnect(ServerName),
    SignIn(ServerName),
    SignOut(ServerName),
    Permit(ServerName, String, ToolPermission),
    /// The tool of the server, and what it is approved as.
    Approve(ServerName, String, String),
}

/// Does what is asked for, and tells how it stands then.
#[server(name = AskMcp, prefix = "/api/ui", endpoint = "mcp-board", input = Json, output = Json)]
pub async fn mcp_board(wish: McpWish) -> Result<McpBoard, ApiError> {
    use super::mcp;
    let mut go = None;
    match wish {
        McpWish::Look => {}
        McpWish::Add(json) => drop(mcp::add_mcp_servers(json).await?),
        McpWish::Change(name, patch) => drop(mcp::change_mcp_server(name, patch).await?),
        McpWish::Remove(name) => mcp::remove_mcp_server(name).await?,
        McpWish::Reconnect(name) => drop(mcp::reconnect_mcp_server(name).await?),
        McpWish::SignIn(name) => go = Some(mcp::sign_in_mcp_server(name).await?),
        McpWish::SignOut(name) => mcp::sign_out_mcp_server(name).await?,
        McpWish::Permit(name, tool, permission) => drop(mcp::permit_tool(name, tool, permission).await?),
        McpWish::Approve(name, tool, hash) => drop(mcp::approve_tool(name, tool, hash).await?),
    }
    Ok(McpBoard { servers: mcp::mcp_servers().await?, tools: mcp::mcp_tools().await?, go })
}
