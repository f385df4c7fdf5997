//! What holds of every body, whatever the prompt.

use std::collections::HashSet;

use proptest::prelude::*;
use serde_json::Value;
use vertice_llm::cache_plan::{self, Costs, Expectation, Mark, Odds, Settings, Ttl};

use crate::{
    arbitrary,
    wire::{self, Wire},
};

/// No minimum, so that every mark that can be set is.
const EAGER: Settings = Settings { min_tokens: Some(0), ttl: Ttl::Short };

/// Whatever may follow, and whatever can be read.
fn expectations() -> impl Strategy<Value = Expectation> {
    let odds =
        || (0.0..10.0, 0.0..10.0, 0.1..10.0).prop_map(|(quick, pause, gone)| Odds::new(quick, pause, gone));
    let mark = prop_oneof![
        Just(Mark::System),
        (0..6_usize, 0..3_usize).prop_map(|(message, block)| Mark::Block { message, block }),
    ];
    (odds(), odds(), 0..400_u64, proptest::option::of(mark)).prop_map(|(next, frozen, readable, long)| {
        Expectation { next, frozen, readable, long, costs: Costs::default() }
    })
}

proptest! {
    #[test]
    fn bodies_keep_the_rules_of_their_wire(
        prompt in arbitrary::prompt(),
        expected in proptest::collection::vec(expectations(), 3),
    ) {
        for (wire, model) in wire::all() {
            for expected in &expected {
                let plan = cache_plan::plan(&prompt, &model, EAGER, expected, Some("k".into()));
                let bytes = wire.encode(&prompt, &model, &plan);
                prop_assert_eq!(&bytes, &wire.encode(&prompt.clone(), &model, &plan));
                let body: Value = serde_json::from_slice(&bytes).unwrap();
                match wire {
                    Wire::Anthropic => anthropic(&body, plan.marks.len()),
                    Wire::Chat(_) => chat(&body),
                    Wire::Responses => responses(&body),
                    Wire::Gemini => gemini(&body),
                }
                no_foreign_replay(&body, &model.id);
            }
        }
    }
}

fn list(value: &Value) -> &[Value] {
    value.as_array().unwrap()
}

/// The texts at `key` of all of a type.
fn all<'a>(blocks: &'a [Value], kind: &str, key: &str) -> Vec<&'a str> {
    blocks.iter().filter(|block| block["type"] == kind).map(|block| block[key].as_str().unwrap()).collect()
}

fn no_foreign_replay(body: &Value, own: &str) {
    fn strings(value: &Value, found: &mut Vec<String>) {
        match value {
            Value::String(text) => found.push(text.clone()),
            Value::Array(items) => items.iter().for_each(|item| strings(item, found)),
            Value::Object(object) => object.values().for_each(|item| strings(item, found)),
            _ => {}
        }
    }
    let mut found = Vec::new();
    strings(body, &mut found);
    for text in found.iter().filter_map(|text| text.strip_prefix("replay-of:")) {
        assert_eq!(text, own);
    }
}

fn answered(calls: &[&str], results: &[&str], seen: &mut HashSet<String>) {
    let sorted = |ids: &[&str]| {
        let mut ids: Vec<String> = ids.iter().map(|id| (*id).to_owned()).collect();
        ids.sort();
        ids
    };
    assert_eq!(sorted(calls), sorted(results), "each call has one result, each result its call");
    for id in calls {
        assert!(seen.insert((*id).to_owned()), "{id} stands twice");
        assert!(!id.is_empty() && id.len() <= 40, "{id:?}");
        assert!(id.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-'), "{id:?}");
    }
}

fn says_something(text: &Value) {
    assert!(text.as_str().is_some_and(|text| !text.trim().is_empty()), "{text}");
}

fn anthropic(body: &Value, planned: usize) {
    let messages = list(&body["messages"]);
    assert_eq!(messages[0]["role"], "user");
    assert_eq!(messages[messages.len() - 1]["role"], "user");
    let (mut seen, mut calls) = (HashSet::new(), Vec::new());
    for (index, message) in messages.iter().enumerate() {
        assert_eq!(message["role"], if index % 2 == 0 { "user" } else { "assistant" });
        let content = list(&message["content"]);
        assert!(!content.is_empty());
        let is_result: Vec<bool> = content.iter().map(|block| block["type"] == "tool_result").collect();
        assert!(is_result.is_sorted_by(|a, b| a >= b), "results come first");
        answered(&calls, &all(content, "tool_result", "tool_use_id"), &mut seen);
        calls = all(content, "tool_use", "id");
        content
            .iter()
            .filter(|block| block["type"] == "text")
            .for_each(|block| says_something(&block["text"]));
        for result in content.iter().filter(|block| block["type"] == "tool_result") {
            list(&result["content"])
                .iter()
                .filter(|b| b["type"] == "text")
                .for_each(|b| says_something(&b["text"]));
        }
        assert!(content.iter().all(|block| block["type"] != "tool_use" || block["input"].is_object()));
        let last = &content[content.len() - 1]["type"];
        assert!(!is_thinking(last), "an answer does not end with thinking");
        assert!(
            content.iter().all(|block| !is_thinking(&block["type"]) || block.get("cache_control").is_none())
        );
    }
    let marks = body.to_string().matches("\"cache_control\":{").count();
    assert!(planned <= 4 && marks == planned, "{planned} marks planned, {marks} set");
    let ttls = marked_in_order(body);
    assert!(ttls.is_sorted_by(|a, b| a >= b), "an hour stands before five minutes: {ttls:?}");
}

/// Of each mark in the order of the cache, whether it is for an hour.
fn marked_in_order(body: &Value) -> Vec<bool> {
    let messages = list(&body["messages"]).iter().flat_map(|message| list(&message["content"]));
    let before = [&body["tools"], &body["system"]].into_iter().filter_map(Value::as_array).flatten();
    before
        .chain(messages)
        .filter_map(|block| block.get("cache_control"))
        .map(|mark| mark["ttl"] == "1h")
        .collect()
}

fn is_thinking(kind: &Value) -> bool {
    kind == "thinking" || kind == "redacted_thinking"
}

fn chat(body: &Value) {
    let messages = list(&body["messages"]);
    let (mut seen, mut calls, mut results) = (HashSet::new(), Vec::new(), Vec::new());
    let mut before = "";
    for message in messages {
        let role = message["role"].as_str().unwrap();
        if role == "tool" {
            results.push(message["tool_call_id"].as_str().unwrap());
            says_something(&message["content"]);
        } else {
            answered(&calls, &results, &mut seen);
            results.clear();
            calls =
                message["tool_calls"].as_array().map_or_else(Vec::new, |calls| all(calls, "function", "id"));
            assert!(role != before, "{role} follows {role}");
            if calls.is_empty() && message["content"].is_string() {
                says_something(&message["content"]);
            }
            for call in message["tool_calls"].as_array().into_iter().flatten() {
                let arguments = call["function"]["arguments"].as_str().unwrap();
                assert!(serde_json::from_str::<Value>(arguments).unwrap().is_object());
            }
        }
        before = role;
    }
    assert_eq!(before, "user");
}

fn responses(body: &Value) {
    let items = list(&body["input"]);
    let (calls, results) =
        (all(items, "function_call", "call_id"), all(items, "function_call_output", "call_id"));
    answered(&calls, &results, &mut HashSet::new());
    let place = |kind: &str, id: &str| {
        items.iter().position(|item| item["type"] == kind && item["call_id"] == id).unwrap()
    };
    for id in calls {
        assert!(place("function_call", id) < place("function_call_output", id));
    }
    for (index, item) in items.iter().enumerate() {
        if is_thinking(&item["type"]) {
            let next = &items[index + 1];
            let goes_on =
                next["role"] == "assistant" || next["type"] == "function_call" || is_thinking(&next["type"]);
            assert!(goes_on, "reasoning without what it was for: {next}");
        }
        for content in item["content"].as_array().into_iter().flatten() {
            assert!(content["type"] == "input_image" || !content["text"].as_str().unwrap().trim().is_empty());
        }
    }
}

fn gemini(body: &Value) {
    let contents = list(&body["contents"]);
    let mut calls = 0;
    for (index, content) in contents.iter().enumerate() {
        assert_eq!(content["role"], if index % 2 == 0 { "user" } else { "model" });
        let parts = list(&content["parts"]);
        assert!(!parts.is_empty());
        let count = |kind: &str| parts.iter().filter(|part| part.get(kind).is_some()).count();
        assert_eq!(calls, count("functionResponse"), "as many results as calls");
        calls = count("functionCall");
        for part in parts.iter().filter(|part| part.get("text").is_some()) {
            assert!(
                part.get("thoughtSignature").is_some() || !part["text"].as_str().unwrap().trim().is_empty()
            );
        }
    }
    assert_eq!(contents[contents.len() - 1]["role"], "user");
}
