//! The page's ear: one stream for as long as the page is visible, telling what changes in other tabs and on the server.

use std::time::Duration;

use futures::future::{AbortHandle, abortable};
use leptos::prelude::*;
use vertice_domain::FeedEvent;

use crate::{api::chat::feed, ui::browser};

/// What the page hears; a context of the signed-in frame.
#[derive(Clone, Copy)]
pub struct Feed {
    /// The newest event with its running number, so that equal events in a row are told apart.
    pub latest: RwSignal<(u64, Option<FeedEvent>)>,
    /// Whether the server is out of reach: since how many attempts.
    pub offline: RwSignal<u32>,
}

/// The feed of the frame above.
pub fn use_feed() -> Feed {
    expect_context()
}

/// Opens the feed and provides it to everything below. It closes while the page is hidden, since browsers allow only
/// six connections to a server over HTTP/1.1, and opens again when it is seen.
pub fn provide_feed() -> Feed {
    let heard = Feed { latest: RwSignal::new((0, None)), offline: RwSignal::new(0) };
    provide_context(heard);
    let handle: StoredValue<Option<AbortHandle>> = StoredValue::new(None);
    let close = move || {
        if let Some(handle) = handle.try_update_value(Option::take).flatten() {
            handle.abort();
        }
    };
    let open = move || {
        close();
        let (listening, abort) = abortable(listen(heard));
        handle.set_value(Some(abort));
        leptos::task::spawn_local(async move {
            let _aborted = listening.await;
        });
    };
    Effect::new(move |_| {
        let visible = browser::page_visible().get();
        if visible { open() } else { close() }
    });
    on_cleanup(close);
    heard
}

async fn listen(heard: Feed) {
    let mut attempt: u32 = 0;
    loop {
        match feed().await {
            Ok(mut stream) => {
                attempt = 0;
                heard.offline.set(0);
                while let Some(batch) = stream.next().await {
                    for event in batch.into_iter().flatten() {
                        heard.latest.update(|(number, latest)| {
                            *number += 1;
                            *latest = Some(event);
                        });
                        // Effects must see every event, so each one has its own turn of the loop.
                        browser::next_tick().await;
                    }
                }
            }
            Err(error) if !error.is_network() => return,
            Err(_unreachable) => {}
        }
        attempt += 1;
        heard.offline.set(attempt);
        let pause = Duration::from_millis(500 * 2_u64.pow(attempt.min(6) - 1)).min(Duration::from_secs(10));
        browser::sleep(pause).await;
    }
}
