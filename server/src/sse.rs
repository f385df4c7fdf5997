//! A turn's events as server-sent events: `id`, `event`, `data`, straight into the body's bytes.
//!
//! What is there at once goes out as one chunk. A failure to follow the turn is itself an event, never a broken body.

use std::{
    convert::Infallible,
    fmt::Write as _,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use axum::{body::Body, response::Response};
use bytes::{Bytes, BytesMut};
use futures::Stream;
use http::{HeaderName, HeaderValue, header};
use tokio::time::{Interval, MissedTickBehavior};
use vertice_domain::{Error, FinishReason, LoggedEvent, MessageId, TurnEvent, TurnFailure, event::Done};
use vertice_ports::chat::EventStream;

use crate::error::Failure;

/// How often a comment line goes out; the contract asks for one every 15 s at least.
const HEARTBEAT: Duration = Duration::from_secs(12);

/// The answer to a caller that follows a turn. `after` is the sequence number it already knows.
pub fn response(events: EventStream, after: u64) -> Response {
    let mut heartbeat = tokio::time::interval_at(tokio::time::Instant::now() + HEARTBEAT, HEARTBEAT);
    heartbeat.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let writer = Writer { last: after, message: None };
    let body = EventBody { events: Some(events), heartbeat, writer };
    let mut response = Response::new(Body::from_stream(body));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    headers.insert(HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no"));
    response
}

struct EventBody {
    events: Option<EventStream>,
    heartbeat: Interval,
    writer: Writer,
}

impl Stream for EventBody {
    type Item = Result<Bytes, Infallible>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        let Some(events) = this.events.as_mut() else { return Poll::Ready(None) };
        match events.as_mut().poll_next(context) {
            Poll::Ready(Some(Ok(batch))) => {
                return Poll::Ready(Some(Ok(this.writer.batch(batch.iter().map(AsRef::as_ref)))));
            }
            Poll::Ready(Some(Err(error))) => {
                this.events = None;
                return Poll::Ready(Some(Ok(this.writer.failure(error))));
            }
            Poll::Ready(None) => {
                this.events = None;
                return Poll::Ready(None);
            }
            Poll::Pending => {}
        }
        this.heartbeat.poll_tick(context).map(|_| Some(Ok(Bytes::from_static(b": still here\n\n"))))
    }
}

/// Writes events, and remembers what a failure needs to say.
struct Writer {
    last: u64,
    message: Option<MessageId>,
}

impl Writer {
    fn batch<'a>(&mut self, events: impl Iterator<Item = &'a LoggedEvent>) -> Bytes {
        let mut out = BytesMut::with_capacity(256);
        for logged in events {
            if let TurnEvent::Metadata(metadata) = &logged.event {
                self.message = Some(metadata.message_id);
            }
            self.last = logged.seq;
            write(&mut out, logged.seq, &logged.event);
        }
        out.freeze()
    }

    /// The events of a failure to follow the turn. They repeat the last id, so that a caller who resumes misses nothing.
    fn failure(&self, error: Error) -> Bytes {
        let retryable = error.is_retryable();
        let failure = Failure::from(error);
        let status = failure.status().as_u16();
        tracing::warn!(
            code = failure.error.code,
            status,
            "a listener lost its turn: {}",
            failure.error.message
        );
        let Error { code, message, retry_after_s, .. } = failure.error;
        let mut out = BytesMut::new();
        let event =
            TurnEvent::Error(Box::new(TurnFailure { code, message, status, retryable, retry_after_s }));
        write(&mut out, self.last, &event);
        if let Some(message_id) = self.message {
            write(
                &mut out,
                self.last,
                &TurnEvent::Done(Done { finish_reason: FinishReason::Error, message_id }),
            );
        }
        out.freeze()
    }
}

fn write(out: &mut BytesMut, id: u64, event: &TurnEvent) {
    write!(out, "id: {id}\nevent: {}\ndata: {}\n\n", event.name(), event.data())
        .expect("writing to memory cannot fail");
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use futures::{StreamExt as _, stream};

    use super::*;

    fn token(seq: u64, text: &str) -> Arc<LoggedEvent> {
        Arc::new(LoggedEvent { seq, event: TurnEvent::Token { token: text.into() } })
    }

    async fn chunks(response: Response) -> Vec<String> {
        let stream = response.into_body().into_data_stream();
        stream.map(|chunk| String::from_utf8(chunk.unwrap().to_vec()).unwrap()).collect().await
    }

    #[tokio::test]
    async fn a_batch_is_one_chunk() {
        let events = stream::iter([Ok(vec![token(1, "a\nb"), token(2, "é")])]).boxed();
        let expected = "id: 1\nevent: token\ndata: {\"token\":\"a\\nb\"}\n\nid: 2\nevent: token\ndata: {\"token\":\"é\"}\n\n";
        assert_eq!(chunks(response(events, 0)).await, [expected]);
    }

    #[tokio::test]
    async fn a_failure_is_an_event_with_the_last_id() {
        let events = stream::iter([Ok(vec![token(7, "a")]), Err(Error::storage_unavailable())]).boxed();
        let chunks = chunks(response(events, 6)).await;
        assert!(
            chunks[1].starts_with("id: 7\nevent: error\ndata: {\"code\":\"storage_unavailable\""),
            "{chunks:?}"
        );
    }

    #[tokio::test(start_paused = true)]
    async fn a_quiet_turn_is_heard_from() {
        let response = response(stream::pending().boxed(), 0);
        let begun = tokio::time::Instant::now();
        let mut body = response.into_body().into_data_stream();
        assert_eq!(body.next().await.unwrap().unwrap(), ": still here\n\n");
        assert!(begun.elapsed() <= Duration::from_secs(15));
    }
}
