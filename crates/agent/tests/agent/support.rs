//! A hub with everything around it in memory. Time is paused: waiting costs nothing and nothing depends on the machine.

mod models;
mod store;

use std::sync::Arc;

use futures::StreamExt as _;
use vertice_agent::{Hub, HubDependencies, LibraryDependencies, MemoryBus, StoredLibrary, TurnLimits};
use vertice_domain::{
    Actor, Author, ChatLimits, Content, LoggedEvent, Message, ModelChoice, PartKind, Role, Timestamp,
    ToolState, Transcript, TurnEvent, UserId,
    account::Credential,
    chat::{Sampling, SendMessage, ToolChoice},
};
use vertice_ports::{
    Bus, Chat as _, Clock, Ids as _, Prompt,
    chat::{Completion, EventStream, Started},
    prompt::PromptMessage,
};
use vertice_runtime::{SystemIds, Tasks};

pub(crate) use models::{Models, Step, bill};
pub(crate) use store::{Faults, Store};
pub(crate) use vertice_testkit::ScriptedTools as Tools;

pub(crate) const LIMITS: ChatLimits = ChatLimits { max_tokens: 8_192 };

/// A call without a conversation that says "Hi", to somebody who listens.
pub(crate) fn hi() -> Completion {
    let messages = vec![PromptMessage::text(Author::User, "Hi")];
    let prompt = Prompt::new(None, messages, wish("").sampling);
    Completion { model: ModelChoice::Auto, prompt, tools: ToolChoice::None, attended: true }
}

/// Always the same moment.
pub(crate) struct Noon;

impl Clock for Noon {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(1_795_348_800_000)
    }
}

pub(crate) struct World {
    pub(crate) hub: Hub,
    pub(crate) shelf: StoredLibrary,
    pub(crate) store: Arc<Store>,
    pub(crate) models: Arc<Models>,
    pub(crate) tools: Arc<Tools>,
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
        let bus: Arc<dyn Bus> = Arc::new(MemoryBus::start(&tasks));
        let (models, tools) = (Arc::new(Models::default()), Arc::new(Tools::default()));
        let hub = HubDependencies {
            node: SystemIds.node(),
            conversations: store.clone(),
            turns: store.clone(),
            blobs: store.clone(),
            files: Arc::new(vertice_testkit::NoFiles),
            models: models.clone(),
            tools: tools.clone(),
            tool_ledger: store.clone(),
            bus: bus.clone(),
            clock: Arc::new(Noon),
            ids: Arc::new(SystemIds),
            tasks: tasks.clone(),
            limits: LIMITS,
            titles: true,
            turn_limits: TurnLimits::default(),
        };
        let shelf = LibraryDependencies {
            conversations: store.clone(),
            artifacts: store.clone(),
            turns: store.clone(),
            blobs: store.clone(),
            models: models.clone(),
            bus,
            clock: Arc::new(Noon),
            ids: Arc::new(SystemIds),
        };
        let (hub, shelf) = (Hub::new(hub), StoredLibrary::new(shelf));
        Self { hub, shelf, store, models, tools, tasks, ann: actor(1), bob: actor(2) }
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
        quotes: Vec::new(),
        mode: vertice_domain::Mode::default(),
        conversation: None,
        parent: None,
        content: Content::text(text),
        model: None,
        system_prompt: None,
        sampling: Sampling::defaults(LIMITS),
        tools: ToolChoice::Auto,
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
        if read.iter().filter_map(|logged| logged.visible()).any(&mut enough) {
            break;
        }
    }
    read
}

/// A word for each event that matters to these tests.
pub(crate) fn names(events: &[Arc<LoggedEvent>]) -> Vec<&'static str> {
    let mut transcript = Transcript::default();
    let mut names = Vec::new();
    for logged in events {
        transcript.apply(logged);
        names.extend(name(logged, &transcript));
    }
    names
}

fn name(logged: &LoggedEvent, so_far: &Transcript) -> Option<&'static str> {
    let Some(event) = logged.visible() else { return Some("sealed") };
    let of_kind = |kind: &PartKind| match kind {
        PartKind::Text { .. } => Some("token"),
        PartKind::Thinking { .. } => Some("thinking"),
        PartKind::ToolCall(_) => Some("call"),
        PartKind::ToolResult(_) => Some("result"),
        PartKind::Elicitation(_) => Some("asked"),
        _ => None,
    };
    match event {
        TurnEvent::Metadata(_) => Some("metadata"),
        TurnEvent::PartStarted(part) => of_kind(&part.kind),
        // Where the part began before these events it is taken for text.
        TurnEvent::PartDelta { position, .. } => match so_far.part(*position).map(|part| &part.kind) {
            Some(PartKind::ToolCall(_)) => None,
            Some(kind) => of_kind(kind),
            None => Some("token"),
        },
        TurnEvent::ToolState { state: ToolState::Waiting { .. }, .. } => Some("waiting"),
        TurnEvent::ToolState { state: ToolState::Running, .. } => Some("running"),
        TurnEvent::Usage(_) => Some("usage"),
        TurnEvent::Error(_) => Some("error"),
        TurnEvent::Done(_) => Some("done"),
        _ => None,
    }
}

pub(crate) fn text(events: &[Arc<LoggedEvent>]) -> String {
    Transcript::fold(events.iter().map(|logged| &**logged)).text()
}

/// Whether it brings text of the answer.
pub(crate) fn is_token(event: &TurnEvent) -> bool {
    match event {
        TurnEvent::PartStarted(part) => part.kind.text().is_some(),
        TurnEvent::PartDelta { .. } => true,
        _ => false,
    }
}

pub(crate) fn assert_gapless(events: &[Arc<LoggedEvent>], first: u64) {
    let seqs: Vec<u64> = events.iter().map(|logged| logged.seq).collect();
    let wanted: Vec<u64> = (first..).take(seqs.len()).collect();
    assert_eq!(seqs, wanted);
}
