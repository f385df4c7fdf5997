//! Artifacts: files of conversations, and their versions.

use std::sync::Arc;

use axum::extract::{Path, State};
use http::StatusCode;
use serde::Deserialize;
use vertice_domain::{
    ArtifactId, ArtifactKind, ConversationId, Error,
    artifact::{ArtifactDocument, VersionDocument},
};
use vertice_ports::{
    Artifacts,
    artifacts::{ArtifactPatch, Made, NewArtifact, NewVersion},
};

use crate::{
    error::Failure,
    extract::{Caller, Json, May, PathId, Query, deed},
};

type Studio = State<Arc<dyn Artifacts>>;

/// How often another path is looked for where somebody else takes the one that was free.
const ATTEMPTS: usize = 10;

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
    let by = Made::ByPerson;
    let mut new = NewArtifact { conversation, path: String::new(), title, kind, language, content, note, by };
    let made = match path {
        Some(path) => artifacts.create(&actor, NewArtifact { path, ..new }).await?,
        None => {
            let Some(title) = new.title.clone() else {
                return Err(Error::invalid_field("path", "is required where there is no title").into());
            };
            let mut attempts = 0;
            loop {
                let language = new.language.as_deref();
                new.path = artifacts.free_path(&actor, conversation, &title, kind, language).await?;
                attempts += 1;
                match artifacts.create(&actor, new.clone()).await {
                    Err(error) if error.code == "path_taken" && attempts < ATTEMPTS => {}
                    made => break made?,
                }
            }
        }
    };
    Ok((StatusCode::CREATED, Json(made)))
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
