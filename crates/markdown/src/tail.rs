//! Makes the unfinished end of a text look finished: closes what is open, hides what is half there. Only for the
//! open tail; what it does must never reach a frozen block.

use crate::blocks::line;
use crate::cjk::is_cjk;
use crate::details::Walk;
use crate::elements::{self, Tag};
use crate::math::environment;

/// The tail with its open markers closed.
pub(crate) fn complete(source: &str) -> String {
    let mut text = hide_last_marker(source).to_owned();
    if let Some(table) = table_head(&text) {
        return table;
    }
    let walk = Walk::of(&text);
    if !walk.in_fence() {
        let from = run_start(&text);
        close_inline(&mut text, from);
    }
    walk.close(&mut text);
    text
}

/// Takes off a last line that is only the start of a marker: `-` would turn the text above into a heading.
fn hide_last_marker(source: &str) -> &str {
    let start = source.rfind('\n').map_or(0, |at| at + 1);
    let last = source[start..].trim();
    let marker = !last.is_empty()
        && last.bytes().all(|b| {
            b.is_ascii_digit()
                || matches!(
                    b,
                    b'-' | b'='
                        | b'*'
                        | b'+'
                        | b'#'
                        | b'_'
                        | b'>'
                        | b'`'
                        | b'~'
                        | b'.'
                        | b')'
                        | b'\\'
                        | b'$'
                        | b'['
                )
        });
    let number = last.bytes().all(|b| b.is_ascii_digit());
    if marker && !(number && start == 0) { &source[..start] } else { source }
}

/// A table of which only the head has arrived, as a table.
fn table_head(text: &str) -> Option<String> {
    let mut lines = text.lines();
    let head = lines.next().filter(|line| line.starts_with('|'))?;
    let rule = lines.next().unwrap_or_default();
    let partial = rule.bytes().all(|b| matches!(b, b'|' | b'-' | b':' | b' '));
    if !partial || lines.next().is_some() || text.matches('\n').count() > 1 {
        return None;
    }
    let head = head.trim_end().trim_end_matches('|');
    let columns = head.replace("\\|", "").matches('|').count();
    Some(format!("{head}|\n|{}\n", "---|".repeat(columns)))
}

/// Where the last paragraph, item or row starts.
fn run_start(text: &str) -> usize {
    let mut from = text.len();
    for line_text in text.split_inclusive('\n').rev() {
        if line::is_blank(line_text) {
            break;
        }
        from -= line_text.len();
        if line::marker(line_text.trim_start()).is_some() || line_text.starts_with('|') {
            break;
        }
    }
    from
}

/// Closes code spans, emphasis and links that are open in `text[from..]`.
fn close_inline(text: &mut String, from: usize) {
    let open = scan(&text[from..]);
    let end = from + open.keep;
    text.truncate(end);
    if let Some(at) = open.link {
        open_link(text, from + at);
    }
    let kept = text.trim_end().len();
    let space = text.split_off(kept);
    if let Some(len) = open.code {
        text.push_str(&"`".repeat(len));
    }
    for marker in open.emphasis.iter().rev() {
        text.push_str(marker);
    }
    if open.code.is_none() && open.emphasis.is_empty() {
        text.push_str(&space);
    }
}

struct Open {
    /// Length of a code span's opening backticks.
    code: Option<usize>,
    /// What closes each run of emphasis and each element that is open.
    emphasis: Vec<&'static str>,
    /// Where a link that is not complete starts.
    link: Option<usize>,
    /// How much of the text is shown.
    keep: usize,
}

fn scan(text: &str) -> Open {
    let bytes = text.as_bytes();
    let mut open = Open { code: None, emphasis: Vec::new(), link: None, keep: text.len() };
    let mut at = 0;
    while at < bytes.len() {
        let ch = bytes[at];
        let marker = matches!(ch, b'`' | b'*' | b'_' | b'~');
        let len = if marker { bytes[at..].iter().take_while(|&&b| b == ch).count() } else { 1 };
        match ch {
            b'`' => {
                match open.code {
                    None => open.code = Some(len),
                    Some(code) if code == len => open.code = None,
                    Some(_) => {}
                }
                if at + len == bytes.len() && open.code == Some(len) {
                    open.code = None;
                    open.keep = at;
                }
                at += len;
            }
            _ if open.code.is_some() => at += 1,
            b'\\' if matches!(bytes.get(at + 1), Some(b'(' | b'[')) => {
                let closer = if bytes[at + 1] == b'(' { "\\)" } else { "\\]" };
                let Some(end) = text[at + 2..].find(closer) else {
                    open.keep = at;
                    break;
                };
                at += end + 4;
            }
            b'\\' if environment::may_begin(&text[at..]) => {
                let mut rest = &text[at..];
                let end = environment::Closer::of(rest).and_then(|(mut closer, _)| closer.find(rest));
                let Some((_, len)) = end else {
                    open.keep = at;
                    break;
                };
                rest = &rest[len..];
                at = text.len() - rest.len();
            }
            b'\\' => at += 2,
            b'<' => {
                let Some(len) = element(&mut open, &text[at..]) else {
                    open.keep = at;
                    break;
                };
                at += len;
            }
            b'*' | b'_' | b'~' => {
                emphasis(&mut open, text, at, len);
                at += len;
            }
            b'[' => {
                let image = at > 0 && bytes[at - 1] == b'!';
                open.link = Some(if image { at - 1 } else { at });
                at += 1;
            }
            b']' if bytes.get(at + 1) != Some(&b'(') => {
                open.link = None;
                at += 1;
            }
            b')' => {
                open.link = None;
                at += 1;
            }
            _ => at += 1,
        }
    }
    open
}

/// A tag of an element; gives its length, or nothing if it is not complete.
fn element(open: &mut Open, text: &str) -> Option<usize> {
    if elements::may_become_tag(text) {
        return None;
    }
    let Some((tag, len)) = elements::tag(text) else { return Some(1) };
    match tag {
        // Whole blocks are closed elsewhere.
        Tag::Open(element) if element.end() == "</details>" => {}
        Tag::Open(element) => open.emphasis.push(element.end()),
        Tag::Close(element) if open.emphasis.last() == Some(&element.end()) => {
            open.emphasis.pop();
        }
        Tag::Close(_) | Tag::Break => {}
    }
    Some(len)
}

fn emphasis(open: &mut Open, text: &str, at: usize, len: usize) {
    let before = text[..at].chars().next_back().unwrap_or(' ');
    let after = text[at + len..].chars().next();
    let ch = text.as_bytes()[at];
    let marker = match (ch, len) {
        (b'~', 2) => "~~",
        (b'*', 1) => "*",
        (b'_', 1) => "_",
        (b'*', 2) => "**",
        (b'_', 2) => "__",
        (b'*', 3) => "***",
        _ => return,
    };
    if open.emphasis.last() == Some(&marker) && !before.is_whitespace() {
        open.emphasis.pop();
    } else if after.is_none() {
        // `**bold*`: half of the closer; anything else opens with nothing behind it yet.
        open.keep = at;
    } else if after.is_some_and(|c| {
        let beside_cjk = ch != b'_' && (is_cjk(before) || is_cjk(c));
        !c.is_whitespace() && (before.is_ascii_punctuation() || before.is_whitespace() || beside_cjk)
    }) {
        open.emphasis.push(marker);
    }
}

/// Shows the text of a link whose address is still arriving; hides an image.
fn open_link(text: &mut String, at: usize) {
    if at >= text.len() {
        return;
    }
    let part = text.split_off(at);
    if part.starts_with('!') {
        return;
    }
    let label = part.trim_start_matches('[');
    text.push_str(label.split_once("](").map_or(label, |(label, _)| label));
}
