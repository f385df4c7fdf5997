//! Anthropic's stream: `message_start`, blocks with their deltas, `message_delta`, `message_stop`.
//!
//! Unknown events, blocks and deltas are ignored, as the provider asks of its clients. A stream that ends without
//! `message_stop` is whole if a stop reason was seen, else it was cut.

use serde::de::DeserializeOwned;
use vertice_domain::FinishReason;

use super::wire;
use crate::{
    decode::{Decode, Decoded, Queue, UsagePatch, push_text, push_thinking},
    fault::{Complaint, Fault, FaultKind},
    sse::SseEvent,
};

/// Decodes one stream.
#[derive(Debug, Default)]
pub struct AnthropicDecoder {
    stop: Option<FinishReason>,
    ended: bool,
}

impl Decode for AnthropicDecoder {
    fn push(&mut self, event: &SseEvent, out: &mut Queue) {
        if self.ended {
            return;
        }
        if let Err(fault) = self.read(event, out) {
            self.ended = true;
            out.push_back(Err(fault));
        }
    }

    fn finish(&mut self, out: &mut Queue) {
        if !std::mem::replace(&mut self.ended, true) {
            out.push_back(match self.stop {
                Some(reason) => Ok(Decoded::Stop(reason)),
                None => Err(Fault::new(FaultKind::Truncated)),
            });
        }
    }
}

impl AnthropicDecoder {
    fn read(&mut self, event: &SseEvent, out: &mut Queue) -> Result<(), Fault> {
        let from_data;
        let kind = if event.name.is_empty() {
            from_data = parse::<wire::Kind>(&event.data)?.kind;
            from_data.as_str()
        } else {
            event.name.as_str()
        };
        match kind {
            "content_block_delta" => push_piece(parse::<wire::BlockDelta>(&event.data)?.delta, out),
            "content_block_start" => push_piece(parse::<wire::BlockStart>(&event.data)?.content_block, out),
            "message_start" => {
                push_usage(parse::<wire::MessageStart>(&event.data)?.message.usage, false, out);
            }
            "message_delta" => {
                let delta = parse::<wire::MessageDelta>(&event.data)?;
                push_usage(delta.usage, true, out);
                self.stop = delta.delta.stop_reason.as_deref().map(finish_reason).or(self.stop);
            }
            "message_stop" => {
                self.ended = true;
                out.push_back(Ok(Decoded::Stop(self.stop.unwrap_or(FinishReason::Stop))));
            }
            "error" => return Err(Complaint::parse(&event.data).unwrap_or_default().into_fault()),
            _ => {}
        }
        Ok(())
    }
}

fn parse<T: DeserializeOwned>(data: &str) -> Result<T, Fault> {
    serde_json::from_str(data)
        .map_err(|_| Fault::new(FaultKind::BadResponse).with_detail("An event of the stream is not valid."))
}

fn push_piece(piece: wire::Piece, out: &mut Queue) {
    match piece.kind.as_str() {
        "text_delta" | "text" => push_text(piece.text, out),
        "thinking_delta" | "thinking" => push_thinking(piece.thinking, out),
        _ => {}
    }
}

fn push_usage(usage: Option<wire::Usage>, last: bool, out: &mut Queue) {
    let Some(usage) = usage else { return };
    let split = usage.cache_creation.unwrap_or_default();
    let long = split.ephemeral_1h_input_tokens;
    // The sum is always there; the split by time to live only from models that offer both.
    let short = split.ephemeral_5m_input_tokens.or_else(|| {
        usage.cache_creation_input_tokens.map(|total| total.saturating_sub(long.unwrap_or_default()))
    });
    out.push_back(Ok(Decoded::Usage(UsagePatch {
        input: usage.input_tokens,
        output: usage.output_tokens,
        cache_read: usage.cache_read_input_tokens,
        cache_write: short,
        cache_write_long: long,
        reasoning: usage.output_tokens_details.and_then(|details| details.thinking_tokens),
        last,
    })));
}

fn finish_reason(word: &str) -> FinishReason {
    match word {
        "max_tokens" | "model_context_window_exceeded" => FinishReason::MaxTokens,
        "refusal" => FinishReason::Refusal,
        // end_turn, stop_sequence, pause_turn, and whatever may come.
        _ => FinishReason::Stop,
    }
}
