//! The stores in memory. They hold every caller to the contract: a gap, a duplicate or a second end is a panic.

mod artifacts;
mod blobs;
mod conversations;
mod turns;

use std::{
    collections::{HashMap, HashSet},
    sync::{Mutex, MutexGuard},
    time::Duration,
};

use tokio::sync::Notify;
use vertice_domain::{
    BlobHash, Conversation, ConversationId, Error, LoggedEvent, Message, MessageId, NodeId, Result,
    SealedPart, Timestamp, TurnId, UserId,
};
use vertice_ports::{
    artifacts::{StoredArtifact, StoredVersion},
    ledger::ToolUse,
    turns::{CallRecord, Held, TurnPhase},
};

#[derive(Default)]
pub(crate) struct Store {
    inside: Mutex<Inside>,
    changed: Notify,
}

#[derive(Default)]
pub(crate) struct Inside {
    pub(crate) conversations: Vec<Shelved>,
    pub(crate) messages: Vec<Message>,
    pub(crate) sealed: Vec<(MessageId, SealedPart)>,
    /// Each with its newest version.
    pub(crate) artifacts: Vec<(StoredArtifact, StoredVersion)>,
    pub(crate) blobs: HashMap<(UserId, BlobHash), bytes::Bytes>,
    pub(crate) leases: HashSet<NodeId>,
    pub(crate) calls: Vec<CallRecord>,
    /// Which tools were used.
    pub(crate) uses: Vec<ToolUse>,
    pub(crate) is_shared: bool,
    pub(crate) turns: HashMap<TurnId, Turn>,
    pub(crate) faults: Faults,
    pub(crate) appends: usize,
    /// How long the end of a turn takes to be stored.
    pub(crate) end_takes: Duration,
}

#[derive(Clone)]
pub(crate) struct Shelved {
    pub(crate) owner: UserId,
    pub(crate) deleted: Option<Timestamp>,
    pub(crate) conversation: Conversation,
}

#[derive(Clone)]
pub(crate) struct Turn {
    pub(crate) owner: UserId,
    pub(crate) conversation: ConversationId,
    pub(crate) message: MessageId,
    pub(crate) phase: TurnPhase,
    pub(crate) node: Option<NodeId>,
    pub(crate) fence: u64,
    pub(crate) stop: bool,
    pub(crate) settings: String,
    pub(crate) events: Vec<LoggedEvent>,
}

impl Turn {
    pub(crate) fn ended(&self) -> bool {
        self.phase == TurnPhase::Ended
    }
}

/// What goes wrong.
#[derive(Default, Clone, Copy)]
pub(crate) struct Faults {
    /// Turns can't begin.
    pub(crate) begin: bool,
    /// Nothing is written to logs, and no turn ends.
    pub(crate) write: bool,
    /// The next append happens, but is reported as failed.
    pub(crate) lose_append: bool,
    /// Turns that begin or wake do so, but it is reported as failed.
    pub(crate) lose_start: bool,
    /// The next end happens, but is reported as failed.
    pub(crate) lose_end: bool,
}

impl Store {
    pub(crate) fn lock(&self) -> MutexGuard<'_, Inside> {
        self.inside.lock().unwrap()
    }

    pub(crate) fn faults(&self, faults: Faults) {
        self.lock().faults = faults;
    }

    /// Changes something and wakes those who wait for a change.
    fn change<T>(&self, change: impl FnOnce(&mut Inside) -> T) -> T {
        let result = change(&mut self.lock());
        self.changed.notify_waiters();
        result
    }

    /// Waits until the store is as wanted.
    pub(crate) async fn until(&self, wanted: impl Fn(&Inside) -> bool) {
        loop {
            let changed = self.changed.notified();
            if wanted(&self.lock()) {
                return;
            }
            changed.await;
        }
    }

    pub(crate) fn message_now(&self, id: MessageId) -> Message {
        self.lock().messages.iter().find(|message| message.id == id).unwrap().clone()
    }

    pub(crate) fn conversation_now(&self, id: ConversationId) -> Conversation {
        let inside = self.lock();
        let found = inside.conversations.iter().find(|shelved| shelved.conversation.id == id);
        found.unwrap().conversation.clone()
    }

    pub(crate) fn events_now(&self, turn: TurnId) -> Vec<LoggedEvent> {
        self.lock().turns[&turn].events.clone()
    }

    /// What a crash leaves: the same data, without the process that worked on it.
    pub(crate) fn after_crash(&self) -> Self {
        let inside = self.lock();
        let copy = Inside {
            conversations: inside.conversations.clone(),
            messages: inside.messages.clone(),
            sealed: inside.sealed.clone(),
            artifacts: inside.artifacts.clone(),
            blobs: inside.blobs.clone(),
            leases: inside.leases.clone(),
            calls: inside.calls.clone(),
            is_shared: inside.is_shared,
            turns: inside.turns.clone(),
            ..Inside::default()
        };
        Self { inside: Mutex::new(copy), changed: Notify::new() }
    }
}

impl Inside {
    /// The turn, if this is still its owner.
    fn held(&mut self, held: Held) -> Option<&mut Turn> {
        self.turns
            .get_mut(&held.turn)
            .filter(|turn| turn.fence == held.fence && turn.phase == TurnPhase::Running)
    }

    fn owned(&self, owner: UserId, id: ConversationId) -> Option<&Conversation> {
        let found = self.conversations.iter().find(|shelved| shelved.conversation.id == id)?;
        (found.owner == owner && found.deleted.is_none()).then_some(&found.conversation)
    }

    fn owned_mut(&mut self, owner: UserId, id: ConversationId) -> Option<&mut Conversation> {
        self.owned(owner, id)?;
        let found = self.conversations.iter_mut().find(|shelved| shelved.conversation.id == id)?;
        Some(&mut found.conversation)
    }

    fn message(&self, owner: UserId, id: MessageId) -> Option<&Message> {
        let found = self.messages.iter().find(|message| message.id == id)?;
        self.owned(owner, found.conversation_id).map(|_| found)
    }

    fn path(&self, owner: UserId, id: MessageId) -> Option<Vec<Message>> {
        let mut path = vec![self.message(owner, id)?.clone()];
        while let Some(parent) = path.last().and_then(|message| message.parent_id) {
            path.push(self.message(owner, parent)?.clone());
        }
        path.reverse();
        Some(path)
    }
}

fn unavailable<T>() -> Result<T> {
    Err(Error::storage_unavailable())
}
