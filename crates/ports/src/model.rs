//! Models: which there are, which to ask, and asking one.

use async_trait::async_trait;
use futures::{channel::mpsc::UnboundedSender, stream::BoxStream};
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

#[derive(Debug, Clone)]
pub struct ModelCall {
    /// Which model, and who is asked if it fails.
    pub planned: Planned,
    /// What it is shown.
    pub prompt: Prompt,
    pub context: CallContext,
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

/// Where a call that has not begun to answer tells that its model is asked once more.
pub type Notices = UnboundedSender<Retrying>;

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
    /// closes it too. Every provider call is entered in the ledger.
    async fn call(
        &self,
        actor: &Actor,
        call: ModelCall,
        cancel: CancellationToken,
    ) -> std::result::Result<ModelStream, TurnFailure>;

    /// As [`Self::call`]; meanwhile each pause before another attempt is told.
    async fn call_telling(
        &self,
        actor: &Actor,
        call: ModelCall,
        cancel: CancellationToken,
        notices: Notices,
    ) -> std::result::Result<ModelStream, TurnFailure> {
        drop(notices);
        self.call(actor, call, cancel).await
    }

    /// Every provider, with its key's source and its health.
    async fn providers(&self, actor: &Actor) -> Result<Vec<ProviderStatus>>;

    /// Asks a provider a question that costs nothing, with the key the actor's calls are made with. What is wrong with
    /// the key or the way to the provider is the error.
    async fn check_key(&self, actor: &Actor, provider: Provider) -> Result<()>;
}
