//! A completion in pieces: unnamed events, a chunk each, `[DONE]` at the end. A failure after the first piece is a chunk with
//! an `error`, as OpenAI sends it.

use std::{sync::Arc, time::Duration};

use axum::{body::Body, response::Response};
use bytes::Bytes;
use futures::{StreamExt as _, stream};
use http::{HeaderName, HeaderValue, header};
use serde_json::{Value, json};
use vertice_runtime::with_heartbeat;

use super::{
    Replays,
    answer::{Events, PartialCompletion},
};
use crate::error::openai;

/// How often a comment goes out while nothing is said.
const HEARTBEAT: Duration = Duration::from_secs(12);

enum Phase {
    Opening,
    Speaking,
    Ended,
}

struct ChunkWriter {
    answer: PartialCompletion,
    events: Events,
    replays: Arc<Replays>,
    include_usage: bool,
    phase: Phase,
}

/// The answer to a caller who wants it in pieces.
pub(super) fn response(
    answer: PartialCompletion,
    events: Events,
    replays: Arc<Replays>,
    include_usage: bool,
) -> Response {
    let writer = ChunkWriter { answer, events, replays, include_usage, phase: Phase::Opening };
    let pieces = stream::unfold(writer, |mut writer| async move {
        let piece = writer.next().await?;
        Some((vec![piece], writer))
    });
    // A body that is dropped drops the model's stream, which closes the provider's socket and enters the call.
    let bytes = with_heartbeat(pieces.boxed(), HEARTBEAT).map(|pieces| {
        let text = if pieces.is_empty() { ": still here\n\n".to_owned() } else { pieces.concat() };
        Ok::<_, std::convert::Infallible>(Bytes::from(text))
    });
    let mut response = Response::new(Body::from_stream(bytes));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    headers.insert(HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no"));
    response
}

impl ChunkWriter {
    async fn next(&mut self) -> Option<String> {
        match self.phase {
            Phase::Ended => None,
            Phase::Opening => {
                self.phase = Phase::Speaking;
                let opening = json!({"role": "assistant", "content": "", "refusal": null});
                Some(self.chunk(self.answer.chunk(&opening, None)))
            }
            Phase::Speaking => Some(self.speak().await),
        }
    }

    async fn speak(&mut self) -> String {
        loop {
            let event = match self.events.next().await {
                Some(Ok(event)) => event,
                Some(Err(failure)) => {
                    self.phase = Phase::Ended;
                    return line(&json!(openai::body(&failure.error, failure.status())));
                }
                None => return self.end(),
            };
            if let Some(delta) = self.answer.take(event, &self.replays) {
                return self.chunk(self.answer.chunk(&delta, None));
            }
            if self.answer.finish.is_some() {
                return self.end();
            }
        }
    }

    fn end(&mut self) -> String {
        self.phase = Phase::Ended;
        let mut text = self.chunk(self.answer.chunk(&json!({}), Some(self.answer.finish_reason())));
        if self.include_usage {
            let mut last = self.answer.envelope(&json!([]));
            last["usage"] = json!(self.answer.usage());
            text.push_str(&line(&last));
        }
        text.push_str("data: [DONE]\n\n");
        text
    }

    /// Where the usage is asked for, every other chunk says that it is not there.
    fn chunk(&self, mut chunk: Value) -> String {
        if self.include_usage {
            chunk["usage"] = Value::Null;
        }
        line(&chunk)
    }
}

fn line(value: &Value) -> String {
    format!("data: {value}\n\n")
}
