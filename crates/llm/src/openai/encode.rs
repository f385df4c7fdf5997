//! A prompt as the body of `POST /chat/completions`. The same prompt always gives the same bytes.

use serde_json::{Value, json};
use vertice_domain::Author;
use vertice_ports::{
    Prompt,
    prompt::{OutputFormat, ToolUse},
};

use crate::{
    body::Body,
    cache_plan::CachePlan,
    catalog::{Model, Quirks},
    messages::{self, ContentBlock, ContentKind, Picture, ProviderMessage},
};

/// The body, in the dialect that `quirks` describe. Prefixes are cached by the provider itself; of the plan only the key
/// counts.
pub fn encode(prompt: &Prompt, model: &Model, quirks: Quirks, plan: &CachePlan) -> Body {
    let limit = model.clamp_output(prompt.sampling.max_tokens);
    let mut body = json!({"model": model.id, "messages": messages(prompt, model, quirks), "stream": true});
    body[if quirks.max_completion_tokens { "max_completion_tokens" } else { "max_tokens" }] = json!(limit);
    if quirks.include_usage {
        body["stream_options"] = json!({"include_usage": true});
    }
    if !model.refuses_temperature {
        body["temperature"] = json!(prompt.sampling.temperature);
    }
    if !prompt.stop.is_empty() {
        body["stop"] = json!(prompt.stop);
    }
    // Models that do not think answer 400 to it.
    if let (true, Some(_), Some(effort)) = (quirks.reasoning_effort, model.thinking, prompt.sampling.effort) {
        body["reasoning_effort"] = json!(effort.as_str());
    }
    if quirks.reasoning_format && model.thinks(prompt.sampling.effort) {
        body["reasoning_format"] = json!("parsed");
    }
    if let (true, Some(key)) = (quirks.cache_key, &plan.key) {
        body["prompt_cache_key"] = json!(key);
    }
    if let Some(format) = response_format(&prompt.format) {
        body["response_format"] = format;
    }
    if !prompt.tools.is_empty() {
        body["tools"] = tools(prompt);
        body["tool_choice"] = tool_choice(&prompt.tool_use);
        if !prompt.parallel_tools {
            body["parallel_tool_calls"] = json!(false);
        }
    }
    Body::new(&body, prompt)
}

fn tools(prompt: &Prompt) -> Value {
    let tools = messages::tools(prompt).into_iter().map(|tool| {
        let parameters = messages::input_schema(&tool.input_schema);
        let function = json!({"name": tool.name, "description": tool.description, "parameters": parameters});
        json!({"type": "function", "function": function})
    });
    Value::Array(tools.collect())
}

fn tool_choice(tool_use: &ToolUse) -> Value {
    match tool_use {
        ToolUse::Auto => json!("auto"),
        ToolUse::Required => json!("required"),
        ToolUse::None => json!("none"),
        ToolUse::Only(name) => json!({"type": "function", "function": {"name": name}}),
    }
}

fn response_format(format: &OutputFormat) -> Option<Value> {
    match format {
        OutputFormat::Text => None,
        OutputFormat::Json => Some(json!({"type": "json_object"})),
        OutputFormat::Schema { name, schema } => {
            let schema = json!({"name": name, "schema": messages::canonical(schema)});
            Some(json!({"type": "json_schema", "json_schema": schema}))
        }
    }
}

/// Neighbours by the same author are joined: many chat templates of local models insist on alternating roles.
fn messages(prompt: &Prompt, model: &Model, quirks: Quirks) -> Value {
    let role = if quirks.developer_role { "developer" } else { "system" };
    let system = prompt.system.iter().filter(|text| !text.trim().is_empty());
    let mut messages: Vec<Value> = system.map(|text| json!({"role": role, "content": text})).collect();
    for message in messages::messages(prompt, model) {
        match message.author {
            Author::Assistant => messages.extend(assistant(&message)),
            Author::User => user(&message, &mut messages),
        }
    }
    Value::Array(messages)
}

/// None: the message held nothing that this format can say.
fn assistant(message: &ProviderMessage<'_>) -> Option<Value> {
    let calls: Vec<Value> = message.blocks.iter().filter_map(call).collect();
    let text = joined(&message.blocks);
    if calls.is_empty() {
        return text.map(|text| json!({"role": "assistant", "content": text}));
    }
    Some(json!({"role": "assistant", "content": text, "tool_calls": calls}))
}

fn call(part: &ContentBlock<'_>) -> Option<Value> {
    let ContentKind::Call { id, name, arguments } = &part.kind else { return None };
    // Some servers parse them and fail on what is no object.
    let arguments = messages::arguments_object(arguments).to_string();
    Some(json!({"id": id, "type": "function", "function": {"name": name, "arguments": arguments}}))
}

/// The results, one message each, then what the user says. Results hold text only, so their pictures come after them.
fn user(message: &ProviderMessage<'_>, messages: &mut Vec<Value>) {
    let mut pictures: Vec<Picture<'_>> = Vec::new();
    for part in &message.blocks {
        match &part.kind {
            ContentKind::Result { id, text, images, is_error, .. } => {
                let content = if *is_error { format!("Error: {text}") } else { (*text).to_owned() };
                messages.push(json!({"role": "tool", "tool_call_id": id, "content": content}));
                pictures.extend(images);
            }
            ContentKind::Image(picture) => pictures.push(*picture),
            _ => {}
        }
    }
    let text = joined(&message.blocks);
    if pictures.is_empty() {
        messages.extend(text.map(|text| json!({"role": "user", "content": text})));
        return;
    }
    let text = text.map(|text| json!({"type": "text", "text": text}));
    let content: Vec<Value> = pictures.into_iter().map(image).chain(text).collect();
    messages.push(json!({"role": "user", "content": content}));
}

fn image(picture: Picture<'_>) -> Value {
    json!({"type": "image_url", "image_url": {"url": picture.url()}})
}

fn joined(parts: &[ContentBlock<'_>]) -> Option<String> {
    let texts: Vec<&str> = parts
        .iter()
        .filter_map(|part| match part.kind {
            ContentKind::Text(text) => Some(text),
            _ => None,
        })
        .collect();
    (!texts.is_empty()).then(|| texts.join("\n\n"))
}
