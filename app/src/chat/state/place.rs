//! Which conversation is open, and where the page goes next.

use leptos::prelude::*;
use vertice_domain::ConversationId;

/// Which conversation is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Place {
    #[default]
    Nowhere,
    /// One that its first message will make.
    New,
    In(ConversationId),
}

impl Place {
    /// The conversation, if the server has it.
    pub fn id(self) -> Option<ConversationId> {
        match self {
            Self::In(id) => Some(id),
            Self::Nowhere | Self::New => None,
        }
    }
}

/// Where the page is.
#[derive(Clone, Copy)]
pub(crate) struct PlaceState {
    pub(crate) open: RwSignal<Place>,
    /// The address to go to.
    pub(in crate::chat) goto: RwSignal<Option<String>>,
    /// Counts what makes answers of the server out of date.
    pub(in crate::chat) epoch: StoredValue<u64>,
    /// The conversations that the user is known to have.
    pub(in crate::chat) listed: Signal<Vec<ConversationId>>,
}

impl PlaceState {
    pub(in crate::chat) fn new(listed: Signal<Vec<ConversationId>>) -> Self {
        Self { open: RwSignal::default(), goto: RwSignal::default(), epoch: StoredValue::default(), listed }
    }

    pub(in crate::chat) fn next_epoch(self) -> u64 {
        self.epoch
            .try_update_value(|epoch| {
                *epoch += 1;
                *epoch
            })
            .unwrap_or_default()
    }

    /// Whether nothing has happened since that would make an answer out of date. False once the page is gone.
    pub(in crate::chat) fn is_current(self, epoch: u64) -> bool {
        self.epoch.try_get_value() == Some(epoch)
    }
}
