//! Turns: asking with and without a stream, following and stopping.

use std::sync::Arc;

use axum::{
    extract::State,
    response::{IntoResponse as _, Response},
};
use http::{HeaderMap, StatusCode};
use serde::Deserialize;
use vertice_domain::{Actor, ChatRequest, Error, TurnId, chat::ValidChat};
use vertice_ports::{Chat, Services, chat::Started};

use super::answer;
use crate::{
    error::Failure,
    extract::{Chatter, Json, PathId, Query},
    sse,
};

async fn start(services: &Services, actor: &Actor, request: ChatRequest) -> Result<Started, Error> {
    match request.validate(services.limits)? {
        ValidChat::Send(message) => services.chat.send(actor, message).await,
        ValidChat::Stateless(call) => services.chat.call(actor, call).await,
    }
}

/// `POST /api/v1/chat/stream`: the turn's events as they come.
pub async fn stream(
    Chatter(actor): Chatter,
    State(services): State<Services>,
    Json(request): Json<ChatRequest>,
) -> Result<Response, Failure> {
    let started = start(&services, &actor, request).await?;
    Ok(sse::response(started.events, 0))
}

/// `POST /api/v1/chat`: the same turn, folded into one answer.
pub async fn ask(
    Chatter(actor): Chatter,
    State(services): State<Services>,
    Json(request): Json<ChatRequest>,
) -> Result<Response, Failure> {
    let started = start(&services, &actor, request).await?;
    let answer = answer::fold(started.message_id, started.events).await?;
    Ok(axum::Json(answer).into_response())
}

/// Where to go on, for callers that cannot set headers.
#[derive(Deserialize)]
pub struct From {
    after: Option<u64>,
}

/// `GET /api/v1/chat/turns/{id}/stream`: the events after `Last-Event-ID` (or `?after=`), and those to come.
pub async fn follow(
    Chatter(actor): Chatter,
    PathId(turn): PathId<TurnId>,
    Query(from): Query<From>,
    State(chat): State<Arc<dyn Chat>>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let after = last_event_id(&headers)?.or(from.after).unwrap_or(0);
    let events = chat.listen(&actor, turn, after).await?;
    Ok(sse::response(events, after))
}

fn last_event_id(headers: &HeaderMap) -> Result<Option<u64>, Error> {
    let Some(value) = headers.get("last-event-id") else { return Ok(None) };
    match value.to_str().map(str::trim) {
        Ok("") => Ok(None),
        Ok(text) => text.parse().map(Some).map_err(|_| ()),
        Err(_) => Err(()),
    }
    .map_err(|()| {
        Error::invalid_field("Last-Event-ID", "must be the id of an event of this turn, a whole number")
    })
}

/// `POST /api/v1/chat/turns/{id}/cancel`: stops the turn and its upstream call.
pub async fn cancel(
    Chatter(actor): Chatter,
    PathId(turn): PathId<TurnId>,
    State(chat): State<Arc<dyn Chat>>,
) -> Result<StatusCode, Failure> {
    chat.cancel(&actor, turn).await?;
    Ok(StatusCode::NO_CONTENT)
}
