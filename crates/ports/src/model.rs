//! Models: which there are, which to ask, and asking one.

use async_trait::async_trait;
use futures::stream::BoxStream;
use tokio_util::sync::CancellationToken;
use vertice_domain::{
    Actor, Author, ConversationId, FinishReason, Intent, ModelChoice, ModelInfo, Provider, Result, RoutedBy,
    TurnFailure, TurnId, Usage, chat::Sampling, event::Candidate,
};

/// What is to be asked, for the router to choose by and for the provider to answer.
#[derive(Debug, Clone)]
pub struct Prompt {
    /// Instructions before everything else.
    pub system: Option<String>,
    /// The messages, the last one the user's. Two neighbours may have the same author.
    pub messages: Vec<(Author, String)>,
    /// How to ask.
    pub sampling: Sampling,
}

/// The router's answer: which model, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    /// The model's id.
    pub model: String,
    /// Who runs it.
    pub provider: Provider,
    /// What the message asks for.
    pub intent: Intent,
    /// Who chose.
    pub routed_by: RoutedBy,
    /// Why, in one sentence.
    pub reason: String,
    /// The models weighed, the chosen one first.
    pub candidates: Vec<Candidate>,
}

/// For whom and for what a call is made: the ledger's columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CallContext {
    /// In which turn.
    pub turn: TurnId,
    /// In which conversation.
    pub conversation: Option<ConversationId>,
}

/// One thing a model says.
#[derive(Debug, Clone, PartialEq)]
pub enum ModelEvent {
    /// A piece of the answer; never empty.
    Text(String),
    /// A piece of its thinking; never empty.
    Thinking(String),
    /// The bill; once, before `Stop`, also for calls that were cut short (then estimated).
    Usage(Usage),
    /// The end: always the last item, unless a failure is.
    Stop(FinishReason),
}

/// What a model says. A failure ends it; the bill of a failed call that had begun comes before the failure.
pub type ModelStream = BoxStream<'static, std::result::Result<ModelEvent, TurnFailure>>;

/// The models of this server.
#[async_trait]
pub trait Models: Send + Sync {
    /// All models that are known, the available ones first.
    async fn list(&self, actor: &Actor) -> Result<Vec<ModelInfo>>;

    /// Chooses the model for a prompt. An unknown or unavailable name: an invalid field `model`.
    async fn route(&self, actor: &Actor, choice: &ModelChoice, prompt: &Prompt) -> Result<Route>;

    /// Asks the chosen model. Cancelling `cancel` closes the upstream socket; the stream then gives the (estimated)
    /// bill and [`FinishReason::Cancelled`]. Dropping the stream closes it too. Every call is entered in the ledger.
    async fn call(
        &self,
        actor: &Actor,
        route: &Route,
        prompt: Prompt,
        context: CallContext,
        cancel: CancellationToken,
    ) -> std::result::Result<ModelStream, TurnFailure>;
}
