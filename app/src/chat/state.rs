//! The open conversation, as a context of the signed-in frame: it outlives the pages, so that a new chat becomes a
//! conversation without being read again. It holds state and puts what the server tells into it; sending stands in
//! `sending`, listening in `following`.

use std::collections::HashMap;

use leptos::prelude::*;
use leptos_router::{NavigateOptions, hooks::use_navigate};
use vertice_domain::{
    Author, Conversation, ConversationId, Message, MessageStatus, ModelChoice, ModelInfo, Provider, Thread,
    ThreadMessage, Tier, TurnId, chat::Effort,
};

use super::{
    draft,
    entry::{Entry, Sending},
    following,
    live::Live,
    merge::{self, From},
    written::{Picture, Written},
};
use crate::{
    quota::{QuotaState, use_quota},
    stream::Follow,
    ui::{Announcer, Toasts, use_announcer, use_toasts},
};

/// Which conversation is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Place {
    /// None.
    #[default]
    Nowhere,
    /// One that its first message will make.
    New,
    /// This one.
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

/// The open conversation.
#[derive(Clone, Copy)]
pub struct Chat {
    /// Which one.
    pub place: RwSignal<Place>,
    /// Its title and the like.
    pub conversation: RwSignal<Option<Conversation>>,
    /// The models there are.
    pub models: RwSignal<Vec<ModelInfo>>,
    /// The model chosen in the composer.
    pub model: RwSignal<ModelChoice>,
    /// How hard the models are to think; none: as they do by themselves.
    pub(crate) effort: RwSignal<Option<Effort>>,
    /// The thread.
    pub(crate) entries: RwSignal<Vec<Entry>>,
    /// The turn that is being written.
    pub(crate) live: RwSignal<Option<Live>>,
    /// The message that is sent when the turn has ended.
    pub(crate) queued: RwSignal<Option<Written>>,
    /// What the composer is to take over.
    pub(crate) handed_back: RwSignal<Option<Written>>,
    /// The pictures beside the text in the composer.
    pub(crate) pictures: RwSignal<Vec<Picture>>,
    /// Counts what the user has sent: the thread follows to its end.
    pub(crate) sent: RwSignal<u32>,
    /// The user's message that is to be edited, by key.
    pub(crate) editing: RwSignal<Option<u64>>,
    /// Whether the page was awake before: then nothing was typed into it unseen.
    pub(crate) awake: StoredValue<bool>,
    pub(super) goto: RwSignal<Option<String>>,
    pub(super) follow: StoredValue<Option<Follow>>,
    pub(super) left: StoredValue<Vec<Follow>>,
    pub(super) ended: StoredValue<Option<TurnId>>,
    pub(super) epoch: StoredValue<u64>,
    /// Counts readings of the thread: what was asked before the newest of them is out of date.
    pub(super) readings: StoredValue<u64>,
    /// Whether it is being found out if something has arrived.
    pub(super) looking: StoredValue<bool>,
    /// The conversations that the user is known to have.
    pub(super) listed: Signal<Vec<ConversationId>>,
    pub(super) announcer: Announcer,
    pub(super) toasts: Toasts,
    pub(super) quota: QuotaState,
    /// The pictures in the composers of other conversations, for as long as the page is open.
    set_aside: StoredValue<HashMap<Place, Vec<Picture>>>,
    keys: StoredValue<u64>,
}

/// The conversation of the frame above.
pub fn use_chat() -> Chat {
    expect_context()
}

/// Makes the state and provides it to everything below. Needs the feed, the announcer, the toasts and the quota.
/// `listed`: the conversations that the user is known to have.
pub fn provide_chat(listed: Signal<Vec<ConversationId>>) -> Chat {
    let chat = Chat {
        place: RwSignal::default(),
        conversation: RwSignal::default(),
        models: RwSignal::default(),
        model: RwSignal::new(ModelChoice::Auto),
        effort: RwSignal::default(),
        entries: RwSignal::default(),
        live: RwSignal::default(),
        queued: RwSignal::default(),
        handed_back: RwSignal::default(),
        pictures: RwSignal::default(),
        sent: RwSignal::default(),
        editing: RwSignal::default(),
        awake: StoredValue::default(),
        goto: RwSignal::default(),
        follow: StoredValue::default(),
        left: StoredValue::default(),
        ended: StoredValue::default(),
        epoch: StoredValue::default(),
        readings: StoredValue::default(),
        looking: StoredValue::default(),
        listed,
        announcer: use_announcer(),
        toasts: use_toasts(),
        quota: use_quota(),
        set_aside: StoredValue::default(),
        keys: StoredValue::default(),
    };
    provide_context(chat);
    let navigate = use_navigate();
    Effect::new(move |_| {
        if let Some(path) = chat.goto.get() {
            navigate(&path, NavigateOptions::default());
        }
    });
    following::listen(chat);
    chat
}

impl Chat {
    /// Whether an answer is being written.
    pub fn is_running(self) -> bool {
        self.live.with(Option::is_some)
    }

    /// Whether this conversation is open already, and need not be read.
    pub fn holds(self, id: ConversationId) -> bool {
        self.place.get_untracked() == Place::In(id)
    }

    /// Opens a conversation that was read.
    pub fn open(self, thread: Thread) {
        let id = thread.conversation.id;
        if !self.holds(id) {
            self.leave(Place::In(id));
            self.model.set(ModelChoice::from(thread.conversation.model.clone()));
        }
        self.show(thread);
    }

    /// Opens an empty conversation, unless one that was not sent yet is open.
    pub fn open_new(self) {
        if self.place.get_untracked() != Place::New {
            self.leave(Place::New);
            self.model.set(ModelChoice::Auto);
        }
    }

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

    /// Whether a text is being sent right now, or waits to be.
    pub(crate) fn is_on_its_way(self, text: &str) -> bool {
        let sending = self.entries.with_untracked(|entries| {
            entries.iter().any(|entry| {
                &*entry.text == text && entry.sending.with_untracked(|sending| *sending != Sending::Done)
            })
        });
        sending
            || self.queued.with_untracked(|queued| queued.as_ref().is_some_and(|queued| queued.text == text))
    }

    /// Puts a picture beside the text in a conversation's composer, which may have been left meanwhile.
    pub(crate) fn attach(self, place: Place, picture: Picture) {
        if self.place.get_untracked() == place {
            self.pictures.update(|pictures| pictures.push(picture));
        } else {
            self.set_aside.update_value(|aside| aside.entry(place).or_default().push(picture));
        }
    }

    fn leave(self, place: Place) {
        self.next_epoch();
        self.looking.set_value(false);
        if let Some(follow) = self.follow.try_update_value(Option::take).flatten() {
            // A turn that was just asked for must still start; dropping its request could stop that.
            if self.live.with_untracked(|live| live.as_ref().is_some_and(|live| live.turn_id().is_none())) {
                self.left.update_value(|left| left.push(follow));
            }
        }
        let mut pictures = self.pictures.try_update(std::mem::take).unwrap_or_default();
        if let Some(queued) = self.queued.try_update(Option::take).flatten() {
            draft::keep(self.place.get_untracked(), &queued.text);
            pictures.splice(0..0, queued.pictures);
        }
        self.set_aside.update_value(|aside| {
            aside.insert(self.place.get_untracked(), pictures);
            self.pictures.set(aside.remove(&place).unwrap_or_default());
        });
        self.live.set(None);
        self.editing.set(None);
        self.handed_back.set(None);
        self.goto.set(None);
        self.entries.set(Vec::new());
        self.conversation.set(None);
        self.place.set(place);
    }

    pub(super) fn next_epoch(self) -> u64 {
        self.epoch
            .try_update_value(|epoch| {
                *epoch += 1;
                *epoch
            })
            .unwrap_or_default()
    }

    pub(super) fn next_key(self) -> u64 {
        self.keys
            .try_update_value(|key| {
                *key += 1;
                *key
            })
            .unwrap_or_default()
    }

    /// Shows what the server tells. What is on the page already stays there.
    pub(super) fn show(self, thread: Thread) {
        let Thread { conversation, messages, running } = thread;
        if self.conversation.with_untracked(|old| old.as_ref() != Some(&conversation)) {
            self.conversation.set(Some(conversation));
        }
        if self.writes_elsewhere(&messages) {
            return;
        }
        let running = running.filter(|turn| self.ended.get_value() != Some(*turn));
        let over = self.over(&messages);
        let shown = self.entries.get_untracked();
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
            self.entries.set(entries);
        }
        if let Some((live, stored)) = over {
            live.end_as(&stored);
        }
    }

    /// The turn that is followed here although `messages` tell that its answer is no longer written, with that answer.
    fn over(self, messages: &[ThreadMessage]) -> Option<(Live, Message)> {
        let live = self.live.get_untracked().filter(|live| !live.has_ended())?;
        let id = self.entry_of(&live)?.id()?;
        let stored = messages.iter().map(|told| &told.message).find(|message| message.id == id)?;
        (stored.status != MessageStatus::Streaming).then(|| (live, stored.clone()))
    }

    /// Whether the answer that is being written here is not on the branch of `messages`; it is seen through first.
    fn writes_elsewhere(self, messages: &[ThreadMessage]) -> bool {
        let written = self.entries.with_untracked(|entries| {
            let live =
                entries.last().filter(|entry| entry.live.as_ref().is_some_and(|live| !live.has_ended()));
            live.and_then(Entry::id)
        });
        written.is_some_and(|written| !messages.iter().any(|message| message.message.id == written))
    }

    fn is_live(self, entry: &Entry) -> bool {
        entry.author == Author::User || entry.live.as_ref().is_some_and(|live| !live.has_ended())
    }

    fn told(self, message: ThreadMessage, running: Option<TurnId>) -> Entry {
        let written =
            message.message.role == Author::Assistant && message.message.status == MessageStatus::Streaming;
        let live = running
            .filter(|_| written)
            .map(|turn| Live::joined(turn, message.message.created_at, message.message.content.len()));
        if let Some(live) = &live {
            self.live.set(Some(live.clone()));
        }
        Entry::saved(self.next_key(), message, live)
    }
}

/// What people call these models. Does not subscribe.
pub(crate) fn model_names(ids: &[String]) -> Vec<String> {
    let chat = use_chat();
    ids.iter().map(|id| chat.model_name(id)).collect()
}
