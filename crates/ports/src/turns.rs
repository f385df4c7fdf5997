//! Turns at rest: their beginning, their log, their tool calls and their end.
//!
//! A turn has one owner at a time: the node that runs it, by a fence that grows with each owner. Every write names the fence;
//! who has lost the turn writes nothing.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use vertice_domain::{
    Conversation, ConversationId, FinishReason, LoggedEvent, Message, MessageId, MessageStatus, NodeId, Page,
    PageRequest, Part, Provider, Result, SealedPart, Timestamp, TurnId, Usage, UserId, message::Receipt,
};

/// A turn as its runner holds it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Held {
    pub turn: TurnId,
    /// Which owner of the turn this is, from 1.
    pub fence: u64,
}

/// What is stored when a turn begins, in one transaction. The blobs that the user's message names become its own.
#[derive(Debug, Clone)]
pub struct BeginTurn {
    /// The turn; its fence is 1.
    pub turn: TurnId,
    pub node: NodeId,
    pub new_conversation: Option<Conversation>,
    /// The user's message to be stored, if there is a new one.
    pub user_message: Option<Message>,
    /// The answer to be written: empty, streaming; it becomes the head.
    pub answer: Message,
    /// A title to give the conversation, where it had none.
    pub title: Option<String>,
    /// The model the conversation asks from now on, where the user chose another one.
    pub model: Option<String>,
    /// How the turn's models are to be asked, in a form of the agent's: a turn that wakes goes on as it began.
    pub settings: String,
}

/// What is to be added to a turn's stored log, and how far its tool calls have come.
#[derive(Debug, Clone)]
pub struct LogBatch {
    pub held: Held,
    /// Its next entries, in order: they follow those stored before without a gap.
    pub events: Vec<Arc<LoggedEvent>>,
    /// Calls of which these entries, or earlier ones, tell.
    pub calls: Vec<CallRecord>,
}

/// What a writer hears when it stores logs.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Appended {
    /// Turns that are somebody else's by now, or have ended.
    pub lost: Vec<TurnId>,
    /// Turns of this node that somebody wants to stop.
    pub stops: Vec<TurnId>,
}

/// A tool call as the store keeps it, for what must never happen twice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallRecord {
    /// The call's id in its message.
    pub call: String,
    pub message: MessageId,
    /// Its place in the message.
    pub position: u32,
    /// The server that has the tool.
    pub server: String,
    pub tool: String,
    /// What exactly was asked for.
    pub fingerprint: String,
    /// `waiting`, `running`, or how it ended.
    pub state: CallState,
    /// Who let it run, or did not; none: nobody was asked.
    pub decided_by: Option<UserId>,
    pub decided_at: Option<Timestamp>,
    pub started_at: Option<Timestamp>,
    pub ended_at: Option<Timestamp>,
}

/// How far a stored tool call has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CallState {
    /// A person is asked.
    Waiting,
    /// It runs, or ran when the server went down.
    Running,
    Ended(vertice_domain::Outcome),
}

/// A turn that goes to sleep: it waits for a person and leaves memory.
#[derive(Debug, Clone)]
pub struct Suspend {
    pub held: Held,
    /// The entries of the log that are not stored yet.
    pub events: Vec<Arc<LoggedEvent>>,
    /// The calls that wait, and those of which it is not stored yet how they ended.
    pub calls: Vec<CallRecord>,
}

/// What became of a turn that was to be laid to sleep.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Suspended {
    /// It sleeps.
    Asleep,
    /// Somebody wants it to stop. It still runs, and is to be ended instead.
    Stopped,
    /// It is somebody else's, or has ended.
    Lost,
}

/// What is stored when a turn ends, in one transaction.
#[derive(Debug, Clone)]
pub struct EndTurn {
    pub held: Held,
    /// The answer.
    pub message: MessageId,
    pub parts: Vec<Part>,
    /// What goes back to its provider.
    pub sealed: Vec<SealedPart>,
    /// How far it came.
    pub status: MessageStatus,
    pub finish_reason: FinishReason,
    /// The model that wrote it.
    pub model: Option<String>,
    /// Who ran the model.
    pub provider: Option<Provider>,
    pub usage: Option<Usage>,
    /// How it came about.
    pub receipt: Receipt,
    /// The last entries of its log, `done` included.
    pub events: Vec<Arc<LoggedEvent>>,
    /// The tool calls of which it is not stored yet how they ended.
    pub calls: Vec<CallRecord>,
    /// When it ended; also the conversation's `updated_at`.
    pub ended_at: Timestamp,
}

/// A turn taken over: its runner is gone, or it slept.
#[derive(Debug, Clone)]
pub struct TakenTurn {
    pub owner: UserId,
    /// Its hold.
    pub held: Held,
    pub conversation: ConversationId,
    /// The answer it was writing.
    pub message: MessageId,
    pub started_at: Timestamp,
    /// How its models are to be asked; none: a version before there were settings began it.
    pub settings: Option<String>,
    /// Its stored log, as far as it can be read.
    pub events: Vec<LoggedEvent>,
}

/// Whether a turn runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TurnPhase {
    /// A node runs it.
    Running,
    /// It waits for a person.
    Waiting,
    Ended,
}

impl TurnPhase {
    /// The word for it in the API and in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Waiting => "waiting",
            Self::Ended => "ended",
        }
    }

    /// The phase of that word, if there is one.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Running, Self::Waiting, Self::Ended].into_iter().find(|phase| phase.as_str() == text)
    }
}

/// A turn at rest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StoredTurn {
    pub turn: TurnId,
    pub conversation: ConversationId,
    /// The answer.
    pub message: MessageId,
    /// Whether it runs.
    pub phase: TurnPhase,
    /// Where it runs, or ran last; none: it sleeps, or that cannot be told.
    pub node: Option<NodeId>,
    /// Who held it last.
    pub fence: u64,
    /// Whether its log is still there: it goes some time after the turn's end, when the message says it all.
    pub has_log: bool,
    pub started_at: Timestamp,
}

/// Turns and their logs.
#[async_trait]
pub trait TurnStore: Send + Sync {
    /// Stores a turn's beginning. `false`: the conversation or the parent is not the owner's, or is gone.
    async fn begin(&self, owner: UserId, begin: BeginTurn) -> Result<bool>;
    /// Adds to many turns' logs, on the disk when it returns, and renews the node's lease, in one transaction. Batches may be none. A node without a lease
    /// is taken for dead: it gets one before its first turn begins. Leases begin and end by the store's clock: those of the
    /// nodes differ.
    async fn append(&self, node: NodeId, lease: Duration, batches: Vec<LogBatch>) -> Result<Appended>;
    /// Lays a turn to sleep, unless somebody wants it to stop.
    async fn suspend(&self, suspend: Suspend) -> Result<Suspended>;
    /// Wakes a sleeping turn for `node`. None: it does not sleep (any more), or is not the owner's.
    async fn wake(&self, owner: UserId, turn: TurnId, node: NodeId) -> Result<Option<TakenTurn>>;
    /// Stores a turn's end. `false`: the turn is lost, or has ended.
    async fn end(&self, end: EndTurn) -> Result<bool>;
    /// Asks the node that runs the turn to stop it; it hears of it at its next [`TurnStore::append`], or when it lays the turn
    /// to sleep. `false`: nobody runs it (any more), or it is not the owner's.
    async fn request_stop(&self, owner: UserId, turn: TurnId) -> Result<bool>;
    async fn turn(&self, owner: UserId, turn: TurnId) -> Result<Option<StoredTurn>>;
    /// The owner's turns that have not ended, oldest first; of one phase, if named.
    async fn unended(
        &self,
        owner: UserId,
        phase: Option<TurnPhase>,
        page: &PageRequest,
    ) -> Result<Page<StoredTurn>>;
    /// A turn's stored entries after sequence number `after`. What cannot be read ends them.
    async fn events(&self, owner: UserId, turn: TurnId, after: u64) -> Result<Vec<LoggedEvent>>;
    /// A turn's stored entries from the beginning of its last step on, and maybe a few before: for whoever looks at many turns,
    /// and at what each of them is at.
    async fn last_step(&self, owner: UserId, turn: TurnId) -> Result<Vec<LoggedEvent>>;
    /// Takes over running turns of other nodes whose lease has ended, and of none: at most a hundred at once.
    async fn take_abandoned(&self, node: NodeId) -> Result<Vec<TakenTurn>>;
    /// What the node runs, as the store has it.
    async fn running(&self, node: NodeId) -> Result<Vec<Held>>;
    /// Takes over a turn from the node itself, if it still holds it so: nobody there runs it.
    async fn take_back(&self, node: NodeId, held: Held) -> Result<Option<TakenTurn>>;
    /// Forgets the nodes whose lease ended so long ago; how many those were. What they ran is taken over all the same.
    async fn forget_nodes(&self, ago: Duration) -> Result<u64>;
    /// Ends the node's lease: whatever it leaves behind may be taken over at once.
    async fn leave(&self, node: NodeId) -> Result<()>;
    /// Drops the logs of turns that ended before `before`; how many turns that were.
    async fn drop_logs(&self, before: Timestamp) -> Result<u64>;
    /// Whether other nodes may run on the same store.
    fn is_shared(&self) -> bool;
    /// Whether the database answers.
    async fn ping(&self) -> Result<()>;
}

/// The stored logs of turns, for whoever only reads them.
#[async_trait]
pub trait TurnLogs: Send + Sync {
    /// A turn's whole log, as far as it is stored and can be read.
    async fn log(&self, owner: UserId, turn: TurnId) -> Result<Vec<LoggedEvent>>;
}
