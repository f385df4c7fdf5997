//! MCP servers, their tools and what these may do.

use std::collections::BTreeMap;

use leptos::{prelude::*, server_fn::codec::Json};
use vertice_domain::{
    McpServer, McpTool, ServerName, ToolPermission,
    mcp::{McpLogLine, McpOffers, McpServerPatch},
};

use super::ApiError;

/// The servers that the user may use. Looking starts what is enabled and does not run yet.
#[server(name = ReadMcpServers, prefix = "/api/ui", endpoint = "mcp-servers", input = Json, output = Json)]
pub async fn mcp_servers() -> Result<Vec<McpServer>, ApiError> {
    let (services, actor) = crate::ssr::caller()?;
    Ok(services.mcp.list(&actor).await?)
}

/// Adds the servers of a text such as other hosts take: all of them or none. A fault names the entry.
#[server(prefix = "/api/ui", endpoint = "add-mcp-servers", input = Json, output = Json)]
pub async fn add_mcp_servers(json: String) -> Result<Vec<McpServer>, ApiError> {
    let (services, actor) = crate::ssr::caller()?;
    let mut added = Vec::new();
    for server in vertice_domain::mcp::pasted::servers(&json)? {
        let name = server.name.clone();
        match services.mcp.add(&actor, server).await {
            Ok(server) => added.push(server),
            Err(error) => {
                for before in &added {
                    services.mcp.remove(&actor, &before.name).await?;
                }
                return Err(vertice_domain::mcp::pasted::of_entry(&name, error).into());
            }
        }
    }
    Ok(added)
}

/// Changes one of the user's own servers.
#[server(prefix = "/api/ui", endpoint = "change-mcp-server", input = Json, output = Json)]
pub async fn change_mcp_server(name: ServerName, patch: McpServerPatch) -> Result<McpServer, ApiError> {
    let (services, actor) = crate::ssr::caller()?;
    Ok(services.mcp.change(&actor, &name, patch).await?)
}

/// Ends and forgets one of the user's own servers.
#[server(prefix = "/api/ui", endpoint = "remove-mcp-server", input = Json, output = Json)]
pub async fn remove_mcp_server(name: ServerName) -> Result<(), ApiError> {
    let (services, actor) = crate::ssr::caller()?;
    Ok(services.mcp.remove(&actor, &name).await?)
}

/// Connects anew and waits for what comes of it.
#[server(prefix = "/api/ui", endpoint = "reconnect-mcp-server", input = Json, output = Json)]
pub async fn reconnect_mcp_server(name: ServerName) -> Result<McpServer, ApiError> {
    let (services, actor) = crate::ssr::caller()?;
    Ok(services.mcp.reconnect(&actor, &name).await?)
}

/// What one of the user's own servers wrote beside the protocol, oldest first.
#[server(prefix = "/api/ui", endpoint = "mcp-server-log", input = Json, output = Json)]
pub async fn mcp_server_log(name: ServerName) -> Result<Vec<McpLogLine>, ApiError> {
    let (services, actor) = crate::ssr::caller()?;
    Ok(services.mcp.log(&actor, &name).await?)
}

/// The tools of all these servers.
#[server(name = ReadMcpTools, prefix = "/api/ui", endpoint = "mcp-tools", input = Json, output = Json)]
pub async fn mcp_tools() -> Result<Vec<McpTool>, ApiError> {
    let (services, actor) = crate::ssr::caller()?;
    Ok(services.mcp.tools(&actor).await?)
}

/// What the servers offer beside tools.
#[server(name = ReadMcpOffers, prefix = "/api/ui", endpoint = "mcp-offers", input = Json, output = Json)]
pub async fn mcp_offers() -> Result<McpOffers, ApiError> {
    let (services, actor) = crate::ssr::caller()?;
    Ok(services.mcp.offers(&actor).await?)
}

/// The text of a server's prompt with these arguments.
#[server(prefix = "/api/ui", endpoint = "mcp-prompt", input = Json, output = Json)]
pub async fn mcp_prompt(
    server: ServerName,
    name: String,
    arguments: BTreeMap<String, String>,
) -> Result<String, ApiError> {
    let (services, actor) = crate::ssr::caller()?;
    Ok(services.mcp.prompt(&actor, &server, name, arguments).await?)
}

/// Says whether the user's turns may call a tool.
#[server(prefix = "/api/ui", endpoint = "permit-tool", input = Json, output = Json)]
pub async fn permit_tool(
    server: ServerName,
    tool: String,
    permission: ToolPermission,
) -> Result<McpTool, ApiError> {
    let (services, actor) = crate::ssr::caller()?;
    Ok(services.mcp.permit(&actor, &server, &tool, permission).await?)
}

/// Approves a tool that its server has changed, as it was seen.
#[server(prefix = "/api/ui", endpoint = "approve-tool", input = Json, output = Json)]
pub async fn approve_tool(server: ServerName, tool: String, hash: String) -> Result<McpTool, ApiError> {
    let (services, actor) = crate::ssr::caller()?;
    Ok(services.mcp.approve(&actor, &server, &tool, &hash).await?)
}

/// Begins to sign the user in at a server: where the browser is to go.
#[server(prefix = "/api/ui", endpoint = "sign-in-mcp-server", input = Json, output = Json)]
pub async fn sign_in_mcp_server(name: ServerName) -> Result<String, ApiError> {
    let (services, actor) = crate::ssr::caller()?;
    Ok(services.mcp.sign_in(&actor, &name, &crate::ssr::origin()?).await?)
}

/// Forgets what the user is signed in with at a server.
#[server(prefix = "/api/ui", endpoint = "sign-out-mcp-server", input = Json, output = Json)]
pub async fn sign_out_mcp_server(name: ServerName) -> Result<(), ApiError> {
    let (services, actor) = crate::ssr::caller()?;
    Ok(services.mcp.sign_out(&actor, &name).await?)
}
