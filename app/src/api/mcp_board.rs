//! What the page of MCP servers shows, in one answer, and everything that is asked about them, in one function: each function and
//! each type of an answer weighs on everybody who loads the page.

use leptos::{prelude::*, server_fn::codec::Json};
use serde::{Deserialize, Serialize};
use vertice_domain::{
    ConversationId, McpServer, McpTool, ServerName,
    mcp::{McpLogLine, McpServerPatch, ToolPatch},
};

use super::ApiError;

/// The servers and their tools.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct McpBoard {
    pub servers: Vec<McpServer>,
    pub tools: Vec<McpTool>,
    /// Where the browser is to go.
    pub go: Option<String>,
    /// What a server wrote beside the protocol, oldest first, where that was asked for.
    pub log: Option<Vec<McpLogLine>>,
}

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum McpWish {
    /// To see how it stands. Looking starts what is enabled and does not run yet.
    Look,
    /// New servers, as JSON.
    Add(String),
    Change(ServerName, McpServerPatch),
    Remove(ServerName),
    /// To connect anew, and to wait for what comes of it.
    Reconnect(ServerName),
    Log(ServerName),
    /// And the conversation that the browser is to come back to; none: to the page of servers.
    SignIn(ServerName, Option<ConversationId>),
    SignOut(ServerName),
    Permit(ServerName, String, ToolPatch),
    /// The tool of the server, and what it is approved as.
    Approve(ServerName, String, String),
}

/// Does what is asked for, and tells how it stands then.
#[server(name = AskMcp, prefix = "/api/ui", endpoint = "mcp-board", input = Json, output = Json)]
pub async fn mcp_board(wish: McpWish) -> Result<McpBoard, ApiError> {
    crate::ssr::board(wish).await
}
