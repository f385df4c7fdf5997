//! `POST /v1/chat/completions`.

use std::sync::Arc;

use axum::{
    extract::State,
    response::{IntoResponse as _, Response},
};
use futures::{StreamExt as _, stream};
use http::{HeaderName, HeaderValue};
use tokio_util::sync::CancellationToken;
use vertice_domain::{Actor, Error, ErrorKind, FieldError, FinishReason, RoutedBy, TurnFailure};
use vertice_ports::{
    Services,
    model::{CallContext, ModelCall, ModelEvent},
};

use super::{
    Replays,
    answer::{Answering, Events, PartialCompletion, Said},
    request::{ParsedRequest, Request},
    stream as pieces, turn,
    wire::Completion,
};
use crate::{
    error::Failure,
    extract::{Json, May, deed},
};

/// The answer to a conversation, whole or in pieces, by OpenAI's rules.
///
/// Tools of the type `function` are the caller's own. With a tool of the type `mcp`, whose `server_label` names one of the caller's
/// MCP servers, this server calls that server's tools by itself until the model has its answer, or calls a function of the caller's.
/// Only tools that are allowed without asking are called: here nobody can be asked.
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
    let (mut answer, events) = if request.server_tools.names.is_empty() {
        ask_model(services, actor, request, stopping).await?
    } else {
        turn::begin(services, actor, request).await.map_err(|error| placed(error, request))?
    };
    let (first, events) = first_word(events).await?;
    for said in &first {
        // The headers name the model that answers.
        if let Said::Model(ModelEvent::Rerouted(route)) = said {
            answer.rerouted(route);
        }
    }
    Ok((answer, stream::iter(first.into_iter().map(Ok)).chain(events).boxed()))
}

/// One call of a model is all that it takes.
async fn ask_model(
    services: &Services,
    actor: &Actor,
    request: &ParsedRequest,
    stopping: CancellationToken,
) -> Result<(PartialCompletion, Events), Failure> {
    let planned = services.models.route(actor, &request.choice, &request.prompt).await;
    let planned = planned.map_err(|error| placed(error, request))?;
    let turn = services.ids.turn();
    let answer = PartialCompletion::new(actor.user, turn, Answering::from(&planned.route));
    let context = CallContext { turn, conversation: None };
    let call = ModelCall::new(planned, request.prompt.clone(), context);
    let events = services.models.call(actor, call, stopping).await?;
    Ok((answer, events.map(|event| told(event).map(Said::Model)).boxed()))
}

/// Only the stop of this server cancels a call that has a listener: it is a failure, not an answer that came to its end.
fn told(event: Result<ModelEvent, TurnFailure>) -> Result<ModelEvent, Failure> {
    match event? {
        ModelEvent::Stop(FinishReason::Cancelled) => Err(restarting()),
        event => Ok(event),
    }
}

/// Why an answer ends that the stop of this server cuts off.
pub(super) fn restarting() -> Failure {
    let message = "This server is restarting, so the answer ends here. Ask again in a moment.";
    Error::new(ErrorKind::Unavailable, "shutting_down", message).into()
}

/// The events up to the first one that says something. Bills of calls that failed may come before it.
async fn first_word(mut events: Events) -> Result<(Vec<Said>, Events), Failure> {
    let mut first = Vec::new();
    let mut steps = 0;
    while let Some(event) = events.next().await {
        let said = event?;
        let says_nothing =
            matches!(said, Said::Step | Said::Model(ModelEvent::Usage(_) | ModelEvent::Rerouted(_)));
        steps += usize::from(matches!(said, Said::Step));
        first.push(said);
        // Whoever is asked a second time has answered the first time: what fails from now on fails in the midst of an answer.
        if !says_nothing || steps > 1 {
            break;
        }
    }
    Ok((first, events))
}

/// An error that counts messages and tools as the request does.
fn placed(error: Error, request: &ParsedRequest) -> Error {
    let lists = [("messages", &request.places), ("tools", &request.server_tools.places)];
    let of_request = |field: &str| {
        lists.into_iter().find_map(|(list, places)| {
            let (index, rest) = field.strip_prefix(list)?.strip_prefix('[')?.split_once(']')?;
            Some(format!("{list}[{}]{rest}", places.get(index.parse::<usize>().ok()?)?))
        })
    };
    if error.fields.is_empty() {
        return error;
    }
    let fields = error.fields.into_iter();
    let fields = fields
        .map(|FieldError { field, message }| FieldError::new(of_request(&field).unwrap_or(field), message));
    Error { code: error.code, ..Error::invalid(fields.collect()) }
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
