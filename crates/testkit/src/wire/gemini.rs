//! Google's generateContent: every frame is a whole response with a part of the text; there is no mark of the end but
//! the finish reason. Calls of tools come in one piece, thinking is counted beside the output.

use serde_json::{Value, json};

use super::{Encoder, Reply, ReplyPart, Stop, data};
use crate::{
    fault::Complaint,
    figures::Figures,
    player::SIGNATURE,
    wire::{self, Wire},
};

pub(super) struct Frames {
    reply: Reply,
    part: ReplyPart,
    /// The arguments so far: they are sent at once.
    arguments: String,
    /// The seal of the thinking, until a part has carried it.
    seal: Option<String>,
    broken: bool,
}

impl Frames {
    pub(super) fn new(reply: Reply) -> Self {
        // Current models seal every call, also when nobody sees them think.
        let seal = reply.calls.then(|| SIGNATURE.to_owned());
        Self { reply, part: ReplyPart::Text, arguments: String::new(), seal, broken: false }
    }

    fn chunk(&self, parts: &Value, output: Option<u64>) -> Value {
        let mut chunk = json!({"candidates": [{"content": {"parts": parts, "role": "model"}, "index": 0}]});
        self.finish(&mut chunk, output);
        chunk
    }

    fn finish(&self, chunk: &mut Value, output: Option<u64>) {
        if let Some(figures) = self.reply.figures {
            chunk["usageMetadata"] = usage(figures, output);
        }
        chunk["modelVersion"] = self.reply.model.as_str().into();
        chunk["responseId"] = "scripted".into();
    }
}

impl Encoder for Frames {
    fn start(&mut self, _: &mut wire::Frames) {}

    fn open(&mut self, part: &ReplyPart, _: &mut wire::Frames) {
        self.part = part.clone();
        self.arguments.clear();
        if let ReplyPart::Thinking { signature } = part {
            self.seal = Some(signature.clone());
        }
    }

    fn delta(&mut self, text: &str, out: &mut wire::Frames) {
        let part = match self.part {
            ReplyPart::Thinking { .. } => json!({"text": text, "thought": true}),
            ReplyPart::Text => json!({"text": text}),
            ReplyPart::Tool { .. } => {
                self.arguments.push_str(text);
                return;
            }
            // What is unfit is not sent.
            ReplyPart::Refusal | ReplyPart::Redacted { .. } => return,
        };
        out.push_back(data(&self.chunk(&json!([part]), None).to_string()));
    }

    fn close(&mut self, out: &mut wire::Frames) {
        if !matches!(self.part, ReplyPart::Tool { .. }) {
            return;
        }
        match call(&self.part, &self.arguments) {
            Some(mut part) => {
                if let Some(seal) = self.seal.take() {
                    part["thoughtSignature"] = seal.into();
                }
                out.push_back(data(&self.chunk(&json!([part]), None).to_string()));
            }
            None => self.broken = true,
        }
    }

    fn end(&mut self, output: u64, out: &mut wire::Frames) {
        let Some(reason) = stop(&self.reply, self.broken) else {
            let mut chunk = blocked();
            self.finish(&mut chunk, Some(0));
            out.push_back(data(&chunk.to_string()));
            return;
        };
        let part = match self.seal.take() {
            Some(seal) => json!({"text": "", "thoughtSignature": seal}),
            None => json!({"text": ""}),
        };
        let mut chunk = self.chunk(&json!([part]), Some(output));
        chunk["candidates"][0]["finishReason"] = reason.into();
        out.push_back(data(&chunk.to_string()));
    }

    fn fail(&mut self, complaint: &Complaint, out: &mut wire::Frames) {
        // Not an event: the bare body of an error.
        out.push_back(bytes::Bytes::from(complaint.body(Wire::Gemini).to_string()));
    }
}

/// The answer in one piece.
pub(super) fn whole(reply: &Reply, parts: &[(ReplyPart, String)], output: u64) -> Value {
    let frames = Frames::new(reply.clone());
    let mut seal = frames.seal.clone();
    let mut broken = false;
    let mut sent = Vec::new();
    for (part, text) in parts {
        match part {
            ReplyPart::Thinking { signature } => {
                seal = Some(signature.clone());
                if !text.is_empty() {
                    sent.push(json!({"text": text, "thought": true}));
                }
            }
            ReplyPart::Text => sent.push(json!({"text": text})),
            ReplyPart::Refusal | ReplyPart::Redacted { .. } => {}
            ReplyPart::Tool { .. } => match call(part, text) {
                Some(call) => sent.push(call),
                None => broken = true,
            },
        }
    }
    let sealed = sent.iter().position(|part| part.get("functionCall").is_some());
    let sealed = sealed.unwrap_or_else(|| sent.len().saturating_sub(1));
    if let (Some(seal), Some(part)) = (seal, sent.get_mut(sealed)) {
        part["thoughtSignature"] = seal.into();
    }
    let Some(reason) = stop(reply, broken) else {
        let mut chunk = blocked();
        frames.finish(&mut chunk, Some(0));
        return chunk;
    };
    let mut answer = frames.chunk(&sent.into(), Some(output));
    answer["candidates"][0]["finishReason"] = reason.into();
    answer
}

fn call(part: &ReplyPart, arguments: &str) -> Option<Value> {
    let ReplyPart::Tool { id, name } = part else { return None };
    let arguments: Value =
        if arguments.is_empty() { json!({}) } else { serde_json::from_str(arguments).ok()? };
    arguments.is_object().then(|| json!({"functionCall": {"id": id, "name": name, "args": arguments}}))
}

fn blocked() -> Value {
    json!({"promptFeedback": {"blockReason": "PROHIBITED_CONTENT"}})
}

/// None: the prompt itself was blocked.
fn stop(reply: &Reply, broken: bool) -> Option<String> {
    let reason = match reply.stop() {
        _ if broken => "MALFORMED_FUNCTION_CALL".into(),
        Stop::End | Stop::Tool => "STOP".into(),
        Stop::Limit => "MAX_TOKENS".into(),
        Stop::Filter | Stop::Refusal => "SAFETY".into(),
        Stop::PromptBlocked => return None,
        Stop::Other(word) => word,
    };
    Some(reason)
}

/// While the answer runs the output is not counted yet; thinking is never a part of the candidates.
fn usage(figures: Figures, output: Option<u64>) -> Value {
    let input = figures.all_input();
    let mut usage = json!({"promptTokenCount": input, "totalTokenCount": input + output.unwrap_or_default(),
        "promptTokensDetails": [{"modality": "TEXT", "tokenCount": input}]});
    if let Some(output) = output {
        usage["candidatesTokenCount"] = output.saturating_sub(figures.reasoning).into();
    }
    if figures.reasoning > 0 {
        usage["thoughtsTokenCount"] = figures.reasoning.into();
    }
    if figures.cache_read > 0 {
        usage["cachedContentTokenCount"] = figures.cache_read.into();
    }
    usage
}
