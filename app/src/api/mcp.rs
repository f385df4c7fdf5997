//! What MCP servers offer beside tools.

use std::collections::BTreeMap;

use leptos::{prelude::*, server_fn::codec::Json};
use vertice_domain::{ServerName, mcp::McpOffers};

use super::ApiError;

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
