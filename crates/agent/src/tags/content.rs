//! What stands between tags, as it comes: the line breaks next to the tags are not part of it, and neither is a code fence around
//! all of it.

use super::{ARTIFACT_ENDS, fence::Fence};

/// The longest first line that is looked at for a fence, in bytes.
const MAX_FENCE: usize = 100;

/// How far a content has been read.
#[derive(Debug, Clone)]
pub(super) struct Content {
    ends: &'static str,
    /// Whether what ends it counts anywhere in a line.
    anywhere: bool,
    /// Whether a fence around all of it may be of Markdown only: others are part of it.
    is_markdown: bool,
    place: Place,
    /// The fence around it.
    fence: Option<Fence>,
    /// Line breaks, and what may be the end of the fence, that are part of it if more comes.
    held: String,
    holds_fence: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// Right behind the opening tag.
    Begin,
    /// At the beginning of the first line.
    First,
    /// At the beginning of another line.
    Line,
    /// In a line.
    Inside,
}

/// What is to be done next.
enum Next {
    /// So many bytes are part of it.
    Take(usize),
    /// So many bytes are part of it if more comes.
    Hold(usize),
    /// So many bytes are not part of it.
    Skip(usize),
    /// It ends here, with a tag of so many bytes.
    End(usize),
    /// It shows with what comes next.
    Wait,
}

impl Content {
    pub(super) const fn of_artifact(is_markdown: bool) -> Self {
        Self {
            ends: ARTIFACT_ENDS,
            anywhere: false,
            is_markdown,
            place: Place::Begin,
            fence: None,
            held: String::new(),
            holds_fence: false,
        }
    }

    pub(super) const fn of_edit(ends: &'static str) -> Self {
        let mut content = Self::of_artifact(true);
        (content.ends, content.anywhere) = (ends, true);
        content
    }

    /// Takes what can be told out of `text`, and whether the content ends there; without it, more has to come. What is taken and the
    /// end come one after the other.
    pub(super) fn read(&mut self, text: &mut String, ended: bool) -> (String, bool) {
        let (mut told, mut at) = (String::new(), 0);
        loop {
            let rest = &text[at..];
            let next = if rest.is_empty() { Next::Wait } else { self.next(rest, ended) };
            match next {
                Next::Take(length) => {
                    told.push_str(&self.held);
                    self.held.clear();
                    self.holds_fence = false;
                    told.push_str(&rest[..length]);
                    at += length;
                }
                Next::Hold(length) => {
                    self.held.push_str(&rest[..length]);
                    at += length;
                }
                Next::Skip(length) => at += length,
                Next::End(length) if told.is_empty() => {
                    text.drain(..at + length);
                    return (told, true);
                }
                Next::End(_) | Next::Wait => break,
            }
        }
        text.drain(..at);
        (told, false)
    }

    fn next(&mut self, rest: &str, ended: bool) -> Next {
        if self.place == Place::Begin {
            if rest == "\r" && !ended {
                return Next::Wait;
            }
            self.place = Place::First;
            return Next::Skip(line_break(rest));
        }
        if self.place != Place::Inside {
            if let Some(next) = self.at_line(rest, ended) {
                return next;
            }
            self.place = Place::Inside;
        }
        self.inside(rest, ended)
    }

    /// At the beginning of a line; none: it is as any other.
    fn at_line(&mut self, rest: &str, ended: bool) -> Option<Next> {
        if rest.starts_with(self.ends) {
            return Some(Next::End(self.ends.len()));
        }
        if !ended && self.ends.starts_with(rest) {
            return Some(Next::Wait);
        }
        if self.anywhere {
            return None;
        }
        let end = rest.find('\n');
        let line = self.untagged(&rest[..end.unwrap_or(rest.len())]);
        let is_cut = end.is_none() && !ended;
        match self.fence {
            None if self.place == Place::First => {
                if is_cut && line.len() <= MAX_FENCE && may_open(line) {
                    return Some(Next::Wait);
                }
                let (fence, _) = Fence::opened(line).filter(|(_, info)| self.is_around(info))?;
                self.fence = Some(fence);
                self.place = Place::Line;
                Some(Next::Skip(end.map_or(line.len(), |end| end + 1)))
            }
            Some(fence) if !self.holds_fence => {
                if is_cut && fence.may_be_closed_by(line) {
                    return Some(Next::Wait);
                }
                fence.is_closed_by(line).then(|| {
                    self.holds_fence = true;
                    self.place = Place::Inside;
                    Next::Hold(line.len())
                })
            }
            _ => None,
        }
    }

    /// Whether a fence with this behind it stands around all of the content, rather than in it.
    fn is_around(&self, info: &str) -> bool {
        let is_language = info.chars().all(|c| c.is_ascii_alphanumeric() || "+#-_.".contains(c));
        is_language && (!self.is_markdown || matches!(info, "markdown" | "md"))
    }

    /// A line without what ends the content, or may become that.
    fn untagged<'a>(&self, line: &'a str) -> &'a str {
        let tag = line.find('<').filter(|place| {
            let tail = &line[*place..];
            tail.starts_with(self.ends) || self.ends.starts_with(tail)
        });
        tag.map_or(line, |place| &line[..place])
    }

    fn inside(&mut self, rest: &str, ended: bool) -> Next {
        let plain = rest.find(['\n', '\r', '<']).unwrap_or(rest.len());
        if plain > 0 {
            let blank = self.holds_fence && rest[..plain].trim().is_empty();
            return if blank { Next::Hold(plain) } else { Next::Take(plain) };
        }
        if rest.starts_with('<') {
            return self.at_tag(rest, ended);
        }
        match line_break(rest) {
            0 if rest == "\r" && !ended => Next::Wait,
            0 => Next::Take(1),
            length => {
                self.place = Place::Line;
                // Of several line breaks the last one is next to the tag.
                if self.holds_fence || self.held.is_empty() { Next::Hold(length) } else { Next::Take(0) }
            }
        }
    }

    fn at_tag(&self, rest: &str, ended: bool) -> Next {
        let Some(after) = rest.strip_prefix(self.ends) else {
            return if !ended && self.ends.starts_with(rest) { Next::Wait } else { Next::Take(1) };
        };
        let line = after.trim_start_matches([' ', '\t', '\r']);
        match line.chars().next() {
            _ if self.anywhere => Next::End(self.ends.len()),
            Some('\n') => Next::End(self.ends.len()),
            None if ended => Next::End(self.ends.len()),
            None => Next::Wait,
            Some(_) => Next::Take(1),
        }
    }
}

/// How long the line break at the beginning is; 0: there is none.
fn line_break(text: &str) -> usize {
    match text {
        _ if text.starts_with("\r\n") => 2,
        _ if text.starts_with('\n') => 1,
        _ => 0,
    }
}

/// Whether a first line may become one that opens a fence.
fn may_open(line: &str) -> bool {
    let line = line.trim_start();
    line.starts_with("```") || line.starts_with("~~~") || "```".starts_with(line) || "~~~".starts_with(line)
}
