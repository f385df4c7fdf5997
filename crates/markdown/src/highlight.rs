//! Colours for code: one lexer, driven by a table of languages. Linear in the length of the code. It must never add,
//! drop or change a character of it: without the tags, the output is the code, escaped.

mod languages;
mod lines;

use crate::markup::Html;
use languages::{Flags, Language};

/// Class of a piece of code.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    Plain,
    Keyword,
    Type,
    Text,
    Number,
    Function,
    Comment,
    Punctuation,
}

/// Writes `code` with `<span>`s; plain for a language that is not in the table.
pub(crate) fn write(out: &mut Html, language: &str, code: &str) {
    let mut pen = Pen { out, class: Class::Plain, code, from: 0, done: 0 };
    if let Some(language) = languages::find(language) {
        if language.flags.has(Flags::LINES) {
            lines::write(&mut pen, language);
        } else {
            Lexer { code, at: 0, language }.run(&mut pen);
        }
    }
    pen.to(code.len(), Class::Plain);
    pen.flush(code.len());
}

/// Writes consecutive pieces of the code; pieces of one class become one span.
struct Pen<'o, 'c> {
    out: &'o mut Html,
    code: &'c str,
    class: Class,
    /// Start of the piece not written yet.
    from: usize,
    /// End of the piece not written yet.
    done: usize,
}

impl Pen<'_, '_> {
    /// The code from where the last piece ended up to `end` has this class.
    fn piece(&mut self, start: usize, end: usize, class: Class) {
        self.to(start, Class::Plain);
        self.to(end, class);
    }

    fn to(&mut self, end: usize, class: Class) {
        let done = self.done;
        if end <= done {
            return;
        }
        if class != self.class {
            self.flush(done);
            self.class = class;
        }
        self.done = end;
    }

    fn flush(&mut self, end: usize) {
        let text = &self.code[self.from..end];
        self.from = end;
        let start = match self.class {
            _ if text.is_empty() => return,
            Class::Plain => return self.out.text(text),
            Class::Keyword => "<span class=\"t-k\">",
            Class::Type => "<span class=\"t-t\">",
            Class::Text => "<span class=\"t-s\">",
            Class::Number => "<span class=\"t-n\">",
            Class::Function => "<span class=\"t-f\">",
            Class::Comment => "<span class=\"t-c\">",
            Class::Punctuation => "<span class=\"t-p\">",
        };
        self.out.tag(start);
        self.out.text(text);
        self.out.tag("</span>");
    }
}

struct Lexer<'c> {
    code: &'c str,
    at: usize,
    language: &'static Language,
}

impl Lexer<'_> {
    fn run(&mut self, pen: &mut Pen<'_, '_>) {
        while self.at < self.code.len() {
            let start = self.at;
            let class = self.token();
            if self.at == start {
                self.bump();
            }
            pen.piece(start, self.at, class);
        }
    }

    fn has(&self, flag: u16) -> bool {
        self.language.flags.has(flag)
    }

    fn rest(&self) -> &str {
        &self.code[self.at..]
    }

    fn byte(&self, offset: usize) -> u8 {
        self.code.as_bytes().get(self.at + offset).copied().unwrap_or(0)
    }

    fn before(&self) -> u8 {
        self.at.checked_sub(1).map_or(b'\n', |at| self.code.as_bytes()[at])
    }

    fn bump(&mut self) {
        self.at += self.rest().chars().next().map_or(1, char::len_utf8);
    }

    fn token(&mut self) -> Class {
        let byte = self.byte(0);
        if byte.is_ascii_whitespace() {
            self.at += 1;
            return Class::Plain;
        }
        if let Some(class) = self.comment().or_else(|| self.text()).or_else(|| self.sigil()) {
            return class;
        }
        if byte.is_ascii_digit() {
            return self.number();
        }
        if is_word(byte) {
            return self.word();
        }
        self.at += 1;
        Class::Punctuation
    }

    fn comment(&mut self) -> Option<Class> {
        for (open, close) in self.language.blocks {
            if self.rest().starts_with(open) {
                let after = self.at + open.len();
                self.at =
                    self.code[after..].find(close).map_or(self.code.len(), |len| after + len + close.len());
                return Some(Class::Comment);
            }
        }
        let spaced = self.has(Flags::SPACED_COMMENT) && !self.before().is_ascii_whitespace();
        if !spaced && self.language.comments.iter().any(|open| self.rest().starts_with(open)) {
            self.skip_line();
            return Some(Class::Comment);
        }
        None
    }

    fn skip_line(&mut self) {
        self.at += self.rest().find('\n').unwrap_or(self.rest().len());
    }

    fn text(&mut self) -> Option<Class> {
        let byte = self.byte(0);
        if byte == b'\'' && self.has(Flags::LIFETIMES) {
            return self.quote_or_lifetime();
        }
        if byte == b'r' && self.has(Flags::LIFETIMES) && !is_word(self.before()) && self.raw_string() {
            return Some(Class::Text);
        }
        for quote in self.language.quotes {
            if self.rest().starts_with(quote) {
                self.string(quote);
                let key =
                    self.has(Flags::KEYS) && self.rest().trim_start_matches([' ', '\t']).starts_with(':');
                return Some(if key { Class::Type } else { Class::Text });
            }
        }
        None
    }

    /// A string ends at its quote; at the end of the line, unless its quote may span lines.
    fn string(&mut self, quote: &str) {
        let multiline = quote.len() > 1 || quote == "`" || self.has(Flags::LONG_STRINGS);
        self.at += quote.len();
        while self.at < self.code.len() {
            if self.rest().starts_with(quote) {
                self.at += quote.len();
                return;
            }
            match self.byte(0) {
                b'\n' if !multiline => return,
                b'\\' if !self.has(Flags::NO_ESCAPES) => {
                    self.at += 1;
                    if self.at < self.code.len() {
                        self.bump();
                    }
                }
                _ => self.bump(),
            }
        }
    }

    fn quote_or_lifetime(&mut self) -> Option<Class> {
        let mut chars = self.rest().chars().skip(1);
        let first = chars.next()?;
        if first == '\\' || chars.next() == Some('\'') {
            self.string("'");
            return Some(Class::Text);
        }
        self.at += 1;
        self.skip_word();
        Some(Class::Type)
    }

    fn raw_string(&mut self) -> bool {
        let hashes = self.rest()[1..].bytes().take_while(|&b| b == b'#').count().min(255);
        if self.byte(1 + hashes) != b'"' {
            return false;
        }
        let close = format!("\"{}", "#".repeat(hashes));
        let after = self.at + hashes + 2;
        self.at = self.code[after..].find(&close).map_or(self.code.len(), |len| after + len + close.len());
        true
    }

    /// `@decorator`, `#include`, `$variable`, `:atom`, `<tag`.
    fn sigil(&mut self) -> Option<Class> {
        let class = match self.byte(0) {
            b'@' if self.has(Flags::AT) => Class::Function,
            b'#' if self.has(Flags::HASH) => Class::Keyword,
            b'$' if self.has(Flags::DOLLAR) => Class::Type,
            b'<' if self.has(Flags::TAGS) => return self.tag(),
            _ => return None,
        };
        if self.byte(0) == b'$' && self.byte(1) == b'{' {
            let end = self.rest().bytes().take(80).position(|b| b == b'}' || b == b'\n')?;
            self.at += end + usize::from(self.byte(end) == b'}');
            return Some(class);
        }
        if !is_word(self.byte(1)) {
            return None;
        }
        self.at += 1;
        self.skip_word();
        Some(class)
    }

    fn tag(&mut self) -> Option<Class> {
        let slash = usize::from(matches!(self.byte(1), b'/' | b'!' | b'?'));
        if !self.byte(1 + slash).is_ascii_alphabetic() || self.has(Flags::JSX) && is_word(self.before()) {
            return None;
        }
        self.at += 1 + slash;
        self.skip_word();
        while matches!(self.byte(0), b'-' | b':' | b'.') && is_word(self.byte(1)) {
            self.at += 1;
            self.skip_word();
        }
        Some(Class::Keyword)
    }

    fn skip_word(&mut self) {
        let dashes = self.has(Flags::DASHES);
        let len = self.rest().bytes().take_while(|&b| is_word(b) || dashes && b == b'-').count();
        self.at += len;
    }

    fn number(&mut self) -> Class {
        let hex = self.byte(0) == b'0' && matches!(self.byte(1), b'x' | b'X');
        loop {
            let byte = self.byte(0);
            if byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'.' && self.byte(1).is_ascii_digit() {
                self.at += 1;
                if matches!(byte, b'e' | b'E')
                    && !hex
                    && matches!(self.byte(0), b'+' | b'-')
                    && self.byte(1).is_ascii_digit()
                {
                    self.at += 1;
                }
            } else {
                return Class::Number;
            }
        }
    }

    fn word(&mut self) -> Class {
        let start = self.at;
        let member = self.before() == b'.';
        self.skip_word();
        let word = &self.code[start..self.at];
        let after = self.rest().trim_start_matches([' ', '\t']);
        if self.has(Flags::KEYS)
            && after.starts_with([':', '='])
            && !after.starts_with("::")
            && !after.starts_with("==")
        {
            return Class::Type;
        }
        if !member && self.language.is_keyword(word) {
            return Class::Keyword;
        }
        if self.language.is_type(word) {
            return Class::Type;
        }
        let call = self.byte(0) == b'('
            || self.has(Flags::LIFETIMES)
                && self.byte(0) == b'!'
                && matches!(self.byte(1), b'(' | b'[' | b'{');
        if call {
            return Class::Function;
        }
        let capital = word.starts_with(|c: char| c.is_ascii_uppercase());
        if capital && !self.has(Flags::ANY_CASE) && !self.has(Flags::TAGS_ONLY) {
            Class::Type
        } else {
            Class::Plain
        }
    }
}

/// Bytes of names; all of UTF-8 beyond ASCII belongs to them.
fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80
}
