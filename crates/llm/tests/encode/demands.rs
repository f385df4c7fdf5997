//! What single providers answer 400 to, and what they are sent instead.

use std::sync::Arc;

use proptest::prelude::*;
use serde_json::{Value, json};
use vertice_domain::{Author, Provider, chat::Effort};
use vertice_llm::{
    cache_plan::CachePlan,
    catalog::{Model, Quirks, Thinking},
};
use vertice_ports::{
    Prompt,
    prompt::{Block, PromptMessage, ToolResult, ToolSpec, ToolUse},
};

use crate::{
    arbitrary, prompts,
    wire::{self, Wire},
};

fn body(wire: Wire, model: &Model, prompt: &Prompt) -> Value {
    wire.body(prompt, model, &CachePlan::default())
}

fn result(id: &str, text: &str) -> Block {
    let (call_id, text) = (id.to_owned(), text.to_owned());
    Block::ToolResult(ToolResult { call_id, text, images: Vec::new(), is_error: false })
}

/// Two calls of one function, answered the other way round, without any tool being offered.
fn twice(ids: [&str; 2]) -> Prompt {
    let calls = ids.map(|id| prompts::call(id, "weather", &format!(r#"{{"city":"{id}"}}"#)));
    let messages = vec![
        PromptMessage::text(Author::User, "Where does it rain?"),
        prompts::message(Author::Assistant, calls.to_vec()),
        prompts::message(Author::User, vec![result(ids[1], "second"), result(ids[0], "first")]),
    ];
    Prompt::new(None, messages, prompts::sampling())
}

#[test]
fn anthropic_wants_tools_where_there_are_calls() {
    let model = wire::model("claude-haiku-4-5");
    let sent = body(Wire::Anthropic, &model, &twice(["a", "b"]));
    assert_eq!(sent["tool_choice"], json!({"type": "none"}));
    assert_eq!(sent["tools"][0]["name"], "earlier_tool");
    let plain = body(Wire::Anthropic, &model, &prompts::plain());
    assert!(plain.get("tools").is_none() && plain.get("tool_choice").is_none(), "{plain}");
}

#[test]
fn anthropic_takes_thinking_neither_with_a_forced_choice_nor_with_a_temperature() {
    let model = Model { thinking: Some(Thinking::OnRequest), ..Model::unknown("m", Provider::Anthropic) };
    let mut prompt = prompts::plain();
    prompt.tools = vec![prompts::tool("weather")];
    let mut fields = |effort, tool_use| {
        (prompt.sampling.effort, prompt.tool_use) = (effort, tool_use);
        let sent = body(Wire::Anthropic, &model, &prompt);
        (sent.get("thinking").is_some(), sent.get("temperature").is_some())
    };
    assert_eq!(fields(Some(Effort::High), ToolUse::Auto), (true, false));
    assert_eq!(fields(Some(Effort::High), ToolUse::Required), (false, true));
    assert_eq!(fields(None, ToolUse::Auto), (false, true));
}

#[test]
fn the_first_models_that_think_adaptively_are_asked_to_where_an_effort_is_wanted() {
    // Since 4.6; what came before would answer 400 (adaptive thinking, 2026-11).
    for (id, thinks) in [("claude-opus-4-6", true), ("claude-sonnet-4-6", true), ("claude-haiku-4-5", false)]
    {
        let model = wire::model(id);
        let mut prompt = prompts::plain();
        let quick = body(Wire::Anthropic, &model, &prompt);
        assert!(quick.get("thinking").is_none() && quick["temperature"].is_number(), "{id}: {quick}");
        prompt.sampling.effort = Some(Effort::High);
        let sent = body(Wire::Anthropic, &model, &prompt);
        let expected = thinks.then(|| json!({"type": "adaptive", "display": "summarized"}));
        assert_eq!(sent.get("thinking"), expected.as_ref(), "{id}: {sent}");
        assert_eq!(sent["output_config"]["effort"] == "high", thinks, "{id}: {sent}");
        assert_eq!(sent["temperature"].is_null(), thinks, "{id}: {sent}");
    }
}

#[test]
fn anthropic_takes_no_stop_of_blanks() {
    let model = wire::model("claude-haiku-4-5");
    let mut prompt = prompts::plain();
    prompt.stop = vec!["\n".into(), "END".into()];
    assert_eq!(body(Wire::Anthropic, &model, &prompt)["stop_sequences"], json!(["END"]));
    prompt.stop = vec!["\n\n".into()];
    assert!(body(Wire::Anthropic, &model, &prompt).get("stop_sequences").is_none());
}

#[test]
fn gemini_wants_calls_signed_also_by_models_that_the_catalogue_does_not_know() {
    let signed = |id: &str| {
        let model = Model::unknown(id, Provider::Gemini);
        body(Wire::Gemini, &model, &twice(["a", "b"])).to_string().contains("thoughtSignature")
    };
    assert!(signed("gemini-3-flash-preview") && signed("gemini-12.1-pro"));
    assert!(!signed("gemini-2.0-flash") && !signed("gemma-3-27b"));
}

#[test]
fn gemini_gets_results_in_the_order_of_their_calls() {
    let model = wire::model("gemini-4-argon");
    // Without ids of the provider's own, order is all that tells them apart.
    let sent = body(Wire::Gemini, &model, &twice(["gemini_call_0", "gemini_call_1"]));
    let parts = sent["contents"][2]["parts"].as_array().unwrap();
    let said: Vec<&Value> =
        parts.iter().map(|part| &part["functionResponse"]["response"]["output"]).collect();
    assert_eq!(said, ["first", "second"]);
}

#[test]
fn schemas_name_their_type_and_their_properties() {
    let mut prompt = prompts::plain();
    let bare = json!({"additionalProperties": false});
    prompt.tools = vec![ToolSpec { name: "now".into(), description: "The time.".into(), input_schema: bare }];
    let expected = json!({"additionalProperties": false, "properties": {}, "type": "object"});
    for (wire, model) in wire::all() {
        let tool = &body(wire, &model, &prompt)["tools"][0];
        let schema = match wire {
            Wire::Anthropic => &tool["input_schema"],
            Wire::Chat(_) => &tool["function"]["parameters"],
            Wire::Responses => &tool["parameters"],
            Wire::Gemini => &tool["functionDeclarations"][0]["parametersJsonSchema"],
        };
        assert_eq!(*schema, expected, "{wire:?}");
    }
}

#[test]
fn qwen_at_groq_is_asked_to_keep_its_thinking_out_of_the_text() {
    let qwen = wire::model("qwen/qwen3.8-27b");
    let mut prompt = prompts::plain();
    prompt.sampling.effort = Some(Effort::High);
    let sent = body(Wire::Chat(qwen.quirks.unwrap()), &qwen, &prompt);
    assert_eq!(sent["reasoning_format"], "parsed");
    assert!(sent.get("reasoning_effort").is_none(), "it knows no such effort: {sent}");
    let oss = wire::model("openai/gpt-oss-120b");
    let sent = body(Wire::Chat(Quirks::GROQ), &oss, &prompt);
    assert!(sent.get("reasoning_format").is_none() && sent["reasoning_effort"] == "high", "{sent}");
}

fn names<'a>(value: &'a Value, found: &mut Vec<&'a Value>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| names(item, found)),
        Value::Object(object) => {
            let is_call =
                object.get("type").is_some_and(|kind| kind == "tool_use" || kind == "function_call");
            found.extend(object.get("name").filter(|_| is_call));
            for key in ["functionCall", "functionResponse", "function"] {
                found.extend(object.get(key).and_then(|call| call.get("name")));
            }
            object.values().for_each(|item| names(item, found));
        }
        _ => {}
    }
}

proptest! {
    #[test]
    fn names_of_tools_are_such_as_all_take(prompt in arbitrary::prompt()) {
        for (wire, model) in wire::all() {
            let body = body(wire, &model, &prompt);
            let mut found = Vec::new();
            for part in ["messages", "input", "contents"] {
                names(&body[part], &mut found);
            }
            for name in found {
                let name = name.as_str().unwrap();
                let is_taken = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
                prop_assert!((1..=64).contains(&name.len()) && name.chars().all(is_taken), "{name:?}");
            }
        }
    }

    #[test]
    fn gemini_finds_each_result_at_the_place_of_its_call(prompt in arbitrary::prompt()) {
        let model: Arc<Model> = wire::model("gemini-4-argon");
        let body = body(Wire::Gemini, &model, &prompt);
        let contents = body["contents"].as_array().unwrap();
        for pair in contents.windows(2) {
            let of = |content: &Value, key: &str| -> Vec<Value> {
                let parts = content["parts"].as_array().unwrap().iter();
                parts.filter_map(|part| part.get(key)).map(|call| json!([call["id"], call["name"]])).collect()
            };
            prop_assert_eq!(of(&pair[0], "functionCall"), of(&pair[1], "functionResponse"));
            let calls = pair[0]["parts"].as_array().unwrap().iter().filter(|part| part.get("functionCall").is_some());
            if let Some(first) = calls.into_iter().next() {
                prop_assert!(first.get("thoughtSignature").is_some(), "{first}");
            }
        }
    }
}
