//! The messages of a request, in the product's terms; what a provider wants back with a tool's result is put back to its
//! place.

use vertice_domain::{Author, FieldError, Image, UserId};
use vertice_ports::prompt::{Block, PromptImage, PromptMessage, ToolCall, ToolResult};

use super::{
    Replays,
    body::{Call, CalledFunction, Content, ContentPart, Message},
};

/// Reads messages one by one. Faults are pushed onto `errors`.
pub(super) struct Reader<'a> {
    pub(super) user: UserId,
    pub(super) replays: &'a Replays,
    pub(super) errors: Vec<FieldError>,
    pub(super) system: Vec<String>,
    pub(super) messages: Vec<PromptMessage>,
    /// For each of `messages`, its place in the request.
    pub(super) places: Vec<usize>,
}

impl Reader<'_> {
    /// Reads message number `index` of the request.
    pub(super) fn read(&mut self, index: usize, message: Message) {
        let field = format!("messages[{index}]");
        let Message { role, content, tool_calls, tool_call_id } = message;
        let content = self.content(&field, content);
        match role.as_str() {
            "system" | "developer" => self.system.extend(text_of(&content)),
            "user" => self.messages.push(PromptMessage { author: Author::User, blocks: content }),
            "assistant" => self.assistant(content, tool_calls.unwrap_or_default()),
            "tool" => match tool_call_id {
                Some(call_id) if self.was_called(&call_id) => self.result(call_id, &content),
                Some(_) => {
                    let message = "answers no tool call of the messages before it";
                    self.errors.push(FieldError::new(format!("{field}.tool_call_id"), message));
                }
                None => self.errors.push(FieldError::new(format!("{field}.tool_call_id"), "is required")),
            },
            _ => {
                let message = "must be system, developer, user, assistant or tool";
                self.errors.push(FieldError::new(format!("{field}.role"), message));
            }
        }
    }

    fn was_called(&self, call_id: &str) -> bool {
        let mut blocks = self.messages.iter().flat_map(|message| &message.blocks);
        blocks.any(|block| matches!(block, Block::ToolCall(call) if call.id == call_id))
    }

    fn content(&mut self, field: &str, content: Option<Content>) -> Vec<Block> {
        match content {
            None => Vec::new(),
            Some(Content::Text(text)) => vec![Block::Text(text)],
            Some(Content::Parts(parts)) => {
                let mut blocks = Vec::new();
                for (index, part) in parts.into_iter().enumerate() {
                    let field = format!("{field}.content[{index}]");
                    match block(part) {
                        Ok(block) => blocks.extend(block),
                        Err(message) => self.errors.push(FieldError::new(field, message)),
                    }
                }
                blocks
            }
        }
    }

    fn assistant(&mut self, mut blocks: Vec<Block>, calls: Vec<Call>) {
        let steps = calls.first().and_then(|call| self.replays.before(self.user, &call.id).steps);
        if let Some(steps) = steps.filter(|steps| text_of(&blocks).is_none_or(|text| text == steps.text)) {
            return self.messages.extend(steps.messages);
        }
        let mut before_text = Vec::new();
        for call in calls {
            let kept = self.replays.before(self.user, &call.id);
            before_text.extend(kept.before_text.into_iter().map(Block::Replay));
            blocks.extend(kept.before_call.into_iter().map(Block::Replay));
            let CalledFunction { name, arguments } = call.function;
            blocks.push(Block::ToolCall(ToolCall { id: call.id, name, arguments }));
        }
        blocks.splice(0..0, before_text);
        self.messages.push(PromptMessage { author: Author::Assistant, blocks });
    }

    fn result(&mut self, call_id: String, content: &[Block]) {
        let images = content.iter().filter_map(|block| match block {
            Block::Image(image) => Some(image.clone()),
            _ => None,
        });
        let images: Vec<PromptImage> = images.collect();
        let text = text_of(content).unwrap_or_default();
        let result = Block::ToolResult(ToolResult { call_id, text, images, is_error: false });
        self.messages.push(PromptMessage { author: Author::User, blocks: vec![result] });
    }
}

fn block(part: ContentPart) -> Result<Option<Block>, String> {
    match part.kind.as_str() {
        "text" | "input_text" => Ok(part.text.map(Block::Text)),
        "refusal" => Ok(part.refusal.map(Block::Text)),
        "image_url" => {
            let url = part.image_url.ok_or("image_url is required")?.url;
            let image = Image::from_url(&url).map_err(|error| error.to_string())?;
            Ok(Some(Block::Image(image.into())))
        }
        other => Err(format!("content of the type {other:?} is not taken; send text or image_url")),
    }
}

fn text_of(blocks: &[Block]) -> Option<String> {
    let texts = blocks.iter().filter_map(|block| match block {
        Block::Text(text) => Some(text.as_str()),
        _ => None,
    });
    let texts: Vec<&str> = texts.collect();
    (!texts.is_empty()).then(|| texts.join("\n\n"))
}
