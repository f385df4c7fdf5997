//! Turns: asking, listening, stopping.

use std::sync::Arc;

use async_trait::async_trait;
use futures::stream::BoxStream;
use vertice_domain::{
    Actor, Conversation, ConversationId, FeedEvent, LoggedEvent, MessageId, ModelChoice, Page, PageRequest,
    Result, ToolCall, TurnId,
    chat::{Effort, SendMessage, ToolChoice},
    elicitation::Answers,
};

use crate::{
    prompt::Prompt,
    tools::Keep,
    turns::{StoredTurn, TurnPhase},
};

/// A turn's events, as they come: what is there at once comes as one batch. It ends after `done`.
pub type EventStream = BoxStream<'static, Result<Vec<Arc<LoggedEvent>>>>;

/// A user's feed.
pub type FeedStream = BoxStream<'static, FeedEvent>;

/// A turn that has begun: its message is stored, and it runs on, whoever listens.
pub struct Started {
    pub turn_id: TurnId,
    /// The message it writes.
    pub message_id: MessageId,
    /// Where; none: a stateless call.
    pub conversation_id: Option<ConversationId>,
    /// Its events from the first one on.
    pub events: EventStream,
}

/// A turn outside of conversations.
#[derive(Debug, Clone)]
pub struct Completion {
    pub model: ModelChoice,
    /// What the model is shown. The tools in it are the caller's own: the turn ends where the model calls one.
    pub prompt: Prompt,
    /// Which of this server's tools may be used.
    pub tools: ToolChoice,
    /// Whether somebody follows it who can be asked about calls of tools. Where not, what a person would be asked about is not
    /// done.
    pub attended: bool,
}

/// What a person says about a tool call.
#[derive(Debug, Clone, PartialEq)]
pub struct Decision {
    pub call: String,
    /// What the person saw; none: whatever waits under that id.
    pub fingerprint: Option<String>,
    /// What is to become of it.
    pub verdict: Verdict,
}

/// What is to become of a tool call.
#[derive(Debug, Clone, PartialEq)]
pub enum Verdict {
    /// It runs, with other arguments if the person changed them.
    Allow {
        /// The changed arguments.
        input: Option<serde_json::Value>,
        /// Calls like it need not be asked for; none: the next one is asked for again.
        keep: Option<Keep>,
    },
    /// It does not run.
    Deny {
        /// Why, for the model.
        reason: Option<String>,
    },
    /// The person answers in the tool's place.
    Respond { content: String },
    /// The person answers the questions of a call that asks them, by their ids, or what its server asks in the midst of it, by
    /// the names of the fields.
    Answer { answers: Answers },
    /// The person does not say whether they answer what the call's server asks.
    Dismiss,
}

/// A turn that has not ended.
#[derive(Debug, Clone, PartialEq)]
pub struct UnendedTurn {
    pub turn: StoredTurn,
    /// The call that a person is asked about.
    pub waiting_for: Option<ToolCall>,
}

/// Starts, follows and stops turns.
#[async_trait]
pub trait Chat: Send + Sync {
    /// Stores the message and starts the turn that answers it. Under a parent that is not the head: a new branch.
    async fn send(&self, actor: &Actor, message: SendMessage) -> Result<Started>;

    /// Starts a turn that leaves no trace but in the ledger. Dropping its events cancels it.
    async fn complete(&self, actor: &Actor, completion: Completion) -> Result<Started>;

    /// Sends a changed text beside the user's message `message` (the first one of a conversation too): a new branch.
    async fn edit(
        &self,
        actor: &Actor,
        message: MessageId,
        text: String,
        model: Option<ModelChoice>,
        effort: Option<Effort>,
    ) -> Result<Started>;

    /// Answers the same user message once more, beside the answer `message`, perhaps by another model.
    async fn regenerate(
        &self,
        actor: &Actor,
        message: MessageId,
        model: Option<ModelChoice>,
        effort: Option<Effort>,
    ) -> Result<Started>;

    /// Goes on where the unfinished answer `message` ends, in a sibling that begins with its text.
    async fn go_on(&self, actor: &Actor, message: MessageId) -> Result<Started>;

    /// A new conversation that goes on from a summary of this one, for when it has outgrown its model's window. The
    /// summary is written by a model that is chosen by itself; the old conversation stays as it is.
    async fn compact(&self, actor: &Actor, conversation: ConversationId) -> Result<Conversation>;

    /// The events of a turn after sequence number `after`: first those that were, then those that come.
    async fn listen(&self, actor: &Actor, turn: TurnId, after: u64) -> Result<EventStream>;

    /// Whether what [`Chat::listen`] tells of the turn are its events as they were told first. They are not kept for ever: then
    /// its message is told in their place, in fewer events.
    async fn keeps_events(&self, actor: &Actor, turn: TurnId) -> Result<bool>;

    /// Stops a turn and its upstream call, on whichever node it runs. Stopping one that has ended is no error.
    async fn cancel(&self, actor: &Actor, turn: TurnId) -> Result<()>;

    /// Decides about a tool call that waits; the turn goes on when nothing waits any more.
    async fn decide(&self, actor: &Actor, turn: TurnId, decision: Decision) -> Result<()>;

    /// Hands a message in to a turn that runs: the model hears it with its next step. A turn that has ended or waits: a conflict.
    async fn steer(&self, actor: &Actor, turn: TurnId, text: String) -> Result<()>;

    /// The actor's turns that have not ended, oldest first; of one phase, if named.
    async fn unended(
        &self,
        actor: &Actor,
        phase: Option<TurnPhase>,
        page: &PageRequest,
    ) -> Result<Page<UnendedTurn>>;

    /// What changes among the actor's conversations from now on. Starts with [`FeedEvent::Ready`] and the turns that are under
    /// way.
    async fn feed(&self, actor: &Actor) -> Result<FeedStream>;
}
