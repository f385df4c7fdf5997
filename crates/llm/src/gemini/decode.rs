//! Gemini's stream: each event is a whole response with the next parts of the answer. No names and no end mark: it has
//! ended when the body ends after a finish reason. Thoughts are counted beside the output and are added to it; cached
//! tokens are part of the prompt's and are taken out.

use serde_json::{Value, json};
use vertice_domain::FinishReason;
use vertice_ports::model::ToolCallDelta;

use super::MADE_UP;
use crate::{
    decode::{Decode, Decoded, Queue, UsagePatch, push_text, push_thinking},
    fault::{Complaint, Fault, FaultKind},
    sse::SseEvent,
};

#[derive(Debug, Default)]
pub struct GeminiDecoder {
    stop: Option<Result<FinishReason, Fault>>,
    ended: bool,
    calls: u32,
}

impl Decode for GeminiDecoder {
    fn push(&mut self, event: &SseEvent, out: &mut Queue) {
        if self.ended {
            return;
        }
        let Ok(data) = serde_json::from_str::<Value>(&event.data) else {
            let fault = Fault::new(FaultKind::BadResponse).with_detail("A chunk of the stream is not valid.");
            self.end(Err(fault), out);
            return;
        };
        match Complaint::from_value(&data) {
            Some(complaint) => self.end(Err(complaint.into_fault()), out),
            None => self.read(&data, out),
        }
    }

    fn finish(&mut self, out: &mut Queue) {
        if !self.ended {
            let how = self.stop.take().unwrap_or_else(|| Err(Fault::new(FaultKind::Truncated)));
            self.end(how, out);
        }
    }
}

impl GeminiDecoder {
    fn end(&mut self, how: Result<FinishReason, Fault>, out: &mut Queue) {
        self.ended = true;
        out.push_back(how.map(Decoded::Stop));
    }

    fn read(&mut self, data: &Value, out: &mut Queue) {
        let candidate = &data["candidates"][0];
        for part in candidate["content"]["parts"].as_array().into_iter().flatten() {
            self.part(part, out);
        }
        if let Some(word) = candidate["finishReason"].as_str() {
            self.stop = Some(finish(word, candidate["finishMessage"].as_str()));
        } else if data["promptFeedback"]["blockReason"].is_string() {
            self.stop = Some(Ok(FinishReason::Refusal));
        }
        // The counts may come after the finish reason, in a chunk of their own.
        push_usage(&data["usageMetadata"], self.stop.is_some(), out);
    }

    fn part(&mut self, part: &Value, out: &mut Queue) {
        if let Some(signature) = part["thoughtSignature"].as_str() {
            out.push_back(Ok(Decoded::Replay(json!({"thoughtSignature": signature}).to_string())));
        }
        let text = part["text"].as_str().map(str::to_owned);
        if part["thought"] == true {
            push_thinking(text, out);
        } else {
            push_text(text, out);
        }
        let call = &part["functionCall"];
        if let Some(name) = call["name"].as_str() {
            let index = self.calls;
            self.calls += 1;
            let id = call["id"].as_str().filter(|id| !id.is_empty());
            let id = id.map_or_else(|| format!("{MADE_UP}{index}"), str::to_owned);
            out.push_back(Ok(Decoded::ToolCall(ToolCallDelta::Start { index, id, name: name.to_owned() })));
            let json = if call["args"].is_object() { call["args"].to_string() } else { "{}".to_owned() };
            out.push_back(Ok(Decoded::ToolCall(ToolCallDelta::Arguments { index, json })));
        }
    }
}

fn finish(word: &str, message: Option<&str>) -> Result<FinishReason, Fault> {
    match word {
        "MAX_TOKENS" => Ok(FinishReason::MaxTokens),
        "SAFETY"
        | "RECITATION"
        | "BLOCKLIST"
        | "PROHIBITED_CONTENT"
        | "SPII"
        | "LANGUAGE"
        | "IMAGE_SAFETY"
        | "IMAGE_PROHIBITED_CONTENT" => Ok(FinishReason::Refusal),
        "MALFORMED_FUNCTION_CALL"
        | "UNEXPECTED_TOOL_CALL"
        | "TOO_MANY_TOOL_CALLS"
        | "MISSING_THOUGHT_SIGNATURE" => {
            let detail = message.map_or_else(|| format!("The answer ended with {word}."), str::to_owned);
            Err(Fault::new(FaultKind::BadResponse).with_detail(&detail))
        }
        // STOP, also after tool calls; CONTINUATION and whatever may come.
        _ => Ok(FinishReason::Stop),
    }
}

fn push_usage(usage: &Value, last: bool, out: &mut Queue) {
    let count = |name: &str| usage[name].as_u64();
    let Some(prompt) = count("promptTokenCount") else { return };
    let cached = count("cachedContentTokenCount");
    let thoughts = count("thoughtsTokenCount");
    let tools = count("toolUsePromptTokenCount").unwrap_or_default();
    out.push_back(Ok(Decoded::Usage(UsagePatch {
        input: Some(prompt.saturating_sub(cached.unwrap_or_default()) + tools),
        output: Some(count("candidatesTokenCount").unwrap_or_default() + thoughts.unwrap_or_default()),
        cache_read: cached,
        cache_write: None,
        cache_write_long: None,
        reasoning: thoughts,
        last,
    })));
}
