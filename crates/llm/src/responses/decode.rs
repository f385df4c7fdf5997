//! The stream of Responses: events with a type each, ended by `response.completed`, `.incomplete`, `.failed` or `error`.
//!
//! Reasoning items are kept to be replayed; their summary is the thinking that is shown. Unknown events and items are
//! ignored. An end without one of the four is a cut.

use std::collections::HashMap;

use serde_json::{Value, json};
use vertice_domain::FinishReason;
use vertice_ports::model::ToolCallDelta;

use crate::{
    decode::{Arguments, Decode, Decoded, Queue, UsagePatch, push_text, push_thinking},
    fault::{Complaint, Fault, FaultKind},
    sse::SseEvent,
};

#[derive(Debug, Default)]
pub struct ResponsesDecoder {
    ended: bool,
    refused: bool,
    calls: HashMap<u64, Call>,
    count: u32,
    /// Places of messages of which text came as deltas.
    spoken: Vec<u64>,
    thought: bool,
}

#[derive(Debug)]
struct Call {
    number: u32,
    arguments: Arguments,
}

impl Decode for ResponsesDecoder {
    fn push(&mut self, event: &SseEvent, out: &mut Queue) {
        if self.ended || event.data == crate::sse::DONE {
            return;
        }
        match serde_json::from_str(&event.data) {
            Ok(data) => self.read(&data, out),
            Err(_) => {
                let fault =
                    Fault::new(FaultKind::BadResponse).with_detail("An event of the stream is not valid.");
                self.end(Err(fault), out);
            }
        }
    }

    fn finish(&mut self, out: &mut Queue) {
        if !self.ended {
            self.end(Err(Fault::new(FaultKind::Truncated)), out);
        }
    }
}

impl ResponsesDecoder {
    fn end(&mut self, how: Result<FinishReason, Fault>, out: &mut Queue) {
        self.ended = true;
        if how.is_ok() {
            let mut open: Vec<&mut Call> = self.calls.values_mut().collect();
            open.sort_by_key(|call| call.number);
            open.into_iter().for_each(|call| call.arguments.end(call.number, out));
        }
        out.push_back(how.map(Decoded::Stop));
    }

    fn read(&mut self, data: &Value, out: &mut Queue) {
        let place = data["output_index"].as_u64().unwrap_or(0);
        let delta = || data["delta"].as_str().map(str::to_owned);
        match data["type"].as_str().unwrap_or_default() {
            "response.output_text.delta" => {
                self.spoken.push(place);
                self.spoken.dedup();
                push_text(delta(), out);
            }
            "response.refusal.delta" => {
                self.refused = true;
                self.spoken.push(place);
                push_text(delta(), out);
            }
            "response.reasoning_summary_part.added" if std::mem::replace(&mut self.thought, true) => {
                push_thinking(Some("\n\n".to_owned()), out);
            }
            "response.reasoning_summary_text.delta" | "response.reasoning_text.delta" => {
                push_thinking(delta(), out);
            }
            "response.output_item.added" => self.begin(place, &data["item"], out),
            "response.function_call_arguments.delta" => self.arguments(place, delta(), out),
            "response.function_call_arguments.done" => self.rest(place, &data["arguments"], out),
            "response.output_item.done" => self.close(place, &data["item"], out),
            "response.completed" => {
                push_usage(&data["response"]["usage"], out);
                let reason = if self.refused { FinishReason::Refusal } else { FinishReason::Stop };
                self.end(Ok(reason), out);
            }
            "response.incomplete" => {
                push_usage(&data["response"]["usage"], out);
                let reason = data["response"]["incomplete_details"]["reason"].as_str();
                self.end(Ok(incomplete(reason.unwrap_or_default())), out);
            }
            "response.failed" => {
                push_usage(&data["response"]["usage"], out);
                let complaint = Complaint::from_value(&json!({"error": data["response"]["error"]}));
                self.end(Err(complaint.unwrap_or_default().into_fault()), out);
            }
            "error" => {
                let error = if data["error"].is_null() { data } else { &data["error"] };
                let complaint = Complaint::from_value(&json!({"error": error}));
                self.end(Err(complaint.unwrap_or_default().into_fault()), out);
            }
            // Compatible servers send a plain error without a type.
            "" if !data["error"].is_null() => {
                self.end(Err(Complaint::from_value(data).unwrap_or_default().into_fault()), out);
            }
            _ => {}
        }
    }

    fn begin(&mut self, place: u64, item: &Value, out: &mut Queue) {
        if item["type"] != "function_call" || self.calls.contains_key(&place) {
            return;
        }
        let index = self.count;
        self.count += 1;
        self.calls.insert(place, Call { number: index, arguments: Arguments::default() });
        let id = item["call_id"].as_str().filter(|id| !id.is_empty());
        let id = id.map_or_else(|| format!("call_{index}"), str::to_owned);
        let name = item["name"].as_str().unwrap_or_default().to_owned();
        out.push_back(Ok(Decoded::ToolCall(ToolCallDelta::Start { index, id, name })));
    }

    fn arguments(&mut self, place: u64, json: Option<String>, out: &mut Queue) {
        if let (Some(call), Some(json)) = (self.calls.get_mut(&place), json) {
            call.arguments.push(call.number, &json, out);
        }
    }

    /// The whole arguments, where they did not come in pieces.
    fn rest(&mut self, place: u64, whole: &Value, out: &mut Queue) {
        if self.calls.get(&place).is_some_and(|call| !call.arguments.have_begun()) {
            self.arguments(place, whole.as_str().map(str::to_owned), out);
        }
    }

    fn close(&mut self, place: u64, item: &Value, out: &mut Queue) {
        match item["type"].as_str().unwrap_or_default() {
            "function_call" => {
                self.begin(place, item, out);
                self.rest(place, &item["arguments"], out);
                if let Some(call) = self.calls.get_mut(&place) {
                    call.arguments.end(call.number, out);
                }
            }
            "reasoning" if item["encrypted_content"].is_string() => {
                let mut kept = item.clone();
                // It says how far the item had come, which is nothing to send back.
                if let Some(kept) = kept.as_object_mut() {
                    kept.remove("status");
                }
                out.push_back(Ok(Decoded::Replay(kept.to_string())));
            }
            "message" if !self.spoken.contains(&place) => {
                for part in item["content"].as_array().into_iter().flatten() {
                    self.refused |= part["type"] == "refusal";
                    let text = part["text"].as_str().or_else(|| part["refusal"].as_str());
                    push_text(text.map(str::to_owned), out);
                }
            }
            _ => {}
        }
    }
}

fn incomplete(reason: &str) -> FinishReason {
    match reason {
        "content_filter" => FinishReason::Refusal,
        // max_output_tokens, max_messages, and whatever may come.
        _ => FinishReason::MaxTokens,
    }
}

/// Cached tokens, read and written, are part of `input_tokens` here.
fn push_usage(usage: &Value, out: &mut Queue) {
    let Some(input) = usage["input_tokens"].as_u64() else { return };
    let details = &usage["input_tokens_details"];
    let read = details["cached_tokens"].as_u64();
    let written = details["cache_write_tokens"].as_u64();
    let long = details["cache_write_tokens_details"]["ttl_12h"].as_u64();
    let cached = read.unwrap_or_default().saturating_add(written.unwrap_or_default());
    out.push_back(Ok(Decoded::Usage(UsagePatch {
        input: Some(input.saturating_sub(cached)),
        output: usage["output_tokens"].as_u64(),
        cache_read: read,
        cache_write: written.map(|written| written.saturating_sub(long.unwrap_or_default())),
        cache_write_long: long,
        reasoning: usage["output_tokens_details"]["reasoning_tokens"].as_u64(),
        last: true,
    })));
}
