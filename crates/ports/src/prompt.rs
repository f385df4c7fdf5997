//! What a model is shown, in the terms that all providers share.

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use vertice_domain::{
    Author, BlobHash, ConversationId, Image, ImageSource, ImageType, Provider, chat::Sampling,
};

/// What is to be asked, for the router to choose by and for the provider to answer.
#[derive(Debug, Clone)]
pub struct Prompt {
    /// Instructions before everything else.
    pub system: Option<String>,
    /// The messages, the last one the user's. Two neighbours may have the same author.
    pub messages: Vec<PromptMessage>,
    /// The tools the model may call.
    pub tools: Vec<ToolSpec>,
    /// Whether it may, must, or must not.
    pub tool_use: ToolUse,
    /// Whether it may call several at once.
    pub parallel_tools: bool,
    /// Texts at which the answer ends, not part of it.
    pub stop: Vec<String>,
    /// The form of the answer.
    pub format: OutputFormat,
    /// How to ask.
    pub sampling: Sampling,
    /// In which conversation it is asked, for the router to stay with the model that knows it.
    pub conversation: Option<ConversationId>,
    /// What else the router is to know. No model is shown it.
    pub hints: Hints,
}

/// What led to a question that was asked before.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Hints {
    /// The model that has just failed at it: any other one goes before.
    pub failed: Option<String>,
    /// The model that is named answers once more: the router had chosen it, and nobody chose it since.
    pub again: bool,
}

impl Prompt {
    /// A prompt without tools.
    pub fn new(system: Option<String>, messages: Vec<PromptMessage>, sampling: Sampling) -> Self {
        Self {
            system,
            messages,
            tools: Vec::new(),
            tool_use: ToolUse::Auto,
            parallel_tools: true,
            stop: Vec::new(),
            format: OutputFormat::Text,
            sampling,
            conversation: None,
            hints: Hints::default(),
        }
    }

    /// Its pictures, oldest first.
    pub fn images(&self) -> impl Iterator<Item = &PromptImage> {
        let blocks = self.messages.iter().flat_map(|message| &message.blocks);
        blocks.flat_map(|block| match block {
            Block::Image(image) => std::slice::from_ref(image),
            Block::ToolResult(result) => &result.images,
            Block::Text(_) | Block::ToolCall(_) | Block::Replay(_) => &[],
        })
    }

    /// Whether a picture is in it.
    pub fn has_images(&self) -> bool {
        self.images().next().is_some()
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PromptMessage {
    pub author: Author,
    /// What it says, in order.
    pub blocks: Vec<Block>,
}

impl PromptMessage {
    /// A message of plain text.
    pub fn text(author: Author, text: impl Into<String>) -> Self {
        Self { author, blocks: vec![Block::Text(text.into())] }
    }

    /// Its text, without everything else.
    pub fn plain(&self) -> String {
        let texts = self.blocks.iter().filter_map(|block| match block {
            Block::Text(text) => Some(text.as_str()),
            _ => None,
        });
        texts.collect::<Vec<_>>().join("\n\n")
    }
}

/// One part of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Block {
    Text(String),
    /// A picture of the user's.
    Image(PromptImage),
    /// A tool that the model called.
    ToolCall(ToolCall),
    /// What came of a tool call; in a message of the user's.
    ToolResult(ToolResult),
    /// What a provider wants back as it said it, at this place.
    Replay(Replay),
}

/// A picture in a prompt. Cheap to clone: no bytes are copied.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum PromptImage {
    /// It came with the request.
    Inline {
        media_type: ImageType,
        /// Its bytes in standard base64 with padding.
        base64: Bytes,
    },
    /// It is one of the asking user's blobs; its bytes are read while the request is sent.
    Stored {
        hash: BlobHash,
        media_type: ImageType,
        /// Its size in bytes.
        size: u64,
    },
    /// An address that the provider fetches it from.
    Url {
        /// The https address.
        url: String,
    },
}

impl From<Image> for PromptImage {
    fn from(image: Image) -> Self {
        match image {
            Image::Base64 { media_type, data } => Self::Inline { media_type, base64: Bytes::from(data) },
            Image::Url { url } => Self::Url { url },
        }
    }
}

impl From<ImageSource> for PromptImage {
    fn from(source: ImageSource) -> Self {
        match source {
            ImageSource::Blob { hash, media_type, size } => Self::Stored { hash, media_type, size },
            ImageSource::Url { url } => Self::Url { url },
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ToolCall {
    /// The call's id, unique in the conversation.
    pub id: String,
    pub name: String,
    /// The arguments as the model wrote them: nearly always a JSON object, but a model may err.
    pub arguments: String,
}

/// The result of a tool call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToolResult {
    pub call_id: String,
    /// What the tool said.
    pub text: String,
    /// The pictures it gave.
    pub images: Vec<PromptImage>,
    pub is_error: bool,
}

/// Something opaque (a signature, encrypted reasoning) that must go back to the same model verbatim, at its place among
/// the blocks of the answer. Another model never gets it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Replay {
    pub provider: Provider,
    /// The model it is bound to.
    pub model: String,
    /// The JSON as the provider's encoder wants it back.
    pub data: String,
}

/// A tool as it is offered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToolSpec {
    /// Its name: letters, digits, `_` and `-`, at most 64.
    pub name: String,
    /// What it does.
    pub description: String,
    /// The JSON Schema of its arguments, an object.
    pub input_schema: serde_json::Value,
}

/// Whether tools are called.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum ToolUse {
    /// The model decides.
    #[default]
    Auto,
    /// It must call one, of any name.
    Required,
    /// It must call this one.
    Only(String),
    /// It must not call any.
    None,
}

/// The form of the answer.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum OutputFormat {
    #[default]
    Text,
    /// Some JSON object.
    Json,
    /// JSON of this schema.
    Schema {
        /// What the schema is called.
        name: String,
        schema: serde_json::Value,
    },
}
