//! MCP servers: the caller's own and those that an admin shares. What is secret of them goes in and never comes out.

use std::sync::Arc;

use axum::extract::State;
use http::StatusCode;
use vertice_domain::{
    Error, McpServer, Page, ServerName,
    mcp::{McpLogLine, McpServerForm, McpServerPatch},
};
use vertice_ports::McpServers;

use super::pages::{by_key, by_place};
use crate::{
    error::Failure,
    extract::{Caller, Json, May, Origin, PageQuery, PathId, Query, deed},
};

/// Where a sign-in goes on.
#[derive(Debug, serde::Serialize, utoipa::ToSchema)]
pub struct SignIn {
    /// The address to open in the browser in which the caller is signed in here. It serves once, for 10 minutes.
    authorization_url: String,
}

type Servers = State<Arc<dyn McpServers>>;

/// The servers that the caller may use, by name. Looking starts what is enabled and does not run yet.
#[utoipa::path(
    get, path = "/api/v1/mcp/servers", tag = "tools", params(PageQuery),
    responses((status = 200, body = Page<McpServer>, description = "A page of them"))
)]
pub async fn list(
    Caller(actor): Caller,
    Query(page): Query<PageQuery>,
    State(servers): Servers,
) -> Result<Json<Page<McpServer>>, Failure> {
    let page = page.page()?;
    Ok(Json(by_key(servers.list(&actor).await?, &page, |server| server.name.to_string())?))
}

/// Adds a server and begins to connect to it. Programs, and what is shared or trusted, are for admins. A name that is taken: 409
/// with the code `name_taken`.
#[utoipa::path(
    post, path = "/api/v1/mcp/servers", tag = "tools", request_body = McpServerForm,
    responses((status = 201, body = McpServer, description = "It is added"))
)]
pub async fn add(
    May(actor, _): May<deed::WriteTools>,
    State(servers): Servers,
    Json(form): Json<McpServerForm>,
) -> Result<(StatusCode, Json<McpServer>), Failure> {
    Ok((StatusCode::CREATED, Json(servers.add(&actor, form.checked()?).await?)))
}

/// One server.
#[utoipa::path(
    get, path = "/api/v1/mcp/servers/{name}", tag = "tools", params(("name" = ServerName, Path)),
    responses((status = 200, body = McpServer, description = "It"))
)]
pub async fn get(
    Caller(actor): Caller,
    PathId(name): PathId<ServerName>,
    State(servers): Servers,
) -> Result<Json<McpServer>, Failure> {
    let found = servers.list(&actor).await?.into_iter().find(|server| server.name == name);
    Ok(Json(found.ok_or_else(|| Error::not_found("MCP server"))?))
}

/// Changes one of the caller's own; what is left out stays. A variable or header whose value is `********` keeps its value.
#[utoipa::path(
    patch, path = "/api/v1/mcp/servers/{name}", tag = "tools", params(("name" = ServerName, Path)),
    request_body = McpServerPatch, responses((status = 200, body = McpServer, description = "As it is now"))
)]
pub async fn change(
    May(actor, _): May<deed::WriteTools>,
    PathId(name): PathId<ServerName>,
    State(servers): Servers,
    Json(patch): Json<McpServerPatch>,
) -> Result<Json<McpServer>, Failure> {
    Ok(Json(servers.change(&actor, &name, patch).await?))
}

/// Ends and forgets one of the caller's own, with its permissions and sign-ins.
#[utoipa::path(
    delete, path = "/api/v1/mcp/servers/{name}", tag = "tools", params(("name" = ServerName, Path)),
    responses((status = 204, description = "It is gone"))
)]
pub async fn remove(
    Caller(actor): Caller,
    PathId(name): PathId<ServerName>,
    State(servers): Servers,
) -> Result<StatusCode, Failure> {
    servers.remove(&actor, &name).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Connects anew and waits for what comes of it. What is wrong stands in the server's `error`.
#[utoipa::path(
    post, path = "/api/v1/mcp/servers/{name}/reconnect", tag = "tools", params(("name" = ServerName, Path)),
    responses((status = 200, body = McpServer, description = "As it is now"))
)]
pub async fn reconnect(
    Caller(actor): Caller,
    PathId(name): PathId<ServerName>,
    State(servers): Servers,
) -> Result<Json<McpServer>, Failure> {
    Ok(Json(servers.reconnect(&actor, &name).await?))
}

/// What one of the caller's own wrote beside the protocol, and what was noted about it, oldest first.
#[utoipa::path(
    get, path = "/api/v1/mcp/servers/{name}/log", tag = "tools", params(("name" = ServerName, Path), PageQuery),
    responses((status = 200, body = Page<McpLogLine>, description = "A page of it"))
)]
pub async fn log(
    Caller(actor): Caller,
    PathId(name): PathId<ServerName>,
    Query(page): Query<PageQuery>,
    State(servers): Servers,
) -> Result<Json<Page<McpLogLine>>, Failure> {
    Ok(Json(by_place(servers.log(&actor, &name).await?, &page.page()?)?))
}

/// Begins to sign the caller in at a server whose status is `needs_auth` (OAuth 2.1). The browser comes back to `/mcp/callback`.
#[utoipa::path(
    post, path = "/api/v1/mcp/servers/{name}/sign-in", tag = "tools", params(("name" = ServerName, Path)),
    responses((status = 200, body = SignIn, description = "Where it goes on"))
)]
pub async fn sign_in(
    May(actor, _): May<deed::WriteTools>,
    PathId(name): PathId<ServerName>,
    Origin(origin): Origin,
    State(servers): Servers,
) -> Result<Json<SignIn>, Failure> {
    let authorization_url = servers.sign_in(&actor, &name, &origin).await?;
    Ok(Json(SignIn { authorization_url }))
}

/// Forgets what the caller is signed in with at a server.
#[utoipa::path(
    delete, path = "/api/v1/mcp/servers/{name}/sign-in", tag = "tools", params(("name" = ServerName, Path)),
    responses((status = 204, description = "It is forgotten"))
)]
pub async fn sign_out(
    Caller(actor): Caller,
    PathId(name): PathId<ServerName>,
    State(servers): Servers,
) -> Result<StatusCode, Failure> {
    servers.sign_out(&actor, &name).await?;
    Ok(StatusCode::NO_CONTENT)
}
