//! `/artifacts/{id}`: the link to one artifact, for its owner. It leads to where the artifact is shown alone; with `?offline=1` it
//! is the artifact itself, in one file with all that it is shown with. `/artifacts` takes the form with which a file of a workspace
//! becomes one.

use std::sync::Arc;

use axum::{
    Form, Router,
    body::Body,
    extract::{Path, Request, State, rejection::FormRejection},
    response::{IntoResponse as _, Redirect, Response},
    routing::{get, post},
};
use futures::{StreamExt as _, TryStreamExt as _, stream};
use serde::Deserialize;
use tokio::sync::Semaphore;
use vertice_app::next::{Next, SIGN_IN};
use vertice_bundles::{Kind, Source, stand_alone};
use vertice_domain::{
    Actor, Artifact, ArtifactId, ArtifactKind, ConversationId, Error, ErrorKind, Result,
    artifact::ArtifactDocument, sandbox::FilePath,
};
use vertice_ports::{
    Artifacts, Services,
    artifacts::{Made, NewArtifact, NewVersion},
    workspaces::Access,
};

use crate::{
    error::Failure,
    extract::{Caller, Query},
    layers::authentication::Identity,
    rest::saved::saved,
    state::AppState,
};

/// How many contents are read at the same time.
const AT_ONCE: usize = 8;
/// The most bytes of sources that go into one page, and how many pages are made at the same time.
const MOST_ALONE: u64 = 20 * 1024 * 1024;
static ROOM: Semaphore = Semaphore::const_new(2);

#[derive(Deserialize)]
struct Wish {
    offline: Option<String>,
}

pub fn routes() -> Router<AppState> {
    Router::new().route("/artifacts", post(take)).route("/artifacts/{id}", get(follow))
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

/// A file of a workspace.
#[derive(Deserialize)]
struct Taken {
    conversation: ConversationId,
    path: String,
}

/// Makes an artifact of a file: at its path, or a new version of the one that is there.
async fn take(
    State(services): State<Services>,
    Caller(actor): Caller,
    form: Result<Form<Taken>, FormRejection>,
) -> std::result::Result<Redirect, Failure> {
    let unread = |_| Error::invalid_field("path", "must be sent with the conversation, as a form");
    let Form(Taken { conversation, path }) = form.map_err(unread)?;
    let file = FilePath::parse(&path).map_err(|fault| Error::invalid_field("path", fault))?;
    let workspace = services.workspaces.open(&actor, conversation, Access::Read).await?;
    let content = workspace.read(&file).await?;
    let content = String::from_utf8(content)
        .map_err(|_| Error::invalid_field("path", "is no text, and artifacts are"))?;
    let (note, by) = (String::new(), Made::ByPerson);
    let made = match services.artifacts.at(&actor, conversation, &path).await? {
        Some(there) => {
            let new = NewVersion { content, expected: Some(there.artifact.version), note, by };
            services.artifacts.write(&actor, there.artifact.id, new).await?
        }
        None => {
            let new = NewArtifact {
                conversation,
                path,
                title: None,
                kind: None,
                language: None,
                content,
                note,
                by,
            };
            services.artifacts.create(&actor, new).await?
        }
    };
    Ok(Redirect::to(&format!("/c/{conversation}?artifact={}", made.artifact.id)))
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
    let total: u64 = others.iter().map(|other| other.size).sum();
    if total > MOST_ALONE {
        let message = "The artifacts of this conversation are too large to go into one page. Download the files themselves.";
        return Err(Error::new(ErrorKind::TooLarge, "artifact_too_large", message));
    }
    let _room = ROOM.acquire().await.map_err(|_closed| Error::internal())?;
    let all = stream::iter(others).map(|other| artifacts.get(actor, other.id)).buffered(AT_ONCE);
    let all: Vec<ArtifactDocument> = all.try_collect().await?;
    let path = document.artifact.path.clone();
    let made = tokio::task::spawn_blocking(move || {
        let sources: Vec<Source<'_>> = all
            .iter()
            .map(|one| Source { path: one.artifact.path.as_str(), content: &one.content })
            .collect();
        stand_alone(kind, path.as_str(), &sources)
    });
    let page = made.await.map_err(|_panic| Error::internal())?;
    let name = format!("attachment; filename=\"artifact-{}.html\"", document.artifact.id);
    saved(Body::from(page), "text/html; charset=utf-8", &name)
}
