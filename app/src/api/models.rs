//! Which models there are.

use leptos::{prelude::*, server_fn::codec::Json};
use vertice_domain::ModelInfo;

use super::ApiError;

/// All models, the available ones first.
#[server(prefix = "/api/ui", endpoint = "models", input = Json, output = Json)]
pub async fn models() -> Result<Vec<ModelInfo>, ApiError> {
    let (services, actor) = crate::ssr::caller()?;
    Ok(services.models.list(&actor).await?)
}
