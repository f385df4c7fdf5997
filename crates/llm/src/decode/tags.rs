//! Thinking that a server writes into the text, between tags, told as what it is.
//!
//! A tag opens thinking at the beginning of the answer; where it is one of a model's own marks, also at the beginning of a
//! later line. Words that other formats use too (`<reason>` stands in people's XML) open it at the beginning alone. Never
//! inside code. Templates of some models write the opening tag into the prompt, so that the answer begins with thinking: such
//! an answer is known by its model's name, or by an earlier answer of the same model at the same place ([`Opening`]). Nothing
//! of an answer is lost to a mistake: thinking that was presumed, or began after text, and whose end never came, is told as text
//! at the end.

mod code;
mod opening;

use vertice_domain::FinishReason;

use super::{Decode, Decoded, Queue, push_text, push_thinking};
use crate::sse::SseEvent;
use code::Code;
pub use opening::Opening;

/// The tags of a kind, and whether they are a model's own mark that nothing else uses.
struct Pair {
    open: &'static str,
    close: &'static str,
    is_mark: bool,
}

const fn pair(open: &'static str, close: &'static str, is_mark: bool) -> Pair {
    Pair { open, close, is_mark }
}

/// As models were seen to write them (DeepSeek, Qwen, QwQ, Magistral, Kimi, Seed, EXAONE, OpenThinker, and the reports of
/// those who prompt others into it; up to 2026-11). In any case of letters.
const PAIRS: [Pair; 9] = [
    pair("<think>", "</think>", true),
    pair("[think]", "[/think]", true),
    pair("◁think▷", "◁/think▷", true),
    pair("<seed:think>", "</seed:think>", true),
    pair("<|begin_of_thought|>", "<|end_of_thought|>", true),
    pair("<thinking>", "</thinking>", false),
    pair("<thought>", "</thought>", false),
    pair("<reason>", "</reason>", false),
    pair("<reasoning>", "</reasoning>", false),
];

/// A decoder whose text may hold thinking.
pub struct Tagged {
    inner: Box<dyn Decode>,
    decoded: Queue,
    tags: Tags,
}

impl Tagged {
    /// Looks for tags in the text of `inner`.
    pub fn new(inner: Box<dyn Decode>, opening: Opening) -> Self {
        Self { inner, decoded: Queue::new(), tags: Tags::new(opening) }
    }

    fn pass_on(&mut self, out: &mut Queue) {
        for item in self.decoded.drain(..) {
            match &item {
                Ok(Decoded::Text(_)) => {
                    if let Ok(Decoded::Text(text)) = item {
                        self.tags.text(text, out);
                    }
                    continue;
                }
                Ok(Decoded::Usage(_)) => {}
                // A server that tells thinking apart leaves none in the text that no tag opens.
                Ok(Decoded::Thinking(_)) => (self.tags.presumes, self.tags.thought) = (false, true),
                Ok(Decoded::Stop(reason)) => self.tags.end(*reason == FinishReason::Stop, out),
                Ok(Decoded::ToolCall(_) | Decoded::Replay(_)) | Err(_) => self.tags.end(false, out),
            }
            out.push_back(item);
        }
    }
}

impl Decode for Tagged {
    fn push(&mut self, event: &SseEvent, out: &mut Queue) {
        self.inner.push(event, &mut self.decoded);
        self.pass_on(out);
    }

    fn finish(&mut self, out: &mut Queue) {
        self.inner.finish(&mut self.decoded);
        self.pass_on(out);
    }
}

/// What is being read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    /// Nothing but blanks so far, of the answer or after thinking.
    Beginning,
    Text,
    /// Thinking; none: no tag opened it, so any may close it.
    Thinking(Option<usize>),
}

/// What stands at a place of the text.
enum Found {
    /// So many bytes of no meaning.
    Plain(usize),
    /// What may become a tag or a fence with the next piece.
    Unclear,
    /// The first word.
    Word,
    /// The opening tag of a pair, so long.
    Open(usize, usize),
    /// A closing tag, so long.
    Close(usize),
    /// A closing tag inside a block of code, so long.
    CloseInCode(usize),
}

struct Tags {
    mode: Mode,
    code: Code,
    /// What is not clear yet.
    held: String,
    /// Whether a letter or a sign stands before that.
    glued: bool,
    /// Blanks that are told only if something follows them.
    blanks: String,
    /// Whether a word or a tag was there already.
    begun: bool,
    /// Whether any thinking was told apart.
    thought: bool,
    presumes: bool,
    /// Whether this thinking has said nothing yet.
    silent: bool,
    /// What is text after all, if the end of the thinking never comes.
    doubtful: Option<String>,
    opening: Opening,
}

impl Tags {
    fn new(opening: Opening) -> Self {
        Self {
            mode: Mode::Beginning,
            code: Code::default(),
            held: String::new(),
            glued: false,
            blanks: String::new(),
            begun: false,
            thought: false,
            presumes: opening.is_presumed(),
            silent: true,
            doubtful: None,
            opening,
        }
    }

    fn text(&mut self, piece: String, out: &mut Queue) {
        let text = if self.held.is_empty() {
            piece
        } else {
            let mut text = std::mem::take(&mut self.held);
            text.push_str(&piece);
            text
        };
        self.read(text, false, out);
    }

    /// Reads as far as it is clear what the text means; `last`: nothing follows it.
    fn read(&mut self, text: String, last: bool, out: &mut Queue) {
        let (mut told, mut at) = (0, 0);
        while at < text.len() {
            match self.look(&text, at, last) {
                Found::Plain(length) => at += length,
                Found::Unclear => break,
                Found::Word => {
                    self.tell(text[told..at].to_owned(), out);
                    self.begin();
                    told = at;
                }
                Found::Open(pair, length) => {
                    self.tell(text[told..at].to_owned(), out);
                    let is_later = self.mode == Mode::Text;
                    self.open(Some(pair));
                    // It may be a mention.
                    self.doubtful = is_later.then(|| text[at..at + length].to_owned());
                    at += length;
                    told = at;
                }
                Found::Close(length) => {
                    self.tell(text[told..at].to_owned(), out);
                    self.close();
                    at += length;
                    told = at;
                }
                Found::CloseInCode(length) => {
                    at += length;
                    self.tell(text[told..at].to_owned(), out);
                    // Where the thinking is only presumed, all of it is in doubt already.
                    if self.mode != Mode::Thinking(None) {
                        self.doubtful = Some(String::new());
                    }
                    told = at;
                }
            }
        }
        text[at..].clone_into(&mut self.held);
        self.glued = glued(&text[..at]).unwrap_or(self.glued);
        if told == 0 && at == text.len() {
            self.tell(text, out);
        } else {
            self.tell(text[told..at].to_owned(), out);
        }
    }

    fn look(&mut self, text: &str, at: usize, last: bool) -> Found {
        let rest = &text[at..];
        let byte = rest.as_bytes()[0];
        if self.mode == Mode::Beginning && !byte.is_ascii_whitespace() {
            return Self::first(rest, last);
        }
        if matches!(byte, b'<' | b'[' | 0xE2)
            && let Some(found) = self.tag(text, at, last)
        {
            return found;
        }
        match self.code.pass(rest, last) {
            Some(length) => Found::Plain(length),
            None => Found::Unclear,
        }
    }

    /// The first word, or a tag in its place.
    fn first(rest: &str, last: bool) -> Found {
        let mut unclear = false;
        for (index, pair) in PAIRS.iter().enumerate() {
            match beginning(rest, pair.open) {
                Some(true) => return Found::Open(index, pair.open.len()),
                Some(false) => unclear |= !last,
                None => {}
            }
        }
        if unclear { Found::Unclear } else { Found::Word }
    }

    fn begin(&mut self) {
        if self.presumes && !self.begun {
            self.open(None);
            self.doubtful = Some(String::new());
        } else {
            self.mode = Mode::Text;
        }
        self.begun = true;
    }

    /// None: no tag that counts stands here.
    fn tag(&self, text: &str, at: usize, last: bool) -> Option<Found> {
        let rest = &text[at..];
        let mut unclear = false;
        for (index, pair) in PAIRS.iter().enumerate() {
            let (tag, found) = match self.mode {
                Mode::Text if pair.is_mark && self.code.begins_line() => {
                    (pair.open, Found::Open(index, pair.open.len()))
                }
                Mode::Thinking(opened) if opened.is_none_or(|opened| opened == index) => {
                    let found = if self.code.is_block() { Found::CloseInCode } else { Found::Close };
                    (pair.close, found(pair.close.len()))
                }
                _ => continue,
            };
            match beginning(rest, tag) {
                Some(true) if !self.code.is_span() => return Some(found),
                Some(false) => unclear |= !last,
                _ => {}
            }
        }
        if unclear { Some(Found::Unclear) } else { self.unopened(text, at, last) }
    }

    /// A closing tag in the text that no tag opened. Only one that ends its line, or is all of it, or parts two words is
    /// no mention of it.
    fn unopened(&self, text: &str, at: usize, last: bool) -> Option<Found> {
        if self.mode != Mode::Text || self.thought || self.code.is_code() {
            return None;
        }
        let rest = &text[at..];
        let found = PAIRS.iter().filter(|pair| pair.is_mark).find_map(|pair| {
            let whole = beginning(rest, pair.close)?;
            Some((whole, pair.close.len()))
        });
        let (whole, length) = found?;
        let after = if whole { rest[length..].chars().next() } else { None };
        match after {
            None if last => whole.then_some(Found::Close(length)),
            None => Some(Found::Unclear),
            Some(after) => {
                let glued = glued(&text[..at]).unwrap_or(self.glued) && after.is_alphanumeric();
                let counts = self.code.begins_line() || matches!(after, '\n' | '\r') || glued;
                counts.then_some(Found::Close(length))
            }
        }
    }

    fn open(&mut self, pair: Option<usize>) {
        self.mode = Mode::Thinking(pair);
        self.code = Code::default();
        self.blanks.clear();
        self.doubtful = None;
        self.silent = true;
        self.begun = true;
        self.thought = true;
    }

    fn close(&mut self) {
        if self.mode == Mode::Text {
            // What was said before it was thinking, and has been told as text: the next answer begins with thinking.
            self.opening.learn(true);
            self.thought = true;
            return;
        }
        self.mode = Mode::Beginning;
        self.code = Code::default();
        self.blanks.clear();
        self.doubtful = None;
    }

    fn tell(&mut self, text: String, out: &mut Queue) {
        if text.is_empty() {
            return;
        }
        match self.mode {
            Mode::Text if self.blanks.is_empty() => push_text(Some(text), out),
            Mode::Text => push_text(Some(std::mem::take(&mut self.blanks) + &text), out),
            Mode::Beginning if self.begun => {}
            Mode::Beginning => self.blanks.push_str(&text),
            Mode::Thinking(_) => {
                if let Some(doubtful) = &mut self.doubtful {
                    doubtful.push_str(&text);
                }
                self.think(&text, out);
            }
        }
    }

    /// Blanks after the opening tag and before the closing one are no part of the thinking.
    fn think(&mut self, text: &str, out: &mut Queue) {
        let text = if self.silent { text.trim_start() } else { text };
        let end = text.trim_end().len();
        if end > 0 {
            push_thinking(Some(std::mem::take(&mut self.blanks) + &text[..end]), out);
            self.silent = false;
        }
        self.blanks.push_str(&text[end..]);
    }

    /// The text has ended. `whole`: as the model meant it to.
    fn end(&mut self, whole: bool, out: &mut Queue) {
        let rest = std::mem::take(&mut self.held);
        self.read(rest, true, out);
        if let (true, Mode::Thinking(pair), Some(text)) = (whole, self.mode, self.doubtful.take()) {
            if pair.is_none() {
                self.opening.learn(false);
            }
            push_text(Some(text.trim_start().to_owned()), out);
        }
        self.blanks.clear();
        self.mode = if self.begun { Mode::Text } else { Mode::Beginning };
    }
}

/// Whether no blank stands at the end of a text.
fn glued(text: &str) -> Option<bool> {
    text.chars().next_back().map(|last| !last.is_whitespace())
}

/// Whether `text` begins with `tag`, in any case of letters; `Some(false)`: as far as it goes.
fn beginning(text: &str, tag: &str) -> Option<bool> {
    let length = text.len().min(tag.len());
    let same = text.as_bytes()[..length].eq_ignore_ascii_case(&tag.as_bytes()[..length]);
    same.then_some(length == tag.len())
}

#[cfg(test)]
mod tests;
