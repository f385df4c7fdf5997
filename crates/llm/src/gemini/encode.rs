//! A prompt as the body of `POST /v1beta/models/{model}:streamGenerateContent`. The same prompt always gives the same bytes.

use serde_json::{Value, json};
use vertice_domain::Author;
use vertice_ports::{
    Prompt,
    prompt::{OutputFormat, ToolUse},
};

use super::MADE_UP;
use crate::{
    body::Body,
    catalog::Model,
    messages::{self, ContentBlock, ContentKind, Picture, ProviderMessage, Written},
};

/// What stands for the signature of a call that another model made (Google, thought signatures, 2026-11).
const NO_SIGNATURE: &str = "skip_thought_signature_validator";

/// The body. Prefixes are cached by the provider itself.
pub fn encode(prompt: &Prompt, model: &Model) -> Body {
    let history = messages::messages(prompt, model);
    let before = |index: usize| index.checked_sub(1).map(|before| &history[before]);
    let contents = history.iter().enumerate().map(|(index, message)| content(message, before(index), model));
    let contents: Vec<Value> = contents.collect();
    let mut body = json!({"contents": contents, "generationConfig": generation_config(prompt, model)});
    if let Some(system) = prompt.system.as_deref().filter(|text| !text.trim().is_empty()) {
        body["systemInstruction"] = json!({"parts": [{"text": system}]});
    }
    if !prompt.tools.is_empty() {
        body["tools"] = json!([{"functionDeclarations": declarations(prompt)}]);
        body["toolConfig"] = json!({"functionCallingConfig": calling(&prompt.tool_use)});
    }
    Body::new(&body, prompt)
}

fn generation_config(prompt: &Prompt, model: &Model) -> Value {
    let mut config = json!({"maxOutputTokens": model.clamp_output(prompt.sampling.max_tokens)});
    if !model.refuses_temperature {
        config["temperature"] = json!(prompt.sampling.temperature);
    }
    if !prompt.stop.is_empty() {
        config["stopSequences"] = json!(prompt.stop);
    }
    if model.thinks(prompt.sampling.effort) {
        config["thinkingConfig"] = json!({"includeThoughts": true});
        if let Some(effort) = prompt.sampling.effort {
            config["thinkingConfig"]["thinkingLevel"] = json!(effort.as_str());
        }
    }
    match &prompt.format {
        OutputFormat::Text => {}
        OutputFormat::Json => config["responseMimeType"] = json!("application/json"),
        OutputFormat::Schema { schema, .. } => {
            config["responseMimeType"] = json!("application/json");
            config["responseJsonSchema"] = messages::canonical(schema);
        }
    }
    config
}

fn declarations(prompt: &Prompt) -> Vec<Value> {
    let declare = |tool: &vertice_ports::prompt::ToolSpec| {
        let schema = messages::input_schema(&tool.input_schema);
        json!({"name": tool.name, "description": tool.description, "parametersJsonSchema": schema})
    };
    messages::tools(prompt).into_iter().map(declare).collect()
}

fn calling(tool_use: &ToolUse) -> Value {
    match tool_use {
        ToolUse::Auto => json!({"mode": "AUTO"}),
        ToolUse::Required => json!({"mode": "ANY"}),
        ToolUse::Only(name) => json!({"mode": "ANY", "allowedFunctionNames": [name]}),
        ToolUse::None => json!({"mode": "NONE"}),
    }
}

/// `asked`: the answer before, whose calls this message may answer.
fn content(message: &ProviderMessage<'_>, asked: Option<&ProviderMessage<'_>>, model: &Model) -> Value {
    let role = if message.author == Author::User { "user" } else { "model" };
    let mut parts: Vec<Value> = Vec::new();
    let mut signature: Option<Value> = None;
    for said in in_order_of_calls(message, asked) {
        if let ContentKind::Replay(data) = &said.kind {
            parts.extend(signature.take().as_ref().map(signed_nothing));
            signature = signature_of(data);
            continue;
        }
        let mut made = part(said);
        // A signature belongs to the part that it came with: the next one.
        if let (Some(kept), Some(first)) = (signature.take(), made.first_mut()) {
            first["thoughtSignature"] = kept;
        }
        parts.extend(made);
    }
    parts.extend(signature.as_ref().map(signed_nothing));
    sign_first_call(&mut parts, model);
    json!({"role": role, "parts": parts})
}

/// Models from Gemini 3 on refuse calls without their signature; what another model called has none (Google, thought
/// signatures, 2026-11). Of parallel calls only the first is signed.
fn sign_first_call(parts: &mut [Value], model: &Model) {
    let first = parts.iter_mut().find(|part| part.get("functionCall").is_some());
    if let Some(first) = first
        && wants_signatures(model)
        && first.get("thoughtSignature").is_none()
    {
        first["thoughtSignature"] = json!(NO_SIGNATURE);
    }
}

fn signature_of(data: &str) -> Option<Value> {
    let kept: Value = serde_json::from_str(data).ok()?;
    kept.get("thoughtSignature").filter(|signature| signature.is_string()).cloned()
}

/// The parts of a message, results in the order of their calls: without ids, order is all that tells two calls of one
/// function apart.
fn in_order_of_calls<'t, 'p>(
    message: &'t ProviderMessage<'p>,
    asked: Option<&ProviderMessage<'p>>,
) -> Vec<&'t ContentBlock<'p>> {
    let calls: Vec<&str> = asked.into_iter().flat_map(|asked| &asked.blocks).filter_map(id_of_call).collect();
    let mut parts: Vec<&ContentBlock<'p>> = message.blocks.iter().collect();
    parts.sort_by_key(|part| match &part.kind {
        ContentKind::Result { id, .. } => calls.iter().position(|call| call == id).unwrap_or(calls.len()),
        // Results stand before everything else already.
        _ => calls.len(),
    });
    parts
}

fn id_of_call<'t>(part: &'t ContentBlock<'_>) -> Option<&'t str> {
    match &part.kind {
        ContentKind::Call { id, .. } => Some(id),
        _ => None,
    }
}

fn wants_signatures(model: &Model) -> bool {
    let generation = model.id.strip_prefix("gemini-").and_then(|rest| rest.split(['.', '-']).next());
    generation.and_then(|number| number.parse::<u32>().ok()).is_some_and(|number| number >= 3)
}

/// A signature that came alone goes back with an empty text.
fn signed_nothing(signature: &Value) -> Value {
    json!({"text": "", "thoughtSignature": signature})
}

fn part(part: &ContentBlock<'_>) -> Vec<Value> {
    match &part.kind {
        ContentKind::Text(text) => vec![json!({"text": text})],
        ContentKind::Image(picture) => vec![image(*picture)],
        ContentKind::Call { id, name, arguments } => {
            let call = json!({"name": name, "args": messages::arguments_object(arguments)});
            vec![json!({"functionCall": with_id(call, id)})]
        }
        ContentKind::Result { id, name, text, images, is_error } => {
            let key = if *is_error { "error" } else { "output" };
            let response = json!({"name": name, "response": {key: text}});
            let response = json!({"functionResponse": with_id(response, id)});
            std::iter::once(response).chain(images.iter().copied().map(image)).collect()
        }
        ContentKind::Replay(_) => Vec::new(),
    }
}

fn with_id(mut value: Value, id: &str) -> Value {
    if !id.starts_with(MADE_UP) {
        value["id"] = json!(id);
    }
    value
}

fn image(picture: Picture<'_>) -> Value {
    match picture.written() {
        Written::Bytes { media_type, base64 } => {
            json!({"inlineData": {"mimeType": media_type.as_str(), "data": base64}})
        }
        Written::Url(url) => json!({"fileData": {"fileUri": url}}),
    }
}
