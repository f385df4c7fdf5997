//! A turn's events folded into the one JSON answer of `POST /api/v1/chat`.

use futures::StreamExt as _;
use serde::Serialize;
use serde_json::Value;
use vertice_domain::{Error, FinishReason, MessageId, PartKind, Provider, ToolCall, Transcript, Usd};
use vertice_ports::chat::EventStream;

use super::event;
use crate::error::Failure;

/// The whole answer to one message.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = ChatAnswer)]
pub struct Answer {
    message_id: MessageId,
    turn_id: Option<vertice_domain::TurnId>,
    conversation_id: Option<vertice_domain::ConversationId>,
    content: String,
    model: String,
    provider: Option<Provider>,
    finish_reason: FinishReason,
    tokens: Tokens,
    cost_usd: Option<Usd>,
    saved_usd: Option<Usd>,
    /// The tools that were used, in the order called.
    tool_calls: Vec<UsedTool>,
}

#[derive(Debug, Serialize, utoipa::ToSchema)]
struct Tokens {
    /// Input tokens that no cache served.
    input: u64,
    output: u64,
    /// Input tokens that a cache served.
    cached: u64,
}

/// A tool that was used, and what came of it.
#[derive(Debug, Serialize, utoipa::ToSchema)]
struct UsedTool {
    id: String,
    /// The server that has the tool; empty: this one.
    server: String,
    name: String,
    #[schema(value_type = Object)]
    input: Value,
    /// What it said; none: it has not ended.
    content: Option<String>,
    is_error: bool,
    duration_ms: u64,
}

impl UsedTool {
    fn of(call: &ToolCall, transcript: &Transcript) -> Self {
        let result = transcript.parts.iter().find_map(|part| match &part.kind {
            PartKind::ToolResult(result) if result.call == call.id => Some(result),
            _ => None,
        });
        Self {
            id: call.id.clone(),
            server: call.server.clone(),
            name: call.name.clone(),
            input: event::input(call),
            content: result.map(|result| result.content.clone()),
            is_error: result.is_some_and(|result| result.outcome.is_error()),
            duration_ms: result.map_or(0, |result| result.duration_ms),
        }
    }
}

fn answer(transcript: Transcript, message_id: MessageId) -> Result<Answer, Failure> {
    if let Some(failure) = transcript.failure {
        return Err(Failure::from(failure));
    }
    let Some(finish_reason) = transcript.finish else { return Err(Error::internal().into()) };
    let usage = transcript.usage.unwrap_or_default();
    let metadata = transcript.metadata.as_ref();
    Ok(Answer {
        message_id,
        turn_id: metadata.map(|metadata| metadata.turn_id),
        conversation_id: metadata.and_then(|metadata| metadata.conversation_id),
        provider: metadata.map(|metadata| metadata.provider),
        model: metadata.map(|metadata| metadata.model.clone()).unwrap_or_default(),
        content: transcript.text(),
        finish_reason,
        tokens: Tokens {
            input: usage.input_tokens,
            output: usage.output_tokens,
            cached: usage.cache_read_tokens,
        },
        cost_usd: usage.cost_usd,
        saved_usd: usage.saved_usd,
        tool_calls: transcript.calls().map(|(_, call)| UsedTool::of(call, &transcript)).collect(),
    })
}

/// Listens until the turn ends. A turn that failed is a failure here, with its status; in a conversation the text so
/// far is kept there.
pub async fn fold(message_id: MessageId, mut events: EventStream) -> Result<Answer, Failure> {
    let mut transcript = Transcript::default();
    while let Some(batch) = events.next().await {
        batch?.iter().for_each(|logged| transcript.apply(logged));
    }
    answer(transcript, message_id)
}
