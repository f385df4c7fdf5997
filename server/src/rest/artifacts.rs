//! Artifacts: files of conversations, their versions, and archives of them.

use std::sync::Arc;

use axum::{
    body::Body,
    extract::{Path, State},
    response::Response,
};
use bytes::Bytes;
use futures::{StreamExt as _, TryStreamExt as _, stream};
use http::{HeaderMap, StatusCode, header};
use serde::Deserialize;
use vertice_domain::{
    ArtifactId, ArtifactKind, ConversationId, Error, ErrorKind, Page, PageRequest,
    artifact::{ArtifactDocument, VersionDocument},
};
use vertice_ports::{
    Artifacts,
    artifacts::{ArtifactPatch, Made, NewArtifact, NewVersion},
};

use super::saved::saved;
use crate::{
    error::Failure,
    extract::{Caller, Json, May, PageQuery, PathId, Query, deed},
};

type Studio = State<Arc<dyn Artifacts>>;

/// How many contents of a page are read at the same time.
const AT_ONCE: usize = 8;

/// What a list of artifacts takes.
#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ListQuery {
    /// Of this conversation; of all of the caller's own, if it is left out.
    conversation_id: Option<ConversationId>,
    /// Items on a page, 1 to 100; 50 unless said.
    #[param(minimum = 1, maximum = 100)]
    limit: Option<u32>,
    /// Where to go on: the `next_cursor` of the page before.
    cursor: Option<String>,
}

/// Which conversation's.
#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct OfConversation {
    conversation_id: ConversationId,
}

/// An artifact to be made.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateArtifact {
    conversation_id: ConversationId,
    /// Where it is to be: `src/App.tsx`. If it is left out, it follows from the title.
    path: Option<String>,
    title: Option<String>,
    /// What it is shown as. If it is left out, it follows from the path.
    r#type: Option<ArtifactKind>,
    /// What it is written in. If it is left out, it follows from the path.
    language: Option<String>,
    /// At most 1 MB.
    content: String,
    /// What its first version is for.
    #[serde(default)]
    note: String,
}

/// A new version.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WriteArtifact {
    content: String,
    /// The version that it was made from.
    expected_version: u32,
    /// What it is for.
    #[serde(default)]
    note: String,
}

/// What is to be different; what is left out stays.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PatchArtifact {
    title: Option<String>,
    path: Option<String>,
    r#type: Option<ArtifactKind>,
}

/// Which version is to be had again.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RestoreArtifact {
    version: u32,
}

/// Which versions are compared.
#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct DiffQuery {
    /// The one before `to`, if it is left out.
    from: Option<u32>,
    /// The newest, if it is left out.
    to: Option<u32>,
}

/// Artifacts with their newest content, in the order in which they were made.
#[utoipa::path(
    get, path = "/api/v1/artifacts", tag = "artifacts", params(ListQuery),
    responses((status = 200, body = Page<ArtifactDocument>, description = "A page of them"))
)]
pub async fn list(
    Caller(actor): Caller,
    Query(query): Query<ListQuery>,
    State(artifacts): Studio,
) -> Result<Json<Page<ArtifactDocument>>, Failure> {
    let page = PageRequest::new(query.limit, query.cursor)?;
    let Page { items, next_cursor } = artifacts.list(&actor, query.conversation_id, &page).await?;
    let contents = stream::iter(items).map(|artifact| artifacts.get(&actor, artifact.id)).buffered(AT_ONCE);
    Ok(Json(Page { items: contents.try_collect().await?, next_cursor }))
}

/// Makes an artifact.
#[utoipa::path(
    post, path = "/api/v1/artifacts", tag = "artifacts", request_body = CreateArtifact,
    responses((status = 201, body = ArtifactDocument), (status = 409, description = "The path is taken"))
)]
pub async fn create(
    May(actor, _): May<deed::WriteConversations>,
    State(artifacts): Studio,
    Json(wanted): Json<CreateArtifact>,
) -> Result<(StatusCode, Json<ArtifactDocument>), Failure> {
    let CreateArtifact { conversation_id: conversation, path, title, r#type: kind, language, content, note } =
        wanted;
    let path = match (path, &title) {
        (Some(path), _) => path,
        (None, Some(title)) => {
            artifacts.free_path(&actor, conversation, title, kind, language.as_deref()).await?
        }
        (None, None) => {
            return Err(Error::invalid_field("path", "is required where there is no title").into());
        }
    };
    let new = NewArtifact { conversation, path, title, kind, language, content, note, by: Made::ByPerson };
    Ok((StatusCode::CREATED, Json(artifacts.create(&actor, new).await?)))
}

/// One, with its newest content.
#[utoipa::path(
    get, path = "/api/v1/artifacts/{id}", tag = "artifacts", params(("id" = ArtifactId, Path)),
    responses((status = 200, body = ArtifactDocument))
)]
pub async fn get(
    Caller(actor): Caller,
    PathId(id): PathId<ArtifactId>,
    State(artifacts): Studio,
) -> Result<Json<ArtifactDocument>, Failure> {
    Ok(Json(artifacts.get(&actor, id).await?))
}

/// Adds a version. One that changes nothing is not added.
#[utoipa::path(
    put, path = "/api/v1/artifacts/{id}", tag = "artifacts", params(("id" = ArtifactId, Path)),
    request_body = WriteArtifact,
    responses((status = 200, body = ArtifactDocument), (status = 409, description = "Another version is the newest one"))
)]
pub async fn write(
    May(actor, _): May<deed::WriteConversations>,
    PathId(id): PathId<ArtifactId>,
    State(artifacts): Studio,
    Json(wanted): Json<WriteArtifact>,
) -> Result<Json<ArtifactDocument>, Failure> {
    let WriteArtifact { content, expected_version, note } = wanted;
    let new = NewVersion { content, expected: Some(expected_version), note, by: Made::ByPerson };
    Ok(Json(artifacts.write(&actor, id, new).await?))
}

/// Renames or moves it, or shows it as something else.
#[utoipa::path(
    patch, path = "/api/v1/artifacts/{id}", tag = "artifacts", params(("id" = ArtifactId, Path)),
    request_body = PatchArtifact,
    responses((status = 200, body = ArtifactDocument), (status = 409, description = "The path is taken"))
)]
pub async fn patch(
    May(actor, _): May<deed::WriteConversations>,
    PathId(id): PathId<ArtifactId>,
    State(artifacts): Studio,
    Json(PatchArtifact { title, path, r#type: kind }): Json<PatchArtifact>,
) -> Result<Json<ArtifactDocument>, Failure> {
    Ok(Json(artifacts.patch(&actor, id, ArtifactPatch { title, path, kind }).await?))
}

/// Takes it away, with all its versions.
#[utoipa::path(
    delete, path = "/api/v1/artifacts/{id}", tag = "artifacts", params(("id" = ArtifactId, Path)),
    responses((status = 204, description = "It is gone"))
)]
pub async fn delete(
    May(actor, _): May<deed::WriteConversations>,
    PathId(id): PathId<ArtifactId>,
    State(artifacts): Studio,
) -> Result<StatusCode, Failure> {
    artifacts.delete(&actor, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Its versions with their contents, the newest first.
#[utoipa::path(
    get, path = "/api/v1/artifacts/{id}/versions", tag = "artifacts",
    params(("id" = ArtifactId, Path), PageQuery),
    responses((status = 200, body = Page<VersionDocument>, description = "A page of them"))
)]
pub async fn versions(
    Caller(actor): Caller,
    PathId(id): PathId<ArtifactId>,
    Query(page): Query<PageQuery>,
    State(artifacts): Studio,
) -> Result<Json<Page<VersionDocument>>, Failure> {
    let Page { items, next_cursor } = artifacts.versions(&actor, id, &page.page()?).await?;
    let contents = stream::iter(items).map(|item| artifacts.version(&actor, id, item.version));
    Ok(Json(Page { items: contents.buffered(AT_ONCE).try_collect().await?, next_cursor }))
}

/// One of its versions.
#[utoipa::path(
    get, path = "/api/v1/artifacts/{id}/versions/{version}", tag = "artifacts",
    params(("id" = ArtifactId, Path), ("version" = u32, Path)), responses((status = 200, body = VersionDocument))
)]
pub async fn version(
    Caller(actor): Caller,
    Path((id, version)): Path<(String, String)>,
    State(artifacts): Studio,
) -> Result<Json<VersionDocument>, Failure> {
    let id = id.parse().map_err(|_| Error::not_found("artifact"))?;
    let version = version.parse().map_err(|_| Error::not_found("version"))?;
    Ok(Json(artifacts.version(&actor, id, version).await?))
}

/// Makes a new version of an old one.
#[utoipa::path(
    post, path = "/api/v1/artifacts/{id}/restore", tag = "artifacts", params(("id" = ArtifactId, Path)),
    request_body = RestoreArtifact, responses((status = 200, body = ArtifactDocument))
)]
pub async fn restore(
    May(actor, _): May<deed::WriteConversations>,
    PathId(id): PathId<ArtifactId>,
    State(artifacts): Studio,
    Json(RestoreArtifact { version }): Json<RestoreArtifact>,
) -> Result<Json<ArtifactDocument>, Failure> {
    Ok(Json(artifacts.restore(&actor, id, version).await?))
}

/// What is different between two versions, as a unified diff; nothing where they are the same.
#[utoipa::path(
    get, path = "/api/v1/artifacts/{id}/diff", tag = "artifacts", params(("id" = ArtifactId, Path), DiffQuery),
    responses((status = 200, body = String, content_type = "text/plain"))
)]
pub async fn diff(
    Caller(actor): Caller,
    PathId(id): PathId<ArtifactId>,
    Query(DiffQuery { from, to }): Query<DiffQuery>,
    State(artifacts): Studio,
) -> Result<String, Failure> {
    let to = match to {
        Some(to) => to,
        None => artifacts.get(&actor, id).await?.artifact.version,
    };
    let from = from.unwrap_or_else(|| to.saturating_sub(1).max(1));
    Ok(artifacts.diff(&actor, id, from, to).await?)
}

/// All of a conversation's, as a zip archive.
#[utoipa::path(
    get, path = "/api/v1/artifacts/export", tag = "artifacts", params(OfConversation),
    responses((status = 200, description = "The archive", content((Vec<u8> = "application/zip"))))
)]
pub async fn export(
    Caller(actor): Caller,
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
#[derive(serde::Serialize, utoipa::ToSchema)]
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
