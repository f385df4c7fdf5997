//! The body of a request, as OpenAI's clients write it.

use serde::{Deserialize, Deserializer};
use serde_json::Value;
use utoipa::ToSchema;

/// The body of `POST /v1/chat/completions`, as far as it is used. Fields that are not listed are ignored.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = CompletionRequest)]
pub struct Request {
    /// A model's id, or `auto`, which is also what its absence means: the router chooses.
    pub(super) model: Option<String>,
    /// The conversation so far.
    pub(super) messages: Vec<Message>,
    /// Whether the answer comes in pieces.
    pub(super) stream: Option<bool>,
    pub(super) stream_options: Option<StreamOptions>,
    /// The most output tokens. Above what the server or the model allows: that much.
    #[schema(minimum = 1)]
    pub(super) max_tokens: Option<i64>,
    /// The same under its newer name, which goes first.
    #[schema(minimum = 1)]
    pub(super) max_completion_tokens: Option<i64>,
    /// Randomness. Above 1, the most that all providers take: 1.
    #[schema(minimum = 0, maximum = 2)]
    pub(super) temperature: Option<f64>,
    /// A text, or up to four, at which the answer ends.
    pub(super) stop: Option<Stop>,
    /// How many answers: one.
    #[schema(minimum = 1, maximum = 1)]
    pub(super) n: Option<u32>,
    pub(super) tools: Option<Vec<Tool>>,
    /// `auto`, `none`, `required`, or one function.
    pub(super) tool_choice: Option<Value>,
    pub(super) parallel_tool_calls: Option<bool>,
    /// Not taken: send them as tools.
    #[schema(ignore)]
    pub(super) functions: Option<Value>,
    pub(super) response_format: Option<ResponseFormat>,
    /// How hard to think: `none`, `minimal`, `low`, `medium`, `high`, `xhigh` or `max`.
    pub(super) reasoning_effort: Option<String>,
}

#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = CompletionStreamOptions)]
pub(super) struct StreamOptions {
    pub(super) include_usage: Option<bool>,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(untagged)]
#[schema(as = CompletionStop)]
pub(super) enum Stop {
    One(String),
    Many(Vec<String>),
}

#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = CompletionMessage)]
pub(super) struct Message {
    pub(super) role: String,
    pub(super) content: Option<Content>,
    pub(super) tool_calls: Option<Vec<Call>>,
    pub(super) tool_call_id: Option<String>,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(untagged)]
#[schema(as = CompletionContent)]
pub(super) enum Content {
    Text(String),
    Parts(Vec<ContentPart>),
}

#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = CompletionPart)]
pub(super) struct ContentPart {
    #[serde(rename = "type")]
    pub(super) kind: String,
    pub(super) text: Option<String>,
    pub(super) refusal: Option<String>,
    pub(super) image_url: Option<ImageUrl>,
}

#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = CompletionImageUrl)]
pub(super) struct ImageUrl {
    pub(super) url: String,
}

#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = CompletionCall)]
pub(super) struct Call {
    pub(super) id: String,
    pub(super) function: CalledFunction,
}

#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = CompletionCalledFunction)]
pub(super) struct CalledFunction {
    pub(super) name: String,
    /// The arguments' JSON as a text.
    #[serde(default = "no_arguments", deserialize_with = "arguments")]
    pub(super) arguments: String,
}

fn no_arguments() -> String {
    "{}".to_owned()
}

/// Clients send calls back as they stored them: a call without arguments with null, nothing or an empty text in their
/// place, and some with the object itself.
fn arguments<'de, D: Deserializer<'de>>(deserializer: D) -> std::result::Result<String, D::Error> {
    Ok(match Option::<Value>::deserialize(deserializer)? {
        None => no_arguments(),
        Some(Value::String(text)) if text.trim().is_empty() => no_arguments(),
        Some(Value::String(text)) => text,
        Some(object) => object.to_string(),
    })
}

#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = CompletionTool)]
pub(super) struct Tool {
    /// `function`: the caller's own, or `mcp`: of one of the caller's MCP servers here, which this server calls itself.
    #[serde(rename = "type")]
    pub(super) kind: String,
    pub(super) function: Option<Function>,
    /// For `mcp`: the name of the server in Settings, MCP servers.
    pub(super) server_label: Option<String>,
    /// Not taken: servers are added in Settings.
    #[schema(ignore)]
    pub(super) server_url: Option<Value>,
    /// For `mcp`: `never`, which is also what its absence means. What may be called without asking is said in Settings; nobody can
    /// be asked here.
    #[schema(value_type = Option<String>)]
    pub(super) require_approval: Option<Value>,
    /// For `mcp`: the names of the tools that may be used; all of them unless said.
    pub(super) allowed_tools: Option<AllowedTools>,
}

/// As a list, or as OpenAI's newer clients write it.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(untagged)]
#[schema(as = CompletionAllowedTools)]
pub(super) enum AllowedTools {
    Names(Vec<String>),
    Filter { tool_names: Vec<String> },
}

#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = CompletionFunction)]
pub(super) struct Function {
    pub(super) name: String,
    pub(super) description: Option<String>,
    pub(super) parameters: Option<Value>,
}

#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = CompletionResponseFormat)]
pub(super) struct ResponseFormat {
    #[serde(rename = "type")]
    pub(super) kind: String,
    pub(super) json_schema: Option<JsonSchema>,
}

#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = CompletionJsonSchema)]
pub(super) struct JsonSchema {
    pub(super) name: Option<String>,
    pub(super) schema: Option<Value>,
}
