//! Puts what the server tells into the state: a conversation that is opened, a thread that was read again. What is on
//! the page already stays there.

use leptos::{prelude::*, task::spawn_local};
use vertice_domain::{
    Author, Conversation, ConversationId, EarlierMessages, Message, MessageStatus, Mode, ModelChoice,
    RunningTurn, Thread, ThreadMessage,
};

use super::{
    draft,
    entry::Entry,
    live::Live,
    merge::{self, From},
    state::{Chat, Place},
    written::Picture,
};
use crate::{api::conversations, retry::persist};

impl Chat {
    /// Whether this conversation is open already, and need not be read.
    pub fn holds(self, id: ConversationId) -> bool {
        self.place.open.get_untracked() == Place::In(id)
    }

    /// Opens a conversation that was read.
    pub fn open(self, thread: Thread) {
        let id = thread.conversation.id;
        if !self.holds(id) {
            self.leave(Place::In(id));
            self.composer.model.set(ModelChoice::from(thread.conversation.model.clone()));
            self.composer.mode.set(thread.conversation.mode);
        }
        self.show(thread);
    }

    /// Opens an empty conversation, unless one that was not sent yet is open.
    pub fn open_new(self) {
        if self.place.open.get_untracked() != Place::New {
            self.leave(Place::New);
            self.composer.model.set(ModelChoice::Auto);
            self.composer.mode.set(Mode::Chat);
        }
    }

    /// Puts a picture beside the text in a conversation's composer, which may have been left meanwhile.
    pub(crate) fn attach(self, place: Place, picture: Picture) {
        self.composer.attach(self.place.open.get_untracked(), place, picture);
    }

    fn leave(self, to: Place) {
        self.place.next_epoch();
        self.turn.leave();
        self.composer.move_on(self.place.open.get_untracked(), to);
        self.thread.editing.set(None);
        self.place.goto.set(None);
        self.thread.entries.set(Vec::new());
        self.thread.has_earlier.set(false);
        self.thread.conversation.set(None);
        self.place.open.set(to);
    }

    /// A new chat is a conversation now.
    pub(super) fn become_conversation(self, conversation: &Conversation) {
        if self.place.open.get_untracked() != Place::New {
            return;
        }
        let id = conversation.id;
        self.thread.conversation.set(Some(conversation.clone()));
        if let Some(next) = draft::load(Place::New) {
            draft::keep(Place::In(id), &next);
            draft::keep(Place::New, "");
        }
        self.place.open.set(Place::In(id));
        self.place.goto.set(Some(format!("/c/{id}")));
    }

    /// Reads the thread again, as soon as the server answers, and shows what is new.
    pub(crate) fn reload(self) {
        let Some(id) = self.place.open.get_untracked().id() else { return };
        let epoch = self.place.epoch.get_value();
        let reading = self.thread.readings.get_value() + 1;
        self.thread.readings.set_value(reading);
        let wanted =
            move || self.place.is_current(epoch) && self.thread.readings.try_get_value() == Some(reading);
        spawn_local(async move {
            if let Some(Ok(thread)) =
                persist(|| conversations::thread(id, self.thread.first_id()), wanted).await
            {
                self.show(thread);
            }
        });
    }

    /// Reads what stands before the first message on the page; none: nothing does, or it is being read already.
    pub(super) async fn read_earlier(self) -> Option<EarlierMessages> {
        let first = self.thread.first_id()?;
        if !self.thread.has_earlier.get_untracked() || self.thread.reading_earlier.get_untracked() {
            return None;
        }
        self.thread.reading_earlier.set(true);
        let wanted = || self.thread.first_id() == Some(first);
        let read = persist(|| conversations::earlier(first), wanted).await;
        self.thread.reading_earlier.set(false);
        read?.map_err(|error| self.complain(&error)).ok()
    }

    /// Puts what was read above what is shown.
    pub(super) fn show_earlier(self, earlier: EarlierMessages) {
        let entries = earlier.messages.into_iter().map(|message| self.told(message, None));
        self.thread.entries.update(|shown| drop(shown.splice(0..0, entries)));
        self.thread.has_earlier.set(earlier.has_earlier);
    }

    /// Shows what the server tells. What is on the page already stays there.
    pub(super) fn show(self, thread: Thread) {
        let Thread { conversation, messages, has_earlier, running } = thread;
        if self.thread.conversation.with_untracked(|old| old.as_ref() != Some(&conversation)) {
            self.thread.conversation.set(Some(conversation));
        }
        if self.writes_elsewhere(&messages) {
            return;
        }
        let running = running.filter(|running| self.turn.ended.get_value() != Some(running.turn));
        let over = self.over(&messages);
        let shown = self.thread.entries.get_untracked();
        let ids: Vec<_> = shown.iter().map(Entry::id).collect();
        let told: Vec<_> = messages.iter().map(|message| message.message.id).collect();
        let last = messages.len().saturating_sub(1);
        let entries = merge::plan(&ids, &told).into_iter().map(|from| match from {
            From::Shown(at, None) => shown[at].clone(),
            From::Shown(at, Some(place)) => {
                let lost = running.is_some() && place == last && !self.is_live(&shown[at]);
                if lost {
                    return self.told(messages[place].clone(), running);
                }
                shown[at].refresh(messages[place].clone());
                shown[at].clone()
            }
            From::Told(place) => self.told(messages[place].clone(), running.filter(|_| place == last)),
        });
        let entries: Vec<Entry> = entries.collect();
        let keys = |entries: &[Entry]| entries.iter().map(|entry| entry.key).collect::<Vec<_>>();
        if keys(&entries) != keys(&shown) {
            self.thread.entries.set(entries);
        }
        if self.thread.has_earlier.get_untracked() != has_earlier {
            self.thread.has_earlier.set(has_earlier);
        }
        if let Some((live, stored)) = over {
            live.end_as(&stored);
        }
    }

    /// The turn that is followed here although `messages` tell that its answer is no longer written, with that answer.
    fn over(self, messages: &[ThreadMessage]) -> Option<(Live, Message)> {
        let live = self.turn.live.get_untracked().filter(|live| !live.has_ended())?;
        let id = self.thread.entry_of(&live)?.id()?;
        let stored = messages.iter().map(|told| &told.message).find(|message| message.id == id)?;
        (stored.status != MessageStatus::Streaming).then(|| (live, stored.clone()))
    }

    /// Whether the answer that is being written here is not on the branch of `messages`; it is seen through first.
    fn writes_elsewhere(self, messages: &[ThreadMessage]) -> bool {
        let written = self.thread.entries.with_untracked(|entries| {
            let live =
                entries.last().filter(|entry| entry.live.as_ref().is_some_and(|live| !live.has_ended()));
            live.and_then(Entry::id)
        });
        written.is_some_and(|written| !messages.iter().any(|message| message.message.id == written))
    }

    fn is_live(self, entry: &Entry) -> bool {
        entry.author == Author::User || entry.live.as_ref().is_some_and(|live| !live.has_ended())
    }

    fn told(self, message: ThreadMessage, running: Option<RunningTurn>) -> Entry {
        let written =
            message.message.role == Author::Assistant && message.message.status == MessageStatus::Streaming;
        let live = running.filter(|_| written).map(|running| Live::joined(running, &message.message));
        if let Some(live) = &live {
            self.turn.live.set(Some(live.clone()));
        }
        Entry::saved(self.thread.next_key(), message, live)
    }
}
