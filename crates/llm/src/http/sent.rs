//! Whether a request has gone out.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use http_body_util::BodyExt as _;
use reqwest::Body;

use crate::body::Sending;

/// Whether a request has gone out: before, nobody can have worked on it.
#[derive(Debug, Clone, Default)]
pub struct Sent(Arc<AtomicBool>);

impl Sent {
    pub fn get(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    /// Says whether it has.
    pub fn set(&self, sent: bool) {
        self.0.store(sent, Ordering::Relaxed);
    }

    /// A body that says so when a connection takes it.
    pub(super) fn body(&self, body: Sending) -> Body {
        let sent = self.clone();
        Body::wrap(body.inspect_frame(move |_| sent.set(true)))
    }
}
