//! Emphasis beside Chinese, Japanese and Korean, by the CommonMark CJK-friendly amendments
//! (github.com/tats-u/markdown-cjk-friendly, specification.md). The parser has no place for that rule: between a run of
//! `*` or `~~` and its neighbour it is shown a letter that nobody else sees. None may reach the page: [`clean`] takes
//! them out of every event.

use std::borrow::Cow;

use pulldown_cmark::{CodeBlockKind, CowStr, Event, Tag};

/// Stands beside a run, and is neither space nor punctuation. A non-character: it is in no text meant for exchange.
const LETTER: char = '\u{FDD2}';
/// Stands between the letter and another run, which still has to see punctuation there. As rare as punctuation gets.
const POINT: char = '\u{1BC9F}';

/// A text in which letters may stand.
pub(crate) struct Joined<'t> {
    pub(crate) text: Cow<'t, str>,
    /// Whether there are any.
    pub(crate) joined: bool,
}

/// True for what the amendments call a CJK character: wide, full-width and half-width ones that are no emoji, and
/// Hangul. The ranges are those of Unicode 16.
pub(crate) fn is_cjk(ch: char) -> bool {
    matches!(u32::from(ch),
        0x1100..=0x11FF | 0x20A9 | 0x2329..=0x232A | 0x2630..=0x2637 | 0x268A..=0x268F | 0x2E80..=0x2FD5
        | 0x2FF0..=0x303E | 0x3041..=0x3247 | 0x3250..=0xA4C6 | 0xA960..=0xA97C | 0xAC00..=0xD7FB
        | 0xF900..=0xFAFF | 0xFE10..=0xFE19 | 0xFE30..=0xFE6B | 0xFF01..=0xFFEE | 0x16FE0..=0x16FF6
        | 0x17000..=0x18DF2 | 0x1AFF0..=0x1B2FB | 0x1D300..=0x1D376 | 0x1F200 | 0x1F202
        | 0x1F210..=0x1F219 | 0x1F21B..=0x1F22E | 0x1F230..=0x1F231 | 0x1F237 | 0x1F23B
        | 0x1F240..=0x1F248 | 0x1F260..=0x1F265 | 0x20000..=0x3FFFD
    )
}

/// Puts letters beside the runs that open or close by the amendments.
///
/// Beside a CJK character a run that touches no space both opens and closes, whatever punctuation is on either side:
/// all of the amendments comes down to that for `*`, and for `~~`. They change nothing for `_`.
pub(crate) fn join(text: Cow<'_, str>) -> Joined<'_> {
    // The first CJK character is encoded with this byte.
    let may_need = text.bytes().any(|b| b >= 0xE1) && (text.contains('*') || text.contains("~~"));
    if !may_need || text.contains([LETTER, POINT]) {
        return Joined { text, joined: false };
    }
    match joined(&text) {
        Some(text) => Joined { text: Cow::Owned(text), joined: true },
        None => Joined { text, joined: false },
    }
}

fn joined(text: &str) -> Option<String> {
    let bytes = text.as_bytes();
    let mut out = String::new();
    let (mut at, mut done) = (0, 0);
    while let Some(&byte) = bytes.get(at) {
        if byte == b'\\' {
            at += 2;
            continue;
        }
        if !matches!(byte, b'*' | b'~') {
            at += 1;
            continue;
        }
        let end = at + bytes[at..].iter().take_while(|&&b| b == byte).count();
        let (before, after) = (text[..at].chars().next_back(), text[end..].chars().next());
        if (byte == b'*' || end - at == 2)
            && let (Some(before), Some(after)) = (before, after)
            && !before.is_whitespace()
            && !after.is_whitespace()
            && (is_cjk(after) || ends_in_cjk(&text[..at], before))
        {
            out.push_str(&text[done..at]);
            // A cell of a table begins and ends like a line.
            if before != '|' {
                if is_run(before) {
                    out.push(POINT);
                }
                out.push(LETTER);
            }
            out.push_str(&text[at..end]);
            if after != '|' {
                out.push(LETTER);
                if is_run(after) {
                    out.push(POINT);
                }
            }
            done = end;
        }
        at = end;
    }
    if done == 0 {
        return None;
    }
    out.push_str(&text[done..]);
    Some(out)
}

fn is_run(ch: char) -> bool {
    matches!(ch, '*' | '_' | '~')
}

/// Whether a text ends in a CJK character, or in one with a variation selector behind it.
fn ends_in_cjk(text: &str, last: char) -> bool {
    match last {
        '\u{FE00}'..='\u{FE0E}' => text.chars().rev().nth(1).is_some_and(is_cjk),
        '\u{E0100}'..='\u{E01EF}' => true,
        _ => is_cjk(last),
    }
}

/// Takes the letters out of a text.
pub(crate) fn without<'t>(text: &CowStr<'t>) -> CowStr<'t> {
    if text.contains(LETTER) { text.replace([LETTER, POINT], "").into() } else { text.clone() }
}

/// Takes the letters out of the events of the parser.
pub(crate) fn clean<'t>(
    events: impl Iterator<Item = Event<'t>>,
    joined: bool,
) -> impl Iterator<Item = Event<'t>> {
    events.map(move |event| if joined { clean_event(event) } else { event })
}

fn clean_event(event: Event<'_>) -> Event<'_> {
    match event {
        Event::Text(text) => Event::Text(without(&text)),
        Event::Code(text) => Event::Code(without(&text)),
        Event::Html(text) => Event::Html(without(&text)),
        Event::InlineHtml(text) => Event::InlineHtml(without(&text)),
        Event::FootnoteReference(label) => Event::FootnoteReference(without(&label)),
        Event::Start(tag) => Event::Start(clean_tag(tag)),
        event => event,
    }
}

fn clean_tag(tag: Tag<'_>) -> Tag<'_> {
    match tag {
        Tag::CodeBlock(CodeBlockKind::Fenced(info)) => Tag::CodeBlock(CodeBlockKind::Fenced(without(&info))),
        Tag::FootnoteDefinition(label) => Tag::FootnoteDefinition(without(&label)),
        Tag::Link { link_type, dest_url, title, id } => {
            Tag::Link { link_type, dest_url: without(&dest_url), title: without(&title), id }
        }
        Tag::Image { link_type, dest_url, title, id } => {
            Tag::Image { link_type, dest_url: without(&dest_url), title: without(&title), id }
        }
        tag => tag,
    }
}
