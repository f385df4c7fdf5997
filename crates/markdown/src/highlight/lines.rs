//! Languages read line by line: diff, Markdown, ini. It must never look beyond a line.

use super::languages::Language;
use super::{Class, Pen};

pub(super) fn write(pen: &mut Pen<'_, '_>, language: &Language) {
    let code = pen.code;
    let mut at = 0;
    let mut fence = false;
    for line in code.split_inclusive('\n') {
        let end = at + line.trim_end_matches('\n').len();
        match language.names[0] {
            "diff" => pen.piece(at, end, diff(line)),
            "markdown" => {
                let mark = line.trim_start().starts_with("```") || line.trim_start().starts_with("~~~");
                pen.piece(at, end, if fence || mark { Class::Text } else { markdown(line) });
                fence ^= mark;
            }
            _ => ini(pen, at, line, end),
        }
        at += line.len();
    }
}

fn diff(line: &str) -> Class {
    match line.as_bytes() {
        [b'+', b'+', b'+', ..]
        | [b'-', b'-', b'-', ..]
        | [b'd', b'i', b'f', b'f', ..]
        | [b'i', b'n', b'd', b'e', b'x', ..] => Class::Comment,
        [b'@', ..] => Class::Function,
        [b'+', ..] => Class::Text,
        [b'-', ..] => Class::Keyword,
        _ => Class::Plain,
    }
}

fn markdown(line: &str) -> Class {
    let text = line.trim_start();
    match text.as_bytes().first() {
        Some(b'#') => Class::Function,
        Some(b'>') => Class::Comment,
        Some(b'|') => Class::Type,
        Some(b'-' | b'*' | b'+') if text[1..].starts_with(' ') => Class::Keyword,
        _ => Class::Plain,
    }
}

fn ini(pen: &mut Pen<'_, '_>, at: usize, line: &str, end: usize) {
    let text = line.trim_start();
    if text.starts_with([';', '#']) {
        pen.piece(at, end, Class::Comment);
    } else if text.starts_with('[') {
        pen.piece(at, end, Class::Keyword);
    } else if let Some(equals) = line.find('=') {
        pen.piece(at, at + equals, Class::Type);
        pen.piece(at + equals, at + equals + 1, Class::Punctuation);
        pen.piece(at + equals + 1, end, Class::Text);
    }
}
