//! A response's body as a stream of [`Decoded`]: bytes to events to meaning, with its timeouts.
//!
//! Dropping it closes the socket. It ends after a stop or a fault; a stream that just ends is a fault.

use std::{
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use bytes::Bytes;
use futures::{Stream, StreamExt as _, stream::BoxStream};
use tokio::time::{Instant, Sleep};

use crate::{
    config::Timing,
    decode::{Decode, Decoded, Queue},
    fault::{Fault, FaultKind},
    sse::{SseEvent, SseParser},
};

type Body = BoxStream<'static, Result<Bytes, reqwest::Error>>;

pub struct Upstream {
    body: Option<Body>,
    parser: SseParser,
    events: Vec<SseEvent>,
    decoder: Box<dyn Decode>,
    queue: Queue,
    deadlines: Deadlines,
    ended: bool,
}

/// How a body ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    /// As it should.
    Clean,
    /// The connection broke.
    Broken,
    /// Nothing came for too long.
    Silent,
    /// It went on for too long.
    Endless,
}

impl Upstream {
    /// Reads `response`. The first chunk may take `first_byte`; the rest as `timing` says.
    pub fn new(
        response: reqwest::Response,
        decoder: Box<dyn Decode>,
        first_byte: Duration,
        timing: &Timing,
    ) -> Self {
        Self {
            body: Some(response.bytes_stream().boxed()),
            parser: SseParser::default(),
            events: Vec::new(),
            decoder,
            queue: Queue::new(),
            deadlines: Deadlines::new(first_byte, timing),
            ended: false,
        }
    }

    fn read(&mut self, chunk: &[u8]) {
        let read = self.parser.push(chunk, &mut self.events);
        for event in self.events.drain(..) {
            self.decoder.push(&event, &mut self.queue);
        }
        if let Err(too_large) = read {
            let fault = Fault::new(FaultKind::BadResponse).with_detail(&format!("{too_large}."));
            self.queue.push_back(Err(fault));
        }
    }

    /// Nothing more will come: closes the socket and adds what is owed.
    fn close(&mut self, end: End) {
        self.body = None;
        if let Some(event) = self.parser.finish(end == End::Clean) {
            self.decoder.push(&event, &mut self.queue);
        }
        let before = self.queue.len();
        self.decoder.finish(&mut self.queue);
        let kind = match end {
            End::Clean | End::Broken => return,
            End::Silent => FaultKind::Timeout,
            End::Endless => FaultKind::Endless,
        };
        if let Some(Err(fault)) = self.queue.get_mut(before) {
            *fault = Fault::new(kind);
        }
    }

    fn next_queued(&mut self, cx: &mut Context<'_>) -> Option<Result<Decoded, Fault>> {
        let item = self.queue.pop_front()?;
        if matches!(item, Err(_) | Ok(Decoded::Stop(_))) {
            self.ended = true;
            // A body read to its end gives the connection back to the pool.
            if let Some(mut body) = self.body.take() {
                let _ = body.poll_next_unpin(cx);
            }
        }
        Some(item)
    }
}

impl Stream for Upstream {
    type Item = Result<Decoded, Fault>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        loop {
            if this.ended {
                return Poll::Ready(None);
            }
            if let Some(item) = this.next_queued(cx) {
                return Poll::Ready(Some(item));
            }
            let Some(body) = &mut this.body else {
                this.ended = true;
                return Poll::Ready(Some(Err(Fault::new(FaultKind::Truncated))));
            };
            match body.poll_next_unpin(cx) {
                Poll::Ready(Some(Ok(chunk))) => {
                    this.deadlines.touch();
                    this.read(&chunk);
                }
                Poll::Ready(Some(Err(_))) => this.close(End::Broken),
                Poll::Ready(None) => this.close(End::Clean),
                Poll::Pending => {
                    let end = ready!(this.deadlines.poll_over(cx));
                    this.close(end);
                }
            }
        }
    }
}

/// Is over when nothing was touched for a while, or in the end whatever was. Touching is a plain store: the timer is moved
/// only when it fires.
struct Deadlines {
    sleep: Pin<Box<Sleep>>,
    deadline: Instant,
    idle: Duration,
    end: Instant,
}

impl Deadlines {
    fn new(first: Duration, timing: &Timing) -> Self {
        let now = Instant::now();
        let end = now + timing.longest;
        let deadline = end.min(now + first);
        Self { sleep: Box::pin(tokio::time::sleep_until(deadline)), deadline, idle: timing.idle, end }
    }

    fn touch(&mut self) {
        self.deadline = self.end.min(Instant::now() + self.idle);
        // The first wait may be longer than the later ones.
        if self.sleep.deadline() > self.deadline {
            self.sleep.as_mut().reset(self.deadline);
        }
    }

    fn poll_over(&mut self, cx: &mut Context<'_>) -> Poll<End> {
        loop {
            ready!(self.sleep.as_mut().poll(cx));
            let now = Instant::now();
            if now >= self.end {
                return Poll::Ready(End::Endless);
            }
            if now >= self.deadline {
                return Poll::Ready(End::Silent);
            }
            self.sleep.as_mut().reset(self.deadline);
        }
    }
}
