//! `GET /v1/models`, in OpenAI's form: the models that can be asked now, and `auto`.

use std::sync::Arc;

use axum::{
    Json as Answer,
    extract::{Path, State},
};
use serde_json::{Value, json};
use vertice_domain::{Actor, Error, ModelInfo, Result, Scope, model::AUTO};
use vertice_ports::Models;

use crate::{error::Failure, extract::Caller};

/// `GET /v1/models`.
pub async fn list(
    Caller(actor): Caller,
    State(models): State<Arc<dyn Models>>,
) -> Result<Answer<Value>, Failure> {
    let all = known(models.as_ref(), &actor).await?;
    let auto = json!({"id": AUTO, "object": "model", "created": 0, "owned_by": "vertice"});
    let data: Vec<Value> = [auto].into_iter().chain(all.iter().map(told)).collect();
    Ok(Answer(json!({"object": "list", "data": data})))
}

/// `GET /v1/models/{id}`. Some ids hold slashes.
pub async fn get(
    Caller(actor): Caller,
    State(models): State<Arc<dyn Models>>,
    Path(id): Path<String>,
) -> Result<Answer<Value>, Failure> {
    let all = known(models.as_ref(), &actor).await?;
    let found = all.iter().find(|model| model.id == id);
    let missing = || Error::invalid_field("model", format!("there is no model named {id:?}"));
    Ok(Answer(told(found.ok_or_else(missing)?)))
}

async fn known(models: &dyn Models, actor: &Actor) -> Result<Vec<ModelInfo>> {
    if !actor.has_scope(Scope::Read) && !actor.has_scope(Scope::Chat) {
        let message = "This token lacks the scope \"chat\" or \"read\".";
        return Err(Error::forbidden("insufficient_scope", message));
    }
    let mut all = models.list(actor).await?;
    all.retain(|model| model.available);
    Ok(all)
}

fn told(model: &ModelInfo) -> Value {
    json!({
        "id": model.id,
        "object": "model",
        "created": 0,
        "owned_by": model.provider.as_str(),
        "context_length": model.context_window,
    })
}
