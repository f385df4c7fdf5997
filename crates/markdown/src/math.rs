//! Mathematics: finds formulas in Markdown before it is parsed, and turns LaTeX into MathML. It must never touch
//! code, and never take prices (`$5 and $10`) or variables (`$PATH`) for formulas.
//!
//! A formula is replaced by a short mark of two non-characters around its number, so that the Markdown parser cannot
//! read `_` or `|` in it. The writer turns marks into MathML in text, and back into the source everywhere else.

pub(crate) mod environment;
mod mathml;
mod nesting;

use std::borrow::Cow;

use math_core::{LatexToMathML, MathCoreConfig, MathDisplay};

use crate::markup::Html;
use environment::Environments;

/// Starts a mark. A non-character: it is in no text meant for exchange.
pub(crate) const OPEN: char = '\u{FDD0}';
/// Ends a mark.
const CLOSE: char = '\u{FDD1}';
/// Longest formula, in bytes.
const LONGEST: usize = 8192;

/// A formula in the source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Formula<'a> {
    /// As written, with its delimiters.
    pub(crate) source: &'a str,
    /// The LaTeX alone.
    pub(crate) tex: &'a str,
    /// On a line of its own.
    pub(crate) display: bool,
}

/// Markdown with its formulas taken out.
pub(crate) struct Marked<'a> {
    pub(crate) text: Cow<'a, str>,
    pub(crate) formulas: Vec<Formula<'a>>,
}

/// A piece of text that may hold marks.
pub(crate) enum Piece<'t, 'a> {
    Text(&'t str),
    Formula(Formula<'a>),
}

/// Takes the formulas out of `source`.
pub(crate) fn mark(source: &str) -> Marked<'_> {
    let plain = Marked { text: Cow::Borrowed(source), formulas: Vec::new() };
    let may_hold = ["$", "\\(", "\\[", "\\begin{"].iter().any(|mark| source.contains(mark));
    if !may_hold || source.contains(OPEN) {
        return plain;
    }
    let mut scan = Scan {
        source,
        at: 0,
        done: 0,
        out: String::new(),
        formulas: Vec::new(),
        absent: [false; 4],
        closers: [0; 3],
        environments: None,
    };
    scan.run();
    if scan.formulas.is_empty() {
        return plain;
    }
    scan.out.push_str(&source[scan.done..]);
    Marked { text: Cow::Owned(scan.out), formulas: scan.formulas }
}

struct Scan<'a> {
    source: &'a str,
    at: usize,
    done: usize,
    out: String,
    formulas: Vec<Formula<'a>>,
    /// Closers (`$$`, `\)`, `\]`, a backtick run) known not to occur any more; keeps the scan linear.
    absent: [bool; 4],
    /// Where the last closer of each kind was found: it is looked for once, however many openers it has.
    closers: [usize; 3],
    environments: Option<Environments>,
}

impl<'a> Scan<'a> {
    fn run(&mut self) {
        let bytes = self.source.as_bytes();
        while let Some(&byte) = bytes.get(self.at) {
            match byte {
                b'`' | b'~' => self.code(byte),
                b'\\' => match bytes.get(self.at + 1) {
                    Some(b'(') => self.delimited("\\)", 1, false),
                    Some(b'[') => self.delimited("\\]", 2, true),
                    Some(b'b') => self.environment(),
                    _ => self.at += 2,
                },
                b'$' if bytes.get(self.at + 1) == Some(&b'$') => self.delimited("$$", 0, true),
                b'$' => self.inline(),
                _ => self.at += 1,
            }
        }
    }

    /// Skips a code span or a fenced block in a list or quote.
    fn code(&mut self, ch: u8) {
        let rest = &self.source[self.at..];
        let len = rest.bytes().take_while(|&b| b == ch).count();
        let fence = len >= 3
            && before(self.source, self.at).bytes().all(|b| {
                b.is_ascii_digit() || matches!(b, b' ' | b'\t' | b'>' | b'-' | b'+' | b'*' | b'.' | b')')
            });
        let after = self.at + len;
        self.at = after;
        if fence {
            let mut at = after;
            for line in self.source[after..].split_inclusive('\n') {
                at += line.len();
                let text = line.trim_start_matches([' ', '\t', '>']);
                if at > after + line.len()
                    && text.bytes().take_while(|&b| b == ch).count() >= len
                    && text.trim_end().bytes().all(|b| b == ch)
                {
                    break;
                }
            }
            self.at = at;
        } else if ch == b'`' && !(len == 1 && self.absent[3]) {
            match span_end(&self.source[after..], len) {
                Some(end) => self.at = after + end,
                None => self.absent[3] |= len == 1,
            }
        }
    }

    fn delimited(&mut self, closer: &str, slot: usize, display: bool) {
        let start = self.at + 2;
        self.at = start;
        if self.absent[slot] {
            return;
        }
        if self.closers[slot] < start {
            let Some(len) = self.source[start..].find(closer) else {
                self.absent[slot] = true;
                return;
            };
            self.closers[slot] = start + len;
        }
        let len = self.closers[slot] - start;
        let tex = &self.source[start..start + len];
        if !tex.trim().is_empty() && len <= LONGEST && !has_blank_line(tex) && !tex.contains('`') {
            self.take(start - 2, tex, start + len + 2, display);
        }
    }

    /// An environment without delimiters.
    fn environment(&mut self) {
        let source = self.source;
        let environments = self.environments.get_or_insert_with(|| Environments::of(source));
        let Some(end) = environments.end(self.at) else {
            self.at += 2;
            return;
        };
        let tex = &source[self.at..end];
        if tex.len() > LONGEST || has_blank_line(tex) || tex.contains('`') {
            self.at += 2;
        } else {
            self.take(self.at, tex, end, true);
        }
    }

    fn inline(&mut self) {
        let open = self.at;
        self.at += 1;
        let bytes = self.source.as_bytes();
        if open > 0 && bytes[open - 1].is_ascii_alphanumeric() {
            return;
        }
        let rest = &self.source[self.at..];
        if rest.starts_with([' ', '\t', '\n']) {
            return;
        }
        let Some(len) = dollar(rest) else { return };
        let tex = &rest[..len];
        let next = rest.as_bytes().get(len + 1);
        let fits = !tex.ends_with([' ', '\t', '\n'])
            && !next.is_some_and(|b| b.is_ascii_alphanumeric() || *b == b'$')
            && !has_blank_line(tex)
            && !tex.contains('`');
        if fits && !is_amount(tex) {
            self.take(open, tex, self.at + len + 1, false);
        }
    }

    fn take(&mut self, from: usize, tex: &'a str, to: usize, display: bool) {
        self.out.push_str(&self.source[self.done..from]);
        self.out.push(OPEN);
        self.out.push_str(&self.formulas.len().to_string());
        self.out.push(CLOSE);
        self.formulas.push(Formula { source: &self.source[from..to], tex, display });
        self.at = to;
        self.done = to;
    }
}

/// What stands before `at` on its line; a mark that no fence has before it for lines too long to look at.
fn before(source: &str, at: usize) -> &str {
    let near = at.saturating_sub(64);
    match source.as_bytes()[near..at].iter().rposition(|&b| b == b'\n') {
        Some(newline) => &source[near + newline + 1..at],
        None if near == 0 => &source[..at],
        None => "x",
    }
}

/// Length of the text up to the next `$` that is not escaped.
fn dollar(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len().min(LONGEST) {
        match bytes[at] {
            b'$' => return (at > 0).then_some(at),
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
    None
}

/// Where a code span of `len` backticks ends.
fn span_end(text: &str, len: usize) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        if bytes[at] != b'`' {
            if bytes[at] == b'\n' && bytes.get(at + 1) == Some(&b'\n') {
                return None;
            }
            at += 1;
            continue;
        }
        let run = bytes[at..].iter().take_while(|&&b| b == b'`').count();
        at += run;
        if run == len {
            return Some(at);
        }
    }
    None
}

fn has_blank_line(tex: &str) -> bool {
    let mut inner = tex.split('\n').skip(1).peekable();
    while let Some(line) = inner.next() {
        if line.trim().is_empty() && inner.peek().is_some() {
            return true;
        }
    }
    false
}

/// The digit guard: text that starts like a price and has nothing of a formula in it.
fn is_amount(tex: &str) -> bool {
    tex.starts_with(|c: char| c.is_ascii_digit())
        && tex.contains(char::is_whitespace)
        && !tex.contains(['\\', '^', '_', '=', '{', '<', '>', '+'])
}

/// Cuts parsed text at the marks in it.
pub(crate) fn pieces<'t, 'a>(text: &'t str, formulas: &[Formula<'a>], mut each: impl FnMut(Piece<'t, 'a>)) {
    let mut rest = text;
    while let Some(from) = rest.find(OPEN).filter(|_| !formulas.is_empty()) {
        let after = from + OPEN.len_utf8();
        let found = rest[after..].find(CLOSE).and_then(|len| {
            let formula = formulas.get(rest[after..after + len].parse::<usize>().ok()?)?;
            Some((formula, after + len + CLOSE.len_utf8()))
        });
        let (formula, to) = match found {
            Some(found) => found,
            None => break,
        };
        if from > 0 {
            each(Piece::Text(&rest[..from]));
        }
        each(Piece::Formula(*formula));
        rest = &rest[to..];
    }
    if !rest.is_empty() {
        each(Piece::Text(rest));
    }
}

/// Puts the source of the formulas back, for code, addresses and attributes.
pub(crate) fn restore<'t>(text: &'t str, formulas: &[Formula<'_>]) -> Cow<'t, str> {
    if formulas.is_empty() || !text.contains(OPEN) {
        return Cow::Borrowed(text);
    }
    let mut out = String::new();
    pieces(text, formulas, |piece| match piece {
        Piece::Text(text) => out.push_str(text),
        Piece::Formula(formula) => out.push_str(formula.source),
    });
    Cow::Owned(out)
}

/// Writes one formula as MathML, or its source if the LaTeX is not understood, too deep, or makes what may not be
/// on the page.
pub(crate) fn write(out: &mut Html, tex: &str, display: bool, source: &str) {
    match formula(&unquote(tex), display) {
        Some(mathml) => out.append(&mathml),
        None => {
            out.tag("<code class=\"math-error\">");
            out.text(source);
            out.tag("</code>");
        }
    }
}

fn formula(tex: &str, display: bool) -> Option<Html> {
    let tex = if tex.contains('%') { Cow::Owned(nesting::without_comments(tex)) } else { Cow::Borrowed(tex) };
    let tex = if tex.contains("\\begin{") { Cow::Owned(environment::rename(&tex)) } else { tex };
    let tex = tex.trim();
    if tex.len() > LONGEST || !nesting::is_shallow(tex) {
        return None;
    }
    mathml::write(&convert(tex, display)?)
}

/// The converter's own MathML. It must not get to the page as it is.
fn convert(tex: &str, display: bool) -> Option<String> {
    let mode = if display { MathDisplay::Block } else { MathDisplay::Inline };
    let converter = LatexToMathML::new(MathCoreConfig::default()).ok()?;
    converter.convert_with_local_state(tex, mode).ok().map(|result| result.mathml)
}

/// Takes `>` off the lines of a formula that stands in a quote.
fn unquote(tex: &str) -> Cow<'_, str> {
    let mut lines = tex.lines().skip(1).filter(|line| !line.trim().is_empty()).peekable();
    if lines.peek().is_none() || !lines.all(|line| line.trim_start().starts_with('>')) {
        return Cow::Borrowed(tex);
    }
    let lines: Vec<&str> = tex.lines().map(|line| line.trim_start().trim_start_matches('>')).collect();
    Cow::Owned(lines.join("\n"))
}
