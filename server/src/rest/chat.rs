//! Turns: asking with and without a stream, following and stopping.

use std::{
    collections::{HashMap, hash_map::Entry},
    sync::Arc,
};

use axum::{
    extract::State,
    response::{IntoResponse as _, Response},
};
use http::{HeaderMap, StatusCode};
use serde::Deserialize;
use vertice_domain::{
    Actor, Attached, ChatRequest, Content, ContentPart, Error, TurnId,
    chat::{StatelessCall, ValidChat},
};
use vertice_ports::{
    Chat, Prompt, Services,
    chat::{Completion, Started},
    prompt::{Block, PromptMessage},
};

use super::{answer, event::artifacts::with_contents};
use crate::{
    error::Failure,
    extract::{Caller, Json, May, PathId, Query, deed},
    sse,
};

/// `attended`: whether the caller hears of the turn while it runs.
async fn start(
    services: &Services,
    actor: &Actor,
    request: ChatRequest,
    attended: bool,
) -> Result<Started, Error> {
    match request.validate(services.limits)? {
        ValidChat::Send(message) => services.chat.send(actor, message).await,
        ValidChat::Stateless(call) => {
            let completion = completion(services, actor, call, attended).await?;
            services.chat.complete(actor, completion).await
        }
    }
}

/// A call without a conversation; the files that it names are the caller's.
async fn completion(
    services: &Services,
    actor: &Actor,
    call: StatelessCall,
    attended: bool,
) -> Result<Completion, Error> {
    let (mut attached, mut order) = (HashMap::new(), Vec::new());
    let named = call.messages.iter().flat_map(|(_, content)| content.files());
    for id in named {
        if let Entry::Vacant(place) = attached.entry(id) {
            place.insert(services.files.attach(actor, id).await?);
            order.push(id);
        }
    }
    let files = order.iter().filter_map(|id| match &attached[id] {
        Attached::File(file) => Some(file),
        Attached::Image(_) => None,
    });
    let texts = services.files.texts(actor.user, &files.collect::<Vec<_>>()).await?;
    let block = |part| match part {
        ContentPart::Text(text) => Block::Text(text),
        ContentPart::Image(image) => Block::Image(image.into()),
        ContentPart::File(id) => match &attached[&id] {
            Attached::Image(source) => Block::Image(source.clone().into()),
            Attached::File(file) => Block::Text(file.told(texts.get(&file.text).map(String::as_str))),
        },
    };
    let message = |(author, content): (_, Content)| PromptMessage {
        author,
        blocks: content.into_parts().into_iter().map(block).collect(),
    };
    let messages = call.messages.into_iter().map(message).collect();
    let prompt = Prompt::new(call.system_prompt, messages, call.sampling);
    Ok(Completion { model: call.model, prompt, tools: call.tools, attended })
}

/// Asks, and answers with the turn's events as they come (server-sent events).
///
/// Every event has an `id`, its number in the turn, from 1 without gaps, an `event` and `data`: `metadata` (first; again with
/// the cache's figures), `token`, `thinking`, `tool_use`, `tool_approval` (the turn waits for a decision), `tool_result`, `artifact`, `usage`
/// (one for each provider call), `error` (always followed by `done`) and `done`. A comment comes at least every 15 s. Their data
/// are the schemas Metadata, TokenEvent, ThinkingEvent, ToolUseEvent, ToolApprovalEvent, QuestionEvent, ElicitationEvent, ToolResultEvent, ArtifactEvent, CallUsage, ErrorEvent
/// and Done. Clients skip events that they do not know.
#[utoipa::path(
    post, path = "/api/v1/chat/stream", tag = "chat", request_body = ChatRequest,
    responses((status = 200, content_type = "text/event-stream", body = String, description = "The events"))
)]
pub async fn stream(
    May(actor, _): May<deed::Chat>,
    State(services): State<Services>,
    Json(request): Json<ChatRequest>,
) -> Result<Response, Failure> {
    let started = start(&services, &actor, request, true).await?;
    Ok(sse::response(with_contents(started.events, services.artifacts, actor), 0))
}

/// Asks, and answers once the turn has ended.
#[utoipa::path(
    post, path = "/api/v1/chat", tag = "chat", request_body = ChatRequest,
    responses((status = 200, body = answer::Answer, description = "The whole answer"))
)]
pub async fn ask(
    May(actor, _): May<deed::Chat>,
    State(services): State<Services>,
    Json(request): Json<ChatRequest>,
) -> Result<Response, Failure> {
    let started = start(&services, &actor, request, false).await?;
    let answer = answer::fold(started.message_id, started.events).await?;
    Ok(Json(answer).into_response())
}

/// Where to go on, for callers that cannot set headers.
#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct From {
    /// The number of the last event known.
    after: Option<u64>,
}

/// The number of `metadata`, which also begins what a message tells in place of its turn's events.
const FIRST: u64 = 1;

/// A turn's events after `Last-Event-ID` (or `after`), and those to come. Any number of listeners may follow a turn.
///
/// A day after its end a turn's events are not kept one by one any more. Whoever follows it from its beginning then hears the
/// whole answer, in fewer events; whoever comes back with the number of a later event hears the `error` `events_gone`, then
/// `done`.
#[utoipa::path(
    get, path = "/api/v1/chat/turns/{id}/stream", tag = "chat",
    params(("id" = TurnId, Path), From, ("Last-Event-ID" = Option<u64>, Header, description = "The number of the last event known; goes before `after`")),
    responses((status = 200, content_type = "text/event-stream", body = String, description = "The events"))
)]
pub async fn follow(
    Caller(actor): Caller,
    PathId(turn): PathId<TurnId>,
    Query(from): Query<From>,
    State(services): State<Services>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let after = last_event_id(&headers)?.or(from.after).unwrap_or(0);
    let chat = &services.chat;
    let kept = after <= FIRST || chat.keeps_events(&actor, turn).await?;
    // What REST numbers are not the log's numbers: it is told from its beginning, and what is known is left out.
    let events = chat.listen(&actor, turn, 0).await?;
    let events = with_contents(events, services.artifacts, actor);
    Ok(if kept { sse::response(events, after) } else { sse::gone(events, after) })
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

/// Stops a turn and its upstream call. Stopping one that has ended is no error.
#[utoipa::path(
    post, path = "/api/v1/chat/turns/{id}/cancel", tag = "chat", params(("id" = TurnId, Path)),
    responses((status = 204, description = "It is stopped"))
)]
pub async fn cancel(
    Caller(actor): Caller,
    PathId(turn): PathId<TurnId>,
    State(chat): State<Arc<dyn Chat>>,
) -> Result<StatusCode, Failure> {
    chat.cancel(&actor, turn).await?;
    Ok(StatusCode::NO_CONTENT)
}
