//! A turn's events as server-sent events: `id`, `event`, `data`, straight into the body's bytes.
//!
//! What is there at once goes out as one chunk. A failure to follow the turn is itself an event, never a broken body.

use std::{
    convert::Infallible,
    fmt::Write as _,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use crate::rest::event::{Projection, RestEvent, artifacts::Contents};
use axum::{body::Body, response::Response};
use bytes::{Bytes, BytesMut};
use futures::{Stream, StreamExt as _, stream::BoxStream};
use http::{HeaderName, HeaderValue, header};
use tokio::time::{Interval, MissedTickBehavior};
use vertice_domain::{
    Error, ErrorKind, FinishReason, LoggedEvent, MessageId, TurnEvent, TurnFailure, event::Done,
};

/// How often a comment line goes out; the contract asks for one every 15 s at least.
const HEARTBEAT: Duration = Duration::from_secs(12);

/// Events of a turn, with the contents of the artifacts that were made in them.
pub type Batch = (Vec<Arc<LoggedEvent>>, Contents);

/// A turn as it is followed.
pub trait Told: Stream<Item = Result<Batch, Error>> + Send + 'static {}

impl<S: Stream<Item = Result<Batch, Error>> + Send + 'static> Told for S {}

/// The answer to a caller that follows a turn. `events` begin with its first one; those up to number `after` are known to the
/// caller and are left out.
pub fn response(events: impl Told, after: u64) -> Response {
    respond(events, Writer { after, ..Writer::default() })
}

/// The answer to a caller who knows the events of a turn up to number `after`, when its events are not kept any more: what
/// followed on that one cannot be told from its message. `events`: that message. The caller hears that, and the turn's end.
pub fn gone(events: impl Told, after: u64) -> Response {
    respond(events, Writer { after, gone: true, ..Writer::default() })
}

fn respond(events: impl Told, writer: Writer) -> Response {
    let mut heartbeat = tokio::time::interval_at(tokio::time::Instant::now() + HEARTBEAT, HEARTBEAT);
    heartbeat.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let body = EventBody { events: Some(events.boxed()), heartbeat, writer };
    let mut response = Response::new(Body::from_stream(body));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    headers.insert(HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no"));
    response
}

struct EventBody {
    events: Option<BoxStream<'static, Result<Batch, Error>>>,
    heartbeat: Interval,
    writer: Writer,
}

impl Stream for EventBody {
    type Item = Result<Bytes, Infallible>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        let Some(events) = this.events.as_mut() else { return Poll::Ready(None) };
        loop {
            match events.as_mut().poll_next(context) {
                Poll::Ready(Some(Ok((batch, contents)))) => {
                    let bytes = this.writer.batch(&batch, &contents);
                    // There may be nothing in it for this caller.
                    if !bytes.is_empty() {
                        return Poll::Ready(Some(Ok(bytes)));
                    }
                }
                Poll::Ready(Some(Err(error))) => {
                    this.events = None;
                    return Poll::Ready(Some(Ok(this.writer.failure(error))));
                }
                Poll::Ready(None) => {
                    this.events = None;
                    return Poll::Ready(None);
                }
                Poll::Pending => break,
            }
        }
        this.heartbeat.poll_tick(context).map(|_| Some(Ok(Bytes::from_static(b": still here\n\n"))))
    }
}

/// Writes events, and remembers what a failure needs to say.
#[derive(Default)]
struct Writer {
    after: u64,
    /// Whether nothing but the end can be told.
    gone: bool,
    projection: Projection,
    message: Option<MessageId>,
    told: Vec<RestEvent>,
}

impl Writer {
    fn batch(&mut self, events: &[Arc<LoggedEvent>], contents: &Contents) -> Bytes {
        let mut out = BytesMut::with_capacity(256);
        for logged in events {
            if let Some(TurnEvent::Metadata(metadata)) = logged.visible() {
                self.message = Some(metadata.message_id);
            }
            if self.gone {
                if logged.is_last() {
                    self.end(logged, &mut out);
                }
                continue;
            }
            self.projection.tell(logged, contents, &mut self.told);
            for event in self.told.drain(..) {
                let is_known = event.id <= self.after && !(event.name == "done" && event.id < self.after);
                if event.insists || !is_known {
                    write(&mut out, &event);
                }
            }
        }
        out.freeze()
    }

    /// What can be told of a turn whose events are gone, under the numbers that the caller waits for.
    fn end(&mut self, done: &LoggedEvent, out: &mut BytesMut) {
        let message = format!(
            "What came after event {} is not kept any more. Read the answer in its conversation, or follow this turn from \
             its beginning, without Last-Event-ID, and hear it as a whole.",
            self.after
        );
        let error = Error::new(ErrorKind::NotFound, "events_gone", message);
        let error = LoggedEvent::event(0, TurnEvent::Error(Box::new(TurnFailure::from(error))));
        for logged in [&error, done] {
            self.projection.tell(logged, &Contents::new(), &mut self.told);
        }
        for (told, count) in self.told.drain(..).zip(1..) {
            write(out, &RestEvent { id: self.after.saturating_add(count), ..told });
        }
    }

    /// The events of a failure to follow the turn. They repeat the last id, so that a caller who resumes misses nothing.
    fn failure(&mut self, error: Error) -> Bytes {
        let last = self.projection.last_id().max(self.after);
        let failure = TurnFailure::from(error);
        tracing::warn!(code = failure.code, "a listener lost its turn: {}", failure.message);
        let error = TurnEvent::Error(Box::new(failure));
        let done = self
            .message
            .map(|message_id| TurnEvent::Done(Done { finish_reason: FinishReason::Error, message_id }));
        let mut out = BytesMut::new();
        for event in std::iter::once(error).chain(done) {
            self.projection.tell(&LoggedEvent::event(0, event), &Contents::new(), &mut self.told);
        }
        for told in self.told.drain(..) {
            write(&mut out, &RestEvent { id: last, ..told });
        }
        out.freeze()
    }
}

fn write(out: &mut BytesMut, event: &RestEvent) {
    let RestEvent { id, name, data, .. } = event;
    write!(out, "id: {id}\nevent: {name}\ndata: {data}\n\n").expect("writing to memory cannot fail");
}

#[cfg(test)]
mod tests {
    use futures::stream;
    use vertice_domain::{Part, PartKind};

    use super::*;

    fn text(seq: u64, text: &str) -> Arc<LoggedEvent> {
        let kind = PartKind::Text { text: text.into() };
        let part = Part { position: u32::try_from(seq).unwrap(), step: 1, kind };
        Arc::new(LoggedEvent::event(seq, TurnEvent::PartStarted(Box::new(part))))
    }

    fn silent(seq: u64) -> Arc<LoggedEvent> {
        Arc::new(LoggedEvent::event(seq, TurnEvent::PartEnded { position: 9 }))
    }

    fn done(seq: u64, finish_reason: FinishReason) -> Arc<LoggedEvent> {
        let message_id = MessageId::new(uuid::Uuid::nil());
        Arc::new(LoggedEvent::event(seq, TurnEvent::Done(Done { finish_reason, message_id })))
    }

    fn batch(events: Vec<Arc<LoggedEvent>>) -> Result<Batch, Error> {
        Ok((events, Contents::new()))
    }

    async fn chunks(response: Response) -> Vec<String> {
        let stream = response.into_body().into_data_stream();
        stream.map(|chunk| String::from_utf8(chunk.unwrap().to_vec()).unwrap()).collect().await
    }

    #[tokio::test]
    async fn a_batch_is_one_chunk() {
        let events = stream::iter([batch(vec![text(1, "a\nb"), silent(2), text(2, "é")])]);
        let expected = "id: 1\nevent: token\ndata: {\"token\":\"a\\nb\"}\n\n\
                        id: 2\nevent: token\ndata: {\"token\":\"\\n\\né\"}\n\n";
        assert_eq!(chunks(response(events, 0)).await, [expected]);
    }

    #[tokio::test]
    async fn what_is_known_is_left_out_and_an_interruption_is_always_told() {
        let log =
            |reason| stream::iter([batch(vec![text(1, "a"), text(2, "b")]), batch(vec![done(3, reason)])]);
        let after = async |after, reason| chunks(response(log(reason), after)).await.concat();
        assert!(after(1, FinishReason::Stop).await.starts_with("id: 2\nevent: token"));
        assert_eq!(after(3, FinishReason::Stop).await, "");
        assert!(
            after(99, FinishReason::Stop).await.starts_with("id: 3\nevent: done"),
            "there is no such event"
        );
        assert!(after(3, FinishReason::Interrupted).await.starts_with("id: 3\nevent: done"));
        assert!(after(99, FinishReason::Interrupted).await.starts_with("id: 3\nevent: done"));
    }

    #[tokio::test]
    async fn whoever_comes_back_when_the_events_are_gone_hears_so_and_the_end() {
        let log = stream::iter([batch(vec![text(1, "all of it"), done(2, FinishReason::Stop)])]);
        let told = chunks(gone(log, 7)).await.concat();
        assert!(told.starts_with("id: 8\nevent: error\ndata: {\"code\":\"events_gone\""), "{told}");
        assert!(told.contains("\n\nid: 9\nevent: done\ndata: {\"finish_reason\":\"stop\""), "{told}");
        assert!(!told.contains("all of it"));
    }

    #[tokio::test]
    async fn a_failure_is_an_event_with_the_last_id() {
        let events = stream::iter([batch(vec![text(7, "a")]), Err(Error::storage_unavailable())]);
        let chunks = chunks(response(events, 0)).await;
        assert!(
            chunks[1].starts_with("id: 1\nevent: error\ndata: {\"code\":\"storage_unavailable\""),
            "{chunks:?}"
        );
        assert!(chunks[1].contains("\"status\":503"));
    }

    #[tokio::test(start_paused = true)]
    async fn a_quiet_turn_is_heard_from() {
        let response = response(stream::pending(), 0);
        let begun = tokio::time::Instant::now();
        let mut body = response.into_body().into_data_stream();
        assert_eq!(body.next().await.unwrap().unwrap(), ": still here\n\n");
        assert!(begun.elapsed() <= Duration::from_secs(15));
    }
}
