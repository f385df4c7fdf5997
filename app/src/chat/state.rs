//! The open conversation, as a context of the signed-in frame: it outlives the pages, so that a new chat becomes a
//! conversation without being read again. It is state alone, by what it is about; what the server tells is put into it
//! in `reading`, what the user does stands in `turns`.

mod composer;
mod place;
mod thread;
mod turn;

use leptos::prelude::*;
use vertice_domain::{ModelInfo, Provider, Tier};

pub(super) use composer::{COMPOSER_FIELD, ComposerState};
pub use place::Place;
pub(super) use place::PlaceState;
pub(super) use thread::ThreadState;
pub(super) use turn::TurnState;

use crate::{
    api::ApiError,
    quota::QuotaState,
    strings::t,
    ui::{Announcer, Toast, Toasts},
};

/// The open conversation.
#[derive(Clone, Copy)]
pub struct Chat {
    pub(crate) place: PlaceState,
    /// What was said.
    pub(crate) thread: ThreadState,
    /// What is being said.
    pub(crate) turn: TurnState,
    /// What is being written.
    pub(crate) composer: ComposerState,
    pub models: RwSignal<Vec<ModelInfo>>,
    pub(super) announcer: Announcer,
    pub(super) toasts: Toasts,
    pub(super) quota: QuotaState,
}

/// The conversation of the frame above.
pub fn use_chat() -> Chat {
    expect_context()
}

impl Chat {
    /// What people call a model. Does not subscribe: the models are there before anything is drawn.
    pub fn model_name(self, id: &str) -> String {
        self.models.with_untracked(|models| {
            models
                .iter()
                .find(|model| model.id == id)
                .map_or_else(|| id.to_owned(), |model| model.name.clone())
        })
    }

    /// A model's glyph: its tier, and whether it runs on this machine. No tier: the router's mark. Does not
    /// subscribe.
    pub fn glyph(self, id: &str) -> (Option<Tier>, bool) {
        self.models.with_untracked(|models| {
            let model = models.iter().find(|model| model.id == id);
            model.map_or((None, false), |model| (Some(model.tier), model.provider == Provider::Local))
        })
    }

    pub(super) fn complain(self, error: &ApiError) {
        self.toasts.push(Toast::error(t().errors.failed, error.to_string()));
    }
}
