//! Addresses: which may be linked, their host, and bare addresses in text. It must never let a scheme through that
//! can run code.

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

/// Writes text, with bare http addresses as links.
pub(crate) fn text(out: &mut Html, text: &str) {
    let mut rest = text;
    let mut from = 0;
    while let Some(at) = rest[from..].find("http").map(|at| from + at) {
        let boundary = !rest[..at].ends_with(|c: char| c.is_ascii_alphanumeric());
        if !boundary || !(rest[at..].starts_with("http://") || rest[at..].starts_with("https://")) {
            from = at + 4;
            continue;
        }
        let len = address_len(&rest[at..]);
        let url = &rest[at..at + len];
        if host(url).is_empty() {
            from = at + 4;
            continue;
        }
        out.text(&rest[..at]);
        open(out, url, "");
        out.text(url);
        out.tag("</a>");
        rest = &rest[at + len..];
        from = 0;
    }
    out.text(rest);
}

/// How much of the text belongs to the address: punctuation at its end does not.
fn address_len(text: &str) -> usize {
    let end = text
        .find(|c: char| {
            c.is_whitespace() || c.is_control() || matches!(c, '<' | '>' | '"' | '`' | '\u{FDD0}')
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
            '.' | ',' | ':' | ';' | '!' | '?' | '\'' | '*' | '_' | '~' | ']' | '|' | '。' | '，' | '、'
        );
        if !(closes || punctuation) {
            break;
        }
        unbalanced -= i64::from(closes);
        url = &url[..url.len() - last.len_utf8()];
    }
    url.len()
}
