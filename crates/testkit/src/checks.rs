//! What the providers refuse in a conversation, in their words. A test that sends it has found a fault in the product.

use serde_json::Value;

use crate::wire::Wire;

/// Why the provider refuses this request; none: it does not.
pub(crate) fn refusal(wire: Wire, model: &str, body: &Value) -> Option<String> {
    match wire {
        Wire::Anthropic => anthropic(body),
        Wire::Chat | Wire::Groq => chat(body),
        Wire::Responses => responses(body),
        Wire::Gemini => gemini(model, body),
    }
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

/// The `field`s of the blocks that `is_wanted`.
fn ids<'a>(blocks: &'a [Value], kind: &str, field: &str) -> Vec<&'a str> {
    let wanted = blocks.iter().filter(|block| block["type"] == kind);
    wanted.filter_map(|block| block[field].as_str()).collect()
}

fn anthropic(body: &Value) -> Option<String> {
    let messages = list(&body["messages"]);
    if body["max_tokens"].as_u64().is_none() {
        return Some("max_tokens: Field required".to_owned());
    }
    let Some(last) = messages.last() else {
        return Some("messages: at least one message is required".to_owned());
    };
    if last["role"] == "assistant" {
        return Some(
            "This model does not support assistant message prefill. The conversation must end with a user message."
                .to_owned(),
        );
    }
    let mut called = Vec::new();
    for (index, message) in messages.iter().enumerate() {
        let blocks = list(&message["content"]);
        if let Some(fault) = anthropic_message(index, message, blocks) {
            return Some(fault);
        }
        let results = ids(blocks, "tool_result", "tool_use_id");
        if let Some(stranger) = results.iter().find(|id| !called.contains(*id)) {
            return Some(format!(
                "messages.{index}.content.0: unexpected `tool_use_id` found in `tool_result` blocks: {stranger}. Each `tool_result` block must have a corresponding `tool_use` block in the previous message."
            ));
        }
        if let Some(open) = called.iter().find(|id| !results.contains(*id)) {
            return Some(format!(
                "messages.{}: `tool_use` ids were found without `tool_result` blocks immediately after: {open}. Each `tool_use` block must have a corresponding `tool_result` block in the next message.",
                index - 1
            ));
        }
        called = ids(blocks, "tool_use", "id");
    }
    None
}

fn anthropic_message(index: usize, message: &Value, blocks: &[Value]) -> Option<String> {
    let role = message["role"].as_str().unwrap_or_default();
    if !["user", "assistant", "system"].contains(&role) {
        return Some(format!("messages.{index}.role: Input should be 'user', 'assistant' or 'system'"));
    }
    if message.get("cache_control").is_some() {
        return Some(format!("messages.{index}.cache_control: Extra inputs are not permitted"));
    }
    if blocks.iter().any(|block| block["type"] == "text" && block["text"] == "") {
        return Some("messages: text content blocks must be non-empty".to_owned());
    }
    if message["content"] == "" || message["content"].as_array().is_some_and(Vec::is_empty) {
        return Some(format!("messages.{index}: {role} messages must have non-empty content"));
    }
    None
}

fn chat(body: &Value) -> Option<String> {
    let messages = list(&body["messages"]);
    if messages.is_empty() {
        return Some(
            "Invalid 'messages': empty array. Expected an array with minimum length 1, but got an empty array instead."
                .to_owned(),
        );
    }
    let mut open: Vec<&str> = Vec::new();
    let unanswered = |open: &[&str]| {
        format!(
            "An assistant message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id'. The following tool_call_ids did not have response messages: {}",
            open.join(", ")
        )
    };
    for message in messages {
        if message["role"] == "tool" {
            let id = message["tool_call_id"].as_str().unwrap_or_default();
            let Some(position) = open.iter().position(|own| *own == id) else {
                return Some(
                    "Invalid parameter: messages with role 'tool' must be a response to a preceeding message with 'tool_calls'."
                        .to_owned(),
                );
            };
            open.remove(position);
            continue;
        }
        if !open.is_empty() {
            return Some(unanswered(&open));
        }
        open = list(&message["tool_calls"]).iter().filter_map(|call| call["id"].as_str()).collect();
    }
    (!open.is_empty()).then(|| unanswered(&open))
}

fn responses(body: &Value) -> Option<String> {
    if body["input"].as_str().is_none_or(str::is_empty) && list(&body["input"]).is_empty() {
        return Some("Missing required parameter: 'input'.".to_owned());
    }
    let input = list(&body["input"]);
    let calls = ids(input, "function_call", "call_id");
    let outputs = ids(input, "function_call_output", "call_id");
    if let Some(open) = calls.iter().find(|id| !outputs.contains(id)) {
        return Some(format!("No tool output found for function call {open}."));
    }
    let stranger = outputs.iter().find(|id| !calls.contains(id))?;
    Some(format!("No tool call found for function call output with call_id {stranger}."))
}

fn gemini(model: &str, body: &Value) -> Option<String> {
    let contents = list(&body["contents"]);
    if contents.is_empty() {
        return Some("* GenerateContentRequest.contents: contents is not specified\n".to_owned());
    }
    let count = |content: &Value, field: &str| {
        list(&content["parts"]).iter().filter(|part| part.get(field).is_some()).count()
    };
    let mut open = 0;
    for content in contents {
        if count(content, "functionResponse") != open {
            return Some(
                "Please ensure that the number of function response parts is equal to the number of function call parts of the function call turn."
                    .to_owned(),
            );
        }
        open = count(content, "functionCall");
    }
    let asked = contents.iter().rposition(|content| {
        content["role"] != "model" && list(&content["parts"]).iter().any(|part| part.get("text").is_some())
    });
    let seals = ["gemini-3", "gemini-4"].iter().any(|family| model.starts_with(family));
    let running = contents.iter().skip(asked.unwrap_or_default());
    let unsealed = running
        .filter_map(|content| list(&content["parts"]).iter().find(|part| part.get("functionCall").is_some()))
        .any(|part| part["thoughtSignature"].as_str().is_none_or(str::is_empty));
    (seals && unsealed).then(|| {
        "Function call is missing a thought_signature in functionCall parts. This is required for tools to work correctly."
            .to_owned()
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn refused(wire: Wire, body: &Value, words: &str) {
        let refusal = refusal(wire, "gemini-4-argon", body).expect("it is refused");
        assert!(refusal.contains(words), "{refusal}");
    }

    #[test]
    fn anthropic_wants_results_right_after_their_calls() {
        let call = json!({"role": "assistant", "content": [{"type": "tool_use", "id": "t1", "name": "x", "input": {}}]});
        let result = json!({"role": "user", "content": [{"type": "tool_result", "tool_use_id": "t1", "content": "y"}]});
        let user = json!({"role": "user", "content": "go"});
        let body = |messages: &[&Value]| json!({"max_tokens": 9, "messages": messages});
        assert_eq!(refusal(Wire::Anthropic, "m", &body(&[&user, &call, &result])), None);
        refused(Wire::Anthropic, &body(&[&user, &call, &user]), "t1");
        refused(Wire::Anthropic, &body(&[&user, &result]), "unexpected `tool_use_id`");
        refused(Wire::Anthropic, &body(&[&user, &call]), "prefill");
        refused(Wire::Anthropic, &body(&[]), "at least one");
        refused(Wire::Anthropic, &json!({"messages": [user]}), "max_tokens");
        let marked = json!({"role": "user", "content": "go", "cache_control": {"type": "ephemeral"}});
        refused(Wire::Anthropic, &body(&[&marked]), "Extra inputs");
        let empty = json!({"role": "user", "content": [{"type": "text", "text": ""}]});
        refused(Wire::Anthropic, &body(&[&empty]), "non-empty");
    }

    #[test]
    fn openai_wants_a_result_for_each_call() {
        let user = json!({"role": "user", "content": "go"});
        let call = json!({"role": "assistant", "tool_calls": [{"id": "c1"}, {"id": "c2"}]});
        let one = json!({"role": "tool", "tool_call_id": "c1", "content": "y"});
        let two = json!({"role": "tool", "tool_call_id": "c2", "content": "y"});
        let body = |messages: &[&Value]| json!({"messages": messages});
        assert_eq!(refusal(Wire::Chat, "m", &body(&[&user, &call, &two, &one])), None);
        refused(Wire::Groq, &body(&[&user, &call, &one]), "c2");
        refused(Wire::Chat, &body(&[&user, &call, &user]), "c1, c2");
        refused(Wire::Chat, &body(&[&user, &one]), "preceeding");
        refused(Wire::Chat, &body(&[]), "empty array");
    }

    #[test]
    fn responses_pairs_calls_and_outputs() {
        let call = json!({"type": "function_call", "call_id": "c1"});
        let output = json!({"type": "function_call_output", "call_id": "c1", "output": ""});
        assert_eq!(refusal(Wire::Responses, "m", &json!({"input": [call, output]})), None);
        assert_eq!(refusal(Wire::Responses, "m", &json!({"input": "hello"})), None);
        refused(Wire::Responses, &json!({"input": [call]}), "No tool output");
        refused(Wire::Responses, &json!({"input": [output]}), "No tool call");
        refused(Wire::Responses, &json!({"input": []}), "Missing");
    }

    #[test]
    fn gemini_counts_responses_and_wants_its_seal_back() {
        let user = json!({"role": "user", "parts": [{"text": "go"}]});
        let call =
            json!({"role": "model", "parts": [{"functionCall": {"name": "x"}, "thoughtSignature": "QQ=="}]});
        let bare = json!({"role": "model", "parts": [{"functionCall": {"name": "x"}}]});
        let result = json!({"role": "user", "parts": [{"functionResponse": {"name": "x", "response": {}}}]});
        let body = |contents: &[&Value]| json!({"contents": contents});
        assert_eq!(refusal(Wire::Gemini, "gemini-4-argon", &body(&[&user, &call, &result])), None);
        assert_eq!(refusal(Wire::Gemini, "gemini-2.5-pro", &body(&[&user, &bare, &result])), None);
        assert_eq!(refusal(Wire::Gemini, "gemini-4-argon", &body(&[&user, &bare, &result, &user])), None);
        refused(Wire::Gemini, &body(&[&user, &bare, &result]), "thought_signature");
        refused(Wire::Gemini, &body(&[&user, &call, &user]), "number of function response parts");
        refused(Wire::Gemini, &body(&[]), "not specified");
    }
}
