//! A hub with everything around it in memory. Time is paused: waiting costs nothing and nothing depends on the machine.

mod models;
mod store;

use std::sync::Arc;

use futures::StreamExt as _;
use vertice_agent::{Feeds, Hub, Parts, Shelf};
use vertice_domain::{
    Actor, ChatLimits, Content, LoggedEvent, Message, Role, Timestamp, TurnEvent, UserId,
    account::Credential,
    chat::{Sampling, SendMessage},
};
use vertice_ports::{
    Chat as _, Clock, SystemIds, Tasks,
    chat::{EventStream, Started},
};

pub(crate) use models::{Models, Step, bill};
pub(crate) use store::{Faults, Store};

pub(crate) const LIMITS: ChatLimits = ChatLimits { max_tokens: 8_192 };

/// Always the same moment.
pub(crate) struct Noon;

impl Clock for Noon {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(1_795_348_800_000)
    }
}

pub(crate) struct World {
    pub(crate) hub: Hub,
    pub(crate) shelf: Shelf,
    pub(crate) store: Arc<Store>,
    pub(crate) models: Arc<Models>,
    pub(crate) tasks: Tasks,
    pub(crate) ann: Actor,
    pub(crate) bob: Actor,
}

impl World {
    pub(crate) fn new() -> Self {
        Self::on(Arc::new(Store::default()))
    }

    /// A server's run on a store that may have seen another one before.
    pub(crate) fn on(store: Arc<Store>) -> Self {
        let tasks = Tasks::default();
        let feeds = Feeds::new(tasks.shutdown_token());
        let models = Arc::new(Models::default());
        let parts = Parts {
            conversations: store.clone(),
            turns: store.clone(),
            models: models.clone(),
            clock: Arc::new(Noon),
            ids: Arc::new(SystemIds),
            tasks: tasks.clone(),
            feeds: feeds.clone(),
            limits: LIMITS,
        };
        let shelf = Shelf::new(store.clone(), Arc::new(Noon), Arc::new(SystemIds), feeds);
        Self { hub: Hub::new(parts), shelf, store, models, tasks, ann: actor(1), bob: actor(2) }
    }

    /// Ann asks in a conversation (none: a new one).
    pub(crate) async fn ask(
        &self,
        conversation: Option<vertice_domain::ConversationId>,
        text: &str,
    ) -> Started {
        let message = SendMessage { conversation, ..wish(text) };
        self.hub.send(&self.ann, message).await.unwrap()
    }

    /// Ann asks, the model says `answer`, and the turn ends.
    pub(crate) async fn exchange(
        &self,
        conversation: Option<vertice_domain::ConversationId>,
        text: &str,
        answer: &str,
    ) -> (Started, Message) {
        self.models.script([Step::say(answer), Step::stop()]);
        let mut started = self.ask(conversation, text).await;
        let events = std::mem::replace(&mut started.events, futures::stream::empty().boxed());
        all(events).await;
        let message = self.store.message_now(started.message_id);
        (started, message)
    }
}

pub(crate) fn actor(n: u128) -> Actor {
    Actor { user: UserId::new(uuid::Uuid::from_u128(n)), role: Role::User, credential: Credential::Console }
}

pub(crate) fn wish(text: &str) -> SendMessage {
    SendMessage {
        conversation: None,
        parent: None,
        content: Content::text(text),
        model: None,
        system_prompt: None,
        sampling: Sampling::defaults(LIMITS),
    }
}

/// Every event to the end.
pub(crate) async fn all(events: EventStream) -> Vec<Arc<LoggedEvent>> {
    events.map(|batch| futures::stream::iter(batch.unwrap())).flatten().collect().await
}

/// Reads until `enough`, and keeps the rest for later.
pub(crate) async fn until(
    events: &mut EventStream,
    mut enough: impl FnMut(&TurnEvent) -> bool,
) -> Vec<Arc<LoggedEvent>> {
    let mut read = Vec::new();
    while let Some(batch) = events.next().await {
        read.extend(batch.unwrap());
        if read.iter().any(|logged| enough(&logged.event)) {
            break;
        }
    }
    read
}

pub(crate) fn names(events: &[Arc<LoggedEvent>]) -> Vec<&'static str> {
    events.iter().map(|logged| logged.event.name()).collect()
}

pub(crate) fn text(events: &[Arc<LoggedEvent>]) -> String {
    let tokens = events.iter().filter_map(|logged| match &logged.event {
        TurnEvent::Token { token } => Some(token.as_str()),
        _ => None,
    });
    tokens.collect()
}

pub(crate) fn assert_gapless(events: &[Arc<LoggedEvent>], first: u64) {
    let seqs: Vec<u64> = events.iter().map(|logged| logged.seq).collect();
    let wanted: Vec<u64> = (first..).take(seqs.len()).collect();
    assert_eq!(seqs, wanted);
}
