//! The user's day so far, for everything on the page that shows it: read with the page, and again after each answer.

use leptos::{prelude::*, task::spawn_local};
use vertice_domain::QuotaStatus;

use crate::api;

/// The user's day so far; none: it could not be read.
#[derive(Debug, Clone, Copy)]
pub(crate) struct QuotaState(RwSignal<Option<QuotaStatus>>);

impl QuotaState {
    /// Provides it to everything below.
    pub(crate) fn provide(status: Option<QuotaStatus>) {
        provide_context(Self(RwSignal::new(status)));
    }

    /// What is known.
    pub(crate) fn get(self) -> Option<QuotaStatus> {
        self.0.get()
    }

    /// Reads it again.
    pub(crate) fn refresh(self) {
        spawn_local(async move {
            // What cannot be read now is read after the next answer.
            if let Ok(status) = api::usage::quota().await {
                let _gone = self.0.try_set(Some(status));
            }
        });
    }
}

/// The day of the frame above.
pub(crate) fn use_quota() -> QuotaState {
    expect_context()
}
