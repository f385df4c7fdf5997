//! Lists of artifacts and of their versions, with contents.

use std::sync::Arc;

use axum::extract::State;
use futures::{StreamExt as _, TryStreamExt as _, stream};
use serde::{Deserialize, Serialize};
use vertice_domain::{
    Artifact, ArtifactId, ArtifactVersion, ConversationId, Error, Page, PageRequest,
    artifact::CONTENT_MISSING,
};
use vertice_ports::Artifacts;

use crate::{
    error::Failure,
    extract::{Caller, Json, PageQuery, PathId, Query},
};

type Studio = State<Arc<dyn Artifacts>>;

/// How many contents of a page are read at the same time.
const AT_ONCE: usize = 8;

/// The most bytes of contents on one page. What goes over it comes on the next one.
const MOST_ON_PAGE: u64 = 8 * 1024 * 1024;

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

/// An artifact of a list.
#[derive(Serialize, utoipa::ToSchema)]
pub struct ListedArtifact {
    #[serde(flatten)]
    artifact: Artifact,
    /// Null: it is damaged or gone, and the log of the server says so.
    content: Option<String>,
}

/// A version of a list.
#[derive(Serialize, utoipa::ToSchema)]
pub struct ListedVersion {
    #[serde(flatten)]
    version: ArtifactVersion,
    /// Null: it is damaged or gone, and the log of the server says so.
    content: Option<String>,
}

/// How many of them fit onto a page; the first one always does.
fn fitting(sizes: impl Iterator<Item = u64>) -> usize {
    let sums = sizes.scan(0_u64, |sum, size| {
        *sum = sum.saturating_add(size);
        Some(*sum)
    });
    sums.take_while(|sum| *sum <= MOST_ON_PAGE).count().max(1)
}

/// The same page with so many items.
fn shorter(page: PageRequest, items: usize) -> Result<PageRequest, Error> {
    PageRequest::new(Some(u32::try_from(items).unwrap_or(PageRequest::MAX)), page.cursor)
}

/// The content of an item of a list: one that cannot be read leaves the others as they are.
fn listed(content: Result<String, Error>) -> Result<Option<String>, Error> {
    match content {
        Ok(content) => Ok(Some(content)),
        Err(error) if error.code == CONTENT_MISSING => Ok(None),
        Err(error) => Err(error),
    }
}

/// Artifacts with their newest content, in the order in which they were made. A page holds at most 8 MB of contents, so that it may
/// hold fewer items than were asked for.
#[utoipa::path(
    get, path = "/api/v1/artifacts", tag = "artifacts", params(ListQuery),
    responses((status = 200, body = Page<ListedArtifact>, description = "A page of them"))
)]
pub async fn list(
    Caller(actor): Caller,
    Query(query): Query<ListQuery>,
    State(artifacts): Studio,
) -> Result<Json<Page<ListedArtifact>>, Failure> {
    let page = PageRequest::new(query.limit, query.cursor)?;
    let mut found = artifacts.list(&actor, query.conversation_id, &page).await?;
    let fitting = fitting(found.items.iter().map(|artifact| artifact.size));
    if fitting < found.items.len() {
        found = artifacts.list(&actor, query.conversation_id, &shorter(page, fitting)?).await?;
    }
    let with_content = |artifact: Artifact| async {
        let found = artifacts.version(&actor, artifact.id, artifact.version).await;
        Ok::<_, Error>(ListedArtifact { artifact, content: listed(found.map(|found| found.content))? })
    };
    let items = stream::iter(found.items).map(with_content).buffered(AT_ONCE).try_collect().await?;
    Ok(Json(Page { items, next_cursor: found.next_cursor }))
}

/// Its versions with their contents, the newest first. A page holds at most 8 MB of contents, so that it may hold fewer items than
/// were asked for.
#[utoipa::path(
    get, path = "/api/v1/artifacts/{id}/versions", tag = "artifacts",
    params(("id" = ArtifactId, Path), PageQuery),
    responses((status = 200, body = Page<ListedVersion>, description = "A page of them"))
)]
pub async fn versions(
    Caller(actor): Caller,
    PathId(id): PathId<ArtifactId>,
    Query(page): Query<PageQuery>,
    State(artifacts): Studio,
) -> Result<Json<Page<ListedVersion>>, Failure> {
    let page = page.page()?;
    let mut found = artifacts.versions(&actor, id, &page).await?;
    let fitting = fitting(found.items.iter().map(|version| version.size));
    if fitting < found.items.len() {
        found = artifacts.versions(&actor, id, &shorter(page, fitting)?).await?;
    }
    let with_content = |version: ArtifactVersion| async {
        let found = artifacts.version(&actor, id, version.version).await;
        Ok::<_, Error>(ListedVersion { version, content: listed(found.map(|found| found.content))? })
    };
    let items = stream::iter(found.items).map(with_content).buffered(AT_ONCE).try_collect().await?;
    Ok(Json(Page { items, next_cursor: found.next_cursor }))
}
