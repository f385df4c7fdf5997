//! The files that conversations work on: listed, taken out and put in.

use std::sync::Arc;

use axum::{
    body::Body,
    extract::{Path, State},
    response::Response,
};
use bytes::Bytes;
use http::StatusCode;
use vertice_domain::{
    ConversationId, Error, ImageType,
    sandbox::{FilePath, WorkspaceListing},
};
use vertice_ports::{Workspaces, workspaces::Access};

use super::saved::saved;
use crate::{
    error::Failure,
    extract::{Caller, Json, May, PathId, deed},
};

type Opened = State<Arc<dyn Workspaces>>;

/// What a conversation's workspace holds: files, folders and links, in the order of their paths.
#[utoipa::path(
    get, path = "/api/v1/conversations/{id}/workspace", tag = "sandbox", params(("id" = ConversationId, Path)),
    responses((status = 200, body = WorkspaceListing))
)]
pub async fn list(
    Caller(actor): Caller,
    PathId(id): PathId<ConversationId>,
    State(workspaces): Opened,
) -> Result<Json<WorkspaceListing>, Failure> {
    Ok(Json(workspaces.open(&actor, id, Access::Read).await?.list().await?))
}

/// All of it as a zip archive. Links are left out.
#[utoipa::path(
    get, path = "/api/v1/conversations/{id}/workspace/archive", tag = "sandbox",
    params(("id" = ConversationId, Path)),
    responses((status = 200, description = "The archive", content((Vec<u8> = "application/zip"))))
)]
pub async fn archive(
    Caller(actor): Caller,
    PathId(id): PathId<ConversationId>,
    State(workspaces): Opened,
) -> Result<Response, Failure> {
    let archive = workspaces.open(&actor, id, Access::Read).await?.archive().await?;
    let name = format!("attachment; filename=\"workspace-{id}.zip\"");
    Ok(saved(Body::from_stream(archive), "application/zip", &name)?)
}

/// A file of it, of 10 MB at the most.
#[utoipa::path(
    get, path = "/api/v1/conversations/{id}/workspace/files/{path}", tag = "sandbox",
    params(("id" = ConversationId, Path), ("path" = String, Path, description = "Where in the workspace: `data/a.csv`")),
    responses((status = 200, description = "Its bytes", content(
        (Vec<u8> = "application/octet-stream"), (Vec<u8> = "image/png"), (Vec<u8> = "image/jpeg"),
        (Vec<u8> = "image/gif"), (Vec<u8> = "image/webp")
    )))
)]
pub async fn read(
    Caller(actor): Caller,
    Path((id, path)): Path<(String, String)>,
    State(workspaces): Opened,
) -> Result<Response, Failure> {
    let (id, path) = place(&id, &path)?;
    let content = workspaces.open(&actor, id, Access::Read).await?.read(&path).await?;
    let media_type = ImageType::of(&content).map_or("application/octet-stream", ImageType::as_str);
    // Its name is the address's last part, which the browser takes it from.
    Ok(saved(Body::from(content), media_type, "attachment")?)
}

/// Writes a file of 10 MB at the most, and the folders above it, in place of what stood there.
#[utoipa::path(
    put, path = "/api/v1/conversations/{id}/workspace/files/{path}", tag = "sandbox",
    params(("id" = ConversationId, Path), ("path" = String, Path, description = "Where in the workspace: `data/a.csv`")),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses((status = 204, description = "It is there"))
)]
pub async fn write(
    May(actor, _): May<deed::RunCode>,
    Path((id, path)): Path<(String, String)>,
    State(workspaces): Opened,
    content: Bytes,
) -> Result<StatusCode, Failure> {
    let (id, path) = place(&id, &path)?;
    workspaces.open(&actor, id, Access::Write).await?.write(&path, content.into()).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Takes a file away, or a folder with all that is in it.
#[utoipa::path(
    delete, path = "/api/v1/conversations/{id}/workspace/files/{path}", tag = "sandbox",
    params(("id" = ConversationId, Path), ("path" = String, Path, description = "Where in the workspace: `data/a.csv`")),
    responses((status = 204, description = "It is gone"))
)]
pub async fn remove(
    May(actor, _): May<deed::RunCode>,
    Path((id, path)): Path<(String, String)>,
    State(workspaces): Opened,
) -> Result<StatusCode, Failure> {
    let (id, path) = place(&id, &path)?;
    workspaces.open(&actor, id, Access::Write).await?.remove(&path).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn place(id: &str, path: &str) -> Result<(ConversationId, FilePath), Error> {
    let id = id.parse().map_err(|_| Error::not_found("conversation"))?;
    let path = FilePath::parse(path).map_err(|fault| Error::invalid_field("path", fault))?;
    Ok((id, path))
}
