//! The page's ear: one stream for as long as the page is visible, telling what changes in other tabs and on the server.

use std::time::Duration;

use futures::future::{AbortHandle, abortable};
use leptos::prelude::*;
use vertice_domain::{ErrorKind, FeedEvent};

use crate::{
    api::{ApiError, FrameStream, chat::feed},
    retry::Backoff,
    ui::browser::{self, notices},
};

/// How often a page that is hidden looks whether something waits for a person.
const GLANCE: Duration = Duration::from_secs(20);

/// What the page hears; a context of the signed-in frame.
#[derive(Clone, Copy)]
pub struct Feed {
    /// The newest event with its running number, so that equal events in a row are told apart.
    pub latest: RwSignal<(u64, Option<FeedEvent>)>,
    /// Whether the server is out of reach: since how many attempts.
    pub offline: RwSignal<u32>,
    /// Whether nobody is signed in here any more.
    pub signed_out: RwSignal<bool>,
    /// Whether an answer was being written when something was heard last.
    writes: StoredValue<bool>,
}

impl Feed {
    /// Looks at what a request came to: who is signed out is told so, whatever it was that found it out.
    pub fn look_at(self, error: &ApiError) {
        if error.0.kind == ErrorKind::Unauthenticated && self.signed_out.try_get_untracked() == Some(false) {
            let _gone = self.signed_out.try_set(true);
        }
    }

    async fn tell(self, event: FeedEvent) {
        match event {
            FeedEvent::TurnStarted { .. } => self.writes.set_value(true),
            FeedEvent::TurnWaiting { .. } | FeedEvent::TurnEnded { .. } => self.writes.set_value(false),
            _ => {}
        }
        self.latest.update(|(number, latest)| {
            *number += 1;
            *latest = Some(event);
        });
        // Effects must see every event, so each one has its own turn of the loop.
        browser::next_tick().await;
    }
}

/// The feed of the frame above.
pub fn use_feed() -> Feed {
    expect_context()
}

/// Opens the feed and provides it to everything below. It closes while the page is hidden, since browsers allow only
/// six connections to a server over HTTP/1.1, and opens again when it is seen; meanwhile there are glances.
pub fn provide_feed() -> Feed {
    let heard = Feed {
        latest: RwSignal::new((0, None)),
        offline: RwSignal::new(0),
        signed_out: RwSignal::new(false),
        writes: StoredValue::new(false),
    };
    provide_context(heard);
    let handle: StoredValue<Option<AbortHandle>> = StoredValue::new(None);
    let close = move || {
        if let Some(handle) = handle.try_update_value(Option::take).flatten() {
            handle.abort();
        }
    };
    let open = move |visible: bool| {
        close();
        let (listening, abort) =
            abortable(async move { if visible { listen(heard).await } else { glance(heard).await } });
        handle.set_value(Some(abort));
        leptos::task::spawn_local(async move {
            let _aborted = listening.await;
        });
    };
    Effect::new(move |_| {
        open(browser::page_visible().get());
    });
    on_cleanup(close);
    heard
}

/// Listens for as long as the page is seen. It never gives up: who is signed out here may sign in again in another tab.
async fn listen(heard: Feed) {
    let mut backoff = Backoff::default();
    loop {
        let error = match feed().await {
            Ok(stream) => hear(heard, stream, &mut backoff).await,
            Err(error) => error,
        };
        let pause = backoff.failed(&error);
        heard.look_at(&error);
        // Who is refused was answered.
        heard.offline.set(if error.is_final() { 0 } else { backoff.attempts() });
        browser::sleep(pause).await;
    }
}

/// While nobody sees the page, looks now and then whether something waits for a person: if they want to be told, or an answer
/// is being written. What else there is will be read when the page is seen.
async fn glance(heard: Feed) {
    loop {
        browser::sleep(GLANCE).await;
        if !heard.writes.get_value() && !notices::are_wanted() {
            continue;
        }
        let Ok(mut stream) = feed().await else { continue };
        for event in stream.next().await.into_iter().flatten().flatten() {
            if !matches!(event, FeedEvent::Ready | FeedEvent::ListChanged) {
                heard.tell(event).await;
            }
        }
    }
}

/// Takes in what comes, the first of which tells everybody to read anew what they may have missed. Gives what ended it.
async fn hear(heard: Feed, mut stream: FrameStream<FeedEvent>, backoff: &mut Backoff) -> ApiError {
    while let Some(batch) = stream.next().await {
        let events: Result<Vec<_>, _> = batch.into_iter().collect();
        let events = match events {
            Ok(events) => events,
            Err(error) => return ApiError(error),
        };
        backoff.reset();
        if heard.offline.get_untracked() > 0 {
            heard.offline.set(0);
        }
        if heard.signed_out.get_untracked() {
            heard.signed_out.set(false);
        }
        for event in events {
            heard.tell(event).await;
        }
    }
    ApiError::network()
}
