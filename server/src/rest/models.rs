//! The models that can be asked.

use std::sync::Arc;

use axum::extract::State;
use vertice_domain::{ModelInfo, Page, PageRequest};
use vertice_ports::Models;

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
    let request = page.page()?;
    let all = models.list(&actor).await?;
    let from = match &request.cursor {
        None => 0,
        Some(last) => {
            1 + all.iter().position(|model| &model.id == last).ok_or_else(PageRequest::bad_cursor)?
        }
    };
    let limit = request.limit() as usize;
    let more = all.len() > from + limit;
    let items: Vec<ModelInfo> = all.into_iter().skip(from).take(limit).collect();
    let next_cursor = items.last().filter(|_| more).map(|model| model.id.clone());
    Ok(Json(Page { items, next_cursor }))
}
