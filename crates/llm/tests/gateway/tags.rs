//! Thinking that servers write into the text, and calls without arguments, over real sockets.

use tokio_util::sync::CancellationToken;
use vertice_domain::{FinishReason, ModelChoice, TurnId};
use vertice_llm::GatewayConfig;
use vertice_ports::{
    Models as _,
    model::{CallContext, ModelCall, ModelEvent, ToolCallDelta},
    prompt::{ToolSpec, ToolUse},
};
use vertice_testkit::Script;

use crate::{
    common::{self, World, actor, prompt, texts},
    wires::Four,
};

async fn ollama(models: &[&str]) -> World {
    let world = World::without_keys().await;
    world.upstream.models(models);
    let config = GatewayConfig { ollama_host: Some(world.upstream.url()), ..common::keyless() };
    World { gateway: common::gateway(&config, &world), ..world }
}

fn told(text: &str, thinking: &str) -> (String, String) {
    (text.to_owned(), thinking.to_owned())
}

#[tokio::test]
async fn thinking_between_tags_is_thinking() {
    let world = ollama(&["qwen3:8b", "qwq:32b"]).await;
    world.upstream.script(Script::pieces(&[
        "<thi",
        "nk>\n",
        "Hm",
        ", so.\n</",
        "think>\n\n",
        "Yes: `<think>`.",
    ]));
    assert_eq!(texts(&world.events("qwen3:8b").await), told("Yes: `<think>`.", "Hm, so."));
    // Its template opens the tag in the prompt.
    world.upstream.script(Script::pieces(&["Hm", ", so.", "\n</thi", "nk>\n\n", "Yes."]));
    assert_eq!(texts(&world.events("qwq:32b").await), told("Yes.", "Hm, so."));
}

#[tokio::test]
async fn a_template_that_opens_the_tag_is_learned_from_one_answer() {
    let world = ollama(&["house", "other"]).await;
    let script = Script::pieces(&["Hm", ", so.", "\n</thi", "nk>\n\n", "Yes."]);
    world.upstream.script(script.clone());
    let first = texts(&world.events("house").await);
    assert!(first.0.ends_with("Yes.") && !first.0.contains("think"), "{first:?}");
    world.upstream.script(script);
    assert_eq!(texts(&world.events("house").await), told("Yes.", "Hm, so."));
    world.upstream.script(Script::text("Another model's template does not."));
    assert_eq!(texts(&world.events("other").await), told("Another model's template does not.", ""));
}

#[tokio::test]
async fn a_server_that_takes_no_tool_choice_is_offered_the_named_tool_alone() {
    let world = ollama(&["qwen3:8b"]).await;
    let mut prompt = prompt("hello");
    for name in ["now", "then"] {
        let input_schema = serde_json::json!({"type": "object"});
        prompt.tools.push(ToolSpec { name: name.into(), description: String::new(), input_schema });
    }
    prompt.tool_use = ToolUse::Only("then".into());
    let model = ModelChoice::from("qwen3:8b".to_owned());
    let planned = world.gateway.route(&actor(), &model, &prompt).await.unwrap();
    let context = CallContext { turn: TurnId::new(uuid::Uuid::from_u128(7)), conversation: None };
    let call = ModelCall::new(planned, prompt.clone(), context);
    common::rest(world.gateway.call(&actor(), call, CancellationToken::new()).await.unwrap()).await;
    let sent = world.upstream.requests().pop().unwrap().body;
    let tools = sent["tools"].as_array().unwrap();
    assert_eq!((tools.len(), &tools[0]["function"]["name"]), (1, &serde_json::json!("then")));
    assert_eq!(sent["tool_choice"], "auto");
    prompt.tool_use = ToolUse::Required;
    let error = world.gateway.route(&actor(), &model, &prompt).await.unwrap_err();
    assert_eq!(error.fields[0].field, "tool_choice");
    let auto = world.gateway.route(&actor(), &ModelChoice::Auto, &prompt).await.unwrap_err();
    assert_eq!(auto.fields[0].field, "tool_choice", "nobody else is there");
}

#[tokio::test]
async fn openai_itself_means_what_it_writes() {
    let four = Four::new().await;
    let text = "<think>is a tag</think> of some models.";
    for model in ["claude-opus-5-5", "gpt-6.1-sol", "gemini-4-argon"] {
        four.upstream.script(Script::text(text));
        assert_eq!(texts(&four.events(model, prompt("hello")).await), told(text, ""), "{model}");
    }
}

#[tokio::test]
async fn a_call_without_arguments_has_an_empty_object() {
    let four = Four::new().await;
    for model in ["claude-opus-5-5", "gpt-6.1-sol", "gemini-4-argon", "openai/gpt-oss-120b"] {
        four.upstream.script(Script::tool("now", "").tool_call("then", "").tool_call("f", "{\"a\":1}"));
        let events = four.events(model, prompt("hello")).await;
        let mut arguments = vec![String::new(); 3];
        for event in events.iter().flatten() {
            if let ModelEvent::ToolCall(ToolCallDelta::Arguments { index, json }) = event {
                arguments[*index as usize].push_str(json);
            }
        }
        assert_eq!(arguments, ["{}", "{}", "{\"a\":1}"], "{model}");
        assert_eq!(events.last(), Some(&Ok(ModelEvent::Stop(FinishReason::Stop))), "{model}");
    }
}
