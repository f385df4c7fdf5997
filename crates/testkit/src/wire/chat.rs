//! Chat Completions: unnamed chunks, tool calls with an index of their own, usage in a last chunk for who asked for
//! it, `[DONE]`. Groq's differ by `reasoning` and by `x_groq`.

use serde_json::{Value, json};

use super::{CREATED, Encoder, Reply, ReplyPart, Stop, data, quoted};
use crate::{
    fault::Complaint,
    figures::Figures,
    wire::{self, Wire},
};

const ID: &str = "chatcmpl-scripted";

pub(super) struct Frames {
    reply: Reply,
    groq: bool,
    /// What stands before a chunk's delta, and what after its finish reason.
    head: String,
    tail: &'static str,
    part: ReplyPart,
    tools: usize,
}

impl Frames {
    pub(super) fn new(reply: Reply, groq: bool) -> Self {
        let head = format!(
            r#"{{"id":"{ID}","object":"chat.completion.chunk","created":{CREATED},"model":{},"system_fingerprint":"fp_scripted","choices":[{{"index":0,"delta":"#,
            quoted(&reply.model)
        );
        // A chunk says that its usage is null only to who asked for usage.
        let tail = if wants_usage(&reply) { r#"}],"usage":null"# } else { "}]" };
        Self { reply, groq, head, tail, part: ReplyPart::Text, tools: 0 }
    }

    fn chunk(&self, delta: &str, stop: &str) -> bytes::Bytes {
        data(&format!("{}}}", self.unclosed(delta, stop)))
    }

    fn extended(&self, delta: &str, stop: &str, x_groq: &Value) -> bytes::Bytes {
        data(&format!(r#"{},"x_groq":{x_groq}}}"#, self.unclosed(delta, stop)))
    }

    /// A chunk without its last brace.
    fn unclosed(&self, delta: &str, stop: &str) -> String {
        format!(r#"{}{delta},"logprobs":null,"finish_reason":{stop}{}"#, self.head, self.tail)
    }

    fn reasoning_field(&self) -> &'static str {
        if self.groq { "reasoning" } else { "reasoning_content" }
    }
}

impl Encoder for Frames {
    fn start(&mut self, out: &mut wire::Frames) {
        let delta = r#"{"role":"assistant","content":""}"#;
        out.push_back(if self.groq {
            self.extended(delta, "null", &json!({"id": "req_scripted"}))
        } else {
            self.chunk(delta, "null")
        });
    }

    fn open(&mut self, part: &ReplyPart, out: &mut wire::Frames) {
        self.part = part.clone();
        if let ReplyPart::Tool { id, name } = part {
            let call = json!({"index": self.tools, "id": id, "type": "function",
                "function": {"name": name, "arguments": ""}});
            out.push_back(self.chunk(&json!({"tool_calls": [call]}).to_string(), "null"));
        }
    }

    fn delta(&mut self, text: &str, out: &mut wire::Frames) {
        let text = quoted(text);
        let delta = match &self.part {
            ReplyPart::Thinking { .. } => format!(r#"{{"{}":{text}}}"#, self.reasoning_field()),
            ReplyPart::Tool { .. } => {
                let index = self.tools;
                format!(r#"{{"tool_calls":[{{"index":{index},"function":{{"arguments":{text}}}}}]}}"#)
            }
            ReplyPart::Refusal => format!(r#"{{"refusal":{text}}}"#),
            ReplyPart::Text => format!(r#"{{"content":{text}}}"#),
            ReplyPart::Redacted { .. } => return,
        };
        out.push_back(self.chunk(&delta, "null"));
    }

    fn close(&mut self, _: &mut wire::Frames) {
        self.tools += usize::from(matches!(self.part, ReplyPart::Tool { .. }));
    }

    fn end(&mut self, output: u64, out: &mut wire::Frames) {
        let stop = quoted(&stop(&self.reply));
        let usage = self.reply.figures.map(|figures| usage(figures, output, self.groq));
        out.push_back(match &usage {
            Some(usage) if self.groq => {
                self.extended("{}", &stop, &json!({"id": "req_scripted", "usage": usage}))
            }
            _ => self.chunk("{}", &stop),
        });
        if let Some(usage) = usage.filter(|_| wants_usage(&self.reply)) {
            let model = quoted(&self.reply.model);
            out.push_back(data(&format!(
                r#"{{"id":"{ID}","object":"chat.completion.chunk","created":{CREATED},"model":{model},"system_fingerprint":"fp_scripted","choices":[],"usage":{usage}}}"#
            )));
        }
        out.push_back(data("[DONE]"));
    }

    fn fail(&mut self, complaint: &Complaint, out: &mut wire::Frames) {
        let wire = if self.groq { Wire::Groq } else { Wire::Chat };
        out.push_back(data(&complaint.body(wire).to_string()));
    }
}

/// The answer in one piece.
pub(super) fn whole(reply: &Reply, groq: bool, parts: &[(ReplyPart, String)], output: u64) -> Value {
    let mut message = json!({"role": "assistant", "content": null, "refusal": null, "annotations": []});
    let mut calls = Vec::new();
    for (part, text) in parts {
        match part {
            ReplyPart::Thinking { .. } if groq => message["reasoning"] = text.as_str().into(),
            ReplyPart::Thinking { .. } => message["reasoning_content"] = text.as_str().into(),
            ReplyPart::Text => message["content"] = text.as_str().into(),
            ReplyPart::Refusal => message["refusal"] = text.as_str().into(),
            ReplyPart::Redacted { .. } => {}
            ReplyPart::Tool { id, name } => calls.push(json!({"id": id, "type": "function",
                "function": {"name": name, "arguments": text}})),
        }
    }
    if !calls.is_empty() {
        message["tool_calls"] = calls.into();
    }
    let mut answer = json!({"id": ID, "object": "chat.completion", "created": CREATED, "model": reply.model,
        "choices": [{"index": 0, "message": message, "logprobs": null, "finish_reason": stop(reply)}],
        "system_fingerprint": "fp_scripted"});
    if let Some(figures) = reply.figures {
        answer["usage"] = usage(figures, output, groq);
    }
    if groq {
        answer["x_groq"] = json!({"id": "req_scripted"});
    }
    answer
}

fn wants_usage(reply: &Reply) -> bool {
    reply.request["stream_options"]["include_usage"] == true
}

fn usage(figures: Figures, output: u64, groq: bool) -> Value {
    let input = figures.all_input();
    let mut usage = json!({"prompt_tokens": input, "completion_tokens": output, "total_tokens": input + output,
        "prompt_tokens_details": {"cached_tokens": figures.cache_read},
        "completion_tokens_details": {"reasoning_tokens": figures.reasoning}});
    if groq {
        usage["queue_time"] = 0.01.into();
        usage["prompt_time"] = 0.02.into();
        usage["completion_time"] = 0.03.into();
        usage["total_time"] = 0.05.into();
    } else {
        usage["prompt_tokens_details"]["cache_write_tokens"] =
            (figures.cache_write + figures.cache_write_long).into();
    }
    usage
}

fn stop(reply: &Reply) -> String {
    match reply.stop() {
        Stop::End | Stop::Refusal => "stop".into(),
        Stop::Tool => "tool_calls".into(),
        Stop::Limit => "length".into(),
        Stop::Filter | Stop::PromptBlocked => "content_filter".into(),
        Stop::Other(word) => word,
    }
}
