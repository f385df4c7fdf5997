//! A turn's events folded into the one JSON answer of `POST /api/v1/chat`.

use futures::StreamExt as _;
use serde::Serialize;
use vertice_domain::{
    Error, FinishReason, MessageId, Metadata, Provider, TurnEvent, TurnFailure, Usage, Usd,
};
use vertice_ports::chat::EventStream;

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
    /// Empty in this version: no tools are connected.
    #[schema(value_type = Vec<Object>)]
    tool_calls: Vec<ToolCall>,
}

#[derive(Debug, Serialize, utoipa::ToSchema)]
struct Tokens {
    /// Input tokens that no cache served.
    input: u64,
    output: u64,
    /// Input tokens that a cache served.
    cached: u64,
}

/// A call of a tool. No tools are connected in this version, so that the list is empty.
#[derive(Debug, Serialize)]
enum ToolCall {}

#[derive(Default)]
struct Fold {
    content: String,
    metadata: Option<Box<Metadata>>,
    usage: Option<Usage>,
    failure: Option<Box<TurnFailure>>,
    finish_reason: Option<FinishReason>,
}

impl Fold {
    fn add(&mut self, event: &TurnEvent) {
        match event {
            TurnEvent::Metadata(metadata) => self.metadata = Some(metadata.clone()),
            TurnEvent::Token { token } => self.content.push_str(token),
            TurnEvent::Thinking { .. } => {}
            TurnEvent::Usage(call) => {
                self.usage = Some(self.usage.map_or(call.usage, |sum| sum.plus(call.usage)));
            }
            TurnEvent::Error(failure) => self.failure = Some(failure.clone()),
            TurnEvent::Done(done) => self.finish_reason = Some(done.finish_reason),
        }
    }

    fn finish(self, message_id: MessageId) -> Result<Answer, Failure> {
        if let Some(failure) = self.failure {
            return Err(Failure::from(*failure));
        }
        let Some(finish_reason) = self.finish_reason else { return Err(Error::internal().into()) };
        let usage = self.usage.unwrap_or_default();
        let metadata = self.metadata;
        Ok(Answer {
            message_id,
            turn_id: metadata.as_ref().map(|metadata| metadata.turn_id),
            conversation_id: metadata.as_ref().and_then(|metadata| metadata.conversation_id),
            provider: metadata.as_ref().map(|metadata| metadata.provider),
            model: metadata.map(|metadata| metadata.model).unwrap_or_default(),
            content: self.content,
            finish_reason,
            tokens: Tokens {
                input: usage.input_tokens,
                output: usage.output_tokens,
                cached: usage.cache_read_tokens,
            },
            cost_usd: usage.cost_usd,
            saved_usd: usage.saved_usd,
            tool_calls: Vec::new(),
        })
    }
}

/// Listens until the turn ends. A turn that failed is a failure here, with its status; in a conversation the text so
/// far is kept there.
pub async fn fold(message_id: MessageId, mut events: EventStream) -> Result<Answer, Failure> {
    let mut fold = Fold::default();
    while let Some(batch) = events.next().await {
        for logged in batch? {
            fold.add(&logged.event);
        }
    }
    fold.finish(message_id)
}
