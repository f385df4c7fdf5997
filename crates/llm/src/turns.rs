//! A prompt in the form that all providers share: turns that alternate, every tool call with its result, nothing empty.
//! Pure; the encoders only write down what stands here. What is made of a message never depends on what follows it, but
//! for the results of its calls, so that a longer conversation begins with the shorter one.

use std::{
    borrow::Cow,
    collections::{HashMap, HashSet},
};

use serde_json::{Map, Value};
use vertice_domain::{Author, Image, Provider};
use vertice_ports::{
    Prompt,
    prompt::{Block, Replay, ToolResult, ToolSpec},
};

use crate::{cache_plan::Mark, catalog::Model};

/// What a model is told of a call whose result was never given (the loop was stopped before).
const NO_RESULT: &str = "The tool was not run.";
/// What stands before a conversation that begins with the model: providers want the user's word first.
const BEGIN: &str = "(The conversation begins.)";
/// The longest id of a call that every provider takes, in bytes (OpenAI, Chat Completions, 2026-11).
const MAX_ID: usize = 40;

/// All that neighbouring messages of one author say.
#[derive(Debug, Clone, PartialEq)]
pub struct Turn<'a> {
    /// Who.
    pub author: Author,
    /// What, in order: results of tools before everything else.
    pub parts: Vec<Part<'a>>,
}

/// One part of a turn.
#[derive(Debug, Clone, PartialEq)]
pub struct Part<'a> {
    /// The block of the prompt it comes from; none: it was made up here.
    pub mark: Option<Mark>,
    /// What it is.
    pub kind: PartKind<'a>,
}

/// What a part is.
#[derive(Debug, Clone, PartialEq)]
pub enum PartKind<'a> {
    /// Text with something in it.
    Text(&'a str),
    /// A picture.
    Image(&'a Image),
    /// A call of a tool.
    Call {
        /// Its id, unique in the prompt.
        id: Cow<'a, str>,
        /// The tool.
        name: &'a str,
        /// Its arguments as they were written.
        arguments: &'a str,
    },
    /// What came of a call.
    Result {
        /// The call's id.
        id: Cow<'a, str>,
        /// The tool.
        name: &'a str,
        /// What the tool said; never empty.
        text: &'a str,
        /// Its pictures.
        images: &'a [Image],
        /// Whether it failed.
        is_error: bool,
    },
    /// What this model wants back verbatim.
    Replay(&'a str),
}

/// The prompt's turns as `model` is to read them: opaque blocks of other models are left out.
pub fn turns<'a>(prompt: &'a Prompt, model: &Model) -> Vec<Turn<'a>> {
    let mut weaver = Weaver { model, turns: Vec::new(), open: Vec::new(), seen: HashSet::new() };
    for (message, spoken) in prompt.messages.iter().enumerate() {
        match spoken.author {
            Author::Assistant => weaver.assistant(message, &spoken.blocks),
            Author::User => weaver.user(message, &spoken.blocks),
        }
    }
    weaver.settle();
    weaver.end_answer();
    let mut turns = weaver.turns;
    for turn in &mut turns {
        turn.parts
            .sort_by_key(|part| !matches!(part.kind, PartKind::Result { .. }) && turn.author == Author::User);
    }
    if turns.first().is_some_and(|first| first.author == Author::Assistant) {
        let parts = vec![Part { mark: None, kind: PartKind::Text(BEGIN) }];
        turns.insert(0, Turn { author: Author::User, parts });
    }
    turns
}

struct OpenCall<'a> {
    own_id: &'a str,
    id: Cow<'a, str>,
    name: &'a str,
}

struct Weaver<'a, 'm> {
    model: &'m Model,
    turns: Vec<Turn<'a>>,
    open: Vec<OpenCall<'a>>,
    seen: HashSet<String>,
}

impl<'a> Weaver<'a, '_> {
    fn turn(&mut self, author: Author) -> &mut Vec<Part<'a>> {
        if author == Author::User {
            self.end_answer();
        }
        if self.turns.last().is_none_or(|turn| turn.author != author) {
            self.turns.push(Turn { author, parts: Vec::new() });
        }
        let last = self.turns.len() - 1;
        &mut self.turns[last].parts
    }

    /// An answer that ends with thinking was stopped before it said what it thought of: such thinking is refused. Gemini
    /// signs what it said at its end.
    fn end_answer(&mut self) {
        let Some(last) = self.turns.last_mut().filter(|last| last.author == Author::Assistant) else {
            return;
        };
        let says = |part: &Part<'_>| !matches!(part.kind, PartKind::Replay(_));
        let end = last.parts.iter().rposition(says).map_or(0, |place| place + 1);
        if end == 0 || self.model.provider != Provider::Gemini {
            last.parts.truncate(end);
        }
        if end == 0 {
            self.turns.pop();
        }
    }

    fn assistant(&mut self, message: usize, blocks: &'a [Block]) {
        // Of neighbouring answers, all calls are answered together.
        if self.turns.last().is_some_and(|turn| turn.author == Author::User) {
            self.settle();
        }
        for (block, said) in blocks.iter().enumerate() {
            let kind = match said {
                Block::Text(text) if says_something(text) => PartKind::Text(text),
                Block::ToolCall(call) => {
                    let id = self.unique(&call.id);
                    self.open.push(OpenCall { own_id: &call.id, id: id.clone(), name: &call.name });
                    PartKind::Call { id, name: &call.name, arguments: &call.arguments }
                }
                Block::Replay(replay) if self.is_own(replay) => PartKind::Replay(&replay.data),
                _ => continue,
            };
            self.turn(Author::Assistant).push(Part { mark: Some(Mark::Block { message, block }), kind });
        }
    }

    fn user(&mut self, message: usize, blocks: &'a [Block]) {
        for (block, said) in blocks.iter().enumerate() {
            if let Block::ToolResult(result) = said {
                self.result(Mark::Block { message, block }, result);
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
                Block::Text(text) if says_something(text) => PartKind::Text(text),
                Block::Image(image) => PartKind::Image(image),
                _ => continue,
            };
            self.turn(Author::User).push(Part { mark: Some(Mark::Block { message, block }), kind });
        }
    }

    fn result(&mut self, mark: Mark, result: &'a ToolResult) {
        let place = self.open.iter().position(|call| call.own_id == result.call_id);
        let text = if says_something(&result.text) { &result.text } else { "(nothing)" };
        // A result without its call would be refused; what it says and shows is kept.
        let kind = match place.map(|place| self.open.remove(place)) {
            Some(call) => PartKind::Result {
                id: call.id,
                name: call.name,
                text,
                images: &result.images,
                is_error: result.is_error,
            },
            None => {
                let pictures =
                    result.images.iter().map(|image| Part { mark: None, kind: PartKind::Image(image) });
                self.turn(Author::User).extend(pictures);
                PartKind::Text(text)
            }
        };
        self.turn(Author::User).push(Part { mark: Some(mark), kind });
    }

    /// Calls that nobody answered are answered here.
    fn settle(&mut self) {
        for OpenCall { id, name, .. } in std::mem::take(&mut self.open) {
            let kind = PartKind::Result { id, name, text: NO_RESULT, images: &[], is_error: true };
            self.turn(Author::User).push(Part { mark: None, kind });
        }
    }

    /// Some servers number their calls anew in each answer, and what one provider calls a call another refuses.
    fn unique(&mut self, id: &'a str) -> Cow<'a, str> {
        let id = portable(id);
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

/// The id in the form that every provider takes: letters, digits, `_` and `-` (Anthropic), at most [`MAX_ID`].
fn portable(id: &str) -> Cow<'_, str> {
    let is_taken = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
    if id.is_empty() {
        return Cow::Borrowed("call");
    }
    if id.len() <= MAX_ID && id.chars().all(is_taken) {
        return Cow::Borrowed(id);
    }
    Cow::Owned(id.chars().take(MAX_ID).map(|c| if is_taken(c) { c } else { '_' }).collect())
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

/// The same JSON with the keys of all objects in order, so that the same schema always gives the same bytes.
pub fn canonical(value: &Value) -> Value {
    match value {
        Value::Object(object) => {
            let mut entries: Vec<_> = object.iter().collect();
            entries.sort_by_key(|(key, _)| *key);
            Value::Object(entries.into_iter().map(|(key, value)| (key.clone(), canonical(value))).collect())
        }
        Value::Array(items) => Value::Array(items.iter().map(canonical).collect()),
        other => other.clone(),
    }
}

/// A tool call's arguments as an object. What is none (a model may err) is handed back to it as it wrote it.
pub fn arguments_object(arguments: &str) -> Value {
    if arguments.trim().is_empty() {
        return Value::Object(Map::new());
    }
    match serde_json::from_str(arguments) {
        Ok(object @ Value::Object(_)) => canonical(&object),
        Ok(_) | Err(_) => {
            Value::Object(Map::from_iter([("invalid_json".to_owned(), Value::String(arguments.to_owned()))]))
        }
    }
}

#[cfg(test)]
mod tests;
