//! The client's transport: follows a turn's event stream and resumes it from the last sequence number, whatever
//! happens to the connection. Never shows anything; what it sees goes to a handler. It gives up on what is final only: a
//! proxy that answers for a server that restarts is an outage like any other.

use std::{future::Future, pin::pin, time::Duration};

use futures::future::{AbortHandle, abortable, select};
use vertice_domain::{SeenEvent, TurnEvent, TurnId};

use crate::{
    api::{ApiError, FrameStream, chat::listen},
    retry::Backoff,
    ui::browser,
};

/// How long a server may take to close a stream that it has told to the end.
const CLOSING: Duration = Duration::from_secs(2);

/// What a followed turn tells its handler.
#[derive(Debug, Clone, PartialEq)]
pub enum Signal {
    /// New events, in order, none twice, none missing. The end alone may have a number that was seen before: a crash
    /// takes the last events with it.
    Events(Vec<SeenEvent>),
    /// The connection broke; this is the n-th attempt to have it back.
    Reconnecting(u32),
    /// The connection is back.
    Reconnected,
    /// The turn could not be started or followed any further. Nothing comes after it.
    Failed(ApiError),
}

/// A turn being followed. Dropping it, or [`Follow::stop`], ends the following, not the turn.
#[derive(Debug)]
pub struct Follow(AbortHandle);

impl Follow {
    pub fn stop(&self) {
        self.0.abort();
    }
}

impl Drop for Follow {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Starts a turn with `start` (or joins one, with [`join`]) and tells `handler` what happens until it ends.
pub fn follow(
    start: impl Future<Output = Result<FrameStream<SeenEvent>, ApiError>> + 'static,
    handler: impl FnMut(Signal) + 'static,
) -> Follow {
    let (run, handle) = abortable(run(None, start, handler));
    leptos::task::spawn_local(async move {
        let _aborted = run.await;
    });
    Follow(handle)
}

/// Follows a running turn from sequence number `after` on.
pub fn join(turn: TurnId, after: u64, handler: impl FnMut(Signal) + 'static) -> Follow {
    let (run, handle) = abortable(run(Some((turn, after)), listen(turn, after), handler));
    leptos::task::spawn_local(async move {
        let _aborted = run.await;
    });
    Follow(handle)
}

async fn run(
    mut place: Option<(TurnId, u64)>,
    start: impl Future<Output = Result<FrameStream<SeenEvent>, ApiError>>,
    mut handler: impl FnMut(Signal),
) {
    let mut opened = start.await;
    let mut backoff = Backoff::default();
    loop {
        let error = match opened {
            Ok(mut stream) => {
                if backoff.attempts() > 0 {
                    handler(Signal::Reconnected);
                }
                match read(&mut stream, &mut place, &mut handler).await {
                    End::Done => return leptos::task::spawn_local(read_out(stream)),
                    End::Broken { progress, error } => {
                        if progress {
                            backoff.reset();
                        }
                        error
                    }
                }
            }
            Err(error) => error,
        };
        // Without a single event there is nothing to resume from: whether the message arrived is not known.
        let Some((turn, after)) = place.filter(|_| !error.is_final()) else {
            return handler(Signal::Failed(error));
        };
        let pause = backoff.failed(&error);
        handler(Signal::Reconnecting(backoff.attempts()));
        browser::sleep(pause).await;
        opened = listen(turn, after).await;
    }
}

/// Lets the server close what it has told to the end: dropped before, the request would count as one that was broken off.
async fn read_out(mut stream: FrameStream<SeenEvent>) {
    let rest = pin!(async { while stream.next().await.is_some() {} });
    select(rest, pin!(browser::sleep(CLOSING))).await;
}

#[derive(Debug, PartialEq)]
enum End {
    Done,
    /// The connection broke, or told of a failure. `progress`: something that could be read came before.
    Broken {
        progress: bool,
        error: ApiError,
    },
}

async fn read(
    stream: &mut FrameStream<SeenEvent>,
    place: &mut Option<(TurnId, u64)>,
    handler: &mut impl FnMut(Signal),
) -> End {
    let mut progress = false;
    while let Some(batch) = stream.next().await {
        let mut events = Vec::with_capacity(batch.len());
        let (mut done, mut failed) = (false, None);
        for frame in batch {
            match frame {
                Ok(event) => {
                    if let TurnEvent::Metadata(metadata) = &event.event {
                        place.get_or_insert((metadata.turn_id, 0));
                    }
                    let Some((_, last)) = place else { continue };
                    let end = event.event.is_last();
                    done |= end;
                    if event.seq > *last || end {
                        *last = event.seq.max(*last);
                        events.push(event);
                    }
                }
                Err(error) => failed = Some(ApiError(error)),
            }
        }
        // A heartbeat, which is an empty batch, is a sign of life too.
        progress |= failed.is_none() || !events.is_empty();
        if !events.is_empty() {
            handler(Signal::Events(events));
        }
        if done {
            return End::Done;
        }
        if let Some(error) = failed {
            return End::Broken { progress, error };
        }
    }
    End::Broken { progress, error: ApiError::network() }
}

#[cfg(test)]
mod tests {
    use futures::{StreamExt as _, executor::block_on, stream};
    use vertice_domain::{Error, FinishReason, MessageId, event::Done};

    use super::*;

    const ID: &str = "01936b1e-0000-7000-8000-000000000001";

    fn token(seq: u64) -> Result<SeenEvent, Error> {
        Ok(SeenEvent { seq, event: TurnEvent::PartDelta { position: 0, text: format!("{seq} ") } })
    }

    fn done(seq: u64) -> Result<SeenEvent, Error> {
        let message_id: MessageId = ID.parse().expect("an id");
        let done = Done { finish_reason: FinishReason::Interrupted, message_id };
        Ok(SeenEvent { seq, event: TurnEvent::Done(done) })
    }

    /// How reading ends for a page that has seen `after`, and the numbers that its handler got.
    fn reading(after: u64, batches: Vec<Vec<Result<SeenEvent, Error>>>) -> (End, Vec<u64>) {
        let mut stream = FrameStream::new(stream::iter(batches).boxed());
        let (mut place, mut seen) = (Some((ID.parse().expect("an id"), after)), Vec::new());
        let mut handler = |signal| {
            if let Signal::Events(events) = signal {
                seen.extend(events.iter().map(|event| event.seq));
            }
        };
        (block_on(read(&mut stream, &mut place, &mut handler)), seen)
    }

    #[test]
    fn the_end_is_heard_with_a_number_that_was_seen_before() {
        assert_eq!(reading(30, vec![vec![done(12)]]), (End::Done, vec![12]));
        assert_eq!(reading(12, vec![vec![done(12)]]), (End::Done, vec![12]));
    }

    #[test]
    fn what_was_seen_is_not_told_again() {
        let (end, seen) = reading(2, vec![vec![token(1), token(2), token(3)], vec![token(3), token(4)]]);
        assert_eq!(seen, [3, 4]);
        assert_eq!(end, End::Broken { progress: true, error: ApiError::network() });
    }

    #[test]
    fn what_cannot_be_read_ends_the_connection_and_not_the_following() {
        let page = Err(Error::internal());
        let (end, seen) = reading(2, vec![vec![page]]);
        let End::Broken { progress: false, error } = end else { panic!("{end:?}") };
        assert!(seen.is_empty() && !error.is_final());
        let (end, _) = reading(2, vec![vec![]]);
        assert_eq!(end, End::Broken { progress: true, error: ApiError::network() });
    }
}
