//! A prompt as the body of `POST /v1/messages`. The same prompt always gives the same bytes: caches live on that.
//!
//! Tools stand in one order, results of tools first in their message, and the marks of the cache plan on the blocks it
//! names, never on thinking, which providers refuse.

use serde_json::{Value, json};
use vertice_ports::{
    Prompt,
    prompt::{OutputFormat, ToolUse},
};

use crate::{
    body::Body,
    cache_plan::{CachePlan, Mark, Ttl},
    catalog::Model,
    messages::{self, ContentBlock, ContentKind, Picture, ProviderMessage, Written},
};

/// What is asked of the model where the answer is to be some JSON object.
const ANY_OBJECT: &str = "Answer with one JSON object and nothing else.";

/// The body, with the marks of `plan`.
pub fn encode(prompt: &Prompt, model: &Model, plan: &CachePlan) -> Body {
    let history = messages::messages(prompt, model);
    let mut body = json!({
        "model": model.id,
        "max_tokens": model.clamp_output(prompt.sampling.max_tokens),
        "messages": messages(&history, plan),
        "stream": true,
    });
    let system = system(prompt, plan);
    if !system.is_empty() {
        body["system"] = json!(system);
    }
    let mut is_forced = false;
    if !prompt.tools.is_empty() {
        let choice = tool_choice(prompt, model);
        is_forced = choice["type"] == "any" || choice["type"] == "tool";
        body["tools"] = tools(prompt, plan);
        body["tool_choice"] = choice;
    } else if history.iter().any(has_calls) {
        body["tools"] = json!([earlier_tool()]);
        body["tool_choice"] = json!({"type": "none"});
    }
    // A stop of blanks alone is refused.
    let stop: Vec<&String> = prompt.stop.iter().filter(|text| !text.trim().is_empty()).collect();
    if !stop.is_empty() {
        body["stop_sequences"] = json!(stop);
    }
    // Thinking goes with neither a forced choice nor a temperature: 400 (extended thinking, 2026-11).
    if model.thinks(prompt.sampling.effort) && !is_forced {
        // Without `display` the thinking of the newest models arrives empty, and the reader sees nothing for minutes.
        body["thinking"] = json!({"type": "adaptive", "display": "summarized"});
    } else if !model.refuses_temperature {
        body["temperature"] = json!(prompt.sampling.temperature);
    }
    let config = output_config(prompt, model);
    if !config.is_null() {
        body["output_config"] = config;
    }
    Body::new(&body, prompt)
}

fn has_calls(message: &ProviderMessage<'_>) -> bool {
    message.blocks.iter().any(|part| matches!(part.kind, ContentKind::Call { .. }))
}

/// Calls in the conversation are refused where no tool is offered, so one is that cannot be called. Always the same one:
/// the tools stand before everything else in the cache.
fn earlier_tool() -> Value {
    json!({
        "name": "earlier_tool",
        "description": "Stands for the tools of earlier answers. It cannot be called.",
        "input_schema": messages::input_schema(&Value::Null),
    })
}

fn system(prompt: &Prompt, plan: &CachePlan) -> Vec<Value> {
    let given = prompt.system.as_deref().filter(|text| !text.trim().is_empty());
    let given = given.map(|text| marked(json!({"type": "text", "text": text}), ttl_of(plan, Mark::System)));
    // The provider has no form for "any object", and refuses a schema that takes any.
    let form = (prompt.format == OutputFormat::Json).then(|| json!({"type": "text", "text": ANY_OBJECT}));
    given.into_iter().chain(form).collect()
}

fn output_config(prompt: &Prompt, model: &Model) -> Value {
    let mut config = Value::Null;
    if let (Some(effort), Some(_)) = (prompt.sampling.effort, model.thinking) {
        config["effort"] = json!(effort.as_str());
    }
    match &prompt.format {
        OutputFormat::Text | OutputFormat::Json => {}
        OutputFormat::Schema { schema, .. } => {
            config["format"] = json!({"type": "json_schema", "schema": closed(messages::canonical(schema))});
        }
    }
    config
}

/// Objects that take further properties are refused (structured outputs, 2026-11).
fn closed(mut schema: Value) -> Value {
    match &mut schema {
        Value::Object(object) => {
            object.values_mut().for_each(|inner| *inner = closed(inner.take()));
            if object.get("type").is_some_and(|kind| kind == "object") {
                object.insert("additionalProperties".to_owned(), Value::Bool(false));
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|inner| *inner = closed(inner.take())),
        _ => {}
    }
    schema
}

fn tools(prompt: &Prompt, plan: &CachePlan) -> Value {
    let mut tools: Vec<Value> = messages::tools(prompt)
        .into_iter()
        .map(|tool| {
            let schema = messages::input_schema(&tool.input_schema);
            json!({"name": tool.name, "description": tool.description, "input_schema": schema})
        })
        .collect();
    if let Some(last) = tools.pop() {
        tools.push(marked(last, ttl_of(plan, Mark::Tools)));
    }
    Value::Array(tools)
}

/// Some models answer 400 to a forced choice; they are asked without one.
fn tool_choice(prompt: &Prompt, model: &Model) -> Value {
    let mut choice = match &prompt.tool_use {
        ToolUse::None => return json!({"type": "none"}),
        ToolUse::Required if model.forced_tool_choice => json!({"type": "any"}),
        ToolUse::Only(name) if model.forced_tool_choice => json!({"type": "tool", "name": name}),
        ToolUse::Auto | ToolUse::Required | ToolUse::Only(_) => json!({"type": "auto"}),
    };
    if !prompt.parallel_tools {
        choice["disable_parallel_tool_use"] = json!(true);
    }
    choice
}

fn messages(history: &[ProviderMessage<'_>], plan: &CachePlan) -> Value {
    let messages = history
        .iter()
        .map(|message| json!({"role": message.author.as_str(), "content": content(message, plan)}));
    Value::Array(messages.collect())
}

fn content(message: &ProviderMessage<'_>, plan: &CachePlan) -> Vec<Value> {
    message.blocks.iter().filter_map(|part| block(part, plan)).collect()
}

fn block(part: &ContentBlock<'_>, plan: &CachePlan) -> Option<Value> {
    let value = match &part.kind {
        ContentKind::Text(text) => json!({"type": "text", "text": text}),
        ContentKind::Image(picture) => image(*picture),
        ContentKind::Call { id, name, arguments } => {
            json!({"type": "tool_use", "id": id, "name": name, "input": messages::arguments_object(arguments)})
        }
        ContentKind::Result { id, text, images, is_error, .. } => {
            let pictures = images.iter().copied().map(image);
            let content: Vec<Value> =
                std::iter::once(json!({"type": "text", "text": text})).chain(pictures).collect();
            json!({"type": "tool_result", "tool_use_id": id, "content": content, "is_error": is_error})
        }
        // Thinking takes no mark.
        ContentKind::Replay(data) => return serde_json::from_str(data).ok(),
    };
    Some(marked(value, part.mark.and_then(|mark| ttl_of(plan, mark))))
}

fn image(picture: Picture<'_>) -> Value {
    match picture.written() {
        Written::Bytes { media_type, base64 } => {
            let source = json!({"type": "base64", "media_type": media_type.as_str(), "data": base64});
            json!({"type": "image", "source": source})
        }
        Written::Url(url) => json!({"type": "image", "source": {"type": "url", "url": url}}),
    }
}

fn ttl_of(plan: &CachePlan, mark: Mark) -> Option<Ttl> {
    plan.marks.iter().find(|(planned, _)| *planned == mark).map(|(_, ttl)| *ttl)
}

fn marked(mut value: Value, ttl: Option<Ttl>) -> Value {
    match ttl {
        None => {}
        Some(Ttl::Short) => value["cache_control"] = json!({"type": "ephemeral"}),
        Some(Ttl::Long) => value["cache_control"] = json!({"type": "ephemeral", "ttl": "1h"}),
    }
    value
}
