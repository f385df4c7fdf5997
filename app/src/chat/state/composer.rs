//! What is being written, and how it shall be answered.

use std::collections::HashMap;

use leptos::prelude::*;
use vertice_domain::{Mode, ModelChoice, chat::Effort, mcp::Reference};

use super::Place;
use crate::chat::{
    draft,
    written::{Picture, Written},
};

/// The id of the field in which messages are written: what opened above it gives the focus back.
pub(in crate::chat) const COMPOSER_FIELD: &str = "composer";

/// The composer's state beside its text, which stands in the field alone.
#[derive(Clone, Copy)]
pub(crate) struct ComposerState {
    /// The model chosen.
    pub(crate) model: RwSignal<ModelChoice>,
    /// What the conversation is for.
    pub(crate) mode: RwSignal<Mode>,
    /// How hard the models are to think; none: as they do by themselves.
    pub(crate) effort: RwSignal<Option<Effort>>,
    /// The message that is sent when the turn has ended.
    pub(crate) queued: RwSignal<Option<Written>>,
    /// What the field is to take over.
    pub(crate) handed_back: RwSignal<Option<Written>>,
    /// The pictures beside the text.
    pub(crate) pictures: RwSignal<Vec<Picture>>,
    /// The resources that it quotes.
    pub(crate) references: RwSignal<Vec<Reference>>,
    /// Whether the page was awake before: then nothing was typed into it unseen.
    pub(crate) awake: StoredValue<bool>,
    /// The pictures in the composers of other conversations, for as long as the page is open.
    set_aside: StoredValue<HashMap<Place, Vec<Picture>>>,
}

impl Default for ComposerState {
    fn default() -> Self {
        Self {
            model: RwSignal::new(ModelChoice::Auto),
            mode: RwSignal::default(),
            effort: RwSignal::default(),
            queued: RwSignal::default(),
            handed_back: RwSignal::default(),
            pictures: RwSignal::default(),
            references: RwSignal::default(),
            awake: StoredValue::default(),
            set_aside: StoredValue::default(),
        }
    }
}

impl ComposerState {
    /// Lets a message wait for the end of the turn, after what waits already.
    pub(in crate::chat) fn queue(self, place: Place, written: Written) {
        let queued = self.take_queued().unwrap_or_default().and(written);
        draft::keep(place, &queued.text);
        self.queued.set(Some(queued));
    }

    pub(in crate::chat) fn take_queued(self) -> Option<Written> {
        self.queued.try_update(Option::take).flatten()
    }

    /// Whether a text waits to be sent.
    pub(in crate::chat) fn is_queued(self, text: &str) -> bool {
        self.queued.with_untracked(|queued| queued.as_ref().is_some_and(|queued| queued.text == text))
    }

    /// Takes a picture for the conversation at `place`, which may not be the open one any more.
    pub(in crate::chat) fn attach(self, open: Place, place: Place, picture: Picture) {
        if open == place {
            self.pictures.update(|pictures| pictures.push(picture));
        } else {
            self.set_aside.update_value(|aside| aside.entry(place).or_default().push(picture));
        }
    }

    /// Puts aside what was written at `from`, and takes out what was put aside at `to`.
    pub(in crate::chat) fn move_on(self, from: Place, to: Place) {
        let mut pictures = self.pictures.try_update(std::mem::take).unwrap_or_default();
        if let Some(queued) = self.take_queued() {
            draft::keep(from, &queued.text);
            pictures.splice(0..0, queued.pictures);
        }
        self.set_aside.update_value(|aside| {
            aside.insert(from, pictures);
            self.pictures.set(aside.remove(&to).unwrap_or_default());
        });
        // They are chosen anew where they are wanted.
        self.references.set(Vec::new());
        self.handed_back.set(None);
    }
}
