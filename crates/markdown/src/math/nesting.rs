//! How deep the converter would go into a formula. It is recursive and has no limit of its own: a formula too deep for
//! it must never get there, because a stack that overflows takes the whole process down.
//!
//! The answer is an upper bound. What a command takes is asked of the converter itself, with formulas of a few
//! characters; whatever is not understood here counts as open until the group around it ends.

use std::collections::BTreeMap;

use super::convert;

/// How deep the converter may go. Each level takes some 24 KiB of stack in a debug build, 2 KiB otherwise.
pub(super) const DEEPEST: usize = 32;

/// True if the converter goes no deeper into `tex` than [`DEEPEST`]. Comments must be off.
pub(super) fn is_shallow(tex: &str) -> bool {
    // Nothing but these can nest.
    let openers =
        tex.bytes().filter(|b| matches!(b, b'{' | b'\\' | b'^' | b'_' | b'\'') || !b.is_ascii()).count();
    openers <= DEEPEST || Reader::new(tex).stays_shallow()
}

/// Takes comments out, as TeX reads them: the converter recurses for each one.
pub(super) fn without_comments(tex: &str) -> String {
    let mut out = String::with_capacity(tex.len());
    let mut rest = tex;
    while let Some(at) = rest.find(['%', '\\']) {
        let escaped = rest[at..].starts_with('\\');
        let kept = at + if escaped { 1 + rest[at + 1..].chars().next().map_or(0, char::len_utf8) } else { 0 };
        out.push_str(&rest[..kept]);
        rest = &rest[kept..];
        if !escaped {
            rest = rest.split_once('\n').map_or("", |(_, rest)| rest);
        }
    }
    out + rest
}

/// What is open at a point of the formula.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Open {
    /// `{`. Spliced: the converter drops the braces, so what is open inside stays open behind them.
    Brace { spliced: bool },
    /// `\left`.
    Left,
    /// `\begin`.
    Environment,
    /// A command, `^` or `_` that waits for this many arguments.
    Arguments { missing: u8, command: Command },
    /// Open until the group around it ends.
    Rest,
}

/// What the converter does with a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Command {
    /// None: it nests until its group ends.
    arguments: Option<u8>,
    /// Superscripts and subscripts behind it are read as a part of it.
    scripts: bool,
    /// Its argument is put into the tokens that follow, without braces.
    splices: bool,
}

const SCRIPT: Command = Command { arguments: Some(1), scripts: false, splices: false };
const PLAIN: Command = Command { arguments: Some(0), scripts: false, splices: false };

struct Reader<'t> {
    tex: &'t str,
    at: usize,
    open: Vec<Open>,
    known: BTreeMap<&'t str, Command>,
}

impl<'t> Reader<'t> {
    fn new(tex: &'t str) -> Self {
        Self { tex, at: 0, open: Vec::new(), known: BTreeMap::new() }
    }

    fn stays_shallow(mut self) -> bool {
        while let Some(ch) = self.tex[self.at..].chars().next() {
            let from = self.at;
            self.at += ch.len_utf8();
            match ch {
                '\\' => self.command(),
                '{' => {
                    let spliced =
                        matches!(self.open.last(), Some(Open::Arguments { command, .. }) if command.splices);
                    self.open.push(Open::Brace { spliced });
                }
                '}' => self.close_brace(),
                '^' | '_' => {
                    self.keep_open();
                    self.open.push(Open::Arguments { missing: 1, command: SCRIPT });
                }
                // An optional argument, or a script without a base.
                '[' | '\'' => self.keep_open(),
                _ if ch.is_ascii_whitespace() => {}
                _ if ch.is_ascii() || ch.is_alphabetic() => self.argument(PLAIN),
                _ => {
                    let command = self.ask(&self.tex[from..self.at]);
                    self.argument(command);
                }
            }
            if self.open.len() > DEEPEST {
                return false;
            }
        }
        true
    }

    /// Reads a command as the converter does: letters and a star, or one character.
    fn command(&mut self) {
        let rest = &self.tex[self.at..];
        let letters = rest.bytes().take_while(u8::is_ascii_alphabetic).count();
        let len = match letters + usize::from(rest[letters..].starts_with('*')) {
            0 => rest.chars().next().map_or(0, char::len_utf8),
            len => len,
        };
        let name = &rest[..len];
        self.at += len;
        match name {
            "begin" => {
                self.name();
                self.open.push(Open::Environment);
            }
            "end" => {
                self.name();
                self.close(Open::Environment);
            }
            "left" => {
                self.delimiter();
                self.open.push(Open::Left);
            }
            "right" => {
                self.delimiter();
                self.close(Open::Left);
            }
            "middle" | "big" | "Big" | "bigg" | "Bigg" | "bigl" | "Bigl" | "biggl" | "Biggl" | "bigr"
            | "Bigr" | "biggr" | "Biggr" | "bigm" | "Bigm" | "biggm" | "Biggm" => {
                self.keep_open();
                self.delimiter();
            }
            // Taken by what stands around them; they cannot be asked about alone.
            "hline" | "hdashline" | "nonumber" | "notag" | "tag" | "label" | "limits" | "nolimits"
            | "displaylimits" | "bf" | "cal" | "it" | "rm" | "sf" | "tt" | "over" | "atop" | "choose"
            | "brace" | "brack" => self.keep_open(),
            _ => {
                let command = self.ask(name);
                self.takes(command);
            }
        }
    }

    fn takes(&mut self, command: Command) {
        match command.arguments {
            None => self.open.push(Open::Rest),
            Some(0) => self.argument(command),
            Some(_) if command.splices && !self.tex[self.at..].trim_start().starts_with('{') => {
                self.open.push(Open::Rest);
            }
            Some(missing) => self.open.push(Open::Arguments { missing, command }),
        }
    }

    /// Something complete: an argument, if one is waited for.
    fn argument(&mut self, command: Command) {
        let mut scripts = command.scripts;
        while let Some(Open::Arguments { missing, command }) = self.open.last_mut() {
            if scripts {
                // What comes next may still belong to it.
                self.keep_open();
                return;
            }
            *missing -= 1;
            if *missing > 0 {
                return;
            }
            scripts = command.scripts;
            self.open.pop();
        }
    }

    /// What waits for arguments gets something that may go on: it stays open.
    fn keep_open(&mut self) {
        if let Some(last @ Open::Arguments { .. }) = self.open.last_mut() {
            *last = Open::Rest;
        }
    }

    fn close_brace(&mut self) {
        let Some(at) =
            self.open.iter().rposition(|open| !matches!(open, Open::Rest | Open::Arguments { .. }))
        else {
            return;
        };
        match self.open[at] {
            Open::Brace { spliced: false } => {
                self.open.truncate(at);
                self.argument(PLAIN);
            }
            Open::Brace { spliced: true } => {
                let inside = self.open.len() > at + 1;
                self.open.remove(at);
                for open in &mut self.open[at..] {
                    *open = Open::Rest;
                }
                if inside {
                    // The command before it has its argument; what waited for that command may not be complete.
                    self.open[at - 1] = Open::Rest;
                } else {
                    self.argument(PLAIN);
                }
            }
            // The braces do not match: nothing counts as closed.
            _ => {}
        }
    }

    fn close(&mut self, opener: Open) {
        let at = self.open.iter().rposition(|open| !matches!(open, Open::Rest | Open::Arguments { .. }));
        if let Some(at) = at.filter(|&at| self.open[at] == opener) {
            self.open.truncate(at);
            self.argument(PLAIN);
        }
    }

    /// Skips the name of an environment.
    fn name(&mut self) {
        let rest = &self.tex[self.at..];
        let start = rest.trim_start();
        if let Some(len) = start.strip_prefix('{').and_then(|name| name.find('}')) {
            self.at += rest.len() - start.len() + len + 2;
        }
    }

    /// Skips a delimiter, unless it is a brace.
    fn delimiter(&mut self) {
        let rest = &self.tex[self.at..];
        let start = rest.trim_start();
        self.at += rest.len() - start.len();
        match start.chars().next() {
            None | Some('{' | '}') => {}
            Some('\\') => {
                let letters = start[1..].bytes().take_while(u8::is_ascii_alphabetic).count();
                let len = start[1..].chars().next().map_or(0, char::len_utf8).max(letters);
                self.at += 1 + len;
            }
            Some(ch) => self.at += ch.len_utf8(),
        }
    }

    /// What the converter makes of `\name`, or of a character beyond ASCII.
    fn ask(&mut self, name: &'t str) -> Command {
        *self.known.entry(name).or_insert_with(|| {
            let written =
                if name.bytes().all(|b| b.is_ascii()) { format!("\\{name}") } else { name.to_owned() };
            probe(&written)
        })
    }
}

/// Tries a command out: how many arguments until a letter behind them stands outside of it.
fn probe(written: &str) -> Command {
    let ends = |tex: &str, end: &str| {
        convert(tex, false)
            .is_some_and(|mathml| mathml.strip_suffix("</math>").is_some_and(|m| m.ends_with(end)))
    };
    let arguments = (0..=3u8)
        .find(|&count| ends(&format!("{written}{} x", "{y}".repeat(usize::from(count))), "<mi>x</mi>"));
    let Some(count) = arguments else { return Command { arguments: None, scripts: true, splices: false } };
    let groups = "{y}".repeat(usize::from(count));
    let scripts = !(ends(&format!("\\hat{written}{groups}_x"), "<mi>x</mi></msub>")
        && ends(&format!("\\hat{written}{groups}^x"), "<mi>x</mi></msup>"));
    let splicing = format!("{written}{} x", "{\\scriptstyle}".repeat(usize::from(count)));
    let splices = count > 0 && convert(&splicing, false).is_some_and(|m| !m.ends_with("<mi>x</mi></math>"));
    Command { arguments, scripts, splices }
}
