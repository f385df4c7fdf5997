//! The conversations that the sidebar shows, and what can be done to them. Changes show at once; where the server
//! refuses, the list is read again and a toast says why.

use std::collections::HashSet;

use leptos::prelude::*;
use vertice_domain::{
    Conversation, ConversationId, ConversationPatch, FeedEvent, Timestamp, conversation::ConversationHit,
};

use super::groups;
use crate::{
    api::{
        ApiError,
        conversations::{conversations, delete_conversation, patch_conversation, restore_conversation},
        opening::Opening,
    },
    feed::Feed,
    strings::t,
    ui::{Toast, Toasts, browser},
};

/// The user's conversations; a context of the signed-in frame.
#[derive(Clone, Copy)]
pub struct Shelf {
    /// What is loaded so far, in the list's order.
    pub items: RwSignal<Vec<ConversationHit>>,
    /// The open conversation, which may lie beyond what is loaded.
    open: RwSignal<Option<ConversationHit>>,
    /// Conversations in which a turn is running.
    pub running: RwSignal<HashSet<ConversationId>>,
    /// Conversations in which a turn waits for a person.
    pub waiting: RwSignal<HashSet<ConversationId>>,
    /// The conversation whose title is being written.
    pub(super) renaming: RwSignal<Option<ConversationId>>,
    /// The present, for "today".
    pub(super) now: RwSignal<Timestamp>,
    /// Minutes to add to UTC for the user's own days.
    pub(super) utc_offset_minutes: RwSignal<i32>,
    next_cursor: RwSignal<Option<String>>,
    loading: RwSignal<bool>,
    /// Counts changes and readings: what was asked before the newest of them is out of date.
    version: StoredValue<u32>,
    toasts: Toasts,
}

impl Shelf {
    /// Provides the list, starting with its first page, and keeps it true to what the feed tells.
    pub fn provide(opening: &Opening, feed: Feed, toasts: Toasts) -> Self {
        let shelf = Self {
            items: RwSignal::new(opening.conversations.items.clone()),
            open: RwSignal::new(None),
            running: RwSignal::default(),
            waiting: RwSignal::default(),
            renaming: RwSignal::new(None),
            now: RwSignal::new(opening.now),
            utc_offset_minutes: RwSignal::new(opening.preferences.utc_offset_minutes),
            next_cursor: RwSignal::new(opening.conversations.next_cursor.clone()),
            loading: RwSignal::new(false),
            version: StoredValue::new(0),
            toasts,
        };
        provide_context(shelf);
        // The cookie may be missing at the first visit, or from before a journey.
        Effect::new(move |_| shelf.utc_offset_minutes.set(browser::utc_offset_minutes()));
        Effect::new(move |_| {
            if let (_, Some(event)) = feed.latest.get() {
                shelf.hear(&event);
            }
        });
        shelf
    }

    fn hear(self, event: &FeedEvent) {
        match event {
            FeedEvent::Ready => {
                self.running.update(HashSet::clear);
                self.waiting.update(HashSet::clear);
                self.reload();
            }
            FeedEvent::ListChanged => self.reload(),
            FeedEvent::TurnStarted { conversation_id, .. } => self.mark(*conversation_id, true, false),
            FeedEvent::TurnWaiting { conversation_id, .. } => self.mark(*conversation_id, false, true),
            FeedEvent::TurnEnded { conversation_id, .. } => self.mark(*conversation_id, false, false),
            FeedEvent::HeadChanged { .. } | FeedEvent::ArtifactsChanged { .. } | FeedEvent::Unknown => {}
        }
    }

    fn mark(self, id: ConversationId, running: bool, waiting: bool) {
        for (set, is_in) in [(self.running, running), (self.waiting, waiting)] {
            if set.with_untracked(|set| set.contains(&id)) != is_in {
                set.update(|set| {
                    let _changed = if is_in { set.insert(id) } else { set.remove(&id) };
                });
            }
        }
    }

    fn begin(self) -> u32 {
        self.version
            .try_update_value(|version| {
                *version += 1;
                *version
            })
            .unwrap_or_default()
    }

    fn is_current(self, version: u32) -> bool {
        self.version.try_get_value() == Some(version)
    }

    /// What is listed: what is loaded, and the open conversation.
    pub(super) fn listed(self) -> Vec<ConversationHit> {
        self.items.with(|items| self.open.with(|open| groups::with_open(items, open.as_ref())))
    }

    /// What a conversation is called, if it is listed. Does not subscribe.
    pub(crate) fn title_of(self, id: ConversationId) -> String {
        let listed = untrack(|| self.listed());
        let found = listed.into_iter().find(|hit| hit.conversation.id == id);
        found.map(|hit| hit.conversation.title).unwrap_or_default()
    }

    /// Follows which conversation is open. Only in the browser: the server draws the list before it has read that.
    pub(super) fn follow(self, open: RwSignal<Option<Conversation>>) {
        Effect::new(move |_| {
            let hit = |conversation| ConversationHit { conversation, message_id: None, snippet: None };
            self.open.set(open.get().map(hit));
        });
    }

    /// Changes a conversation wherever it is listed. False: it is nowhere.
    fn change(self, id: ConversationId, change: impl Fn(&mut Conversation)) -> bool {
        let is_it = |hit: &&mut ConversationHit| hit.conversation.id == id;
        let mut found = 0;
        self.items.update(|items| {
            for hit in items.iter_mut().filter(is_it) {
                change(&mut hit.conversation);
                found += 1;
            }
        });
        self.open.update(|open| {
            if let Some(hit) = open.as_mut().filter(is_it) {
                change(&mut hit.conversation);
                found += 1;
            }
        });
        found > 0
    }

    /// Whether there is more to load.
    pub(super) fn has_more(self) -> bool {
        self.next_cursor.with(Option::is_some)
    }

    /// Reads the list again, as far as it is loaded. What stays the same is not painted again.
    pub fn reload(self) {
        // The palette reads anew what it finds.
        browser::tell_all("list-changed");
        let version = self.begin();
        let wanted = self.items.with_untracked(Vec::len);
        leptos::task::spawn_local(async move {
            let mut items = Vec::new();
            let mut cursor = None;
            loop {
                // A failure here means that the connection is gone, which the banner says already.
                let Ok(page) = conversations(None, cursor).await else { return };
                groups::append(&mut items, page.items);
                cursor = page.next_cursor;
                if cursor.is_none() || items.len() >= wanted {
                    break;
                }
            }
            if self.is_current(version) {
                self.now.set(browser::now());
                self.next_cursor.set(cursor);
                self.items.set(items);
            }
        });
    }

    /// Loads the next page, unless that is under way.
    pub(super) fn load_more(self) {
        let Some(cursor) = self.next_cursor.get_untracked() else { return };
        if self.loading.get_untracked() {
            return;
        }
        self.loading.set(true);
        let version = self.begin();
        leptos::task::spawn_local(async move {
            let page = conversations(None, Some(cursor)).await;
            let _disposed = self.loading.try_set(false);
            if !self.is_current(version) {
                return;
            }
            match page {
                Ok(page) => {
                    self.next_cursor.set(page.next_cursor);
                    self.items.update(|items| groups::append(items, page.items));
                }
                Err(error) => self.refused(t().sidebar.more_failed, &error),
            }
        });
    }

    fn refused(self, title: &str, error: &ApiError) {
        self.toasts.push(Toast::error(title, error.to_string()));
    }

    fn patch(self, id: ConversationId, patch: ConversationPatch, failure: &'static str) {
        self.begin();
        leptos::task::spawn_local(async move {
            if let Err(error) = patch_conversation(id, patch).await {
                self.refused(failure, &error);
                self.reload();
            }
        });
    }

    /// Gives a conversation another title. Its place in the list stays.
    pub fn rename(self, id: ConversationId, title: &str) {
        let title = title.trim().to_owned();
        let same = untrack(|| self.listed())
            .iter()
            .any(|hit| hit.conversation.id == id && hit.conversation.title == title);
        if title.is_empty() || same || !self.change(id, |hit| hit.title.clone_from(&title)) {
            return;
        }
        let patch = ConversationPatch { title: Some(title), ..ConversationPatch::default() };
        self.patch(id, patch, t().sidebar.title_failed);
    }

    /// Pins a conversation to the top, or takes the pin away.
    pub fn set_pinned(self, id: ConversationId, pinned: bool) {
        self.change(id, |hit| hit.pinned = pinned);
        self.items.update(|items| groups::sort(items));
        let patch = ConversationPatch { pinned: Some(pinned), ..ConversationPatch::default() };
        self.patch(id, patch, t().sidebar.pin_failed);
    }

    /// Takes a conversation away, with ten seconds to undo it.
    pub fn delete(self, id: ConversationId) {
        self.begin();
        let title = self.title_of(id);
        self.items.update(|items| items.retain(|hit| hit.conversation.id != id));
        self.open.update(|open| {
            open.take_if(|hit| hit.conversation.id == id);
        });
        leptos::task::spawn_local(async move {
            match delete_conversation(id).await {
                Ok(()) => self.toasts.push(Toast {
                    text: title,
                    ..Toast::info(t().common.conversation_deleted)
                        .with_action(t().common.undo, move || self.restore(id))
                }),
                Err(error) => {
                    self.refused(t().common.conversation_not_deleted, &error);
                    self.reload();
                }
            }
        });
    }

    fn restore(self, id: ConversationId) {
        leptos::task::spawn_local(async move {
            match restore_conversation(id).await {
                Ok(_conversation) => self.reload(),
                Err(error) => self.refused(t().sidebar.restore_failed, &error),
            }
        });
    }
}

/// The conversations of the frame above.
pub fn use_shelf() -> Shelf {
    expect_context()
}
