//! The messages of the open conversation, as they stand on the page.

use leptos::prelude::*;
use vertice_domain::{Conversation, MessageId};

use crate::chat::{
    entry::{Entry, Sending},
    live::Live,
};

#[derive(Clone, Copy, Default)]
pub(crate) struct ThreadState {
    /// Its title and the like.
    pub(crate) conversation: RwSignal<Option<Conversation>>,
    pub(crate) entries: RwSignal<Vec<Entry>>,
    /// Whether the conversation has more before them.
    pub(crate) has_earlier: RwSignal<bool>,
    /// Whether that is being read.
    pub(crate) reading_earlier: RwSignal<bool>,
    /// Counts what the user has sent: the thread follows to its end.
    pub(crate) sent: RwSignal<u32>,
    /// The user's message that is to be edited, by key.
    pub(crate) editing: RwSignal<Option<u64>>,
    /// Counts readings: what was asked before the newest of them is out of date.
    pub(in crate::chat) readings: StoredValue<u64>,
    keys: StoredValue<u64>,
}

impl ThreadState {
    /// The key of a new entry.
    pub(in crate::chat) fn next_key(self) -> u64 {
        self.keys
            .try_update_value(|key| {
                *key += 1;
                *key
            })
            .unwrap_or_default()
    }

    /// The first message on the page.
    pub(in crate::chat) fn first_id(self) -> Option<MessageId> {
        self.entries.with_untracked(|entries| entries.first().and_then(Entry::id))
    }

    /// The last message that the server has.
    pub(in crate::chat) fn last_id(self) -> Option<MessageId> {
        self.entries.with_untracked(|entries| entries.iter().rev().find_map(Entry::id))
    }

    pub(in crate::chat) fn entry_of(self, live: &Live) -> Option<Entry> {
        self.entries.with_untracked(|entries| entries.iter().find(|entry| entry.is_written_by(live)).cloned())
    }

    pub(in crate::chat) fn push(self, entry: Entry) {
        self.entries.update(|entries| entries.push(entry));
    }

    /// Takes an entry and what follows off the page.
    pub(in crate::chat) fn truncate(self, key: u64) -> Vec<Entry> {
        let taken = self.entries.try_update(|entries| {
            let at = entries.iter().position(|entry| entry.key == key)?;
            Some(entries.split_off(at))
        });
        taken.flatten().unwrap_or_default()
    }

    /// Puts what waits to be sent after what is being said.
    pub(in crate::chat) fn waiting_last(self) {
        self.entries.update(|entries| entries.sort_by_key(|entry| entry.awaits().is_some()));
    }

    pub(in crate::chat) fn remove(self, key: u64) {
        self.entries.update(|entries| entries.retain(|entry| entry.key != key));
    }

    /// Whether a text is being sent right now.
    pub(in crate::chat) fn is_sending(self, text: &str) -> bool {
        self.entries.with_untracked(|entries| {
            entries.iter().any(|entry| {
                &*entry.text == text && entry.sending.with_untracked(|sending| *sending != Sending::Done)
            })
        })
    }
}
