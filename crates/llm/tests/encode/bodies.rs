//! The bodies as snapshots, and what models refuse.

use vertice_domain::Provider;
use vertice_llm::{
    cache_plan::{CachePlan, Mark, Ttl},
    catalog::{Model, Quirks},
};
use vertice_ports::prompt::{OutputFormat, ToolUse};

use crate::{
    prompts,
    wire::{self, Wire},
};

fn plan() -> CachePlan {
    let end = Mark::Block { message: 2, block: 2 };
    CachePlan { marks: vec![(Mark::System, Ttl::Long), (end, Ttl::Short)], key: Some("k1".into()) }
}

fn name(wire: Wire, model: &Model) -> String {
    let wire = match wire {
        Wire::Anthropic => "anthropic",
        Wire::Chat(Quirks::OPENAI) => "chat-openai",
        Wire::Chat(Quirks::GROQ) => "chat-groq",
        Wire::Chat(_) => "chat-compatible",
        Wire::Responses => "responses",
        Wire::Gemini => "gemini",
    };
    format!("{wire}-{}", model.id.replace('/', "-"))
}

#[test]
fn a_prompt_with_everything() {
    for (wire, model) in wire::all() {
        let body = wire.body(&prompts::rich(&model), &model, &plan());
        insta::assert_json_snapshot!(format!("rich-{}", name(wire, &model)), body);
    }
}

#[test]
fn plain_text() {
    for (wire, model) in wire::all() {
        let body = wire.body(&prompts::plain(), &model, &CachePlan::default());
        insta::assert_json_snapshot!(format!("plain-{}", name(wire, &model)), body);
    }
}

#[test]
fn a_choice_is_forced_only_where_the_model_takes_it() {
    let choice = |id: &str, tool_use: ToolUse| {
        let model = wire::model(id);
        let mut prompt = prompts::rich(&model);
        (prompt.tool_use, prompt.parallel_tools) = (tool_use, true);
        Wire::Anthropic.body(&prompt, &model, &CachePlan::default())["tool_choice"].to_string()
    };
    let only = || ToolUse::Only("weather".into());
    assert_eq!(choice("claude-haiku-4-5", only()), r#"{"name":"weather","type":"tool"}"#);
    assert_eq!(choice("claude-haiku-4-5", ToolUse::Required), r#"{"type":"any"}"#);
    assert_eq!(choice("claude-opus-5-5", only()), r#"{"type":"auto"}"#);
    assert_eq!(choice("claude-opus-5-5", ToolUse::Required), r#"{"type":"auto"}"#);
    assert_eq!(choice("claude-opus-5-5", ToolUse::None), r#"{"type":"none"}"#);
}

#[test]
fn any_json_object_is_said_in_each_wire() {
    for (wire, model) in wire::all() {
        let mut prompt = prompts::plain();
        prompt.format = OutputFormat::Json;
        let body = wire.body(&prompt, &model, &CachePlan::default());
        let said = match wire {
            Wire::Anthropic => &body["system"][0]["text"],
            Wire::Chat(_) => &body["response_format"]["type"],
            Wire::Responses => &body["text"]["format"]["type"],
            Wire::Gemini => &body["generationConfig"]["responseMimeType"],
        };
        assert!(
            said.as_str().is_some_and(|said| said.to_lowercase().contains("json")),
            "{}: {body}",
            name(wire, &model)
        );
    }
}

#[test]
fn effort_goes_only_to_models_that_think() {
    let model = Model::unknown("quick", Provider::Openai);
    for wire in [Wire::Chat(Quirks::OPENAI), Wire::Responses, Wire::Gemini, Wire::Anthropic] {
        let body = String::from_utf8(wire.encode(&prompts::rich(&model), &model, &plan())).unwrap();
        assert!(!body.contains("high") && !body.contains("effort"), "{wire:?}: {body}");
    }
}

#[test]
fn gemini_takes_calls_that_another_model_made() {
    let called = |id: &str, own: bool| {
        let model = wire::model(id);
        let mut prompt = prompts::plain();
        let call = |id: &str| prompts::call(id, "weather", "{}");
        let replay = own.then(|| prompts::replay(&model));
        prompt.messages[3].blocks = replay.into_iter().chain([call("a"), call("b")]).collect();
        let body = Wire::Gemini.body(&prompt, &model, &CachePlan::default());
        let signature = |part: usize| body["contents"][1]["parts"][part]["thoughtSignature"].clone();
        (signature(0), signature(1))
    };
    let none = serde_json::Value::Null;
    assert_eq!(called("gemini-4-argon", false), ("skip_thought_signature_validator".into(), none.clone()));
    assert_eq!(called("gemini-4-argon", true), ("c2lnbmVk".into(), none.clone()));
    assert_eq!(called("gemini-2.5-pro", false), (none.clone(), none));
}
