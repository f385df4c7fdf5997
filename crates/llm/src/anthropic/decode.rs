//! Anthropic's stream: `message_start`, blocks with their deltas, `message_delta`, `message_stop`.
//!
//! Unknown events, blocks and deltas are ignored, as the provider asks of its clients. A stream that ends without
//! `message_stop` is whole if a stop reason was seen, else it was cut. `pause_turn` only comes with the provider's own
//! tools, of which none is ever offered; it ends the answer, so that no loop can come of it.

use std::collections::HashMap;

use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use vertice_domain::FinishReason;
use vertice_ports::model::ToolCallDelta;

use super::wire;
use crate::{
    decode::{Arguments, Decode, Decoded, Queue, UsagePatch, push_text, push_thinking},
    fault::{Complaint, Fault, FaultKind},
    sse::SseEvent,
};

#[derive(Debug, Default)]
pub struct AnthropicDecoder {
    stop: Option<FinishReason>,
    ended: bool,
    blocks: HashMap<u64, Open>,
    calls: u32,
}

/// A block that has begun.
#[derive(Debug)]
enum Open {
    /// Kept to be replayed: the thinking and its signature.
    Thinking { text: String, signature: String },
    /// A call of a tool: its number and its arguments.
    Call(u32, Arguments),
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
        if !self.ended {
            match self.stop {
                Some(reason) => self.end(reason, out),
                None => out.push_back(Err(Fault::new(FaultKind::Truncated))),
            }
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
            "content_block_delta" => self.delta(parse(&event.data)?, out),
            "content_block_start" => self.start(parse(&event.data)?, out),
            "content_block_stop" => self.close(parse::<wire::BlockStop>(&event.data)?.index, out),
            "message_start" => {
                push_usage(parse::<wire::MessageStart>(&event.data)?.message.usage, false, out);
            }
            "message_delta" => {
                let delta = parse::<wire::MessageDelta>(&event.data)?;
                push_usage(delta.usage, true, out);
                self.stop = delta.delta.stop_reason.as_deref().map(finish_reason).or(self.stop);
            }
            "message_stop" => {
                self.end(self.stop.unwrap_or(FinishReason::Stop), out);
            }
            "error" => return Err(Complaint::parse(&event.data).unwrap_or_default().into_fault()),
            _ => {}
        }
        Ok(())
    }

    fn end(&mut self, reason: FinishReason, out: &mut Queue) {
        self.ended = true;
        let mut open: Vec<u64> = self.blocks.keys().copied().collect();
        open.sort_unstable();
        open.into_iter().for_each(|index| self.close(index, out));
        out.push_back(Ok(Decoded::Stop(reason)));
    }

    fn start(&mut self, start: wire::BlockStart, out: &mut Queue) {
        let block = start.content_block;
        match block.kind.as_str() {
            "text" => push_text(block.text, out),
            "thinking" => {
                let open = Open::Thinking {
                    text: block.thinking.clone().unwrap_or_default(),
                    signature: block.signature.unwrap_or_default(),
                };
                self.blocks.insert(start.index, open);
                push_thinking(block.thinking, out);
            }
            "redacted_thinking" => {
                let data = json!({"type": "redacted_thinking", "data": block.data});
                out.push_back(Ok(Decoded::Replay(data.to_string())));
            }
            "tool_use" => {
                let index = self.calls;
                self.calls += 1;
                let id = text_of(block.id).unwrap_or_else(|| format!("call_{index}"));
                let name = text_of(block.name).unwrap_or_default();
                out.push_back(Ok(Decoded::ToolCall(ToolCallDelta::Start { index, id, name })));
                let mut arguments = Arguments::default();
                // Some imitations send the arguments at once.
                if let Some(Value::Object(input)) = block.input
                    && !input.is_empty()
                {
                    arguments.push(index, &Value::Object(input).to_string(), out);
                }
                self.blocks.insert(start.index, Open::Call(index, arguments));
            }
            _ => {}
        }
    }

    fn delta(&mut self, delta: wire::BlockDelta, out: &mut Queue) {
        let (index, piece) = (delta.index, delta.delta);
        match piece.kind.as_str() {
            "text_delta" => push_text(piece.text, out),
            "thinking_delta" => {
                if let (Some(Open::Thinking { text, .. }), Some(more)) =
                    (self.blocks.get_mut(&index), &piece.thinking)
                {
                    text.push_str(more);
                }
                push_thinking(piece.thinking, out);
            }
            "signature_delta" => {
                if let (Some(Open::Thinking { signature, .. }), Some(more)) =
                    (self.blocks.get_mut(&index), piece.signature)
                {
                    signature.push_str(&more);
                }
            }
            "input_json_delta" => {
                if let (Some(Open::Call(call, arguments)), Some(json)) =
                    (self.blocks.get_mut(&index), piece.partial_json)
                {
                    arguments.push(*call, &json, out);
                }
            }
            _ => {}
        }
    }

    fn close(&mut self, index: u64, out: &mut Queue) {
        match self.blocks.remove(&index) {
            Some(Open::Thinking { text, signature }) if !signature.is_empty() => {
                let data = json!({"type": "thinking", "thinking": text, "signature": signature});
                out.push_back(Ok(Decoded::Replay(data.to_string())));
            }
            Some(Open::Call(call, mut arguments)) => arguments.end(call, out),
            Some(Open::Thinking { .. }) | None => {}
        }
    }
}

/// A text with something in it. Blocks that are not known may call other things by the same name.
fn text_of(value: Option<Value>) -> Option<String> {
    value?.as_str().filter(|text| !text.is_empty()).map(str::to_owned)
}

fn parse<T: DeserializeOwned>(data: &str) -> Result<T, Fault> {
    serde_json::from_str(data)
        .map_err(|_| Fault::new(FaultKind::BadResponse).with_detail("An event of the stream is not valid."))
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
