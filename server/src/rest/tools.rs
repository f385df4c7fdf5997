//! The tools of MCP servers, and whether they may be called.

use std::sync::Arc;

use axum::extract::{FromRequestParts, Path, State};
use http::request::Parts;
use serde::Deserialize;
use vertice_domain::{Error, McpTool, Page, ServerName, mcp::ToolPatch};
use vertice_ports::McpServers;

use super::pages::by_key;
use crate::{
    error::Failure,
    extract::{Caller, Json, May, PageQuery, Query, deed},
};

type Servers = State<Arc<dyn McpServers>>;

/// A tool in the path. What cannot be one is not found.
pub struct ToolPath {
    server: ServerName,
    tool: String,
}

impl<S: Send + Sync> FromRequestParts<S> for ToolPath {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
        let none = || Failure::from(Error::not_found("tool"));
        let Path((server, tool)) =
            Path::<(String, String)>::from_request_parts(parts, state).await.map_err(|_| none())?;
        Ok(Self { server: server.try_into().map_err(|_| none())?, tool })
    }
}

/// Every tool of the servers that the caller may use, by server. `name` is the server's own.
#[utoipa::path(
    get, path = "/api/v1/tools", tag = "tools", params(PageQuery),
    responses((status = 200, body = Page<McpTool>, description = "A page of them"))
)]
pub async fn list(
    Caller(actor): Caller,
    Query(page): Query<PageQuery>,
    State(servers): Servers,
) -> Result<Json<Page<McpTool>>, Failure> {
    let page = page.page()?;
    // Names of servers hold no slash.
    let key = |tool: &McpTool| format!("{}/{}", tool.server, tool.name);
    Ok(Json(by_key(servers.tools(&actor).await?, &page, key)?))
}

/// Says whether the caller's turns may call a tool, and with which arguments. Deny goes before ask, and ask before allow; a rule
/// that cannot be read for the arguments of a call never allows it.
#[utoipa::path(
    patch, path = "/api/v1/tools/{server}/{name}", tag = "tools",
    params(("server" = ServerName, Path), ("name" = String, Path)),
    request_body = ToolPatch, responses((status = 200, body = McpTool, description = "As it is now"))
)]
pub async fn permit(
    May(actor, _): May<deed::WriteTools>,
    path: ToolPath,
    State(servers): Servers,
    Json(patch): Json<ToolPatch>,
) -> Result<Json<McpTool>, Failure> {
    Ok(Json(servers.permit(&actor, &path.server, &path.tool, patch).await?))
}

/// What was looked at and is approved.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SeenChange {
    /// The `hash` of the tool's `change`.
    hash: String,
}

/// Approves a tool that its server has changed, so that it is offered again. If it has changed once more: 409.
#[utoipa::path(
    post, path = "/api/v1/tools/{server}/{name}/approve", tag = "tools",
    params(("server" = ServerName, Path), ("name" = String, Path)),
    request_body = SeenChange, responses((status = 200, body = McpTool, description = "As it is now"))
)]
pub async fn approve(
    May(actor, _): May<deed::WriteTools>,
    path: ToolPath,
    State(servers): Servers,
    Json(seen): Json<SeenChange>,
) -> Result<Json<McpTool>, Failure> {
    Ok(Json(servers.approve(&actor, &path.server, &path.tool, &seen.hash).await?))
}
