//! How a prompt's messages become a provider's.

use vertice_domain::chat::Sampling;
use vertice_ports::prompt::{PromptMessage, ToolCall};

use super::*;

fn call(id: &str) -> Block {
    Block::ToolCall(ToolCall { id: id.into(), name: "f".into(), arguments: "{}".into() })
}

fn result(id: &str, text: &str) -> Block {
    Block::ToolResult(ToolResult {
        call_id: id.into(),
        text: text.into(),
        images: Vec::new(),
        is_error: false,
    })
}

fn message(author: Author, blocks: Vec<Block>) -> PromptMessage {
    PromptMessage { author, blocks }
}

fn shape(messages: Vec<PromptMessage>) -> String {
    let sampling = Sampling { max_tokens: 10, temperature: 0.5, caching: true, effort: None, spoken: false };
    let prompt = Prompt::new(None, messages, sampling);
    let model = Model::unknown("m", Provider::Anthropic);
    let part = |part: &ContentBlock<'_>| match &part.kind {
        ContentKind::Text(text) => format!("text {text}"),
        ContentKind::Image(_) => "image".to_owned(),
        ContentKind::Call { id, name, .. } if name == "f" => format!("call {id}"),
        ContentKind::Call { id, name, .. } => format!("call {id} of {name}"),
        ContentKind::Result { id, text, .. } => format!("result {id} {text}"),
        ContentKind::Replay(data) => format!("replay {data}"),
    };
    let message = |message: &ProviderMessage<'_>| {
        format!(
            "{}: {}",
            message.author.as_str(),
            message.blocks.iter().map(part).collect::<Vec<_>>().join(", ")
        )
    };
    super::messages(&prompt, &model).iter().map(message).collect::<Vec<_>>().join(" | ")
}

#[test]
fn every_call_has_its_result_first_in_the_next_message() {
    use Author::{Assistant, User};
    let text = |text: &str| Block::Text(text.into());
    assert_eq!(
        shape(vec![
            message(User, vec![text("a")]),
            message(Assistant, vec![text("b"), call("1"), call("2")]),
            message(User, vec![result("2", "two")]),
            message(User, vec![text("c"), result("1", "one")]),
            message(Assistant, vec![call("1")]),
            message(User, vec![text("d")]),
        ]),
        "user: text a | assistant: text b, call 1, call 2 | user: result 2 two, result 1 one, text c \
         | assistant: call 1_2 | user: result 1_2 The tool was not run., text d"
    );
    let stray = vec![message(User, vec![result("9", "x")]), message(Assistant, vec![call("1")])];
    assert_eq!(shape(stray), "user: text x | assistant: call 1 | user: result 1 The tool was not run.");
}

#[test]
fn what_is_opaque_goes_to_its_own_model_only() {
    let replay = |provider, model: &str| {
        let data = format!("{{\"of\":\"{model}\"}}");
        Block::Replay(Replay { provider, model: model.into(), data })
    };
    let blocks = vec![
        replay(Provider::Anthropic, "m"),
        replay(Provider::Anthropic, "other"),
        replay(Provider::Gemini, "m"),
        Block::Text("a".into()),
    ];
    assert_eq!(
        shape(vec![message(Author::User, vec![Block::Text("q".into())]), message(Author::Assistant, blocks)]),
        r#"user: text q | assistant: replay {"of":"m"}, text a"#
    );
}

#[test]
fn an_answer_that_was_stopped_while_thinking_is_none() {
    use Author::{Assistant, User};
    let thought = |data: &str| {
        Block::Replay(Replay { provider: Provider::Anthropic, model: "m".into(), data: data.into() })
    };
    let text = |text: &str| Block::Text(text.into());
    assert_eq!(
        shape(vec![
            message(User, vec![text("a")]),
            message(Assistant, vec![thought("{}")]),
            message(User, vec![text("b")]),
            message(Assistant, vec![thought("no object"), text("c"), thought("{}")]),
            message(User, vec![text("d")]),
        ]),
        "user: text a, text b | assistant: text c | user: text d"
    );
}

#[test]
fn the_calls_of_neighbouring_answers_are_answered_together() {
    use Author::{Assistant, User};
    assert_eq!(
        shape(vec![
            message(Assistant, vec![call("1")]),
            message(Assistant, vec![call("2")]),
            message(User, vec![Block::Text(" ".into()), result("9", "stray"), result("1", "one")]),
            message(User, vec![result("2", "two")]),
        ]),
        "user: text (The conversation begins.) | assistant: call 1, call 2 \
         | user: result 1 one, result 2 two, text stray"
    );
}

#[test]
fn ids_take_the_form_that_all_providers_know() {
    let long = "chatcmpl-tool-0123456789abcdef0123456789abcdef";
    let ids = ["functions.f:0", "functions.f_0", "", long, long];
    let shape = shape(vec![message(Author::Assistant, ids.map(call).to_vec())]);
    let calls = "call functions_f_0, call functions_f_0_2, call call, \
        call chatcmpl-tool-0123456789abcdef0123456789, call chatcmpl-tool-0123456789abcdef01234567_2";
    assert!(shape.contains(calls), "{shape}");
}

#[test]
fn names_that_a_model_made_up_take_the_form_that_all_providers_know() {
    let named = |name: &str| {
        Block::ToolCall(ToolCall { id: name.into(), name: name.into(), arguments: String::new() })
    };
    let made_up = ["functions.run<|channel|>", ""].map(named).to_vec();
    let shape = shape(vec![message(Author::Assistant, made_up)]);
    let calls = "call functions_run__channel__ of functions_run__channel__, call call of unnamed";
    assert!(shape.contains(calls), "{shape}");
}
