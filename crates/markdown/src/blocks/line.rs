//! What one line of Markdown can start or continue. Looks at a single line only and must never look ahead: the
//! splitter relies on it to decide the same thing however the text arrived.

use crate::math::environment::Closer;

/// An open code fence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FenceMark {
    ch: u8,
    len: usize,
    /// Spaces before the fence, taken off each line of the code.
    pub(crate) indent: usize,
}

/// A list marker at the start of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Marker {
    /// `-`, `+`, `*`, or `.` and `)` for numbered lists.
    pub(crate) ch: u8,
    /// The number written, 0 for bullets.
    pub(crate) number: u64,
    /// Column from which the content of the item starts.
    pub(crate) content: usize,
    /// Nothing follows the marker.
    pub(crate) empty: bool,
    /// How much of the line the marker takes (bytes), with what stands before it.
    pub(crate) length: usize,
}

impl Marker {
    /// True for `1.` and `1)`.
    pub(crate) fn numbered(self) -> bool {
        matches!(self.ch, b'.' | b')')
    }
}

/// True for a line of spaces and tabs only.
pub(crate) fn is_blank(line: &str) -> bool {
    line.bytes().all(|b| matches!(b, b' ' | b'\t' | b'\n'))
}

/// Columns of white space at the start, tabs going to the next multiple of four.
pub(crate) fn indent(line: &str) -> usize {
    let mut column = 0;
    for byte in line.bytes() {
        match byte {
            b' ' => column += 1,
            b'\t' => column += 4 - column % 4,
            _ => break,
        }
    }
    column
}

/// The line without its indentation, if that is at most three columns.
fn body(line: &str) -> Option<&str> {
    (indent(line) < 4).then(|| line.trim_start_matches([' ', '\t']))
}

/// The opening of a code fence, with the offset of its info string in the line.
pub(crate) fn fence_open(line: &str) -> Option<(FenceMark, usize)> {
    let text = body(line)?;
    let ch = *text.as_bytes().first()?;
    let len = run(text, ch);
    let info = text.get(len..)?;
    if len < 3 || !(ch == b'~' || ch == b'`' && !info.contains('`')) {
        return None;
    }
    Some((FenceMark { ch, len, indent: indent(line) }, line.len() - info.len()))
}

impl FenceMark {
    /// Writes what closes this fence.
    pub(crate) fn write(self, out: &mut String) {
        out.extend(std::iter::repeat_n(char::from(self.ch), self.len));
    }

    /// True if the line closes this fence.
    pub(crate) fn closes(self, line: &str) -> bool {
        body(line).is_some_and(|text| {
            let len = run(text, self.ch);
            len >= self.len && is_blank(&text[len..])
        })
    }

    /// True if an unfinished line could still turn out to close this fence.
    pub(crate) fn may_close(self, partial: &str) -> bool {
        body(partial).is_some_and(|text| {
            let len = run(text, self.ch);
            (len >= self.len || len == text.len()) && is_blank(&text[len..])
        })
    }
}

fn run(text: &str, ch: u8) -> usize {
    text.bytes().take_while(|&b| b == ch).count()
}

/// `# Heading`.
pub(crate) fn is_atx(line: &str) -> bool {
    body(line).is_some_and(|text| {
        let len = run(text, b'#');
        (1..=6).contains(&len) && matches!(text.as_bytes().get(len), None | Some(b' ' | b'\t' | b'\n'))
    })
}

/// `---`, `* * *`, `___`.
pub(crate) fn is_rule(line: &str) -> bool {
    let Some(text) = body(line) else { return false };
    let Some(&ch) = text.as_bytes().first() else { return false };
    matches!(ch, b'-' | b'*' | b'_')
        && text.bytes().all(|b| b == ch || matches!(b, b' ' | b'\t' | b'\n'))
        && text.bytes().filter(|&b| b == ch).count() >= 3
}

/// `===` or `---` under a paragraph.
pub(crate) fn is_setext(line: &str) -> bool {
    body(line).is_some_and(|text| {
        let text = text.trim_end();
        matches!(text.as_bytes().first(), Some(b'-' | b'=')) && run(text, text.as_bytes()[0]) == text.len()
    })
}

/// `> quote`.
pub(crate) fn is_quote(line: &str) -> bool {
    body(line).is_some_and(|text| text.starts_with('>'))
}

/// The list marker that starts the line, if any.
pub(crate) fn marker(line: &str) -> Option<Marker> {
    let text = body(line)?;
    let bytes = text.as_bytes();
    let digits = bytes.iter().take(9).take_while(|b| b.is_ascii_digit()).count();
    let ch = *bytes.get(digits)?;
    let valid = if digits == 0 { matches!(ch, b'-' | b'+' | b'*') } else { matches!(ch, b'.' | b')') };
    let rest = &text[digits..].get(1..)?;
    if !valid || !(rest.is_empty() || rest.starts_with([' ', '\t', '\n'])) {
        return None;
    }
    let (empty, gap) = (is_blank(rest), indent(rest));
    let width = if empty || gap > 4 { 1 } else { gap };
    let content = indent(line) + digits + 1 + width;
    let length = line.len() - rest.len();
    Some(Marker { ch, number: text[..digits].parse().unwrap_or(0), content, empty, length })
}

/// The label of a footnote definition and the offset of its text.
pub(crate) fn footnote(line: &str) -> Option<(&str, usize)> {
    let rest = body(line)?.strip_prefix("[^")?;
    let end = rest.find([']', '[', ' ', '\n'])?;
    let text = rest[end..].strip_prefix("]:")?;
    (end > 0).then(|| (&rest[..end], line.len() - text.len()))
}

/// A line that opens display mathematics.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MathLine {
    /// The formula ends on this line: offsets of its text.
    Whole(usize, usize),
    /// It goes on: what closes it, and the offset of its text.
    Opens(Closer, usize),
}

/// `$$`, `\[` or `\begin{…}` at the start of a line, unless prose follows the formula on that line.
pub(crate) fn math(line: &str) -> Option<MathLine> {
    let text = body(line)?;
    let (mut closer, length) = Closer::of(text)?;
    let start = line.len() - text.len() + length;
    match closer.find(&line[start..]) {
        None => Some(MathLine::Opens(closer, start)),
        Some((len, after)) => {
            let after = line[start + after..].trim();
            let whole = len > 0 && after.chars().all(|c| matches!(c, '.' | ',' | ';' | ':'));
            whole.then_some(MathLine::Whole(start, start + len))
        }
    }
}

/// `|---|:-:|`, the line under the head of a table.
pub(crate) fn is_table_rule(line: &str) -> bool {
    let text = line.trim();
    text.contains('-')
        && (text.contains('|') || text.contains(':'))
        && text.bytes().all(|b| matches!(b, b'|' | b'-' | b':' | b' ' | b'\t'))
}
