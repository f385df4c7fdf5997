//! Cuts a growing text into blocks that can be rendered one by one. It reads complete lines, never looks ahead and
//! never goes back, so the cuts do not depend on how the text was delivered. It must never parse inline markup.

pub(crate) mod line;

use std::ops::Range;

use crate::cluster;
use crate::details::Walk;
use crate::math::environment::Closer;
use line::{FenceMark, Marker, MathLine};

/// A line longer than this (bytes) is cut at the next space, so that one endless line stays affordable.
const LINE_SOFT: usize = 4096;
/// A line without spaces is cut here (bytes).
const LINE_HARD: usize = 8192;
/// A paragraph is cut after the line that makes it this long (bytes).
const PARAGRAPH_MAX: usize = 4096;
/// A list is continued in a new block at the next item once it is this long (bytes).
const LIST_MAX: usize = 2048;
/// A table is continued in a new block at the next row once it is this long (bytes).
const TABLE_MAX: usize = 6144;
/// Display mathematics longer than this (bytes) is not taken for mathematics.
const MATH_MAX: usize = 8192;

/// One closed block: a range of the source and how to render it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Block {
    pub(crate) range: Range<usize>,
    pub(crate) kind: Kind,
}

/// How a block is rendered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// CommonMark, by the parser.
    Markdown,
    /// A further part of a long list; the number its first item has, 0 for bullets.
    ListPart(u64),
    /// A further part of a long table, with the range of its head.
    TablePart(Range<usize>),
    Fence {
        info: Range<usize>,
        code: Range<usize>,
        indent: usize,
    },
    /// Display mathematics: the range of the LaTeX.
    Math(Range<usize>),
    /// A footnote definition: the ranges of label and text.
    Footnote {
        label: Range<usize>,
        text: Range<usize>,
    },
}

#[derive(Clone, Debug)]
enum State {
    Idle,
    Paragraph {
        quote: bool,
        lines: usize,
        head: Option<Range<usize>>,
        part: bool,
    },
    Indented,
    List {
        item: Marker,
        next: u64,
        part: Option<u64>,
        blank: bool,
    },
    Fence {
        mark: FenceMark,
        info: Range<usize>,
        code: usize,
    },
    Math {
        closer: Closer,
        tex: usize,
    },
    Footnote {
        label: Range<usize>,
        text: usize,
        blank: bool,
    },
    /// `<details>`, until the one that opened it is closed.
    Details(Walk),
}

/// The state of the cut: where the open block starts and what it is.
#[derive(Clone, Debug)]
pub(crate) struct Splitter {
    state: State,
    /// Where the open block starts.
    start: usize,
    /// Everything before this has been read.
    pos: usize,
    /// `pos` is inside a line that was too long.
    inside: bool,
}

impl Splitter {
    pub(crate) fn new() -> Self {
        Self { state: State::Idle, start: 0, pos: 0, inside: false }
    }

    /// Where the open block starts; equal to the end of what was read if none is open.
    pub(crate) fn open_start(&self) -> usize {
        if matches!(self.state, State::Idle) { self.pos } else { self.start }
    }

    /// Everything before this has been read.
    pub(crate) fn read_to(&self) -> usize {
        self.pos
    }

    /// The open fence, with the range of its info string and where its code starts.
    pub(crate) fn open_fence(&self) -> Option<(FenceMark, Range<usize>, usize)> {
        match &self.state {
            State::Fence { mark, info, code } => Some((*mark, info.clone(), *code)),
            _ => None,
        }
    }

    /// True if `pos` is not at the start of a line.
    pub(crate) fn inside_line(&self) -> bool {
        self.inside
    }

    /// The open block is mathematics that has not been closed.
    pub(crate) fn in_math(&self) -> bool {
        matches!(self.state, State::Math { .. })
    }

    /// Reads all complete lines (`done`: also the last, unfinished one) and reports the blocks that were closed.
    pub(crate) fn advance(&mut self, source: &str, done: bool, out: &mut Vec<Block>) {
        while let Some(end) = self.line_end(source, done) {
            let line = self.pos..end;
            let continued = self.inside;
            self.inside = !source[..end].ends_with('\n');
            if continued {
                if matches!(self.state, State::Idle) {
                    self.start = line.start;
                    self.state = State::Paragraph { quote: false, lines: 1, head: None, part: false };
                }
                self.pos = end;
                self.limit(end, out);
            } else {
                self.line(source, line, out);
                self.pos = end;
            }
        }
        if done {
            self.close(source.len(), out);
        }
    }

    fn line_end(&self, source: &str, done: bool) -> Option<usize> {
        let rest = &source.as_bytes()[self.pos..];
        let seen = &rest[..rest.len().min(LINE_HARD)];
        let newline = seen.iter().position(|&b| b == b'\n');
        let before = &seen[..newline.unwrap_or(seen.len())];
        let space = before.iter().skip(LINE_SOFT).position(|&b| b == b' ');
        if let Some(at) = space {
            return Some(self.pos + LINE_SOFT + at + 1);
        }
        if let Some(at) = newline {
            return Some(self.pos + at + 1);
        }
        if rest.len() >= LINE_HARD {
            let mut end = self.pos + LINE_HARD;
            while !source.is_char_boundary(end) {
                end -= 1;
            }
            return Some(end - cluster::held(&source[self.pos..end]));
        }
        (done && !rest.is_empty()).then_some(source.len())
    }

    /// One line that starts at `range.start`.
    fn line(&mut self, source: &str, range: Range<usize>, out: &mut Vec<Block>) {
        let text = &source[range.clone()];
        let kept = match &self.state {
            State::Idle => false,
            State::Fence { .. } => self.fence_line(text, range.clone(), out),
            State::Math { .. } => self.math_line(text, range.clone(), out),
            State::Indented => line::is_blank(text) || line::indent(text) >= 4,
            State::List { .. } => self.list_line(text, range.clone(), out),
            State::Footnote { .. } => self.footnote_line(text),
            State::Paragraph { .. } => self.paragraph_line(text, range.clone(), out),
            State::Details(_) => self.details_line(text, range.end, out),
        };
        if !kept {
            self.close(range.start, out);
            self.open(text, range.clone(), out);
        }
        self.limit(range.end, out);
    }

    /// Opens a block with this line.
    fn open(&mut self, text: &str, range: Range<usize>, out: &mut Vec<Block>) {
        self.start = range.start;
        let at = |offset: usize| range.start + offset;
        if line::is_blank(text) {
            return;
        }
        if let Some((mark, info)) = line::fence_open(text) {
            self.state = State::Fence { mark, info: at(info)..range.end, code: range.end };
        } else if line::is_atx(text) || line::is_rule(text) {
            out.push(Block { range, kind: Kind::Markdown });
        } else if let Some(math) = line::math(text) {
            match math {
                MathLine::Whole(from, to) => out.push(Block { kind: Kind::Math(at(from)..at(to)), range }),
                MathLine::Opens(closer, from) => self.state = State::Math { closer, tex: at(from) },
            }
        } else if let Some(walk) = Walk::opened(text) {
            self.state = State::Details(walk);
            self.end_of_details(range.end, out);
        } else if let Some(item) = line::marker(text) {
            self.state = State::List { item, next: item.number + 1, part: None, blank: false };
        } else if let Some((label, offset)) = line::footnote(text) {
            let from = at(offset - 2 - label.len());
            self.state = State::Footnote { label: from..from + label.len(), text: at(offset), blank: false };
        } else if line::indent(text) >= 4 {
            self.state = State::Indented;
        } else {
            self.state = State::Paragraph { quote: line::is_quote(text), lines: 1, head: None, part: false };
        }
    }

    /// Closes the open block at `end`.
    fn close(&mut self, end: usize, out: &mut Vec<Block>) {
        let kind = match std::mem::replace(&mut self.state, State::Idle) {
            State::Idle => return,
            State::Paragraph { head: Some(head), part: true, .. } => Kind::TablePart(head),
            State::List { part: Some(first), .. } => Kind::ListPart(first),
            State::Fence { mark, info, code } => Kind::Fence { info, code: code..end, indent: mark.indent },
            State::Footnote { label, text, .. } => Kind::Footnote { label, text: text..end },
            _ => Kind::Markdown,
        };
        out.push(Block { range: self.start..end, kind });
    }

    /// Cuts paragraphs and unclosed formulas that have grown too long.
    fn limit(&mut self, end: usize, out: &mut Vec<Block>) {
        let max = match &self.state {
            State::Paragraph { head: None, .. } => PARAGRAPH_MAX,
            State::Indented | State::Footnote { .. } | State::Math { .. } => MATH_MAX,
            State::Paragraph { .. } | State::List { .. } | State::Details(_) => usize::MAX,
            State::Idle | State::Fence { .. } => return,
        };
        if end - self.start >= max {
            self.close(end, out);
        }
    }

    fn fence_line(&mut self, text: &str, range: Range<usize>, out: &mut Vec<Block>) -> bool {
        if let State::Fence { mark, info, code } = &self.state
            && mark.closes(text)
        {
            let kind = Kind::Fence { info: info.clone(), code: *code..range.start, indent: mark.indent };
            out.push(Block { range: self.start..range.end, kind });
            self.state = State::Idle;
        }
        true
    }

    fn details_line(&mut self, text: &str, end: usize, out: &mut Vec<Block>) -> bool {
        let State::Details(walk) = &mut self.state else { return false };
        walk.line(text);
        self.end_of_details(end, out);
        true
    }

    fn end_of_details(&mut self, end: usize, out: &mut Vec<Block>) {
        if matches!(&self.state, State::Details(walk) if walk.is_over()) {
            self.close(end, out);
        }
    }

    fn math_line(&mut self, text: &str, range: Range<usize>, out: &mut Vec<Block>) -> bool {
        let State::Math { closer, tex } = &mut self.state else { return false };
        let tex = *tex;
        if line::is_blank(text) || line::fence_open(text).is_some() {
            return false;
        }
        if let Some((len, to)) = closer.find(text) {
            let after = range.start + to;
            out.push(Block { range: self.start..after, kind: Kind::Math(tex..range.start + len) });
            self.state = State::Idle;
            if !line::is_blank(&text[to..]) {
                self.start = after;
                self.state = State::Paragraph { quote: false, lines: 1, head: None, part: false };
            }
        }
        true
    }

    fn list_line(&mut self, text: &str, range: Range<usize>, out: &mut Vec<Block>) -> bool {
        let State::List { item, next, blank, .. } = &mut self.state else { return false };
        if line::is_blank(text) {
            *blank = true;
            return true;
        }
        let after_blank = std::mem::take(blank);
        if line::indent(text) >= item.content {
            return true;
        }
        if line::is_rule(text) {
            return false;
        }
        if let Some(found) = line::marker(text) {
            if found.ch != item.ch {
                return false;
            }
            let number = if item.numbered() { *next } else { 0 };
            *next += 1;
            *item = found;
            if range.start - self.start >= LIST_MAX {
                let state = State::List { item: found, next: number + 1, part: Some(number), blank: false };
                self.close(range.start, out);
                self.start = range.start;
                self.state = state;
            }
            return true;
        }
        !after_blank && !interrupts(text)
    }

    fn footnote_line(&mut self, text: &str) -> bool {
        let State::Footnote { blank, .. } = &mut self.state else { return false };
        if line::is_blank(text) {
            *blank = true;
            return true;
        }
        let after_blank = std::mem::take(blank);
        line::indent(text) >= 2 || !(after_blank || interrupts(text) || line::marker(text).is_some())
    }

    fn paragraph_line(&mut self, text: &str, range: Range<usize>, out: &mut Vec<Block>) -> bool {
        let start = self.start;
        let State::Paragraph { quote, lines, head, .. } = &mut self.state else { return false };
        let starts_list = line::marker(text).is_some_and(|m| !m.empty && (m.number == 1 || !m.numbered()));
        let other_quote = !*quote && line::is_quote(text);
        if line::is_blank(text) {
            return false;
        }
        let underline = !*quote && (line::is_setext(text) || line::is_rule(text));
        if underline && !(*lines == 1 && line::is_table_rule(text)) {
            self.close(range.end, out);
            return true;
        }
        if starts_list || other_quote || interrupts(text) && !(*quote && line::is_quote(text)) {
            return false;
        }
        *lines += 1;
        if *lines == 2 && !*quote && line::is_table_rule(text) {
            *head = Some(start..range.end);
        } else if let Some(head) = head.clone()
            && range.start - start >= TABLE_MAX
        {
            self.close(range.start, out);
            self.start = range.start;
            self.state = State::Paragraph { quote: false, lines: 3, head: Some(head), part: true };
        }
        true
    }
}

/// True if the line ends a paragraph that is open before it.
fn interrupts(text: &str) -> bool {
    line::fence_open(text).is_some()
        || line::is_atx(text)
        || line::is_rule(text)
        || line::is_quote(text)
        || line::footnote(text).is_some()
        || line::math(text).is_some()
        || Walk::opened(text).is_some()
}
