//! The client's transport: follows a turn's event stream and resumes it from the last sequence number, whatever
//! happens to the connection. Never shows anything; what it sees goes to a handler.

use std::{future::Future, time::Duration};

use futures::future::{AbortHandle, abortable};
use vertice_domain::{LoggedEvent, TurnEvent, TurnId};

use crate::api::{ApiError, FrameStream, chat::listen};

/// What a followed turn tells its handler.
#[derive(Debug, Clone, PartialEq)]
pub enum Signal {
    /// New events, in order, none twice, none missing.
    Events(Vec<LoggedEvent>),
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
    /// Stops following.
    pub fn stop(&self) {
        self.0.abort();
    }
}

impl Drop for Follow {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Longest pause between two attempts to reconnect.
const MAX_PAUSE: Duration = Duration::from_secs(10);

/// Starts a turn with `start` (or joins one, with [`join`]) and tells `handler` what happens until it ends.
pub fn follow(
    start: impl Future<Output = Result<FrameStream<LoggedEvent>, ApiError>> + 'static,
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
    start: impl Future<Output = Result<FrameStream<LoggedEvent>, ApiError>>,
    mut handler: impl FnMut(Signal),
) {
    let mut opened = start.await;
    let mut attempt = 0;
    loop {
        match opened {
            Ok(mut stream) => {
                if attempt > 0 {
                    handler(Signal::Reconnected);
                }
                match read(&mut stream, &mut place, &mut handler).await {
                    End::Done => return,
                    End::Failed(error) => return handler(Signal::Failed(error)),
                    End::Broken { progress } => attempt = if progress { 0 } else { attempt },
                }
            }
            Err(error) if !error.is_network() || place.is_none() => return handler(Signal::Failed(error)),
            Err(_unreachable) => {}
        }
        // Without a single event there is nothing to resume from: whether the message arrived is not known.
        let Some((turn, after)) = place else { return handler(Signal::Failed(ApiError::network())) };
        attempt += 1;
        handler(Signal::Reconnecting(attempt));
        pause(attempt).await;
        opened = listen(turn, after).await;
    }
}

enum End {
    Done,
    Failed(ApiError),
    Broken { progress: bool },
}

async fn read(
    stream: &mut FrameStream<LoggedEvent>,
    place: &mut Option<(TurnId, u64)>,
    handler: &mut impl FnMut(Signal),
) -> End {
    let mut progress = false;
    while let Some(batch) = stream.next().await {
        let mut events = Vec::with_capacity(batch.len());
        let mut end = None;
        for frame in batch {
            match frame {
                Ok(event) => {
                    if let TurnEvent::Metadata(metadata) = &event.event {
                        place.get_or_insert((metadata.turn_id, 0));
                    }
                    let Some((_, last)) = place else { continue };
                    if event.seq > *last {
                        *last = event.seq;
                        if event.event.is_last() {
                            end = Some(End::Done);
                        }
                        events.push(event);
                    }
                }
                Err(error) => end = Some(End::Failed(ApiError(error))),
            }
        }
        if !events.is_empty() {
            progress = true;
            handler(Signal::Events(events));
        }
        if let Some(end) = end {
            return end;
        }
    }
    End::Broken { progress }
}

async fn pause(attempt: u32) {
    let pause = Duration::from_millis(250 * 2_u64.pow(attempt.min(6) - 1)).min(MAX_PAUSE);
    crate::ui::browser::sleep(pause).await;
}
