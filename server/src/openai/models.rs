//! `GET /v1/models`, in OpenAI's form: the models that can be asked now, and `auto`.

use std::sync::Arc;

use axum::{
    Json,
    extract::{Path, State},
};
use serde::Serialize;
use utoipa::ToSchema;
use vertice_domain::{Actor, Error, ModelInfo, Result, model::AUTO};
use vertice_ports::Models;

use crate::{error::Failure, extract::Caller};

/// The models, in OpenAI's form.
#[derive(Debug, Serialize, ToSchema)]
pub struct ModelList {
    /// `list`.
    object: &'static str,
    /// The router, under the name `auto`, and every model that can be asked.
    data: Vec<ListedModel>,
}

/// A model, in OpenAI's form.
#[derive(Debug, Serialize, ToSchema)]
pub struct ListedModel {
    /// The id to ask for it with.
    id: String,
    /// `model`.
    object: &'static str,
    /// Always 0: when a model was made is not known here.
    created: i64,
    /// Who runs it.
    owned_by: &'static str,
    /// Tokens that fit into one call; null: unknown, or as the model that is chosen has it.
    context_length: Option<u64>,
}

impl ListedModel {
    fn router() -> Self {
        let id = AUTO.to_owned();
        Self { id, object: "model", created: 0, owned_by: "vertice", context_length: None }
    }
}

impl From<ModelInfo> for ListedModel {
    fn from(model: ModelInfo) -> Self {
        let (owned_by, context_length) = (model.provider.as_str(), model.context_window);
        Self { id: model.id, object: "model", created: 0, owned_by, context_length }
    }
}

/// The models that can be asked now, and `auto`.
#[utoipa::path(
    get, path = "/v1/models", tag = "openai",
    responses((status = 200, body = ModelList, description = "They"))
)]
pub async fn list(
    Caller(actor): Caller,
    State(models): State<Arc<dyn Models>>,
) -> Result<Json<ModelList>, Failure> {
    let all = known(models.as_ref(), &actor).await?.into_iter().map(ListedModel::from);
    Ok(Json(ModelList { object: "list", data: [ListedModel::router()].into_iter().chain(all).collect() }))
}

/// One of them. Some ids hold slashes.
#[utoipa::path(
    get, path = "/v1/models/{id}", tag = "openai", params(("id" = String, Path)),
    responses((status = 200, body = ListedModel, description = "It"))
)]
pub async fn get(
    Caller(actor): Caller,
    State(models): State<Arc<dyn Models>>,
    Path(id): Path<String>,
) -> Result<Json<ListedModel>, Failure> {
    let all = known(models.as_ref(), &actor).await?.into_iter().map(ListedModel::from);
    let missing = || Error::invalid_field("model", format!("there is no model named {id:?}"));
    let found = [ListedModel::router()].into_iter().chain(all).find(|model| model.id == id);
    Ok(Json(found.ok_or_else(missing)?))
}

async fn known(models: &dyn Models, actor: &Actor) -> Result<Vec<ModelInfo>> {
    let mut all = models.list(actor).await?;
    all.retain(|model| model.available);
    Ok(all)
}
