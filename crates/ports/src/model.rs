//! Models: which there are, which to ask, and asking one.

use async_trait::async_trait;
use futures::{
    FutureExt as _,
    channel::mpsc,
    future::{BoxFuture, Shared},
    stream::BoxStream,
};
use tokio_util::sync::CancellationToken;
use vertice_domain::{
    Actor, ConversationId, FinishReason, Intent, ModelChoice, ModelInfo, Provider, ProviderStatus, Result,
    RoutedBy, TurnFailure, TurnId,
    event::{CallUsage, Candidate, Retrying},
};

use crate::{
    prompt::{Prompt, Replay},
    quota::Reservation,
};

/// The router's answer: which model, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    /// The model's id.
    pub model: String,
    pub provider: Provider,
    /// What the message asks for.
    pub intent: Intent,
    pub routed_by: RoutedBy,
    /// Why, in one sentence.
    pub reason: String,
    /// The models weighed, the chosen one first.
    pub candidates: Vec<Candidate>,
    /// Who is asked next, in order, if this model fails before its first word.
    pub fallbacks: Vec<String>,
}

/// A route with the tokens held back for it.
#[derive(Debug, Clone)]
pub struct Planned {
    pub route: Route,
    /// What the user's quota holds back for it.
    pub reservation: Reservation,
}

/// For whom and for what a call is made: the ledger's columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CallContext {
    pub turn: TurnId,
    pub conversation: Option<ConversationId>,
}

/// What has to be stored before a call is made. It is stored once, as soon as somebody waits for it: whoever enters the call
/// does, so that both are written at the same time.
#[derive(Clone)]
pub struct Beginning(Shared<BoxFuture<'static, bool>>);

impl Beginning {
    /// Something that tells whether it could be stored.
    pub fn new(store: impl Future<Output = bool> + Send + 'static) -> Self {
        Self(store.boxed().shared())
    }

    /// Nothing.
    pub fn none() -> Self {
        Self::new(std::future::ready(true))
    }

    /// Stores it, unless that has been done. `false`: the call must not be made.
    pub async fn stored(&self) -> bool {
        self.0.clone().await
    }

    /// Whether it is known what came of it.
    pub fn is_settled(&self) -> bool {
        self.0.peek().is_some()
    }
}

impl std::fmt::Debug for Beginning {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Beginning")
    }
}

#[derive(Debug, Clone)]
pub struct ModelCall {
    /// Which model, and who is asked if it fails.
    pub planned: Planned,
    /// What it is shown.
    pub prompt: Prompt,
    pub context: CallContext,
    /// No request leaves before it is stored.
    pub beginning: Beginning,
    /// Who is told of pauses before another attempt, if anybody is.
    pub notices: Option<Notices>,
}

impl ModelCall {
    /// A call for which nothing has to be stored before, and of which nobody is told.
    pub fn new(planned: Planned, prompt: Prompt, context: CallContext) -> Self {
        Self { planned, prompt, context, beginning: Beginning::none(), notices: None }
    }
}

/// A piece of a tool call, as it comes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ToolCallDelta {
    /// A call begins. Calls are numbered from 0 in the order in which they begin.
    Start {
        /// Its number.
        index: u32,
        /// Its id; made up where the provider gives none.
        id: String,
        name: String,
    },
    /// More of its arguments' JSON; never empty. Calls may interleave. A call without arguments has `{}`.
    Arguments {
        index: u32,
        /// The text to append.
        json: String,
    },
}

/// One thing a model says.
#[derive(Debug, Clone, PartialEq)]
pub enum ModelEvent {
    /// Another model answers than the one that was asked; before anything else is said.
    Rerouted(Box<Route>),
    /// A piece of the answer; never empty.
    Text(String),
    /// A piece of its thinking; never empty.
    Thinking(String),
    /// A piece of a tool call.
    ToolCall(ToolCallDelta),
    /// What must go back to the same model verbatim, at its place among what is said.
    Replay(Replay),
    /// The bill of one provider call; once for each, also for calls that were cut short (then estimated). The last one
    /// comes before `Stop`.
    Usage(Box<CallUsage>),
    /// The end: always the last item, unless a failure is.
    Stop(FinishReason),
}

/// What a model says. A failure ends it; the bill of a failed call that had begun comes before the failure.
pub type ModelStream = BoxStream<'static, std::result::Result<ModelEvent, TurnFailure>>;

/// Where a call that has not begun to answer tells that its model is asked once more. What nobody takes in time is not told.
pub type Notices = mpsc::Sender<Retrying>;

/// The models of this server.
#[async_trait]
pub trait Models: Send + Sync {
    /// All models that are known, the available ones first.
    async fn list(&self, actor: &Actor) -> Result<Vec<ModelInfo>>;

    /// Chooses the model for a prompt and holds back what the call may cost of the actor's quota. An unknown or
    /// unavailable name, and what the model cannot do: an invalid field. Nothing left: `quota_exceeded`.
    async fn route(&self, actor: &Actor, choice: &ModelChoice, prompt: &Prompt) -> Result<Planned>;

    /// Asks the chosen model, and the fallbacks if it fails before its first word. Cancelling `cancel` closes the
    /// upstream socket; the stream then gives the (estimated) bill and [`FinishReason::Cancelled`]. Dropping the stream
    /// closes it too. Every provider call is entered in the ledger. Where what comes before it cannot be stored, nothing is
    /// asked: it ends as cancelled.
    async fn call(
        &self,
        actor: &Actor,
        call: ModelCall,
        cancel: CancellationToken,
    ) -> std::result::Result<ModelStream, TurnFailure>;

    /// Every provider, with its key's source and its health.
    async fn providers(&self, actor: &Actor) -> Result<Vec<ProviderStatus>>;

    /// Asks a provider a question that costs nothing, with the key the actor's calls are made with. What is wrong with
    /// the key or the way to the provider is the error.
    async fn check_key(&self, actor: &Actor, provider: Provider) -> Result<()>;
}
