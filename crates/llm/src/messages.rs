//! A prompt in the form that all providers share: messages that alternate, every tool call with its result, nothing empty.
//! Pure; the encoders only write down what stands here. What is made of a message never depends on what follows it, but
//! for the results of its calls, so that a longer conversation begins with the shorter one.

use std::{
    borrow::Cow,
    collections::{HashMap, HashSet},
};

use serde_json::{Map, Value};
use vertice_domain::{Author, ImageType, Provider};
use vertice_ports::{
    Prompt,
    prompt::{Block, PromptImage, Replay, ToolResult, ToolSpec},
};

use crate::{body::Slot, cache_plan::Mark, catalog::Model};

mod json;

pub use json::{arguments_object, canonical, input_schema};

/// What a model is told of a call whose result was never given (the loop was stopped before).
const NO_RESULT: &str = "The tool was not run.";
/// What stands before a conversation that begins with the model: providers want the user's word first.
const BEGIN: &str = "(The conversation begins.)";
/// The longest id of a call that every provider takes, in bytes (OpenAI, Chat Completions, 2026-11).
const MAX_ID: usize = 40;
/// The longest name of a tool that every provider takes, in bytes (OpenAI and Google, 2026-11).
const MAX_NAME: usize = 64;

/// All that neighbouring messages of one author say.
#[derive(Debug, Clone, PartialEq)]
pub struct ProviderMessage<'a> {
    pub author: Author,
    /// What, in order: results of tools before everything else.
    pub blocks: Vec<ContentBlock<'a>>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct ContentBlock<'a> {
    /// The block of the prompt it comes from; none: it was made up here.
    pub mark: Option<Mark>,
    pub kind: ContentKind<'a>,
}

/// What a block is.
#[derive(Debug, Clone, PartialEq)]
pub enum ContentKind<'a> {
    /// Text with something in it.
    Text(&'a str),
    Image(Picture<'a>),
    /// A call of a tool.
    Call {
        /// Its id, unique in the prompt.
        id: Cow<'a, str>,
        name: Cow<'a, str>,
        /// Its arguments as they were written.
        arguments: &'a str,
    },
    /// What came of a call.
    Result {
        id: Cow<'a, str>,
        name: Cow<'a, str>,
        /// What the tool said; never empty.
        text: &'a str,
        images: Vec<Picture<'a>>,
        is_error: bool,
    },
    /// What this model wants back verbatim.
    Replay(&'a str),
}

/// A picture at its place in the prompt.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Picture<'a> {
    pub image: &'a PromptImage,
    /// Where its bytes are put in.
    pub slot: Slot,
}

/// How a picture is written into a body.
pub enum Written<'a> {
    Bytes {
        media_type: ImageType,
        /// What stands for its bytes in base64 until the body is sent.
        base64: String,
    },
    Url(&'a str),
}

impl<'a> Picture<'a> {
    /// As it is written into a body.
    pub fn written(self) -> Written<'a> {
        match self.image {
            PromptImage::Inline { media_type, .. } | PromptImage::Stored { media_type, .. } => {
                Written::Bytes { media_type: *media_type, base64: self.slot.text() }
            }
            PromptImage::Url { url } => Written::Url(url),
        }
    }

    /// As an address: a data URL, or the one it has.
    pub fn url(self) -> Cow<'a, str> {
        match self.written() {
            Written::Bytes { media_type, base64 } => {
                format!("data:{};base64,{base64}", media_type.as_str()).into()
            }
            Written::Url(url) => url.into(),
        }
    }
}

/// The prompt's messages as `model` is to read them: opaque blocks of other models are left out.
pub fn messages<'a>(prompt: &'a Prompt, model: &Model) -> Vec<ProviderMessage<'a>> {
    let mut weaver = Weaver { model, woven: Vec::new(), open: Vec::new(), seen: HashSet::new() };
    for (message, spoken) in prompt.messages.iter().enumerate() {
        match spoken.author {
            Author::Assistant => weaver.assistant(message, &spoken.blocks),
            Author::User => weaver.user(message, &spoken.blocks),
        }
    }
    weaver.settle();
    weaver.end_answer();
    let mut messages = weaver.woven;
    for message in &mut messages {
        let by_user = message.author == Author::User;
        message.blocks.sort_by_key(|block| !matches!(block.kind, ContentKind::Result { .. }) && by_user);
    }
    if messages.first().is_some_and(|first| first.author == Author::Assistant) {
        let blocks = vec![ContentBlock { mark: None, kind: ContentKind::Text(BEGIN) }];
        messages.insert(0, ProviderMessage { author: Author::User, blocks });
    }
    messages
}

struct OpenCall<'a> {
    own_id: &'a str,
    id: Cow<'a, str>,
    name: Cow<'a, str>,
}

struct Weaver<'a, 'm> {
    model: &'m Model,
    woven: Vec<ProviderMessage<'a>>,
    open: Vec<OpenCall<'a>>,
    seen: HashSet<String>,
}

impl<'a> Weaver<'a, '_> {
    fn by(&mut self, author: Author) -> &mut Vec<ContentBlock<'a>> {
        if author == Author::User {
            self.end_answer();
        }
        if self.woven.last().is_none_or(|message| message.author != author) {
            self.woven.push(ProviderMessage { author, blocks: Vec::new() });
        }
        let last = self.woven.len() - 1;
        &mut self.woven[last].blocks
    }

    /// An answer that ends with thinking was stopped before it said what it thought of: such thinking is refused. Gemini
    /// signs what it said at its end.
    fn end_answer(&mut self) {
        let Some(last) = self.woven.last_mut().filter(|last| last.author == Author::Assistant) else {
            return;
        };
        let says = |block: &ContentBlock<'_>| !matches!(block.kind, ContentKind::Replay(_));
        let end = last.blocks.iter().rposition(says).map_or(0, |place| place + 1);
        if end == 0 || self.model.provider != Provider::Gemini {
            last.blocks.truncate(end);
        }
        if end == 0 {
            self.woven.pop();
        }
    }

    fn assistant(&mut self, message: usize, blocks: &'a [Block]) {
        // Of neighbouring answers, all calls are answered together.
        if self.woven.last().is_some_and(|message| message.author == Author::User) {
            self.settle();
        }
        for (block, said) in blocks.iter().enumerate() {
            let kind = match said {
                Block::Text(text) if says_something(text) => ContentKind::Text(text),
                Block::ToolCall(call) => {
                    let (id, name) = (self.unique(&call.id), portable(&call.name, "unnamed", MAX_NAME));
                    self.open.push(OpenCall { own_id: &call.id, id: id.clone(), name: name.clone() });
                    ContentKind::Call { id, name, arguments: &call.arguments }
                }
                Block::Replay(replay) if self.is_own(replay) => ContentKind::Replay(&replay.data),
                _ => continue,
            };
            self.by(Author::Assistant)
                .push(ContentBlock { mark: Some(Mark::Block { message, block }), kind });
        }
    }

    fn user(&mut self, message: usize, blocks: &'a [Block]) {
        for (block, said) in blocks.iter().enumerate() {
            if let Block::ToolResult(result) = said {
                self.result((message, block), result);
            }
        }
        let speaks = blocks.iter().any(|block| match block {
            Block::Text(text) => says_something(text),
            Block::Image(_) => true,
            Block::ToolCall(_) | Block::ToolResult(_) | Block::Replay(_) => false,
        });
        if speaks {
            self.settle();
        }
        for (block, said) in blocks.iter().enumerate() {
            let kind = match said {
                Block::Text(text) if says_something(text) => ContentKind::Text(text),
                Block::Image(image) => {
                    ContentKind::Image(Picture { image, slot: Slot { message, block, index: 0 } })
                }
                _ => continue,
            };
            self.by(Author::User).push(ContentBlock { mark: Some(Mark::Block { message, block }), kind });
        }
    }

    fn result(&mut self, (message, block): (usize, usize), result: &'a ToolResult) {
        let mark = Mark::Block { message, block };
        let pictures = result.images.iter().enumerate();
        let pictures = pictures.map(|(index, image)| Picture { image, slot: Slot { message, block, index } });
        let place = self.open.iter().position(|call| call.own_id == result.call_id);
        let text = if says_something(&result.text) { &result.text } else { "(nothing)" };
        // A result without its call would be refused; what it says and shows is kept.
        let kind = match place.map(|place| self.open.remove(place)) {
            Some(call) => ContentKind::Result {
                id: call.id,
                name: call.name,
                text,
                images: pictures.collect(),
                is_error: result.is_error,
            },
            None => {
                let pictures =
                    pictures.map(|picture| ContentBlock { mark: None, kind: ContentKind::Image(picture) });
                self.by(Author::User).extend(pictures);
                ContentKind::Text(text)
            }
        };
        self.by(Author::User).push(ContentBlock { mark: Some(mark), kind });
    }

    /// Calls that nobody answered are answered here.
    fn settle(&mut self) {
        for OpenCall { id, name, .. } in std::mem::take(&mut self.open) {
            let kind = ContentKind::Result { id, name, text: NO_RESULT, images: Vec::new(), is_error: true };
            self.by(Author::User).push(ContentBlock { mark: None, kind });
        }
    }

    /// Some servers number their calls anew in each answer, and what one provider calls a call another refuses.
    fn unique(&mut self, id: &'a str) -> Cow<'a, str> {
        let id = portable(id, "call", MAX_ID);
        if self.seen.insert(id.clone().into_owned()) {
            return id;
        }
        let mut number = 2;
        loop {
            let suffix = format!("_{number}");
            let other = format!("{}{suffix}", &id[..id.len().min(MAX_ID - suffix.len())]);
            if self.seen.insert(other.clone()) {
                return Cow::Owned(other);
            }
            number += 1;
        }
    }

    fn is_own(&self, replay: &Replay) -> bool {
        replay.provider == self.model.provider && replay.model == self.model.id && is_object(&replay.data)
    }
}

/// The id or the name in the form that every provider takes: letters, digits, `_` and `-` (Anthropic), at most `limit` of
/// them. Models make up names of tools that nobody offered; one that a provider refuses would end the conversation.
fn portable<'a>(word: &'a str, otherwise: &'static str, limit: usize) -> Cow<'a, str> {
    let is_taken = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
    if word.is_empty() {
        return Cow::Borrowed(otherwise);
    }
    if word.len() <= limit && word.chars().all(is_taken) {
        return Cow::Borrowed(word);
    }
    Cow::Owned(word.chars().take(limit).map(|c| if is_taken(c) { c } else { '_' }).collect())
}

fn is_object(data: &str) -> bool {
    serde_json::from_str::<Map<String, Value>>(data).is_ok()
}

fn says_something(text: &str) -> bool {
    !text.trim().is_empty()
}

/// The tools in the one order that every call uses: by name. Of two of the same name the first counts.
pub fn tools(prompt: &Prompt) -> Vec<&ToolSpec> {
    let mut by_name: HashMap<&str, &ToolSpec> = HashMap::new();
    for tool in &prompt.tools {
        by_name.entry(&tool.name).or_insert(tool);
    }
    let mut tools: Vec<_> = by_name.into_values().collect();
    tools.sort_by(|a, b| a.name.cmp(&b.name));
    tools
}

#[cfg(test)]
mod tests;
