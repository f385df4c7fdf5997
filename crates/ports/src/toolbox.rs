//! Tools that this product has itself, whoever offers them: the agent to its models, or `vertice mcp` to another host.

use async_trait::async_trait;
use bytes::Bytes;
use futures::channel::mpsc;
use tokio_util::sync::CancellationToken;
use vertice_domain::{ImageType, mcp::ToolHints};

use crate::tools::Progress;

/// A tool of a toolbox.
#[derive(Debug, Clone, PartialEq)]
pub struct OwnTool {
    pub name: &'static str,
    pub description: &'static str,
    /// A JSON schema of an object.
    pub input_schema: serde_json::Value,
    pub hints: ToolHints,
}

/// What a tool says in the end.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Told {
    pub is_error: bool,
    pub content: String,
    pub images: Vec<(ImageType, Bytes)>,
}

impl Told {
    pub fn text(content: impl Into<String>) -> Self {
        Self { content: content.into(), ..Self::default() }
    }

    pub fn error(content: impl Into<String>) -> Self {
        Self { is_error: true, ..Self::text(content) }
    }
}

/// Some tools that belong together.
#[async_trait]
pub trait Toolbox: Send + Sync {
    /// What it calls itself.
    fn name(&self) -> &'static str;

    /// Its tools, always in the same order.
    fn tools(&self) -> Vec<OwnTool>;

    /// Uses one of them. A failure is told too. Once it is cancelled it returns soon. What there is no room for in `progress` may be
    /// left out.
    async fn call(
        &self,
        name: &str,
        arguments: serde_json::Value,
        cancel: CancellationToken,
        progress: Option<mpsc::Sender<Progress>>,
    ) -> Told;
}
