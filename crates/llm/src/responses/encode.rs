//! A prompt as the body of `POST /responses`. The same prompt always gives the same bytes.

use serde_json::{Value, json};
use vertice_domain::Author;
use vertice_ports::{
    Prompt,
    prompt::{OutputFormat, ToolUse},
};

use crate::{
    body::Body,
    cache_plan::CachePlan,
    catalog::Model,
    messages::{self, ContentBlock, ContentKind, Picture, ProviderMessage},
};

/// The smallest output limit the API takes (API reference of Responses, 2026-11).
const MIN_OUTPUT_TOKENS: u64 = 16;

/// The body. Prefixes are cached by the provider itself; of the plan only the key counts.
pub fn encode(prompt: &Prompt, model: &Model, plan: &CachePlan) -> Body {
    let mut body = json!({
        "model": model.id,
        "input": input(prompt, model),
        "max_output_tokens": model.clamp_output(prompt.sampling.max_tokens).max(MIN_OUTPUT_TOKENS),
        "store": false,
        "stream": true,
    });
    if let Some(system) = prompt.system.as_deref().filter(|text| !text.trim().is_empty()) {
        body["instructions"] = json!(system);
    }
    if !model.refuses_temperature {
        body["temperature"] = json!(prompt.sampling.temperature);
    }
    if model.thinks(prompt.sampling.effort) {
        body["reasoning"] = json!({"summary": "auto"});
        if let Some(effort) = prompt.sampling.effort {
            body["reasoning"]["effort"] = json!(effort.as_str());
        }
        body["include"] = json!(["reasoning.encrypted_content"]);
    }
    if let Some(key) = &plan.key {
        body["prompt_cache_key"] = json!(key);
    }
    match &prompt.format {
        OutputFormat::Text => {}
        OutputFormat::Json => body["text"] = json!({"format": {"type": "json_object"}}),
        OutputFormat::Schema { name, schema } => {
            let format = json!({"type": "json_schema", "name": name, "schema": messages::canonical(schema)});
            body["text"] = json!({"format": format});
        }
    }
    if !prompt.tools.is_empty() {
        body["tools"] = tools(prompt);
        body["tool_choice"] = tool_choice(&prompt.tool_use);
        body["parallel_tool_calls"] = json!(prompt.parallel_tools);
    }
    Body::new(&body, prompt)
}

fn tools(prompt: &Prompt) -> Value {
    let tools = messages::tools(prompt).into_iter().map(|tool| {
        let parameters = messages::input_schema(&tool.input_schema);
        // Strict mode refuses most schemas that people write.
        json!({"type": "function", "name": tool.name, "description": tool.description, "parameters": parameters,
            "strict": false})
    });
    Value::Array(tools.collect())
}

fn tool_choice(tool_use: &ToolUse) -> Value {
    match tool_use {
        ToolUse::Auto => json!("auto"),
        ToolUse::Required => json!("required"),
        ToolUse::None => json!("none"),
        ToolUse::Only(name) => json!({"type": "function", "name": name}),
    }
}

fn input(prompt: &Prompt, model: &Model) -> Value {
    let history = messages::messages(prompt, model);
    Value::Array(history.iter().flat_map(items).collect())
}

fn items(message: &ProviderMessage<'_>) -> Vec<Value> {
    let mut items = Vec::new();
    let mut said: Vec<Value> = Vec::new();
    for part in &message.blocks {
        match content(part, message.author) {
            Some(content) => said.push(content),
            None => {
                items.extend(spoken(message.author, &mut said));
                items.extend(item(part));
            }
        }
    }
    items.extend(spoken(message.author, &mut said));
    items
}

/// What belongs into a message; none: an item of its own.
fn content(part: &ContentBlock<'_>, author: Author) -> Option<Value> {
    let kind = if author == Author::User { "input_text" } else { "output_text" };
    match &part.kind {
        ContentKind::Text(text) => Some(json!({"type": kind, "text": text})),
        ContentKind::Image(image) => Some(picture(*image)),
        ContentKind::Call { .. } | ContentKind::Result { .. } | ContentKind::Replay(_) => None,
    }
}

fn spoken(author: Author, said: &mut Vec<Value>) -> Option<Value> {
    let content = std::mem::take(said);
    (!content.is_empty()).then(|| json!({"type": "message", "role": author.as_str(), "content": content}))
}

fn item(part: &ContentBlock<'_>) -> Option<Value> {
    match &part.kind {
        ContentKind::Call { id, name, arguments } => {
            let arguments = messages::arguments_object(arguments).to_string();
            Some(json!({"type": "function_call", "call_id": id, "name": name, "arguments": arguments}))
        }
        ContentKind::Result { id, text, images, is_error, .. } => {
            let text = if *is_error { format!("Error: {text}") } else { (*text).to_owned() };
            let output = if images.is_empty() {
                json!(text)
            } else {
                let text = json!({"type": "input_text", "text": text});
                Value::Array(std::iter::once(text).chain(images.iter().copied().map(picture)).collect())
            };
            Some(json!({"type": "function_call_output", "call_id": id, "output": output}))
        }
        ContentKind::Replay(data) => serde_json::from_str(data).ok(),
        ContentKind::Text(_) | ContentKind::Image(_) => None,
    }
}

fn picture(picture: Picture<'_>) -> Value {
    json!({"type": "input_image", "image_url": picture.url()})
}
