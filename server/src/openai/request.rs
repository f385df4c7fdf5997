//! A request as OpenAI's clients write it, and the prompt it means.

mod body;
mod reader;

use body::{AllowedTools, JsonSchema, ResponseFormat, Stop, Tool};
use reader::Reader;
use serde_json::Value;
use vertice_domain::{
    Author, ChatLimits, Error, FieldError, ModelChoice, Result, UserId,
    chat::{Effort, Sampling},
};
use vertice_ports::{
    Prompt,
    prompt::{OutputFormat, PromptMessage, ToolSpec, ToolUse},
};

use super::Replays;

pub(super) use body::Request;

/// Randomness when the caller does not say (API reference of Chat Completions, 2026-11).
const DEFAULT_TEMPERATURE: f64 = 1.0;
/// The most texts that end an answer (the same).
const MAX_STOPS: usize = 4;

/// A request in the product's terms.
pub(super) struct ParsedRequest {
    pub(super) choice: ModelChoice,
    pub(super) prompt: Prompt,
    /// For each of its messages, the place in the request: instructions are not among them.
    pub(super) places: Vec<usize>,
    /// The tools of MCP servers that may be used.
    pub(super) server_tools: ServerTools,
    /// Whether the answer comes in pieces.
    pub(super) stream: bool,
    /// Whether the last piece holds the usage.
    pub(super) include_usage: bool,
}

/// Tools that this server calls itself.
#[derive(Default)]
pub(super) struct ServerTools {
    /// What they are called, as [`vertice_domain::chat::ToolChoice`] names them.
    pub(super) names: Vec<String>,
    /// For each name, the place in the request's tools.
    pub(super) places: Vec<usize>,
}

impl Request {
    /// The prompt. Everything that cannot be done is named at once.
    pub(super) fn parse(self, limits: ChatLimits, user: UserId, replays: &Replays) -> Result<ParsedRequest> {
        let mut errors = Vec::new();
        self.check(&mut errors);
        let sampling = self.sampling(limits, &mut errors);
        let format = format(self.response_format, &mut errors);
        let (tools, server_tools) = tools(self.tools.unwrap_or_default(), &mut errors);
        let has_tools = !tools.is_empty() || !server_tools.names.is_empty();
        let tool_use = tool_use(self.tool_choice, &tools, has_tools, &mut errors);
        let mut reader =
            Reader { user, replays, errors, system: Vec::new(), messages: Vec::new(), places: Vec::new() };
        for (index, message) in self.messages.into_iter().enumerate() {
            reader.read(index, message);
            reader.places.resize(reader.messages.len(), index);
        }
        let Reader { mut errors, system, messages, places, .. } = reader;
        if !matches!(messages.last(), Some(PromptMessage { author: Author::User, .. })) {
            errors.push(FieldError::new("messages", "the last message must be the user's or a tool's"));
        }
        if !errors.is_empty() {
            return Err(Error::invalid(errors));
        }
        let system = (!system.is_empty()).then(|| system.join("\n\n"));
        let mut prompt = Prompt::new(system, messages, sampling);
        prompt.tools = tools;
        prompt.tool_use = tool_use;
        prompt.parallel_tools = self.parallel_tool_calls.unwrap_or(true);
        prompt.format = format;
        prompt.stop = match self.stop {
            None => Vec::new(),
            Some(Stop::One(text)) => vec![text],
            Some(Stop::Many(texts)) => texts,
        };
        Ok(ParsedRequest {
            choice: self.model.map_or(ModelChoice::Auto, ModelChoice::from),
            prompt,
            places,
            server_tools,
            stream: self.stream.unwrap_or(false),
            include_usage: self.stream_options.and_then(|options| options.include_usage).unwrap_or(false),
        })
    }

    fn check(&self, errors: &mut Vec<FieldError>) {
        if self.n.is_some_and(|n| n != 1) {
            errors.push(FieldError::new("n", "must be 1; send the request again for another answer"));
        }
        if self.functions.as_ref().is_some_and(|functions| !functions.is_null()) {
            errors.push(FieldError::new("functions", "are not taken; send them as tools"));
        }
        if matches!(&self.stop, Some(Stop::Many(texts)) if texts.len() > MAX_STOPS) {
            errors.push(FieldError::new("stop", format!("must hold at most {MAX_STOPS} texts")));
        }
    }

    /// Limits above ours are clamped: clients ask for what their own model allows.
    fn sampling(&self, limits: ChatLimits, errors: &mut Vec<FieldError>) -> Sampling {
        let mut sampling = Sampling::defaults(limits);
        sampling.temperature = DEFAULT_TEMPERATURE;
        if let Some(wanted) = self.max_completion_tokens.or(self.max_tokens) {
            match u64::try_from(wanted) {
                Ok(wanted @ 1..) => {
                    let wanted = u32::try_from(wanted).unwrap_or(u32::MAX);
                    sampling.max_tokens = wanted.min(limits.max_tokens);
                }
                _ => errors.push(FieldError::new("max_tokens", "must be at least 1")),
            }
        }
        if let Some(temperature) = self.temperature {
            if (0.0..=2.0).contains(&temperature) {
                sampling.temperature = temperature.min(1.0);
            } else {
                errors.push(FieldError::new("temperature", "must be between 0 and 2"));
            }
        }
        sampling.effort = match self.reasoning_effort.as_deref() {
            None => None,
            Some("none" | "minimal" | "low") => Some(Effort::Low),
            Some("medium") => Some(Effort::Medium),
            Some("high" | "xhigh" | "max") => Some(Effort::High),
            Some(_) => {
                errors.push(FieldError::new("reasoning_effort", "must be low, medium or high"));
                None
            }
        };
        sampling
    }
}

fn format(format: Option<ResponseFormat>, errors: &mut Vec<FieldError>) -> OutputFormat {
    let Some(format) = format else { return OutputFormat::Text };
    match (format.kind.as_str(), format.json_schema) {
        ("text", _) => OutputFormat::Text,
        ("json_object", _) => OutputFormat::Json,
        ("json_schema", Some(JsonSchema { name, schema: Some(schema) })) => {
            OutputFormat::Schema { name: name.unwrap_or_else(|| "answer".to_owned()), schema }
        }
        ("json_schema", _) => {
            errors.push(FieldError::new("response_format.json_schema.schema", "is required"));
            OutputFormat::Text
        }
        _ => {
            errors.push(FieldError::new("response_format.type", "must be text, json_object or json_schema"));
            OutputFormat::Text
        }
    }
}

fn tools(tools: Vec<Tool>, errors: &mut Vec<FieldError>) -> (Vec<ToolSpec>, ServerTools) {
    let (mut specs, mut of_servers) = (Vec::new(), ServerTools::default());
    for (index, tool) in tools.into_iter().enumerate() {
        if tool.kind == "mcp" {
            let names = of_server(index, tool, errors);
            of_servers.places.extend(std::iter::repeat_n(index, names.len()));
            of_servers.names.extend(names);
        } else {
            specs.extend(own(index, tool, errors));
        }
    }
    (specs, of_servers)
}

/// The tools of one MCP server.
fn of_server(index: usize, tool: Tool, errors: &mut Vec<FieldError>) -> Vec<String> {
    let field = |name: &str| format!("tools[{index}].{name}");
    if tool.server_url.is_some_and(|url| !url.is_null()) {
        let message = "is not taken: add the server in Settings, MCP servers, and name it with server_label";
        errors.push(FieldError::new(field("server_url"), message));
    }
    if tool.require_approval.is_some_and(|wanted| !wanted.is_null() && wanted != "never") {
        let message =
            "must be never: nobody can be asked here; only tools that are allowed without asking are called";
        errors.push(FieldError::new(field("require_approval"), message));
    }
    let Some(server) = tool.server_label.filter(|label| !label.is_empty()) else {
        errors.push(FieldError::new(field("server_label"), "must be the name of one of your MCP servers"));
        return Vec::new();
    };
    match tool.allowed_tools {
        None => vec![format!("{server}/*")],
        Some(AllowedTools::Names(names) | AllowedTools::Filter { tool_names: names }) => {
            names.into_iter().map(|name| format!("{server}/{name}")).collect()
        }
    }
}

/// A tool of the caller's own.
fn own(index: usize, tool: Tool, errors: &mut Vec<FieldError>) -> Option<ToolSpec> {
    let field = |name: &str| format!("tools[{index}].{name}");
    let Some(function) = tool.function.filter(|_| tool.kind == "function") else {
        errors.push(FieldError::new(field("type"), "must be function, with a function, or mcp"));
        return None;
    };
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    if !(1..=64).contains(&function.name.len()) || !function.name.chars().all(is_name) {
        let message = "must be 1 to 64 letters, digits, _ or -";
        errors.push(FieldError::new(field("function.name"), message));
    }
    let parameters = function.parameters.filter(|schema| !schema.is_null());
    let input_schema = parameters.unwrap_or_else(|| serde_json::json!({"type": "object", "properties": {}}));
    if !input_schema.is_object() {
        errors.push(FieldError::new(field("function.parameters"), "must be a JSON Schema"));
    }
    let description = function.description.unwrap_or_default();
    Some(ToolSpec { name: function.name, description, input_schema })
}

fn tool_use(
    choice: Option<Value>,
    tools: &[ToolSpec],
    has_tools: bool,
    errors: &mut Vec<FieldError>,
) -> ToolUse {
    let known = |name: &str| tools.iter().any(|tool| tool.name == name);
    match choice {
        None | Some(Value::Null) => ToolUse::Auto,
        Some(Value::String(word)) if word == "auto" => ToolUse::Auto,
        Some(Value::String(word)) if word == "none" => ToolUse::None,
        Some(Value::String(word)) if word == "required" && has_tools => ToolUse::Required,
        Some(choice) => match choice["function"]["name"].as_str() {
            Some(name) if known(name) => ToolUse::Only(name.to_owned()),
            _ => {
                let message = "must be auto, none, required, or a function among the tools";
                errors.push(FieldError::new("tool_choice", message));
                ToolUse::Auto
            }
        },
    }
}
