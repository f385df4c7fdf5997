//! The floor: axum and reqwest, the provider's server-sent events in, ours out. No accounts, no log, no database.

use axum::{
    Json, Router,
    body::{Body, Bytes},
    extract::State,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use futures::{StreamExt as _, stream};
use serde_json::{Value, json};

#[derive(Clone)]
struct Relay {
    client: reqwest::Client,
    upstream: String,
}

/// Serves on a free port and prints its address.
#[expect(clippy::disallowed_methods, reason = "the relay is to be as bare as it can be")]
pub(crate) async fn serve(upstream: String) -> anyhow::Result<()> {
    let relay = Relay { client: reqwest::Client::new(), upstream };
    let app = Router::new()
        .route("/health", get(|| async { "ok" }))
        .route("/api/v1/chat/stream", post(chat))
        .with_state(relay);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    println!("listening on http://{}", listener.local_addr()?);
    axum::serve(listener, app).await?;
    Ok(())
}

async fn chat(State(relay): State<Relay>, Json(request): Json<Value>) -> Response {
    let body = json!({ "model": "m", "max_tokens": 4096, "stream": true, "messages": request["messages"] });
    let url = format!("{}/v1/messages", relay.upstream);
    let Ok(upstream) = relay.client.post(url).header("x-api-key", "k").json(&body).send().await else {
        return axum::http::StatusCode::BAD_GATEWAY.into_response();
    };
    let state = (upstream.bytes_stream(), Vec::new(), 0_u64);
    let events = stream::unfold(state, |(mut chunks, mut pending, mut seq)| async move {
        let chunk = chunks.next().await?.ok()?;
        pending.extend_from_slice(&chunk);
        let mut out = String::new();
        while let Some(end) = pending.windows(2).position(|pair| pair == b"\n\n") {
            let event: Vec<u8> = pending.drain(..end + 2).collect();
            translate(&event, &mut seq, &mut out);
        }
        Some((Ok::<_, std::convert::Infallible>(Bytes::from(out)), (chunks, pending, seq)))
    });
    ([("content-type", "text/event-stream")], Body::from_stream(events)).into_response()
}

fn translate(event: &[u8], seq: &mut u64, out: &mut String) {
    use std::fmt::Write as _;
    let text = String::from_utf8_lossy(event);
    let Some(data) = text.lines().find_map(|line| line.strip_prefix("data: ")) else { return };
    let Ok(value) = serde_json::from_str::<Value>(data) else { return };
    let (name, data) = match value["type"].as_str() {
        Some("content_block_delta") => ("token", json!({ "token": value["delta"]["text"] })),
        Some("message_stop") => ("done", json!({ "finish_reason": "stop" })),
        _ => return,
    };
    *seq += 1;
    let _infallible = write!(out, "id: {seq}\nevent: {name}\ndata: {data}\n\n");
}
