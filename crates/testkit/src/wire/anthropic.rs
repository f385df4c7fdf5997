//! Anthropic's Messages: named events, blocks with an index, usage at the start and again, cumulative, at the end.

use serde_json::{Value, json};

use super::{Encoder, Reply, ReplyPart, Stop, named, quoted};
use crate::{
    fault::Complaint,
    figures::Figures,
    wire::{self, Wire},
};

pub(super) struct Frames {
    reply: Reply,
    index: usize,
    part: ReplyPart,
    pinged: bool,
}

impl Frames {
    pub(super) fn new(reply: Reply) -> Self {
        Self { reply, index: 0, part: ReplyPart::Text, pinged: false }
    }

    fn block_delta(&self, kind: &str, field: &str, text: &str) -> bytes::Bytes {
        let (index, text) = (self.index, quoted(text));
        let json = format!(
            r#"{{"type":"content_block_delta","index":{index},"delta":{{"type":"{kind}","{field}":{text}}}}}"#
        );
        named("content_block_delta", &json)
    }
}

impl Encoder for Frames {
    fn start(&mut self, out: &mut wire::Frames) {
        // The grammar has usage here whether or not it comes at the end.
        let mut message = message(&self.reply, &[]);
        message["usage"] = usage(self.reply.figures.unwrap_or_default(), 1, false);
        out.push_back(named(
            "message_start",
            &json!({"type": "message_start", "message": message}).to_string(),
        ));
    }

    fn open(&mut self, part: &ReplyPart, out: &mut wire::Frames) {
        self.part = part.clone();
        let block = block(part, "", false);
        let json = json!({"type": "content_block_start", "index": self.index, "content_block": block});
        out.push_back(named("content_block_start", &json.to_string()));
        if !std::mem::replace(&mut self.pinged, true) {
            out.push_back(named("ping", r#"{"type":"ping"}"#));
        }
    }

    fn delta(&mut self, text: &str, out: &mut wire::Frames) {
        out.push_back(match self.part {
            ReplyPart::Thinking { .. } => self.block_delta("thinking_delta", "thinking", text),
            ReplyPart::Tool { .. } => self.block_delta("input_json_delta", "partial_json", text),
            ReplyPart::Text | ReplyPart::Refusal | ReplyPart::Redacted { .. } => {
                self.block_delta("text_delta", "text", text)
            }
        });
    }

    fn close(&mut self, out: &mut wire::Frames) {
        if let ReplyPart::Thinking { signature } = &self.part {
            out.push_back(self.block_delta("signature_delta", "signature", signature));
        }
        let index = self.index;
        out.push_back(named(
            "content_block_stop",
            &format!(r#"{{"type":"content_block_stop","index":{index}}}"#),
        ));
        self.index += 1;
    }

    fn end(&mut self, output: u64, out: &mut wire::Frames) {
        let (reason, details) = stop(&self.reply);
        let mut event =
            json!({"type": "message_delta", "delta": {"stop_reason": reason, "stop_sequence": null}});
        if !details.is_null() {
            event["delta"]["stop_details"] = details;
        }
        if let Some(figures) = self.reply.figures {
            event["usage"] = usage(figures, output, true);
        }
        out.push_back(named("message_delta", &event.to_string()));
        out.push_back(named("message_stop", r#"{"type":"message_stop"}"#));
    }

    fn fail(&mut self, complaint: &Complaint, out: &mut wire::Frames) {
        out.push_back(named("error", &complaint.body(Wire::Anthropic).to_string()));
    }
}

/// The answer in one piece.
pub(super) fn whole(reply: &Reply, parts: &[(ReplyPart, String)], output: u64) -> Value {
    let blocks: Vec<Value> = parts.iter().map(|(part, text)| block(part, text, true)).collect();
    let mut message = message(reply, &blocks);
    let (reason, details) = stop(reply);
    message["stop_reason"] = reason.into();
    if !details.is_null() {
        message["stop_details"] = details;
    }
    message["usage"] = usage(reply.figures.unwrap_or_default(), output, true);
    message
}

fn message(reply: &Reply, blocks: &[Value]) -> Value {
    json!({"id": "msg_scripted", "type": "message", "role": "assistant", "model": reply.model,
        "content": blocks, "stop_reason": null, "stop_sequence": null})
}

fn block(part: &ReplyPart, text: &str, whole: bool) -> Value {
    match part {
        ReplyPart::Thinking { signature } => {
            json!({"type": "thinking", "thinking": text, "signature": if whole { signature } else { "" }})
        }
        ReplyPart::Redacted { data } => json!({"type": "redacted_thinking", "data": data}),
        ReplyPart::Text | ReplyPart::Refusal => json!({"type": "text", "text": text}),
        // An object even where the script's arguments are broken: here the provider has parsed them.
        ReplyPart::Tool { id, name } => {
            let input: Value = serde_json::from_str(text).unwrap_or_else(|_| json!({}));
            json!({"type": "tool_use", "id": id, "name": name, "input": input})
        }
    }
}

fn usage(figures: Figures, output: u64, last: bool) -> Value {
    let mut usage = json!({
        "input_tokens": figures.input,
        "cache_read_input_tokens": figures.cache_read,
        "cache_creation_input_tokens": figures.cache_write + figures.cache_write_long,
        "cache_creation": {"ephemeral_5m_input_tokens": figures.cache_write,
            "ephemeral_1h_input_tokens": figures.cache_write_long},
        "output_tokens": output,
        "service_tier": "standard",
    });
    if last && figures.reasoning > 0 {
        usage["output_tokens_details"] = json!({"thinking_tokens": figures.reasoning});
    }
    usage
}

/// The stop reason and what is said about it.
fn stop(reply: &Reply) -> (String, Value) {
    match reply.stop() {
        Stop::End => ("end_turn".into(), Value::Null),
        Stop::Tool => ("tool_use".into(), Value::Null),
        Stop::Limit => ("max_tokens".into(), Value::Null),
        Stop::Filter | Stop::Refusal | Stop::PromptBlocked => (
            "refusal".into(),
            json!({"type": "refusal", "category": "cyber", "explanation": "Scripted refusal."}),
        ),
        Stop::Other(word) => (word, Value::Null),
    }
}
