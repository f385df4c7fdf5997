//! The prompts whose bodies are snapshots.

use bytes::Bytes;
use serde_json::json;
use vertice_domain::{
    Author, ImageType, Provider,
    chat::{Effort, Sampling},
};
use vertice_llm::catalog::Model;
use vertice_ports::{
    Prompt,
    prompt::{
        Block, OutputFormat, PromptImage, PromptMessage, Replay, ToolCall, ToolResult, ToolSpec, ToolUse,
    },
};

pub(crate) fn sampling() -> Sampling {
    Sampling { max_tokens: 1_000, temperature: 0.5, caching: true, effort: None, spoken: false }
}

pub(crate) fn text(text: &str) -> Block {
    Block::Text(text.into())
}

pub(crate) fn call(id: &str, name: &str, arguments: &str) -> Block {
    Block::ToolCall(ToolCall { id: id.into(), name: name.into(), arguments: arguments.into() })
}

pub(crate) fn message(author: Author, blocks: Vec<Block>) -> PromptMessage {
    PromptMessage { author, blocks }
}

pub(crate) fn picture() -> PromptImage {
    PromptImage::Inline { media_type: ImageType::Png, base64: Bytes::from_static(b"iVBORw0KGgo=") }
}

/// What `model` wants back as it said it.
pub(crate) fn replay(model: &Model) -> Block {
    let data = match model.provider {
        Provider::Gemini => json!({"thoughtSignature": "c2lnbmVk"}),
        Provider::Openai => {
            json!({"type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": "x"})
        }
        _ => json!({"type": "thinking", "thinking": "Two tools will do.", "signature": "c2lnbmVk"}),
    };
    Block::Replay(Replay { provider: model.provider, model: model.id.clone(), data: data.to_string() })
}

pub(crate) fn tool(name: &str) -> ToolSpec {
    let properties =
        json!({"until": {"type": "string"}, "city": {"type": "string", "description": "Where."}});
    let input_schema = json!({"type": "object", "required": ["city"], "properties": properties});
    ToolSpec { name: name.into(), description: format!("What {name} does."), input_schema }
}

/// Everything at once.
pub(crate) fn rich(model: &Model) -> Prompt {
    let foreign = Replay { provider: Provider::Demo, model: "other".into(), data: "{\"foreign\":1}".into() };
    let shown = ToolResult {
        call_id: "call_c".into(),
        text: "A map.".into(),
        images: vec![picture()],
        is_error: false,
    };
    let failed = ToolResult { is_error: true, ..shown.clone() };
    let failed =
        ToolResult { call_id: "call_b".into(), text: "No such city.".into(), images: Vec::new(), ..failed };
    let messages = vec![
        message(
            Author::User,
            vec![
                Block::Image(picture()),
                Block::Image(PromptImage::Url { url: "https://pictures.example/a.png".into() }),
                text("What is the weather there?"),
            ],
        ),
        message(
            Author::Assistant,
            vec![
                Block::Replay(foreign),
                replay(model),
                text("I look it up."),
                call("call_a", "weather", r#"{"until":"noon","city":"Ulm"}"#),
                call("call_b", "forecast", r#"{"city":"Ul"#),
                call("call_c", "weather", ""),
            ],
        ),
        message(
            Author::User,
            vec![Block::ToolResult(shown), Block::ToolResult(failed), text("And tomorrow?")],
        ),
    ];
    let mut prompt = Prompt::new(Some("Answer briefly.".into()), messages, sampling());
    prompt.tools = vec![tool("weather"), tool("forecast"), tool("a_first")];
    prompt.tool_use = ToolUse::Only("weather".into());
    prompt.parallel_tools = false;
    prompt.stop = vec!["END".into(), "STOP".into()];
    let schema = json!({"type": "object", "properties": {"b": {"type": "string"}, "a": {"type": "integer"}}});
    prompt.format = OutputFormat::Schema { name: "weather".into(), schema };
    prompt.sampling.effort = Some(Effort::High);
    prompt
}

/// Plain text: neighbours of one author, messages that say nothing, more output than any model gives.
pub(crate) fn plain() -> Prompt {
    let messages = vec![
        PromptMessage::text(Author::User, "First."),
        PromptMessage::text(Author::Assistant, " \n"),
        PromptMessage::text(Author::User, "Second."),
        PromptMessage::text(Author::Assistant, "An answer."),
        PromptMessage::text(Author::Assistant, "And more of it."),
        message(Author::User, Vec::new()),
        PromptMessage::text(Author::User, "Third."),
    ];
    let mut prompt = Prompt::new(Some("  ".into()), messages, sampling());
    prompt.sampling.max_tokens = 10_000_000;
    prompt
}
