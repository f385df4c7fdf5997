//! Answers to requests for text: finds the script, remembers the request, plays the answer.

use std::{collections::HashMap, sync::Arc};

use axum::{
    Json,
    body::{Body, Bytes},
    extract::{Path, Query, State},
    http::{HeaderMap, Uri},
    response::{IntoResponse as _, Response},
};
use serde_json::{Value, json};

use super::{Received, Shared, caching, complain, key, lock, respond};
use crate::{
    asked, checks,
    connections::OpenAnswer,
    directive,
    fault::{self, Complaint, Fault},
    player::{self, Play},
    script::{Mishap, Script},
    wire::{Reply, Wire},
};

/// A request as it came in.
struct Call {
    wire: Wire,
    path: String,
    model: String,
    streams: bool,
    headers: HeaderMap,
    key: Option<String>,
    body: Bytes,
}

impl Call {
    /// One whose body names the model and says whether it is streamed.
    fn new(wire: Wire, path: &str, headers: HeaderMap, body: Bytes) -> Self {
        Self { wire, path: path.to_owned(), model: String::new(), streams: false, headers, key: None, body }
    }
}

type State_ = State<Arc<Shared>>;

/// `POST /v1/messages`.
pub(super) async fn messages(State(shared): State_, headers: HeaderMap, body: Bytes) -> Response {
    answer(&shared, Call::new(Wire::Anthropic, "/v1/messages", headers, body))
}

/// `POST /v1/chat/completions`.
pub(super) async fn completions(State(shared): State_, headers: HeaderMap, body: Bytes) -> Response {
    answer(&shared, Call::new(Wire::Chat, "/v1/chat/completions", headers, body))
}

/// `POST /openai/v1/chat/completions`.
pub(super) async fn groq(State(shared): State_, headers: HeaderMap, body: Bytes) -> Response {
    answer(&shared, Call::new(Wire::Groq, "/openai/v1/chat/completions", headers, body))
}

/// `POST /v1/responses`.
pub(super) async fn responses(State(shared): State_, headers: HeaderMap, body: Bytes) -> Response {
    answer(&shared, Call::new(Wire::Responses, "/v1/responses", headers, body))
}

/// `POST /v1beta/models/{model}:{action}`, also under `/v1`.
pub(super) async fn gemini(
    State(shared): State_,
    uri: Uri,
    Path(action): Path<String>,
    Query(query): Query<HashMap<String, String>>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let (model, verb) = action.rsplit_once(':').unwrap_or((&action, ""));
    let mut call = Call::new(Wire::Gemini, uri.path(), headers, body);
    call.key = query.get("key").cloned();
    call.model = model.to_owned();
    match verb {
        "countTokens" => return count(&shared, &call, "totalTokens"),
        "streamGenerateContent" => call.streams = true,
        "generateContent" => {}
        _ => return complain(&Fault::UnknownModel.told(Wire::Gemini, &action), Wire::Gemini, &[]),
    }
    if call.streams && query.get("alt").is_none_or(|alt| alt != "sse") {
        // Without `alt=sse` a stream is a JSON array.
        call.streams = false;
        let response = answer(&shared, call);
        if response.status() != 200 {
            return response;
        }
        return array(response).await;
    }
    answer(&shared, call)
}

async fn array(response: Response) -> Response {
    let whole = axum::body::to_bytes(response.into_body(), super::MAX_BODY_BYTES).await.unwrap_or_default();
    respond(200, &[], "application/json", Body::from([b"[", &*whole, b"]"].concat()))
}

/// `POST /v1/messages/count_tokens`.
pub(super) async fn count_tokens(State(shared): State_, headers: HeaderMap, body: Bytes) -> Response {
    let call = Call::new(Wire::Anthropic, "/v1/messages/count_tokens", headers, body);
    count(&shared, &call, "input_tokens")
}

fn count(shared: &Shared, call: &Call, field: &str) -> Response {
    match read(shared, call) {
        Ok(body) => {
            let counted = ["tools", "system", "messages", "systemInstruction", "contents"];
            let characters: usize = counted.iter().map(|part| characters(&body[*part])).sum();
            Json(json!({ field: characters / 4 })).into_response()
        }
        Err(complaint) => complain(&complaint, call.wire, &[]),
    }
}

fn characters(value: &Value) -> usize {
    if value.is_null() { 0 } else { value.to_string().chars().count() }
}

/// The body, unless the key is bad or it is no JSON.
fn read(shared: &Shared, call: &Call) -> Result<Value, Complaint> {
    if !key::is_good(&lock(&shared.keys), &call.headers, call.key.as_deref()) {
        return Err(Fault::InvalidKey.told(call.wire, &call.model));
    }
    serde_json::from_slice(&call.body).map_err(|fault| Complaint {
        message: format!("The request body is not valid JSON: {fault}"),
        ..Fault::InvalidRequest.told(call.wire, &call.model)
    })
}

fn answer(shared: &Arc<Shared>, mut call: Call) -> Response {
    let wire = call.wire;
    let body = match read(shared, &call) {
        Ok(body) => body,
        Err(complaint) => return complain(&complaint, wire, &[]),
    };
    if wire != Wire::Gemini {
        body["model"].as_str().unwrap_or("scripted").clone_into(&mut call.model);
        call.streams = body["stream"] == true;
    }
    let keys = [call.model.as_str(), &call.path, wire.name(), wire.provider()];
    let refused = checks::refusal(wire, &call.model, &body);
    let script = match &refused {
        Some(_) => Script::fault(Fault::InvalidRequest),
        None => {
            let pace = lock(&shared.pace).unwrap_or(directive::PACE);
            let scripted = lock(&shared.scripts).take(&keys);
            scripted.unwrap_or_else(|| directive::answer(&asked::read(wire, &body), &keys, pace))
        }
    };
    if !shared.forgets {
        let received = Received { path: call.path.clone(), headers: call.headers, body: body.clone() };
        lock(&shared.received).push(received);
    }
    let mut number = 0;
    shared.arrived.send_modify(|count| {
        *count += 1;
        number = *count;
    });
    if script.status != 200 || script.raw.is_some() || script.fault.is_some() {
        return plain(script, wire, &call.model, refused);
    }
    let mut reply = Reply {
        model: call.model,
        figures: script.figures,
        stop: script.stop.clone(),
        calls: !script.tools.is_empty(),
        refuses: script.refuses,
        number,
        request: body,
    };
    let began = match caching::charge(shared, wire, &mut reply) {
        Ok(began) => began,
        Err(message) => {
            let fault = Fault::InvalidRequest.told(wire, &reply.model);
            return complain(&Complaint { message, ..fault }, wire, &[]);
        }
    };
    let headers = script.headers.clone();
    let open = OpenAnswer::new(Arc::clone(&shared.counts));
    let play = Play { script, wire, reply, began, open };
    if call.streams {
        let body = Body::from_stream(player::stream(play));
        return respond(200, &headers, "text/event-stream; charset=utf-8", body);
    }
    if let Some(complaint) = fault_at_once(&play) {
        return complain(&complaint, wire, &headers);
    }
    respond(200, &headers, "application/json", Body::from_stream(player::at_once(play)))
}

/// An answer that is not played: a fault, or a body as the script gives it.
fn plain(script: Script, wire: Wire, model: &str, refused: Option<String>) -> Response {
    if let Some(body) = script.raw {
        return respond(script.status, &script.headers, "application/json", Body::from(body));
    }
    let mut complaint = script
        .fault
        .map_or_else(|| Fault::told_by_status(script.status, wire, model), |fault| fault.told(wire, model));
    if let Some(message) = refused {
        complaint.message = message;
    }
    complain(&complaint, wire, &script.headers)
}

/// What breaks a stream is the whole answer for who did not ask for one.
fn fault_at_once(play: &Play) -> Option<Complaint> {
    match &play.script.mishap {
        Some((_, Mishap::Error { kind, message })) => Some(fault::of_kind(play.wire, kind, message)),
        Some((_, Mishap::Fault(fault))) => Some(fault.told(play.wire, &play.reply.model)),
        _ => None,
    }
}
