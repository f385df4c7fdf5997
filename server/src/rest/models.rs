//! The models that can be asked.

use std::sync::Arc;

use axum::extract::State;
use vertice_domain::{ModelInfo, Page};
use vertice_ports::Models;

use super::pages::by_key;
use crate::{
    error::Failure,
    extract::{Caller, Json, PageQuery, Query},
};

/// All models that are known, the available ones first.
#[utoipa::path(
    get, path = "/api/v1/models", tag = "models", params(PageQuery),
    responses((status = 200, body = Page<ModelInfo>, description = "A page of them"))
)]
pub async fn list(
    Caller(actor): Caller,
    Query(page): Query<PageQuery>,
    State(models): State<Arc<dyn Models>>,
) -> Result<Json<Page<ModelInfo>>, Failure> {
    let page = page.page()?;
    Ok(Json(by_key(models.list(&actor).await?, &page, |model| model.id.clone())?))
}
