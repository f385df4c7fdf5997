//! Tools that models call.

use async_trait::async_trait;
use tokio_util::sync::CancellationToken;
use vertice_domain::{Actor, ConversationId, ImageSource, Outcome, Result};

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
    pub conversation: ConversationId,
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
}

/// The tools of this server and of those it is connected to.
#[async_trait]
pub trait Tools: Send + Sync {
    /// What is offered in a conversation, always in the same order: what the prompt cache holds depends on it.
    async fn offered(&self, actor: &Actor, conversation: ConversationId) -> Result<Vec<Tool>>;
    /// Whether the call may be made.
    async fn permission(&self, actor: &Actor, request: &ToolRequest) -> Result<Permission>;
    /// Remembers that calls like this one need not be asked for any more.
    async fn always_allow(&self, actor: &Actor, request: &ToolRequest) -> Result<()>;
    /// Makes the call. A failure is an output too. Cancelling `cancel` ends it; it then returns soon.
    async fn call(&self, actor: &Actor, request: ToolRequest, cancel: CancellationToken) -> ToolOutput;
}
