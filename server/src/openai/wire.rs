//! A whole answer as it is sent to OpenAI's clients. Beyond their format: `reasoning_content`, as other servers call a model's thinking,
//! and `cost_usd` beside the usage.

use serde::Serialize;
use utoipa::ToSchema;
use vertice_domain::{Usage, Usd};
use vertice_ports::prompt::ToolCall;

/// A whole answer.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Completion {
    /// The answer's id.
    #[schema(example = "chatcmpl-0193b0c0a0007000800000000000abcd")]
    pub(super) id: String,
    /// `chat.completion`.
    pub(super) object: &'static str,
    /// When it was asked for, in seconds since 1970.
    pub(super) created: i64,
    /// The model that answered.
    pub(super) model: String,
    /// The answer: one.
    pub(super) choices: Vec<Choice>,
    /// What it took.
    pub(super) usage: CompletionUsage,
}

/// The one answer.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Choice {
    /// 0.
    pub(super) index: u32,
    /// What was said.
    pub(super) message: AnswerMessage,
    /// Always null.
    #[schema(value_type = Option<Object>)]
    pub(super) logprobs: Option<()>,
    /// Why it ended: `stop`, `length`, `tool_calls` or `content_filter`.
    pub(super) finish_reason: &'static str,
}

/// What was said.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct AnswerMessage {
    /// `assistant`.
    pub(super) role: &'static str,
    /// The text; null where only tools were called.
    pub(super) content: Option<String>,
    /// Always null: refusals come as text, with the reason `content_filter`.
    #[schema(value_type = Option<String>)]
    pub(super) refusal: Option<()>,
    /// What the model thought, where it tells.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) reasoning_content: Option<String>,
    /// The tools it calls.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) tool_calls: Vec<AnswerCall>,
}

/// A call of a tool.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct AnswerCall {
    /// Its id, to be sent back with the result.
    pub(super) id: String,
    /// `function`.
    #[serde(rename = "type")]
    pub(super) kind: &'static str,
    /// What is called.
    pub(super) function: AnswerFunction,
}

/// What is called.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct AnswerFunction {
    /// The function.
    pub(super) name: String,
    /// The arguments' JSON as the model wrote it: nearly always an object, but a model may err.
    pub(super) arguments: String,
}

impl From<ToolCall> for AnswerCall {
    /// Clients parse the arguments: a call without any has an empty object.
    fn from(call: ToolCall) -> Self {
        let arguments = if call.arguments.is_empty() { "{}".to_owned() } else { call.arguments };
        Self { id: call.id, kind: "function", function: AnswerFunction { name: call.name, arguments } }
    }
}

/// What an answer took.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
pub(super) struct CompletionUsage {
    /// Input tokens, those of a cache among them.
    pub(super) prompt_tokens: u64,
    /// Output tokens, thinking among them.
    pub(super) completion_tokens: u64,
    /// Both.
    pub(super) total_tokens: u64,
    /// The input more closely.
    pub(super) prompt_tokens_details: PromptDetails,
    /// The output more closely.
    pub(super) completion_tokens_details: CompletionDetails,
    /// What it cost; null: unknown price.
    pub(super) cost_usd: Option<Usd>,
}

/// Input tokens more closely.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
pub(super) struct PromptDetails {
    /// Those that the provider's cache served.
    pub(super) cached_tokens: u64,
    /// Those that were written to it.
    pub(super) cache_write_tokens: u64,
}

/// Output tokens more closely.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
pub(super) struct CompletionDetails {
    /// Those that were thinking.
    pub(super) reasoning_tokens: u64,
}

impl From<Usage> for CompletionUsage {
    /// Cached tokens are part of the prompt's here.
    fn from(usage: Usage) -> Self {
        let prompt_tokens = usage.input_tokens + usage.cache_read_tokens + usage.cache_write_tokens;
        Self {
            prompt_tokens,
            completion_tokens: usage.output_tokens,
            total_tokens: prompt_tokens + usage.output_tokens,
            prompt_tokens_details: PromptDetails {
                cached_tokens: usage.cache_read_tokens,
                cache_write_tokens: usage.cache_write_tokens,
            },
            completion_tokens_details: CompletionDetails { reasoning_tokens: usage.reasoning_tokens },
            cost_usd: usage.cost_usd,
        }
    }
}
