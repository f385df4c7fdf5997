//! Code fences of Markdown, line by line.

/// The longest line that is looked at, in bytes: what is longer opens no fence.
const MOST: usize = 300;

/// What a fence is made of, and how often at least.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Fence {
    mark: char,
    length: usize,
}

impl Fence {
    /// The fence that a line opens, with what stands behind it.
    pub(super) fn opened(line: &str) -> Option<(Self, &str)> {
        let line = line.trim();
        let mark = line.chars().next().filter(|mark| matches!(mark, '`' | '~'))?;
        let info = line.trim_start_matches(mark);
        let length = line.len() - info.len();
        let is_one = length >= 3 && !(mark == '`' && info.contains('`'));
        is_one.then(|| (Self { mark, length }, info.trim()))
    }

    /// Whether the line closes it.
    pub(super) fn is_closed_by(self, line: &str) -> bool {
        let line = line.trim();
        line.len() >= self.length && line.chars().all(|c| c == self.mark)
    }

    /// Whether the line may become one that does.
    pub(super) fn may_be_closed_by(self, line: &str) -> bool {
        let marks = line.trim_start();
        marks.trim_start_matches(self.mark).trim().is_empty()
    }
}

/// The text around tags: the line that is being written, and whether it stands in a fence.
#[derive(Debug, Clone, Default)]
pub(super) struct Lines {
    line: String,
    begun: bool,
    open: Option<Fence>,
}

impl Lines {
    /// As after this text.
    pub(super) fn after(text: &str) -> Self {
        let mut lines = Self::default();
        lines.push(text);
        lines
    }

    pub(super) fn push(&mut self, text: &str) {
        for piece in text.split_inclusive('\n') {
            self.begun = true;
            let room = MOST.saturating_sub(self.line.len());
            self.line.push_str(&piece[..piece.floor_char_boundary(room)]);
            if piece.ends_with('\n') {
                self.end();
            }
        }
    }

    /// Whether a tag may stand here.
    pub(super) const fn may_begin(&self) -> bool {
        !self.begun && self.open.is_none()
    }

    fn end(&mut self) {
        let line = std::mem::take(&mut self.line);
        self.begun = false;
        self.open = match self.open {
            Some(fence) if fence.is_closed_by(&line) => None,
            Some(fence) => Some(fence),
            None => Fence::opened(unlisted(&line)).map(|(fence, _)| fence),
        };
    }
}

/// A line without the mark of the list's item that it begins.
fn unlisted(line: &str) -> &str {
    let text = line.trim_start();
    let numbers = text.trim_start_matches(|c: char| c.is_ascii_digit());
    let rest = match numbers.len() < text.len() {
        true => numbers.strip_prefix(['.', ')']),
        false => text.strip_prefix(['-', '*', '+']),
    };
    rest.filter(|rest| rest.starts_with(' ')).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fences_open_and_close() {
        for (text, may_begin) in [
            ("", true),
            ("a\n", true),
            ("a", false),
            ("```\n", false),
            ("```html\na\n", false),
            ("```html\na\n```\n", true),
            ("````\n```\n", false),
            ("````\n```\n`````  \n", true),
            ("~~~\n```\n", false),
            ("```a`b\n", true),
            ("``\n", true),
            ("- ```\n  a\n", false),
            ("1. ```js\n   a\n   ```\n", true),
            ("```\n``` not yet\n", false),
        ] {
            assert_eq!(Lines::after(text).may_begin(), may_begin, "{text:?}");
        }
    }
}
