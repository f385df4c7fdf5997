//! `POST /v1/chat/completions`.

use std::sync::Arc;

use axum::{
    extract::State,
    response::{IntoResponse as _, Response},
};
use futures::{StreamExt as _, stream};
use http::{HeaderName, HeaderValue};
use tokio_util::sync::CancellationToken;
use vertice_domain::{Actor, Error, ErrorKind, FinishReason, RoutedBy, TurnFailure};
use vertice_ports::{
    Services,
    model::{CallContext, ModelCall, ModelEvent},
};

use super::{
    Replays,
    answer::{Events, PartialCompletion},
    request::{ParsedRequest, Request},
    stream as pieces,
    wire::Completion,
};
use crate::{
    error::Failure,
    extract::{Json, May, deed},
};

/// The answer to a conversation, whole or in pieces, by OpenAI's rules.
///
/// A streamed answer is server-sent events without names: each `data` is a `chat.completion.chunk`, the last one `[DONE]`;
/// a failure on the way is a chunk with `error`, and so is the stop of this server. A caller who goes away stops the call:
/// handler or body are dropped, and the model's stream with them.
#[utoipa::path(
    post, path = "/v1/chat/completions", tag = "openai", request_body = Request,
    responses((status = 200, description = "The answer", content(
        (Completion = "application/json"), (String = "text/event-stream")
    ), headers(
        ("x-vertice-model" = String, description = "The model that answers"),
        ("x-vertice-provider" = String, description = "Who runs it"),
        ("x-vertice-routed-by" = String, description = "Who chose it: `user`, `router` or `failover`"),
    )))
)]
pub async fn complete(
    May(actor, _): May<deed::Chat>,
    State(services): State<Services>,
    State(replays): State<Arc<Replays>>,
    State(stopping): State<CancellationToken>,
    Json(request): Json<Request>,
) -> Result<Response, Failure> {
    let request = request.parse(services.limits, actor.user, &replays)?;
    let (mut answer, mut events) = begin(&services, &actor, &request, stopping).await?;
    let mut told = headers(&answer);
    let mut response = if request.stream {
        pieces::response(answer, events, replays, request.include_usage)
    } else {
        while let Some(event) = events.next().await {
            answer.take(event?, &replays);
        }
        if let Some(cost) = answer.cost() {
            let value = HeaderValue::from_str(&cost.to_string()).expect("digits are a header value");
            told.insert(HeaderName::from_static("x-vertice-cost-usd"), value);
        }
        Json(answer.whole()).into_response()
    };
    response.headers_mut().extend(told);
    Ok(response)
}

/// Asks, and waits for the first word: a failure before it is an error with its own status.
async fn begin(
    services: &Services,
    actor: &Actor,
    request: &ParsedRequest,
    stopping: CancellationToken,
) -> Result<(PartialCompletion, Events), Failure> {
    let planned = services.models.route(actor, &request.choice, &request.prompt).await;
    let planned = planned.map_err(|error| placed(error, &request.places))?;
    let turn = services.ids.turn();
    let mut answer = PartialCompletion::new(actor.user, turn, &planned.route);
    let context = CallContext { turn, conversation: None };
    let call = ModelCall::new(planned, request.prompt.clone(), context);
    let events = services.models.call(actor, call, stopping).await?;
    let (first, events) = first_word(events.map(told).boxed()).await?;
    for event in &first {
        // The headers name the model that answers.
        if let ModelEvent::Rerouted(route) = event {
            answer.rerouted(route);
        }
    }
    Ok((answer, stream::iter(first.into_iter().map(Ok)).chain(events).boxed()))
}

/// Only the stop of this server cancels a call that has a listener: it is a failure, not an answer that came to its end.
fn told(event: Result<ModelEvent, TurnFailure>) -> Result<ModelEvent, Failure> {
    match event? {
        ModelEvent::Stop(FinishReason::Cancelled) => {
            let message = "This server is restarting, so the answer ends here. Ask again in a moment.";
            Err(Error::new(ErrorKind::Unavailable, "shutting_down", message).into())
        }
        event => Ok(event),
    }
}

/// The events up to the first one that says something. Bills of calls that failed may come before it.
async fn first_word(mut events: Events) -> Result<(Vec<ModelEvent>, Events), Failure> {
    let mut first = Vec::new();
    while let Some(event) = events.next().await {
        let event = event?;
        let says_nothing = matches!(event, ModelEvent::Usage(_) | ModelEvent::Rerouted(_));
        first.push(event);
        if !says_nothing {
            break;
        }
    }
    Ok((first, events))
}

/// An error that counts messages as the request does.
fn placed(mut error: Error, places: &[usize]) -> Error {
    for field in &mut error.fields {
        let numbered = field.field.strip_prefix("messages[").and_then(|rest| rest.split_once(']'));
        let Some((index, rest)) = numbered else { continue };
        if let Some(place) = index.parse().ok().and_then(|index: usize| places.get(index)) {
            field.field = format!("messages[{place}]{rest}");
        }
    }
    error
}

/// Who answers, and why that one.
fn headers(answer: &PartialCompletion) -> http::HeaderMap {
    let routed_by = match answer.routed_by {
        RoutedBy::User => "user",
        RoutedBy::Router => "router",
        RoutedBy::Failover => "failover",
    };
    let told = [
        ("x-vertice-model", answer.model.as_str()),
        ("x-vertice-provider", answer.provider.as_str()),
        ("x-vertice-routed-by", routed_by),
    ];
    let header = |(name, value): (&'static str, &str)| {
        Some((HeaderName::from_static(name), HeaderValue::from_str(value).ok()?))
    };
    told.into_iter().filter_map(header).collect()
}
