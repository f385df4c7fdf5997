//! The frames of both wire formats, as the real providers send them.

use bytes::Bytes;
use serde_json::json;

use crate::script::Figures;

/// A wire format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wire {
    Anthropic,
    OpenAi,
}

/// A text as JSON. Written by hand into the frames around it: the frame of a token is the hot path of benchmarks.
fn quoted(text: &str) -> String {
    serde_json::to_string(text).expect("a text cannot fail to serialise")
}

fn named(name: &str, data: &str) -> Bytes {
    Bytes::from(format!("event: {name}\ndata: {data}\n\n"))
}

fn data(json: &str) -> Bytes {
    Bytes::from(format!("data: {json}\n\n"))
}

impl Wire {
    pub(crate) fn start(self, model: &str, figures: Option<Figures>) -> Bytes {
        match self {
            Self::Anthropic => {
                let figures = figures.unwrap_or_default();
                let usage = json!({"input_tokens": figures.input, "output_tokens": 1,
                    "cache_read_input_tokens": figures.cache_read,
                    "cache_creation_input_tokens": figures.cache_write});
                let message = json!({"id": "msg_scripted", "type": "message", "role": "assistant", "model": model,
                    "content": [], "stop_reason": null, "stop_sequence": null, "usage": usage});
                named("message_start", &json!({"type": "message_start", "message": message}).to_string())
            }
            Self::OpenAi => data(&openai(model, r#"{"role":"assistant","content":""}"#, "null", "null")),
        }
    }

    pub(crate) fn block_start(self, index: usize, thinking: bool) -> Option<Bytes> {
        let block = if thinking {
            r#"{"type":"thinking","thinking":"","signature":""}"#
        } else {
            r#"{"type":"text","text":""}"#
        };
        let json = format!(r#"{{"type":"content_block_start","index":{index},"content_block":{block}}}"#);
        (self == Self::Anthropic).then(|| named("content_block_start", &json))
    }

    pub(crate) fn block_stop(self, index: usize) -> Option<Bytes> {
        let json = format!(r#"{{"type":"content_block_stop","index":{index}}}"#);
        (self == Self::Anthropic).then(|| named("content_block_stop", &json))
    }

    pub(crate) fn token(self, model: &str, index: usize, text: &str, thinking: bool) -> Bytes {
        let text = quoted(text);
        match (self, thinking) {
            (Self::Anthropic, false) => named(
                "content_block_delta",
                &format!(
                    r#"{{"type":"content_block_delta","index":{index},"delta":{{"type":"text_delta","text":{text}}}}}"#
                ),
            ),
            (Self::Anthropic, true) => named(
                "content_block_delta",
                &format!(
                    r#"{{"type":"content_block_delta","index":{index},"delta":{{"type":"thinking_delta","thinking":{text}}}}}"#
                ),
            ),
            (Self::OpenAi, false) => {
                data(&openai(model, &format!(r#"{{"content":{text}}}"#), "null", "null"))
            }
            (Self::OpenAi, true) => {
                data(&openai(model, &format!(r#"{{"reasoning_content":{text}}}"#), "null", "null"))
            }
        }
    }

    /// The frames after the last token.
    pub(crate) fn end(
        self,
        model: &str,
        stop: Option<&str>,
        output: u64,
        figures: Option<Figures>,
    ) -> Vec<Bytes> {
        match self {
            Self::Anthropic => {
                let mut delta = json!({"type": "message_delta",
                    "delta": {"stop_reason": stop.unwrap_or("end_turn"), "stop_sequence": null}});
                if figures.is_some() {
                    delta["usage"] = json!({"output_tokens": output});
                }
                vec![
                    named("message_delta", &delta.to_string()),
                    named("message_stop", r#"{"type":"message_stop"}"#),
                ]
            }
            Self::OpenAi => {
                let stop = quoted(match stop.unwrap_or("stop") {
                    // Scripts that serve both formats use Anthropic's words.
                    "max_tokens" => "length",
                    "refusal" => "content_filter",
                    word => word,
                });
                let mut frames = vec![data(&openai(model, "{}", &stop, "null"))];
                if let Some(figures) = figures {
                    let input = figures.input + figures.cache_read + figures.cache_write;
                    let usage = json!({"prompt_tokens": input, "completion_tokens": output,
                        "total_tokens": input + output,
                        "prompt_tokens_details": {"cached_tokens": figures.cache_read,
                            "cache_write_tokens": figures.cache_write},
                        "completion_tokens_details": {"reasoning_tokens": figures.reasoning}});
                    frames.push(data(&format!(
                        r#"{{"id":"chatcmpl-scripted","object":"chat.completion.chunk","created":1795428000,"model":{},"choices":[],"usage":{usage}}}"#,
                        quoted(model)
                    )));
                }
                frames.push(data("[DONE]"));
                frames
            }
        }
    }

    /// An error inside the stream.
    pub(crate) fn error(self, kind: &str, message: &str) -> Bytes {
        match self {
            Self::Anthropic => named("error", &self.error_body(kind, message)),
            Self::OpenAi => data(&self.error_body(kind, message)),
        }
    }

    /// An error as a whole body.
    pub(crate) fn error_body(self, kind: &str, message: &str) -> String {
        let json = match self {
            Self::Anthropic => json!({"type": "error", "error": {"type": kind, "message": message},
                "request_id": "req_scripted"}),
            Self::OpenAi => json!({"error": {"message": message, "type": kind, "code": kind, "param": null}}),
        };
        json.to_string()
    }
}

fn openai(model: &str, delta: &str, stop: &str, usage: &str) -> String {
    format!(
        r#"{{"id":"chatcmpl-scripted","object":"chat.completion.chunk","created":1795428000,"model":{},"choices":[{{"index":0,"delta":{delta},"finish_reason":{stop}}}],"usage":{usage}}}"#,
        quoted(model)
    )
}

/// The error type that goes with a status.
pub(crate) const fn error_kind(status: u16) -> &'static str {
    match status {
        400 => "invalid_request_error",
        401 => "authentication_error",
        402 => "billing_error",
        403 => "permission_error",
        404 => "not_found_error",
        413 => "request_too_large",
        429 => "rate_limit_error",
        504 => "timeout_error",
        529 => "overloaded_error",
        _ => "api_error",
    }
}
