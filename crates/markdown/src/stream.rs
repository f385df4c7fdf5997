//! Rendering of a text that grows. Closed blocks are rendered once; only the open tail is parsed again, and an open
//! code fence not even that. It must give the same blocks as [`crate::render_blocks`], however the text arrived.

mod block;

use std::collections::{BTreeMap, BTreeSet};

use crate::blocks::{Block, Kind, Splitter};
use crate::cluster;
use crate::html::{self, Continuation, Definitions, Missing, code, direction::Direction, normalise};
use crate::markup::Html;
use crate::tail;
use crate::words::Words;
use block::{block_html, continuation, dedent, unindent};

/// A tail longer than this (bytes) is rendered again only after it has grown by [`GROWTH`]: what cannot be cut (a
/// list item, a quote) then costs a constant amount for each byte, and the screen is a few tokens behind.
const EAGER_TAIL: usize = 2048;
/// The part of a long tail that has to be new: 1 / 128.
const GROWTH: usize = 128;

/// What a call of [`Stream::push`] or [`Stream::finish`] changed. Apply it in this order: `rewritten`, `frozen`, tail.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Update {
    /// Index of the first block of `frozen`.
    pub first: usize,
    /// HTML of the blocks closed by this call, to be put before the tail; `""` for a block that shows nothing. They
    /// never change again, unless listed in a later `rewritten`.
    pub frozen: Vec<Html>,
    /// HTML of the open tail, which replaces the former tail; `""` if there is none. To be ignored if `tail_append`
    /// is there.
    pub tail: Html,
    /// If there: the tail stays as it is, and this text (not HTML, possibly empty) is appended to its last `<code>`,
    /// best to the data of its last text node. `frozen` is empty then.
    pub tail_append: Option<String>,
    /// Blocks frozen by earlier calls that were rendered again, because a link or footnote they refer to was defined.
    pub rewritten: Vec<(usize, Html)>,
}

/// What the tail on the screen shows.
#[derive(Debug)]
enum Shown {
    Nothing,
    /// Markdown up to this offset of the source.
    Markdown(usize),
    /// An open fence: where its block starts, and its code up to this offset.
    Fence(usize, usize),
}

/// Renders a text while it arrives. Line ends become `\n`.
#[derive(Debug)]
pub struct Stream {
    source: String,
    /// A `\r` came last: its `\n` may follow.
    carriage: bool,
    splitter: Splitter,
    blocks: Vec<Block>,
    definitions: Definitions,
    /// Footnotes in the order of their definitions: index of the block.
    notes: Vec<usize>,
    /// Labels that nothing defined yet, with the blocks that refer to them.
    missing: BTreeMap<String, Vec<usize>>,
    shown: Shown,
    /// Nothing has come for a while: all that is there is shown.
    settled: bool,
    finished: bool,
}

impl Default for Stream {
    fn default() -> Self {
        Self::new()
    }
}

impl Stream {
    /// A renderer for a text of which nothing has arrived.
    pub fn new() -> Self {
        Self::in_words(Words::ENGLISH)
    }

    /// The same for a page whose own words are these.
    pub fn in_words(words: Words) -> Self {
        Self {
            source: String::new(),
            carriage: false,
            splitter: Splitter::new(),
            blocks: Vec::new(),
            definitions: Definitions { words, ..Definitions::default() },
            notes: Vec::new(),
            missing: BTreeMap::new(),
            shown: Shown::Nothing,
            settled: false,
            finished: false,
        }
    }

    /// Adds text and reports what changed. Text after [`Stream::finish`] is ignored.
    pub fn push(&mut self, text: &str) -> Update {
        if self.finished {
            return Update {
                first: self.blocks.len(),
                tail_append: Some(String::new()),
                ..Update::default()
            };
        }
        self.settled &= text.is_empty();
        let mut update = self.feed(text, false);
        self.tail(&mut update);
        update
    }

    /// Whether the last character is not shown, because the next piece may go on with it.
    pub fn holds_back(&self) -> bool {
        !self.finished && self.visible() < self.source.len()
    }

    /// Shows what is held back: nothing comes at the moment.
    pub fn settle(&mut self) -> Update {
        self.settled = true;
        self.push("")
    }

    /// Ends the text: the tail is frozen, and the footnotes follow as the last block. Later calls change nothing.
    pub fn finish(&mut self) -> Update {
        if self.finished {
            return Update { first: self.blocks.len(), ..Update::default() };
        }
        let mut update = self.feed("", true);
        self.finished = true;
        if let Some(section) = self.footnotes() {
            update.frozen.push(section);
        }
        update
    }

    /// The text so far, with `\n` for all line ends.
    pub fn source(&self) -> &str {
        &self.source
    }

    fn feed(&mut self, text: &str, done: bool) -> Update {
        self.append(text);
        let first = self.blocks.len();
        let mut update = Update { first, ..Update::default() };
        let mut closed = Vec::new();
        self.splitter.advance(&self.source, done, &mut closed);
        // Once for each block, however many of its labels were defined.
        let mut stale = BTreeSet::new();
        for block in closed {
            self.freeze(block, &mut update, &mut stale);
        }
        for index in stale {
            self.rewrite(index, &mut update);
        }
        update
    }

    /// Adds text, with `\r\n` and lone `\r` as `\n`.
    fn append(&mut self, text: &str) {
        if !self.carriage && !text.contains('\r') {
            self.source.push_str(text);
            return;
        }
        for ch in text.chars() {
            let after_carriage = std::mem::replace(&mut self.carriage, ch == '\r');
            match ch {
                '\r' => self.source.push('\n'),
                '\n' if after_carriage => {}
                _ => self.source.push(ch),
            }
        }
    }

    fn freeze(&mut self, block: Block, update: &mut Update, stale: &mut BTreeSet<usize>) {
        let index = self.blocks.len();
        let defined = self.define(&block, index);
        let mut missing = Missing::new();
        let html = block_html(&self.source, &block, &self.definitions, &mut missing);
        self.blocks.push(block);
        self.remember(index, missing);
        update.frozen.push(html);
        for label in defined {
            stale.extend(self.missing.remove(&label).unwrap_or_default());
        }
    }

    fn remember(&mut self, index: usize, missing: Missing) {
        for label in missing {
            let blocks = self.missing.entry(label).or_default();
            if blocks.last() != Some(&index) {
                blocks.push(index);
            }
        }
    }

    /// Takes the definitions out of a block; returns the labels that are new.
    fn define(&mut self, block: &Block, index: usize) -> Vec<String> {
        let mut new = Vec::new();
        match &block.kind {
            Kind::Footnote { label, text } => {
                let key = normalise(&self.source[label.clone()]);
                if !self.definitions.notes.contains_key(&key) {
                    if self.notes.is_empty() {
                        self.definitions.prefix = hash(&self.source[label.start..text.end]);
                    }
                    self.notes.push(index);
                    self.definitions.notes.insert(key.clone(), self.notes.len());
                    new.push(format!("^{key}"));
                }
            }
            Kind::Markdown | Kind::ListPart(_) => {
                for (label, target) in html::link_definitions(&self.source[block.range.clone()]) {
                    if !self.definitions.links.contains_key(&label) {
                        self.definitions.links.insert(label.clone(), target);
                        new.push(label);
                    }
                }
            }
            _ => {}
        }
        new
    }

    fn rewrite(&self, index: usize, update: &mut Update) {
        let mut still_missing = Missing::new();
        let html = block_html(&self.source, &self.blocks[index], &self.definitions, &mut still_missing);
        if let Some(own) = index.checked_sub(update.first) {
            update.frozen[own] = html;
        } else {
            update.rewritten.push((index, html));
        }
    }

    fn footnotes(&self) -> Option<Html> {
        if self.notes.is_empty() {
            return None;
        }
        let mut out = Html::new();
        out.tag("<section class=\"footnotes\" aria-label=\"");
        out.tag(self.definitions.words.footnotes);
        out.tag("\"><ol");
        let first = self.notes.first().map(|&index| &self.source[self.blocks[index].range.clone()]);
        out.tag(Direction::of_hidden(first.unwrap_or_default()).attribute());
        out.tag(">");
        for (at, &index) in self.notes.iter().enumerate() {
            let Kind::Footnote { text, .. } = &self.blocks[index].kind else { continue };
            out.tag("<li");
            out.attribute("id", &html::note_id(self.definitions.prefix, at + 1));
            let body = dedent(&self.source[text.clone()]);
            out.tag(Direction::of_hidden(&body).attribute());
            out.tag(">");
            out.append(&html::markdown(
                &body,
                Continuation::default(),
                &self.definitions,
                &mut Missing::new(),
            ));
            out.tag("</li>");
        }
        out.tag("</ol></section>");
        Some(out)
    }

    /// Renders the open tail into the update.
    fn tail(&mut self, update: &mut Update) {
        if self.splitter.open_fence().is_some() {
            self.fence_tail(update);
            return;
        }
        let start = self.splitter.open_start();
        let end = self.visible();
        let len = end - start;
        if let Shown::Markdown(until) = self.shown
            && update.frozen.is_empty()
            && update.rewritten.is_empty()
            && (end == until || len > EAGER_TAIL && end.saturating_sub(until) < len / GROWTH)
        {
            update.tail_append = Some(String::new());
            return;
        }
        update.tail = self.markdown_tail(end);
        self.shown = if len == 0 { Shown::Nothing } else { Shown::Markdown(end) };
    }

    /// How much of the source can be shown: not the half of a character.
    fn visible(&self) -> usize {
        let end = self.source.len();
        let held = if self.settled { 0 } else { cluster::held(&self.source[self.splitter.read_to()..]) };
        end - held
    }

    fn markdown_tail(&self, end: usize) -> Html {
        let mut open = Vec::new();
        self.splitter.clone().advance(&self.source[..end], true, &mut open);
        let mut out = Html::new();
        let count = open.len();
        for (at, block) in open.iter().enumerate() {
            if at + 1 == count {
                self.last_block(block, &mut out);
            } else {
                out.append(&block_html(&self.source, block, &self.definitions, &mut Missing::new()));
            }
        }
        out
    }

    fn last_block(&self, block: &Block, out: &mut Html) {
        let source = &self.source[block.range.clone()];
        match &block.kind {
            // The opening line of a fence, not complete yet.
            Kind::Fence { .. } => {}
            Kind::Markdown if self.splitter.in_math() || opens_math(source) => {}
            Kind::Markdown | Kind::ListPart(_) => {
                let continuation = continuation(&block.kind);
                out.append(&html::markdown(
                    &tail::complete(source),
                    continuation,
                    &self.definitions,
                    &mut Missing::new(),
                ));
            }
            _ => out.append(&block_html(&self.source, block, &self.definitions, &mut Missing::new())),
        }
    }

    fn fence_tail(&mut self, update: &mut Update) {
        let Some((mark, info, code)) = self.splitter.open_fence() else { return };
        let start = self.splitter.open_start();
        let read = self.splitter.read_to();
        let partial = &self.source[read..];
        let held =
            !self.splitter.inside_line() && (mark.may_close(partial) || partial.bytes().all(|b| b == b' '));
        let until = if held { read } else { self.visible() };
        match self.shown {
            Shown::Fence(block, from)
                if block == start && update.frozen.is_empty() && update.rewritten.is_empty() =>
            {
                update.tail_append = Some(unindent(&self.source, from..until.max(from), mark.indent));
                self.shown = Shown::Fence(start, until.max(from));
            }
            _ => {
                let text = unindent(&self.source, code..until, mark.indent);
                code::growing(&mut update.tail, &self.source[info], &text, self.definitions.words);
                self.shown = Shown::Fence(start, until);
            }
        }
    }
}

/// All blocks of a text that is there as a whole.
pub(crate) fn whole(source: &str, words: Words) -> Vec<Html> {
    let mut stream = Stream::in_words(words);
    let mut blocks = stream.feed(source, false).frozen;
    let last = stream.finish();
    blocks.extend(last.frozen);
    for (index, html) in last.rewritten {
        blocks[index] = html;
    }
    blocks
}

fn opens_math(source: &str) -> bool {
    matches!(
        crate::blocks::line::math(source.lines().next().unwrap_or_default()),
        Some(crate::blocks::line::MathLine::Opens(..))
    )
}

/// FNV-1a.
fn hash(text: &str) -> u32 {
    text.bytes().fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}
