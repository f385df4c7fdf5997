//! Token counts where nobody reports any. Every figure from here is marked as an estimate wherever it is shown.

use vertice_ports::{
    Prompt,
    prompt::{Block, ToolSpec},
};

/// Characters a token holds on average in English prose and code.
const CHARS_PER_TOKEN: u64 = 4;
/// Tokens that each message costs beside its text: role and delimiters.
const TOKENS_PER_MESSAGE: u64 = 4;

/// What a picture counts where its sides are not known.
pub const TOKENS_PER_IMAGE: u64 = crate::pictures::TOKENS;

/// About how many tokens `chars` characters are; one at least for any text.
pub const fn tokens_of_chars(chars: u64) -> u64 {
    chars.div_ceil(CHARS_PER_TOKEN)
}

/// About how many tokens a text is.
pub fn tokens_of(text: &str) -> u64 {
    tokens_of_chars(text.chars().count() as u64)
}

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
