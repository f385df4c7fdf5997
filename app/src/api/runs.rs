//! Running code that stands in a conversation.

use leptos::{prelude::*, server_fn::codec::Json};
use serde::{Deserialize, Serialize};
use vertice_domain::ConversationId;

use super::{ApiError, FrameStream, Frames};

/// What is told of a run; on the way a pair, which weighs less on the page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "(u8, String)", into = "(u8, String)")]
pub enum RunNews {
    /// Its card while it runs, as HTML.
    Begun(String),
    /// What it has just said, as text for people.
    Out(String),
    /// The same of what it says on standard error.
    Err(String),
    /// Its card with what came of it, as HTML: the end.
    Over(String),
}

impl From<(u8, String)> for RunNews {
    fn from((kind, text): (u8, String)) -> Self {
        match kind {
            0 => Self::Begun(text),
            1 => Self::Out(text),
            2 => Self::Err(text),
            _ => Self::Over(text),
        }
    }
}

impl From<RunNews> for (u8, String) {
    fn from(news: RunNews) -> Self {
        match news {
            RunNews::Begun(text) => (0, text),
            RunNews::Out(text) => (1, text),
            RunNews::Err(text) => (2, text),
            RunNews::Over(text) => (3, text),
        }
    }
}

/// Runs code in the conversation's workspace. `what`: the language, and after a space what the block is called. Whoever drops the
/// stream ends the run.
#[server(name = RunCode, prefix = "/api/ui", endpoint = "run-code", input = Json, output = Frames)]
pub async fn run_code(
    what: String,
    code: String,
    conversation: ConversationId,
) -> Result<FrameStream<RunNews>, ApiError> {
    crate::ssr::run(&what, code, conversation)
}
