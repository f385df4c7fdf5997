//! About how many tokens prompts are, and what stands in them.

pub use vertice_domain::estimate::{tokens_of, tokens_of_chars};
use vertice_ports::{
    Prompt,
    prompt::{Block, ToolSpec},
};

/// Tokens that each message costs beside its text: role and delimiters.
const TOKENS_PER_MESSAGE: u64 = 4;

/// What a picture counts where its sides are not known.
pub const TOKENS_PER_IMAGE: u64 = crate::pictures::TOKENS;

/// About how many input tokens a prompt is beside its pictures.
pub fn tokens_of_text(prompt: &Prompt) -> u64 {
    let system = prompt.system.iter().map(|text| tokens_of(text) + TOKENS_PER_MESSAGE);
    let messages = prompt
        .messages
        .iter()
        .map(|message| message.blocks.iter().map(tokens_of_block).sum::<u64>() + TOKENS_PER_MESSAGE);
    let tools = prompt.tools.iter().map(tokens_of_tool);
    system.chain(messages).chain(tools).sum()
}

/// About how many tokens the description of a tool is.
pub fn tokens_of_tool(tool: &ToolSpec) -> u64 {
    tokens_of(&tool.name) + tokens_of(&tool.description) + tokens_of(&tool.input_schema.to_string())
}

/// About how many tokens a block is, without pictures.
pub fn tokens_of_block(block: &Block) -> u64 {
    match block {
        Block::Text(text) => tokens_of(text),
        Block::Image(_) => 0,
        Block::ToolCall(call) => tokens_of(&call.name) + tokens_of(&call.arguments),
        Block::ToolResult(result) => tokens_of(&result.text),
        Block::Replay(replay) => tokens_of(&replay.data),
    }
}
