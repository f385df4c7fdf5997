//! MCP servers and their tools.

use leptos::{prelude::*, server_fn::codec::Json};
use vertice_domain::{
    McpServer, McpTool, ServerName, ToolPermission,
    mcp::{McpLogLine, McpServerPatch},
};

use super::ApiError;

#[cfg(feature = "ssr")]
fn absent<T>() -> Result<T, ApiError> {
    Err(vertice_domain::Error::not_found("MCP host").into())
}

#[server(prefix = "/api/ui", endpoint = "mcp-servers", input = Json, output = Json)]
pub async fn mcp_servers() -> Result<Vec<McpServer>, ApiError> {
    absent()
}

#[server(prefix = "/api/ui", endpoint = "mcp-add", input = Json, output = Json)]
pub async fn add_mcp_servers(json: String) -> Result<Vec<McpServer>, ApiError> {
    drop(json);
    absent()
}

#[server(prefix = "/api/ui", endpoint = "mcp-change", input = Json, output = Json)]
pub async fn change_mcp_server(name: ServerName, patch: McpServerPatch) -> Result<McpServer, ApiError> {
    drop((name, patch));
    absent()
}

#[server(prefix = "/api/ui", endpoint = "mcp-remove", input = Json, output = Json)]
pub async fn remove_mcp_server(name: ServerName) -> Result<(), ApiError> {
    drop(name);
    absent()
}

#[server(prefix = "/api/ui", endpoint = "mcp-reconnect", input = Json, output = Json)]
pub async fn reconnect_mcp_server(name: ServerName) -> Result<McpServer, ApiError> {
    drop(name);
    absent()
}

#[server(prefix = "/api/ui", endpoint = "mcp-log", input = Json, output = Json)]
pub async fn mcp_server_log(name: ServerName) -> Result<Vec<McpLogLine>, ApiError> {
    drop(name);
    absent()
}

#[server(prefix = "/api/ui", endpoint = "mcp-tools", input = Json, output = Json)]
pub async fn mcp_tools() -> Result<Vec<McpTool>, ApiError> {
    absent()
}

#[server(prefix = "/api/ui", endpoint = "mcp-permit", input = Json, output = Json)]
pub async fn permit_tool(
    server: ServerName,
    tool: String,
    permission: ToolPermission,
) -> Result<McpTool, ApiError> {
    drop((server, tool, permission));
    absent()
}

#[server(prefix = "/api/ui", endpoint = "mcp-approve", input = Json, output = Json)]
pub async fn approve_tool(server: ServerName, tool: String, hash: String) -> Result<McpTool, ApiError> {
    drop((server, tool, hash));
    absent()
}
