//! Addresses: which may be linked, their host, and bare addresses in text. It must never let a scheme through that
//! can run code.

use std::ops::Range;

use crate::cjk::is_cjk;
use crate::markup::Html;

/// True for addresses that may become a link: http, https, mailto and `#fragment`.
pub(crate) fn is_safe(url: &str) -> bool {
    is_remote(url) || starts(url, "mailto:") || url.starts_with('#')
}

/// True for http and https.
pub(crate) fn is_remote(url: &str) -> bool {
    starts(url, "http://") || is_https(url)
}

/// True for https.
pub(crate) fn is_https(url: &str) -> bool {
    starts(url, "https://")
}

fn starts(url: &str, prefix: &str) -> bool {
    url.get(..prefix.len()).is_some_and(|head| head.eq_ignore_ascii_case(prefix)) && url.len() > prefix.len()
}

/// The host of an http address (the whole address for others), for the reader to see where a link goes.
pub(crate) fn host(url: &str) -> &str {
    if !is_remote(url) {
        return url;
    }
    let rest = url.split_once("//").map_or(url, |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#', '\\']).next().unwrap_or(rest);
    authority.rsplit('@').next().unwrap_or(authority)
}

/// Writes the start tag of a link to a safe address.
pub(crate) fn open(out: &mut Html, url: &str, title: &str) {
    out.tag("<a href=\"");
    out.text(url);
    if !url.starts_with('#') {
        out.tag("\" target=\"_blank\" rel=\"noopener noreferrer nofollow\" title=\"");
        out.text(host(url));
        if !title.is_empty() {
            out.tag(": ");
            out.text(title);
        }
    }
    out.tag("\">");
}

/// Writes text, with bare addresses in it as links.
pub(crate) fn text(out: &mut Html, text: &str) {
    let (mut done, mut from) = (0, 0);
    while let Some(at) = text[from..].find(['h', 'H', 'w', 'W', '@']).map(|at| from + at) {
        let found = match address(text, at) {
            Ok(found) if found.range.start >= done => found,
            Ok(_) => {
                from = at + 1;
                continue;
            }
            Err(next) => {
                from = next;
                continue;
            }
        };
        let url = &text[found.range.clone()];
        out.text(&text[done..found.range.start]);
        open(out, &format!("{}{url}", found.scheme), "");
        out.text(url);
        out.tag("</a>");
        done = found.range.end;
        from = done;
    }
    out.text(&text[done..]);
}

/// A bare address in a text, and what is to be put before it.
struct Address {
    range: Range<usize>,
    scheme: &'static str,
}

/// The address that begins at `at`, or has its `@` there; otherwise where the next one could be.
fn address(text: &str, at: usize) -> Result<Address, usize> {
    let rest = &text[at..];
    if rest.starts_with('@') {
        return email(text, at).map(|range| Address { range, scheme: "mailto:" }).ok_or(at + 1);
    }
    let before = text[..at].chars().next_back();
    if before.is_some_and(|c| c.is_ascii_alphanumeric()) {
        return Err(at + 1);
    }
    if is_remote(rest) {
        let end = at + address_len(rest);
        return if host(&text[at..end]).is_empty() {
            Err(end.max(at + 1))
        } else {
            Ok(Address { range: at..end, scheme: "" })
        };
    }
    if !starts(rest, "www.") || before.is_some_and(|c| matches!(c, '.' | '-' | '_' | '/' | '@' | ':' | '=')) {
        return Err(at + 1);
    }
    let end = at + address_len(rest);
    if text.get(at + 4..end).is_some_and(|domain| domain.starts_with(|c: char| c.is_ascii_alphanumeric())) {
        Ok(Address { range: at..end, scheme: "https://" })
    } else {
        Err(end.max(at + 1))
    }
}

/// The e-mail address around the `@` at `at`: as GitHub reads them, in ASCII.
fn email(text: &str, at: usize) -> Option<Range<usize>> {
    let bytes = text.as_bytes();
    let word = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_');
    let from = at - bytes[..at].iter().rev().take_while(|&&b| word(b) || matches!(b, b'.' | b'+')).count();
    // Marks before the name are none of it.
    let name = bytes[from..at].iter().position(u8::is_ascii_alphanumeric).map(|marks| from + marks)?;
    let mut end = at + 1 + bytes[at + 1..].iter().take_while(|&&b| word(b) || b == b'.').count();
    while end > at + 1 && bytes[end - 1] == b'.' {
        end -= 1;
    }
    let domain = &text[at + 1..end];
    let fits = domain.contains('.')
        && domain.split('.').all(|part| !part.is_empty())
        && domain.starts_with(|c: char| c.is_ascii_alphanumeric())
        && !domain.ends_with(['-', '_']);
    // What goes on, or is a part of something, is another kind of address.
    let goes_on =
        matches!(bytes.get(end), Some(b'@' | b':' | b'/')) && bytes.get(end + 1).is_some_and(|&b| word(b));
    let within = from > 0 && matches!(bytes[from - 1], b'/' | b'@');
    (fits && !goes_on && !within).then_some(name..end)
}

/// How much of the text belongs to the address: nothing from Chinese, Japanese or Korean on, and no punctuation at its
/// end.
fn address_len(text: &str) -> usize {
    let end = text
        .find(|c: char| {
            c.is_whitespace()
                || c.is_control()
                || is_cjk(c)
                || matches!(c, '<' | '>' | '"' | '`' | '\u{FDD0}' | '\u{201C}' | '\u{201D}')
        })
        .unwrap_or(text.len());
    let mut url = &text[..end];
    // How many more `)` than `(` there are: counted once, an address may be all brackets.
    let mut unbalanced = url.bytes().fold(0_i64, |open, b| match b {
        b'(' => open - 1,
        b')' => open + 1,
        _ => open,
    });
    while let Some(last) = url.chars().next_back() {
        let closes = last == ')' && unbalanced > 0;
        let punctuation = matches!(
            last,
            '.' | ','
                | ':'
                | ';'
                | '!'
                | '?'
                | '\''
                | '*'
                | '_'
                | '~'
                | ']'
                | '|'
                | '…'
                | '’'
                | '»'
                | '،'
                | '؛'
                | '؟'
                | '।'
        );
        if !(closes || punctuation) {
            break;
        }
        unbalanced -= i64::from(closes);
        url = &url[..url.len() - last.len_utf8()];
    }
    url.len()
}
