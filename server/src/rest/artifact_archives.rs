//! Artifacts as zip archives.

use std::sync::Arc;

use axum::{body::Body, extract::State, response::Response};
use bytes::Bytes;
use http::{HeaderMap, header};
use serde::{Deserialize, Serialize};
use vertice_domain::{ConversationId, Error, ErrorKind, artifact::ArtifactDocument};
use vertice_ports::Artifacts;

use super::saved::saved;
use crate::{
    error::Failure,
    extract::{Json, May, Query, deed},
};

type Studio = State<Arc<dyn Artifacts>>;

/// Which conversation's.
#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct OfConversation {
    conversation_id: ConversationId,
}

/// All of a conversation's, as a zip archive.
#[utoipa::path(
    get, path = "/api/v1/artifacts/export", tag = "artifacts", params(OfConversation),
    responses((status = 200, description = "The archive", content((Vec<u8> = "application/zip"))))
)]
pub async fn export(
    May(actor, _): May<deed::ReadConversations>,
    Query(OfConversation { conversation_id }): Query<OfConversation>,
    State(artifacts): Studio,
) -> Result<Response, Failure> {
    let archive = artifacts.export(&actor, conversation_id).await?;
    let name = format!("attachment; filename=\"artifacts-{conversation_id}.zip\"");
    Ok(saved(Body::from(archive), "application/zip", &name)?)
}

/// Makes artifacts of all files of a zip archive of at most 10 MB, and new versions of those that are there.
///
/// All of it or nothing: an entry that is unsafe, too large or no text is named in `errors`.
#[utoipa::path(
    post, path = "/api/v1/artifacts/import", tag = "artifacts", params(OfConversation),
    request_body(content = Vec<u8>, content_type = "application/zip"),
    responses((status = 200, body = inline(Imported), description = "What is there now"))
)]
pub async fn import(
    May(actor, _): May<deed::WriteConversations>,
    Query(OfConversation { conversation_id }): Query<OfConversation>,
    State(artifacts): Studio,
    headers: HeaderMap,
    archive: Bytes,
) -> Result<Json<Imported>, Failure> {
    require_zip(&headers)?;
    Ok(Json(Imported { items: artifacts.import(&actor, conversation_id, archive).await? }))
}

/// What an import made or changed.
#[derive(Serialize, utoipa::ToSchema)]
pub struct Imported {
    items: Vec<ArtifactDocument>,
}

fn require_zip(headers: &HeaderMap) -> Result<(), Error> {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    if ["application/zip", "application/x-zip-compressed"].iter().any(|zip| kind.eq_ignore_ascii_case(zip)) {
        return Ok(());
    }
    let message = "Send a zip archive, with the header Content-Type: application/zip.";
    Err(Error::new(ErrorKind::UnsupportedMedia, "unsupported_media_type", message))
}
