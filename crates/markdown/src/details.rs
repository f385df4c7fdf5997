//! `<details>` and `<summary>` in the source. The parser takes everything up to the next blank line for HTML, and models
//! leave no blank lines: here each of these tags gets a line and a blank line of its own, so that what stands between
//! them is read as Markdown. Never in code. Whether a tag has its counterpart is for the reader of the events to say.

use std::borrow::Cow;
use std::ops::Range;

use crate::blocks::line::{self, FenceMark};
use crate::elements::{self, Element, Tag};

/// Code in a line that is longer (bytes) is not looked through for tags it could hide.
const LONGEST_CODE: usize = 2048;

/// What is open at a line of the source.
#[derive(Clone, Debug, Default)]
pub(crate) struct Walk {
    fence: Option<(FenceMark, String)>,
    /// What stands before each `<details>` that is open, with spaces for list markers.
    open: Vec<String>,
    /// Where the text of the last item of a list begins (columns): what stands four further in is code.
    content: usize,
}

impl Walk {
    /// What a line opens that begins with `<details>` and goes on with nothing but a summary.
    pub(crate) fn opened(text: &str) -> Option<Self> {
        let start = text.trim_start_matches(' ');
        let (Tag::Open(Element::Details(_)), len) = elements::tag(start)? else { return None };
        let rest = start[len..].trim_start();
        let summary = matches!(elements::tag(rest), Some((Tag::Open(Element::Summary), _)));
        if text.len() - start.len() > 3 || !(rest.is_empty() || summary || elements::may_become_tag(rest)) {
            return None;
        }
        let mut walk = Self::default();
        walk.line(text);
        Some(walk)
    }

    /// What is open at the end of a text.
    pub(crate) fn of(text: &str) -> Self {
        let mut walk = Self::default();
        for line in text.split_inclusive('\n') {
            walk.line(line);
        }
        walk
    }

    /// Reads a line; gives the tags in it.
    pub(crate) fn line(&mut self, text: &str) -> Vec<(Range<usize>, Tag)> {
        let prefix = prefix(text);
        let inner = &text[prefix..];
        if let Some((mark, _)) = &self.fence {
            if mark.closes(inner) {
                self.fence = None;
            }
            return Vec::new();
        }
        if let Some((mark, _)) = line::fence_open(inner) {
            self.fence = Some((mark, continued(&text[..prefix])));
            return Vec::new();
        }
        // A row of a table is one line.
        if self.is_code(text, prefix) || !inner.contains('<') || inner.starts_with('|') {
            return Vec::new();
        }
        let tags = tags(text);
        for (_, tag) in &tags {
            match tag {
                Tag::Open(Element::Details(_)) => self.open.push(continued(&text[..prefix])),
                Tag::Close(Element::Details(_)) => {
                    self.open.pop();
                }
                _ => {}
            }
        }
        tags
    }

    /// Whether a line is code by its indentation.
    fn is_code(&mut self, text: &str, prefix: usize) -> bool {
        let indent = line::indent(text);
        if text[..prefix].contains(|ch| !matches!(ch, ' ' | '\t')) {
            self.content = prefix;
            return false;
        }
        if indent == 0 && !line::is_blank(text) {
            self.content = 0;
        }
        self.open.is_empty() && indent >= self.content + 4
    }

    /// Nothing is open.
    pub(crate) fn is_over(&self) -> bool {
        self.open.is_empty() && self.fence.is_none()
    }

    /// A fence is open.
    pub(crate) fn in_fence(&self) -> bool {
        self.fence.is_some()
    }

    /// What closes everything that is open.
    pub(crate) fn close(&self, text: &mut String) {
        if self.open.is_empty() {
            return;
        }
        if let Some((mark, before)) = &self.fence {
            text.push('\n');
            text.push_str(before);
            mark.write(text);
        }
        for before in self.open.iter().rev() {
            text.push('\n');
            text.push_str(before);
            text.push_str(Element::Details(false).end());
            text.push('\n');
        }
    }
}

/// Gives each tag of the source a line and a blank line of its own.
pub(crate) fn set_apart(source: &str) -> Cow<'_, str> {
    let has_tags = source.match_indices('<').any(|(at, _)| {
        matches!(elements::tag(&source[at..]), Some((Tag::Open(element) | Tag::Close(element), _)) if element.is_block())
    });
    if !has_tags {
        return Cow::Borrowed(source);
    }
    let mut out = String::with_capacity(source.len() + 64);
    let mut walk = Walk::default();
    // What stands right below a tag may be indented as HTML is, which would be code in Markdown.
    let (mut below_tag, mut shift) = (false, 0);
    for text in source.split_inclusive('\n') {
        let outer = walk.open.last().filter(|outer| outer.bytes().all(|b| b == b' ')).map(String::len);
        let excess = outer.map_or(0, |outer| line::indent(text).saturating_sub(outer));
        let tags = walk.line(text);
        if !tags.is_empty() || below_tag && !line::is_blank(text) {
            shift = if excess >= 4 { excess } else { 0 };
        }
        let spaces = text.bytes().take(shift).take_while(|&b| b == b' ').count();
        below_tag = !tags.is_empty();
        if below_tag {
            apart(&text[spaces..], &mut out);
            shift = 0;
        } else {
            out.push_str(&text[spaces..]);
        }
    }
    Cow::Owned(out)
}

/// Writes a line with its tags apart.
fn apart(text: &str, out: &mut String) {
    let prefix = prefix(text);
    let next = continued(&text[..prefix]);
    let gap = |out: &mut String| {
        out.truncate(out.trim_end_matches(' ').len());
        for part in ["\n", next.trim_end(), "\n", next.as_str()] {
            out.push_str(part);
        }
    };
    let mut done = 0;
    for (range, _) in tags(text) {
        out.push_str(&text[done..range.start]);
        if !line::is_blank(&text[done.max(prefix.min(range.start))..range.start]) {
            gap(out);
        }
        out.push_str(&text[range.clone()]);
        gap(out);
        done = range.end;
    }
    out.push_str(text[done..].trim_start_matches([' ', '\t']));
}

/// How much of a line stands before its text: spaces, marks of quotes and of lists.
fn prefix(text: &str) -> usize {
    let mut rest = text;
    loop {
        rest = rest.trim_start_matches([' ', '\t', '>']);
        match line::marker(rest).filter(|marker| !marker.empty) {
            Some(marker) => rest = &rest[marker.length..],
            None => return text.len() - rest.len(),
        }
    }
}

/// What stands before the next line of the same block.
fn continued(prefix: &str) -> String {
    prefix.chars().map(|ch| if matches!(ch, '>' | '\t') { ch } else { ' ' }).collect()
}

/// The tags between paragraphs of a line, without those in code.
fn tags(text: &str) -> Vec<(Range<usize>, Tag)> {
    let bytes = text.as_bytes();
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'\\' => at += 2,
            b'`' => {
                let run = bytes[at..].iter().take_while(|&&b| b == b'`').count();
                at += run;
                at += code_span(&bytes[at..bytes.len().min(at + LONGEST_CODE)], run).unwrap_or_default();
            }
            b'<' => match elements::tag(&text[at..]) {
                Some((tag @ (Tag::Open(element) | Tag::Close(element)), len)) if element.is_block() => {
                    found.push((at..at + len, tag));
                    at += len;
                }
                _ => at += 1,
            },
            _ => at += 1,
        }
    }
    found
}

/// Where the code behind a run of backticks ends, with its closing run.
fn code_span(bytes: &[u8], len: usize) -> Option<usize> {
    let mut at = 0;
    while at < bytes.len() {
        let run = bytes[at..].iter().take_while(|&&b| b == b'`').count();
        at += run.max(1);
        if run == len {
            return Some(at);
        }
    }
    None
}
