//! Anthropic's cache: prefixes that end with a mark.
//!
//! The prompt is a row of blocks: tools, system, messages. A mark writes the prefix that ends with its block, if that is
//! long enough for the model, and reads the longest prefix written before that ends at its block or at one of the 19
//! before it. What is read lives on. Up to the longest read the prompt costs the price of a read; from there to the last
//! mark that of a write, for an hour up to the last mark of an hour, else for five minutes; the rest is plain input.
//! Another model, tool or system text makes another prefix, and so does all that stands in `messages_key` for the messages.

use std::time::Duration;

use serde_json::{Value, json};

use super::{CacheSimulator, CachedRequest, Charge, Writes, text};
use crate::figures::Figures;

/// Blocks that one mark looks at, its own among them.
const LOOK_BACK: usize = 20;
const MAX_MARKS: usize = 4;
const SHORT: Duration = Duration::from_secs(300);
const LONG: Duration = Duration::from_secs(3_600);

/// One block, as the end of a prefix.
struct Block {
    hash: u64,
    /// Characters of the prompt up to its end.
    chars: usize,
    /// How long a mark on it keeps the prefix.
    mark: Option<Duration>,
    can_be_marked: bool,
}

impl Block {
    fn tokens(&self) -> u64 {
        (self.chars / 4) as u64
    }
}

/// The shortest prefix that is cached, in tokens.
pub(super) fn min_tokens(model: &str) -> u64 {
    let has = |names: &[&str]| names.iter().any(|name| model.contains(name));
    if has(&["opus-4-8"]) {
        1_024
    } else if has(&["opus-4-7"]) {
        2_048
    } else if has(&["opus-4-6", "opus-4-5", "haiku-4-5"]) {
        4_096
    } else if has(&["opus-5", "sonnet-5-5", "haiku-5-5", "fable-5", "mythos-5"]) {
        512
    } else {
        1_024
    }
}

pub(super) fn ask(
    cache: &mut CacheSimulator,
    request: CachedRequest<'_>,
    now: Duration,
) -> Result<Charge, String> {
    let blocks = blocks(request)?;
    let min = min_tokens(request.model);
    let marked = |(index, block): (usize, &Block)| {
        block.mark.filter(|_| block.tokens() >= min).map(|lives| (index, lives))
    };
    let marks: Vec<(usize, Duration)> = blocks.iter().enumerate().filter_map(marked).collect();
    let reads = marks.iter().filter_map(|(mark, _)| {
        let first = (mark + 1).saturating_sub(LOOK_BACK);
        (first..=*mark).rev().find(|index| cache.holds(blocks[*index].hash))
    });
    let read = reads.max();
    for block in read.and_then(|read| blocks.get(..=read)).into_iter().flatten() {
        cache.refresh(block.hash, now);
    }
    let written: Vec<(usize, Duration)> =
        marks.into_iter().filter(|(mark, _)| read.is_none_or(|read| *mark > read)).collect();
    let up_to = |index: Option<usize>| index.map_or(0, |index| blocks[index].tokens());
    let read_tokens = up_to(read);
    let longs = written.iter().filter(|(_, lives)| *lives == LONG).map(|(mark, _)| *mark).max();
    let long_end = up_to(longs).max(read_tokens);
    let end = up_to(written.last().map(|(mark, _)| *mark)).max(long_end);
    let figures = Figures {
        input: up_to(blocks.len().checked_sub(1)) - end,
        output: None,
        cache_read: read_tokens,
        cache_write: end - long_end,
        cache_write_long: long_end - read_tokens,
        reasoning: 0,
    };
    let writes = written.into_iter().map(|(mark, lives)| (blocks[mark].hash, lives)).collect();
    Ok(Charge { figures, writes: Writes(writes) })
}

/// All blocks of the prompt, in order.
fn blocks(request: CachedRequest<'_>) -> Result<Vec<Block>, String> {
    let body = request.body;
    let mut row = Row { hash: text::chained(0, request.model), chars: 0, blocks: Vec::new() };
    for tool in body["tools"].as_array().into_iter().flatten() {
        row.add("tool", tool)?;
    }
    row.turn(&serialised_fields(body, &["speed"]));
    for block in contents(&body["system"]) {
        row.add("system", &block)?;
    }
    row.turn(&messages_key(body));
    for (index, message) in body["messages"].as_array().into_iter().flatten().enumerate() {
        if message.get("cache_control").is_some() {
            return Err(format!("messages.{index}.cache_control: Extra inputs are not permitted"));
        }
        for block in contents(&message["content"]) {
            row.add(message["role"].as_str().unwrap_or_default(), &block)?;
        }
    }
    if let Some(lives) = lifetime(&body["cache_control"])? {
        let last = row.blocks.iter_mut().rev().find(|block| block.can_be_marked);
        if let Some(block) = last {
            block.mark.get_or_insert(lives);
        }
    }
    check(&row.blocks)?;
    Ok(row.blocks)
}

/// What changes the prefix of the messages though it is no part of them.
fn messages_key(body: &Value) -> String {
    let has_images = body["messages"].to_string().contains(r#""type":"image""#);
    format!("{}{has_images}", serialised_fields(body, &["tool_choice", "thinking"]))
}

fn serialised_fields(body: &Value, names: &[&str]) -> String {
    names.iter().map(|name| body[*name].to_string()).collect()
}

/// A content as its blocks: a string is one block of text.
fn contents(content: &Value) -> Vec<Value> {
    match content {
        Value::Array(blocks) => blocks.clone(),
        Value::String(text) => vec![json!({"type": "text", "text": text})],
        _ => Vec::new(),
    }
}

struct Row {
    hash: u64,
    chars: usize,
    blocks: Vec<Block>,
}

impl Row {
    /// All that follows depends on this too.
    fn turn(&mut self, on: &str) {
        self.hash = text::chained(self.hash, on);
    }

    fn add(&mut self, role: &str, block: &Value) -> Result<(), String> {
        let kind = block["type"].as_str().unwrap_or_default();
        let is_thinking = kind == "thinking" || kind == "redacted_thinking";
        let is_empty = kind == "text" && block["text"] == "";
        let mark = lifetime(&block["cache_control"])?;
        if mark.is_some() && is_thinking {
            return Err(format!("messages.content.{kind}.cache_control: Extra inputs are not permitted"));
        }
        if mark.is_some() && is_empty {
            return Err(
                "messages: text.cache_control: cache_control cannot be set for empty text blocks".to_owned()
            );
        }
        let part = text::serialised(block);
        self.turn(role);
        self.turn(&part);
        self.chars += part.chars().count();
        let can_be_marked = !is_thinking && !is_empty;
        self.blocks.push(Block { hash: self.hash, chars: self.chars, mark, can_be_marked });
        Ok(())
    }
}

/// How long a mark keeps its prefix; none: there is no mark.
fn lifetime(mark: &Value) -> Result<Option<Duration>, String> {
    if mark.is_null() {
        return Ok(None);
    }
    if mark["type"] != "ephemeral" {
        return Err("cache_control.type: Input should be 'ephemeral'".to_owned());
    }
    match mark["ttl"].as_str() {
        None if mark["ttl"].is_null() => Ok(Some(SHORT)),
        Some("5m") => Ok(Some(SHORT)),
        Some("1h") => Ok(Some(LONG)),
        _ => Err("cache_control.ephemeral.ttl: Input should be '5m' or '1h'".to_owned()),
    }
}

fn check(blocks: &[Block]) -> Result<(), String> {
    let marks: Vec<Duration> = blocks.iter().filter_map(|block| block.mark).collect();
    if marks.len() > MAX_MARKS {
        return Err(format!(
            "A maximum of {MAX_MARKS} blocks with cache_control may be provided. Found {}.",
            marks.len()
        ));
    }
    if marks.windows(2).any(|pair| pair[0] < pair[1]) {
        return Err(
            "a ttl='1h' cache_control block must not come after a ttl='5m' cache_control block. Note that blocks are processed in the following order: `tools`, `system`, `messages`."
                .to_owned(),
        );
    }
    Ok(())
}
