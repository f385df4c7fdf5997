//! `/artifacts/{id}`: the link to one artifact, for its owner. It leads to where the artifact is shown alone; with `?offline=1` it
//! is the artifact itself, in one file with all that it is shown with.

use std::sync::Arc;

use axum::{
    Router,
    body::Body,
    extract::{Path, Request, State},
    response::{IntoResponse as _, Redirect, Response},
    routing::get,
};
use futures::{StreamExt as _, TryStreamExt as _, stream};
use serde::Deserialize;
use vertice_app::next::{Next, SIGN_IN};
use vertice_bundles::{Kind, Source, stand_alone};
use vertice_domain::{Actor, Artifact, ArtifactId, ArtifactKind, Error, Result, artifact::ArtifactDocument};
use vertice_ports::Artifacts;

use crate::{
    error::Failure, extract::Query, layers::authentication::Identity, rest::saved::saved, state::AppState,
};

/// How many contents are read at the same time.
const AT_ONCE: usize = 8;

#[derive(Deserialize)]
struct Wish {
    offline: Option<String>,
}

pub fn routes() -> Router<AppState> {
    Router::new().route("/artifacts/{id}", get(follow))
}

async fn follow(
    Path(id): Path<String>,
    Query(wish): Query<Wish>,
    State(artifacts): State<Arc<dyn Artifacts>>,
    request: Request,
) -> std::result::Result<Response, Failure> {
    let Some(actor) = request.extensions().get::<Identity>().and_then(Identity::actor) else {
        let door = Next::to(request.uri().path(), "").behind(SIGN_IN);
        return Ok(Redirect::to(&door).into_response());
    };
    let id: ArtifactId = id.parse().map_err(|_| Error::not_found("artifact"))?;
    let document = artifacts.get(actor, id).await?;
    if wish.offline.is_some() {
        return Ok(alone(&*artifacts, actor, document).await?);
    }
    let Artifact { conversation_id, .. } = document.artifact;
    Ok(Redirect::to(&format!("/c/{conversation_id}?artifact={id}&wide=1")).into_response())
}

async fn alone(artifacts: &dyn Artifacts, actor: &Actor, document: ArtifactDocument) -> Result<Response> {
    let kind = match document.artifact.kind {
        ArtifactKind::Html => Kind::Html,
        ArtifactKind::React => Kind::React,
        ArtifactKind::Svg => Kind::Svg,
        ArtifactKind::Mermaid => Kind::Mermaid,
        ArtifactKind::Code | ArtifactKind::Markdown | ArtifactKind::Json => {
            let message = "has nothing that runs: download the file itself";
            return Err(Error::invalid_field("offline", message));
        }
    };
    let others = artifacts.paths(actor, document.artifact.conversation_id).await?;
    let all = stream::iter(others).map(|other| artifacts.get(actor, other.id)).buffered(AT_ONCE);
    let all: Vec<ArtifactDocument> = all.try_collect().await?;
    let sources: Vec<Source<'_>> =
        all.iter().map(|one| Source { path: one.artifact.path.as_str(), content: &one.content }).collect();
    let page = stand_alone(kind, document.artifact.path.as_str(), &sources);
    let name = format!("attachment; filename=\"artifact-{}.html\"", document.artifact.id);
    saved(Body::from(page), "text/html; charset=utf-8", &name)
}
