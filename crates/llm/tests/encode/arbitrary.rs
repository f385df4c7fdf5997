//! Any prompt: authors and blocks in any order, any strings.

use proptest::{collection::vec, prelude::*};
use vertice_domain::{Author, Provider};
use vertice_ports::{
    Prompt,
    prompt::{Block, PromptImage, PromptMessage, Replay, ToolCall, ToolResult, ToolUse},
};

use crate::prompts;

/// The models that replays are bound to: those that are asked here, and some other.
const OWNERS: [(Provider, &str); 6] = [
    (Provider::Anthropic, "claude-opus-5-5"),
    (Provider::Anthropic, "claude-haiku-4-5"),
    (Provider::Openai, "gpt-6.2-sol"),
    (Provider::Gemini, "gemini-4-argon"),
    (Provider::Groq, "openai/gpt-oss-120b"),
    (Provider::Gemini, "some-other"),
];

fn some_text() -> impl Strategy<Value = String> {
    prop_oneof![Just(String::new()), "[ \\n\\t]{0,3}", "[a-z ]{1,12}", any::<String>()]
}

/// Few of them, so that they are often the same, and such as only some providers take.
fn id() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => "[ab]",
        1 => "[ab]_2",
        1 => Just("functions.f:0".to_owned()),
        1 => Just("chatcmpl-tool-0123456789abcdef0123456789abcdef".to_owned()),
        1 => Just(String::new()),
        1 => any::<String>(),
    ]
}

/// Also such as models make up.
fn tool_name() -> impl Strategy<Value = String> {
    prop_oneof![4 => "[a-z_]{1,8}", 1 => Just("functions.run<|x|>".to_owned()), 1 => any::<String>()]
}

fn arguments() -> impl Strategy<Value = String> {
    prop_oneof![
        Just(String::new()),
        Just(r#"{"b":1,"a":[{"d":2,"c":3}]}"#.to_owned()),
        Just(r#"{"a":"#.to_owned()),
        Just("[1]".to_owned()),
        any::<String>(),
    ]
}

fn image() -> impl Strategy<Value = PromptImage> {
    prop_oneof![Just(prompts::picture()), "[a-z]{1,8}".prop_map(|url| PromptImage::Url { url })]
}

/// Marked, so that it is found in a body: `replay-of:` and its owner.
fn replay() -> impl Strategy<Value = Replay> {
    let data = prop_oneof![
        4 => Just(r#"{"type":"thinking","thinking":"t","signature":"s","thoughtSignature":"OWNER"}"#.to_owned()),
        1 => Just(r#"{"type":"redacted_thinking","data":"OWNER"}"#.to_owned()),
        1 => Just("7".to_owned()),
        1 => any::<String>(),
    ];
    (proptest::sample::select(&OWNERS[..]), data).prop_map(|((provider, model), data)| Replay {
        provider,
        model: model.to_owned(),
        data: data.replace("OWNER", &format!("replay-of:{model}")),
    })
}

fn block() -> impl Strategy<Value = Block> {
    let result = (id(), some_text(), vec(image(), 0..2), any::<bool>())
        .prop_map(|(call_id, text, images, is_error)| ToolResult { call_id, text, images, is_error });
    prop_oneof![
        3 => some_text().prop_map(Block::Text),
        1 => image().prop_map(Block::Image),
        3 => (id(), tool_name(), arguments())
            .prop_map(|(id, name, arguments)| Block::ToolCall(ToolCall { id, name, arguments })),
        3 => result.prop_map(Block::ToolResult),
        2 => replay().prop_map(Block::Replay),
    ]
}

fn message() -> impl Strategy<Value = PromptMessage> {
    let author = prop_oneof![Just(Author::User), Just(Author::Assistant)];
    (author, vec(block(), 0..6)).prop_map(|(author, blocks)| PromptMessage { author, blocks })
}

/// A prompt. Its last message is the user's and says something, as the API demands.
pub(crate) fn prompt() -> impl Strategy<Value = Prompt> {
    let choice = prop_oneof![
        Just(ToolUse::Auto),
        Just(ToolUse::Required),
        Just(ToolUse::None),
        id().prop_map(ToolUse::Only)
    ];
    let system = proptest::option::of(some_text());
    (system, vec(message(), 0..8), vec("[a-c]{1,2}", 0..5), choice, any::<bool>(), 1..200_000_u32).prop_map(
        |(system, mut messages, tools, tool_use, parallel, max_tokens)| {
            messages.push(PromptMessage::text(Author::User, "the end"));
            let mut prompt = Prompt::new(system, messages, prompts::sampling());
            prompt.tools = tools.iter().map(|name| prompts::tool(name)).collect();
            (prompt.tool_use, prompt.parallel_tools) = (tool_use, parallel);
            prompt.sampling.max_tokens = max_tokens;
            prompt
        },
    )
}
