//! OpenAI's Responses: named, numbered events around a list of items; the last event carries the whole response.

use serde_json::{Value, json};

use super::{CREATED, Encoder, Reply, ReplyPart, Stop, named};
use crate::{fault::Complaint, figures::Figures, wire};

const ID: &str = "resp_scripted";

pub(super) struct Frames {
    reply: Reply,
    number: u64,
    /// The items that are complete.
    items: Vec<Value>,
    part: ReplyPart,
    text: String,
}

impl Frames {
    pub(super) fn new(reply: Reply) -> Self {
        Self { reply, number: 0, items: Vec::new(), part: ReplyPart::Text, text: String::new() }
    }

    fn event(&mut self, kind: &str, mut fields: Value, out: &mut wire::Frames) {
        fields["type"] = kind.into();
        fields["sequence_number"] = self.number.into();
        self.number += 1;
        out.push_back(named(kind, &fields.to_string()));
    }

    /// An event about the open item.
    fn item_event(&mut self, kind: &str, mut fields: Value, out: &mut wire::Frames) {
        fields["output_index"] = self.items.len().into();
        self.event(kind, fields, out);
    }

    /// An event about the open item's content, or about its summary where it is thinking.
    fn content_event(&mut self, kind: &str, mut fields: Value, out: &mut wire::Frames) {
        fields["item_id"] = self.item_id().into();
        match self.part {
            ReplyPart::Thinking { .. } => fields["summary_index"] = 0.into(),
            ReplyPart::Tool { .. } => {}
            _ => fields["content_index"] = 0.into(),
        }
        self.item_event(kind, fields, out);
    }

    fn item_id(&self) -> String {
        item_id(&self.part, self.items.len())
    }

    fn item(&self, done: bool) -> Value {
        item(&self.part, &self.text, &self.item_id(), done, &self.reply.request)
    }
}

impl Encoder for Frames {
    fn start(&mut self, out: &mut wire::Frames) {
        for kind in ["response.created", "response.in_progress"] {
            let response = response(&self.reply, &[], "in_progress");
            self.event(kind, json!({"response": response}), out);
        }
    }

    fn open(&mut self, part: &ReplyPart, out: &mut wire::Frames) {
        self.part = part.clone();
        self.text.clear();
        let item = self.item(false);
        self.item_event("response.output_item.added", json!({"item": item}), out);
        match part {
            ReplyPart::Text | ReplyPart::Refusal => {
                let part = content(part, "");
                self.content_event("response.content_part.added", json!({"part": part}), out);
            }
            ReplyPart::Thinking { .. } | ReplyPart::Redacted { .. } | ReplyPart::Tool { .. } => {}
        }
    }

    fn delta(&mut self, text: &str, out: &mut wire::Frames) {
        let kind = match self.part {
            ReplyPart::Thinking { .. } => "response.reasoning_summary_text.delta",
            ReplyPart::Text => "response.output_text.delta",
            ReplyPart::Refusal => "response.refusal.delta",
            ReplyPart::Tool { .. } => "response.function_call_arguments.delta",
            ReplyPart::Redacted { .. } => return,
        };
        if self.text.is_empty() && kind == "response.reasoning_summary_text.delta" {
            let part = json!({"type": "summary_text", "text": ""});
            self.content_event("response.reasoning_summary_part.added", json!({"part": part}), out);
        }
        self.text.push_str(text);
        let mut fields = json!({"delta": text});
        if self.part == ReplyPart::Text {
            fields["logprobs"] = json!([]);
        }
        self.content_event(kind, fields, out);
    }

    fn close(&mut self, out: &mut wire::Frames) {
        let text = self.text.clone();
        match &self.part {
            ReplyPart::Thinking { .. } if !text.is_empty() => {
                self.content_event("response.reasoning_summary_text.done", json!({"text": text}), out);
                let part = json!({"type": "summary_text", "text": text});
                self.content_event("response.reasoning_summary_part.done", json!({"part": part}), out);
            }
            ReplyPart::Thinking { .. } | ReplyPart::Redacted { .. } => {}
            ReplyPart::Text => {
                let fields = json!({"text": text, "logprobs": []});
                self.content_event("response.output_text.done", fields, out);
                let part = content(&ReplyPart::Text, &text);
                self.content_event("response.content_part.done", json!({"part": part}), out);
            }
            ReplyPart::Refusal => {
                self.content_event("response.refusal.done", json!({"refusal": text}), out);
                let part = content(&ReplyPart::Refusal, &text);
                self.content_event("response.content_part.done", json!({"part": part}), out);
            }
            ReplyPart::Tool { name, .. } => {
                let fields = json!({"arguments": text, "name": name});
                self.content_event("response.function_call_arguments.done", fields, out);
            }
        }
        let item = self.item(true);
        self.item_event("response.output_item.done", json!({"item": item}), out);
        self.items.push(item);
    }

    fn end(&mut self, output: u64, out: &mut wire::Frames) {
        let response = ended(&self.reply, &self.items, output);
        let kind =
            if response["status"] == "completed" { "response.completed" } else { "response.incomplete" };
        self.event(kind, json!({"response": response}), out);
    }

    fn fail(&mut self, complaint: &Complaint, out: &mut wire::Frames) {
        let code = complaint.code.clone().unwrap_or_else(|| complaint.kind.clone());
        let fields = json!({"code": code, "message": complaint.message, "param": null});
        self.event("error", fields, out);
    }
}

/// The answer in one piece.
pub(super) fn whole(reply: &Reply, parts: &[(ReplyPart, String)], output: u64) -> Value {
    let items: Vec<Value> = parts
        .iter()
        .enumerate()
        .map(|(index, (part, text))| item(part, text, &item_id(part, index), true, &reply.request))
        .collect();
    ended(reply, &items, output)
}

fn ended(reply: &Reply, items: &[Value], output: u64) -> Value {
    let (status, reason) = match reply.stop() {
        Stop::End | Stop::Tool | Stop::Refusal => ("completed", None),
        Stop::Limit => ("incomplete", Some("max_output_tokens".to_owned())),
        Stop::Filter | Stop::PromptBlocked => ("incomplete", Some("content_filter".to_owned())),
        Stop::Other(word) => ("incomplete", Some(word)),
    };
    let mut response = response(reply, items, status);
    if let Some(reason) = reason {
        response["incomplete_details"] = json!({"reason": reason});
    }
    if let Some(figures) = reply.figures {
        response["usage"] = usage(figures, output);
    }
    response
}

fn response(reply: &Reply, items: &[Value], status: &str) -> Value {
    let request = &reply.request;
    let or = |field: &str, default: Value| match &request[field] {
        Value::Null => default,
        set => set.clone(),
    };
    json!({"id": ID, "object": "response", "created_at": CREATED, "status": status, "model": reply.model,
        "output": items, "error": null, "incomplete_details": null, "usage": null,
        "instructions": request["instructions"], "metadata": {}, "temperature": null, "top_p": null,
        "parallel_tool_calls": or("parallel_tool_calls", true.into()), "tool_choice": or("tool_choice", "auto".into()),
        "tools": or("tools", json!([])), "store": or("store", true.into()),
        "max_output_tokens": request["max_output_tokens"], "previous_response_id": null,
        "reasoning": or("reasoning", json!({"effort": null, "summary": null})),
        "text": or("text", json!({"format": {"type": "text"}})), "truncation": "disabled", "service_tier": "default"})
}

fn item_id(part: &ReplyPart, index: usize) -> String {
    let prefix = match part {
        ReplyPart::Thinking { .. } | ReplyPart::Redacted { .. } => "rs",
        ReplyPart::Text | ReplyPart::Refusal => "msg",
        ReplyPart::Tool { .. } => "fc",
    };
    format!("{prefix}_scripted{index}")
}

fn item(part: &ReplyPart, text: &str, id: &str, done: bool, request: &Value) -> Value {
    let status = if done { "completed" } else { "in_progress" };
    match part {
        ReplyPart::Thinking { signature } => {
            let summary =
                if text.is_empty() { json!([]) } else { json!([{"type": "summary_text", "text": text}]) };
            reasoning(id, &summary, signature, done, request)
        }
        ReplyPart::Redacted { data } => reasoning(id, &json!([]), data, done, request),
        ReplyPart::Text | ReplyPart::Refusal => {
            let content = if done { json!([content(part, text)]) } else { json!([]) };
            json!({"type": "message", "id": id, "status": status, "role": "assistant", "content": content})
        }
        ReplyPart::Tool { id: call, name } => {
            json!({"type": "function_call", "id": id, "call_id": call, "name": name, "arguments": text,
                "status": status})
        }
    }
}

/// The encrypted reasoning comes only to who asked for it.
fn reasoning(id: &str, summary: &Value, sealed: &str, done: bool, request: &Value) -> Value {
    let mut item = json!({"type": "reasoning", "id": id, "summary": summary});
    let asked = request["include"]
        .as_array()
        .is_some_and(|fields| fields.iter().any(|field| field == "reasoning.encrypted_content"));
    if asked {
        item["encrypted_content"] = if done { sealed.into() } else { Value::Null };
    }
    item
}

fn content(part: &ReplyPart, text: &str) -> Value {
    if *part == ReplyPart::Refusal {
        json!({"type": "refusal", "refusal": text})
    } else {
        json!({"type": "output_text", "text": text, "annotations": [], "logprobs": []})
    }
}

fn usage(figures: Figures, output: u64) -> Value {
    let input = figures.all_input();
    json!({"input_tokens": input, "output_tokens": output, "total_tokens": input + output,
        "input_tokens_details": {"cached_tokens": figures.cache_read,
            "cache_write_tokens": figures.cache_write + figures.cache_write_long,
            "cache_write_tokens_details": {"ttl_30m": figures.cache_write, "ttl_12h": figures.cache_write_long}},
        "output_tokens_details": {"reasoning_tokens": figures.reasoning}})
}
