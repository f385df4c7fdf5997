//! Tools that models call.

use async_trait::async_trait;
use futures::channel::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;
use vertice_domain::{
    Actor, ArtifactPath, ArtifactRef, ConversationId, ImageSource, MessageId, Mode, Outcome, Quote, Result,
    Timestamp, ToolCall, TurnId, UserId,
    elicitation::{Answer, Wanted},
    part::Trouble,
};

pub use vertice_domain::mcp::Keep;

use crate::prompt::ToolSpec;

/// A tool that is offered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tool {
    /// The server that has it; empty: this one.
    pub server: String,
    /// Its name, as the server calls it.
    pub name: String,
    /// What the model is told of it. The name there is the one that models call it by.
    pub spec: ToolSpec,
}

/// A call to be judged or made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToolRequest {
    /// None: the call of a turn without one.
    pub conversation: Option<ConversationId>,
    pub server: String,
    /// The tool's name, as the server calls it.
    pub name: String,
    /// Its arguments: a JSON object.
    pub arguments: serde_json::Value,
}

/// Whether a call may be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Permission {
    /// It may.
    Allow,
    /// A person is asked, for this reason.
    Ask(String),
    /// It may not, for this reason, which the model is told.
    Deny(String),
    /// It cannot be made: what is wrong with it, for the model.
    Invalid(String),
}

/// What came of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToolOutput {
    pub outcome: Outcome,
    /// What the model is told.
    pub content: String,
    pub images: Vec<ImageSource>,
    /// What stood between the call and its server.
    pub trouble: Option<Trouble>,
    /// The version of an artifact that it made.
    pub artifact: Option<ArtifactRef>,
}

impl ToolOutput {
    /// A text and nothing else.
    pub fn told(outcome: Outcome, content: impl Into<String>) -> Self {
        Self { outcome, content: content.into(), images: Vec::new(), trouble: None, artifact: None }
    }
}

/// What tools are wanted for.
#[derive(Debug, Clone, Copy)]
pub struct Need<'a> {
    /// What the conversation began with: it says what it is about, and never changes.
    pub topic: &'a str,
    /// What the conversation is for.
    pub mode: Mode,
    /// Whether there is a conversation at all, which can keep something.
    pub is_kept: bool,
    /// How many tokens the model's window holds: where all tools would cost too much of it, some are found by searching. None:
    /// all of them are wanted.
    pub window: Option<u64>,
}

/// What a model can do that calls no tools: what it writes in tags becomes calls of these.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct InText {
    pub tools: Vec<Tool>,
    /// Where the conversation's artifacts are: which of the tools a tag means depends on it.
    pub paths: Vec<ArtifactPath>,
}

/// How far a call has come, as its tool says.
#[derive(Debug, Clone, PartialEq)]
pub struct Progress {
    pub done: f64,
    pub of: Option<f64>,
    pub message: Option<String>,
}

/// What a tool's server wants to know of the person in the midst of a call.
#[derive(Debug)]
pub struct Question {
    /// Who asks.
    pub server: String,
    /// What for, in its words.
    pub message: String,
    pub wanted: Wanted,
    /// Takes what they say. Nobody waits for it any more once its other end is gone.
    pub answer: oneshot::Sender<Answer>,
}

/// A call that is being made, as whoever makes it sees it.
#[derive(Debug, Clone)]
pub struct Running {
    /// The turn that it is part of.
    pub turn: TurnId,
    /// The answer that it is part of.
    pub message: MessageId,
    /// The call's id, unique in its message.
    pub call: String,
    /// Ends it.
    pub cancel: CancellationToken,
    /// Hears how far it has come. What there is no room for may be left out.
    pub progress: mpsc::Sender<Progress>,
    /// Hears what the tool's server wants to know; none: there is nobody to be asked.
    pub questions: Option<mpsc::Sender<Question>>,
}

/// The tools of this server and of those it is connected to.
#[async_trait]
pub trait Tools: Send + Sync {
    /// What is offered in a conversation, always in the same order: what the prompt cache holds depends on it.
    async fn offered(&self, actor: &Actor, need: Need<'_>) -> Result<Vec<Tool>>;
    /// What a model can do in a conversation (none: one that is about to begin) that calls no tools.
    async fn in_text(&self, _actor: &Actor, _conversation: Option<ConversationId>) -> Result<InText> {
        Ok(InText::default())
    }
    /// Whether the call may be made.
    async fn permission(&self, actor: &Actor, request: &ToolRequest) -> Result<Permission>;
    /// Remembers that calls like this one need not be asked for.
    async fn keep(&self, actor: &Actor, request: &ToolRequest, keep: Keep) -> Result<()>;
    /// What the person has changed since then that tools work on, for the model. Its texts are quoted, and bounded.
    async fn changes(
        &self,
        _actor: &Actor,
        _conversation: ConversationId,
        _since: Timestamp,
    ) -> Result<Vec<Quote>> {
        Ok(Vec::new())
    }
    /// What a call has done that was being made when its server went down; none: that is not known.
    async fn done(&self, _owner: UserId, _turn: TurnId, _call: &ToolCall) -> Result<Option<ToolOutput>> {
        Ok(None)
    }
    /// Makes the call. A failure is an output too. Once it is cancelled it returns soon.
    async fn call(&self, actor: &Actor, request: ToolRequest, running: Running) -> ToolOutput;
}
