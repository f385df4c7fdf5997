//! That something waits for a person, told to who does not look at it: by a mark in the page's title, and by a notice of the
//! browser where they want one.

use std::collections::HashSet;

use leptos::prelude::*;
use leptos_router::hooks::use_location;
use vertice_domain::ConversationId;

use crate::{
    sidebar::{Shelf, path_of},
    strings::{fill, t},
    ui::browser::{self, notices},
};

/// Whether the title has a mark; a context of the whole app.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TitleMark(RwSignal<bool>);

impl TitleMark {
    pub(crate) fn provide() -> Self {
        let mark = Self(RwSignal::new(false));
        provide_context(mark);
        mark
    }

    /// A title with the mark, if there is to be one. Only in the browser, which knows what is seen.
    pub(crate) fn on(self, title: String) -> String {
        if browser::IN_BROWSER && self.0.get() {
            fill(t().common.waits_title, &[("title", &title)])
        } else {
            title
        }
    }
}

/// Watches what waits, for as long as the owner lives.
pub(crate) fn watch(shelf: Shelf) {
    let TitleMark(mark) = expect_context();
    let path = use_location().pathname;
    let visible = browser::page_visible();
    Effect::new(move |_| {
        let seen = |id: &ConversationId| visible.get() && path.with(|path| *path == path_of(*id));
        let waits = shelf.waiting.with(|waiting| waiting.iter().any(|id| !seen(id)));
        if mark.get_untracked() != waits {
            mark.set(waits);
        }
    });
    Effect::new(move |before: Option<HashSet<ConversationId>>| {
        let waiting = shelf.waiting.get();
        if let Some(before) = before.filter(|_| !visible.get_untracked() && notices::are_wanted()) {
            for id in waiting.difference(&before) {
                notices::show(t().common.waits, &shelf.title_of(*id), &id.to_string());
            }
        }
        waiting
    });
    on_cleanup(move || mark.set(false));
}
