//! Texts of servers, cleaned: what moves a cursor, hides, or turns text around is taken out. Pure. What is left reads the
//! same to a person, to a model and in a terminal.

use std::{borrow::Cow, iter::Peekable, str::Chars};

use serde_json::Value;

/// The text without control characters and escape sequences, and without what cannot be seen.
pub(crate) fn clean(text: &str) -> Cow<'_, str> {
    let is_plain =
        |c: char| matches!(c, ' '..='~' | '\n' | '\t') || (c > '\u{9f}' && !is_hidden(c) && !is_joiner(c));
    if text.chars().all(is_plain) {
        return text.into();
    }
    let mut kept = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\n' | '\t' => kept.push(c),
            // A line of its own, as terminals that are no terminals show it.
            '\r' if chars.peek() != Some(&'\n') => kept.push('\n'),
            '\u{1b}' => skip_escape(&mut chars),
            '\u{9b}' => skip_parameters(&mut chars),
            '\u{90}' | '\u{98}' | '\u{9d}' | '\u{9e}' | '\u{9f}' => skip_string(&mut chars),
            c if c.is_control() || is_hidden(c) => {}
            c if is_joiner(c) && !joins(&kept, chars.peek().copied()) => {}
            c => kept.push(c),
        }
    }
    kept.into()
}

/// Cleaned, and at most `most` bytes long. Of a very long text only the beginning is looked at.
pub(crate) fn clean_to(text: &str, most: usize) -> String {
    let seen = text.floor_char_boundary(most.saturating_mul(8));
    let clean = clean(&text[..seen]);
    let clean = clean.trim();
    if seen == text.len() && clean.len() <= most {
        return clean.to_owned();
    }
    format!("{}…", &clean[..clean.floor_char_boundary(most.saturating_sub('…'.len_utf8()))])
}

/// Cleans every text in a value. Names of fields cannot be changed without changing what they mean: whether they are clean
/// is told.
pub(crate) fn clean_json(value: &mut Value) -> bool {
    match value {
        Value::String(text) => {
            if let Cow::Owned(cleaned) = clean(text) {
                *text = cleaned;
            }
            true
        }
        Value::Array(items) => items.iter_mut().map(clean_json).fold(true, |all, one| all & one),
        Value::Object(fields) => fields
            .iter_mut()
            .map(|(name, value)| clean_json(value) & matches!(clean(name), Cow::Borrowed(_)))
            .fold(true, |all, one| all & one),
        Value::Null | Value::Bool(_) | Value::Number(_) => true,
    }
}

/// Behind an escape character.
fn skip_escape(chars: &mut Peekable<Chars<'_>>) {
    match chars.peek() {
        Some('[') => {
            chars.next();
            skip_parameters(chars);
        }
        Some('P' | 'X' | ']' | '^' | '_') => {
            chars.next();
            skip_string(chars);
        }
        // Intermediate characters, then the one that ends the sequence (ECMA-35).
        _ => {
            while chars.next_if(|&c| (' '..='/').contains(&c)).is_some() {}
            chars.next_if(|&c| ('0'..='~').contains(&c));
        }
    }
}

/// Up to the character that ends a control sequence.
fn skip_parameters(chars: &mut Peekable<Chars<'_>>) {
    while chars.next_if(|&c| (' '..='?').contains(&c)).is_some() {}
    chars.next_if(|&c| ('@'..='~').contains(&c));
}

/// Up to the end of a control string; what is not ended is dropped whole.
fn skip_string(chars: &mut Peekable<Chars<'_>>) {
    while let Some(c) = chars.next() {
        match c {
            '\u{7}' | '\u{9c}' => return,
            '\u{1b}' if chars.next_if_eq(&'\\').is_some() => return,
            _ => {}
        }
    }
}

/// Characters that nobody sees, or that turn the order of others around. Variation selectors and joiners are judged apart.
fn is_hidden(c: char) -> bool {
    matches!(c,
        // Soft hyphen, grapheme joiner, fillers, Mongolian separators.
        '\u{ad}' | '\u{34f}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}' | '\u{3164}' | '\u{ffa0}'
        // Directions.
        | '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
        // Zero width, invisible operators, deprecated formatting, byte order mark, annotations.
        | '\u{200b}' | '\u{2060}'..='\u{2065}' | '\u{206a}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
        // Shorthand and musical formatting, tags, and the selectors that carry hidden bytes.
        | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}'
    )
}

/// What is invisible itself and shapes its neighbours: joiners (Persian, Indic scripts, emoji) and variation selectors.
fn is_joiner(c: char) -> bool {
    matches!(c, '\u{200c}' | '\u{200d}' | '\u{fe00}'..='\u{fe0f}')
}

/// Whether a joiner has something to do: one alone, behind a character that it may shape.
fn joins(before: &str, next: Option<char>) -> bool {
    let shapes = |c: char| !c.is_ascii() && !c.is_whitespace();
    let keycap = next == Some('\u{20e3}');
    let last = before.chars().next_back();
    // A selector may stand before a zero width joiner, as in a rainbow flag.
    let is_doubled = last.is_some_and(|c| is_joiner(c) && !(c == '\u{fe0f}' && next.is_some_and(shapes)));
    !is_doubled && last.is_some_and(|c| shapes(c) || keycap)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_clean_is_not_copied() {
        for text in ["", "plain\n\ttext ~", "ação, 漢字, עברית, العربية, 😀 — “quotes”"]
        {
            assert!(matches!(clean(text), Cow::Borrowed(same) if same == text), "{text}");
        }
    }

    #[test]
    fn escape_sequences_go_whole() {
        for (dirty, expected) in [
            ("a\u{1b}[31;1mred\u{1b}[0m b", "ared b"),
            ("\u{1b}[2J\u{1b}[1;1Htop", "top"),
            ("\u{1b}]0;title\u{7}text", "text"),
            ("\u{1b}]8;;https://evil.example\u{1b}\\click\u{1b}]8;;\u{1b}\\", "click"),
            ("\u{1b}P1;2|data\u{1b}\\after", "after"),
            ("\u{1b}(Bset \u{1b}=pad \u{1b}7save", "set pad save"),
            ("\u{9b}31mred", "red"),
            ("\u{9d}0;title\u{9c}text", "text"),
            ("never ended \u{1b}]0;title", "never ended "),
            ("at the end\u{1b}", "at the end"),
        ] {
            assert_eq!(clean(dirty), expected, "{dirty:?}");
        }
    }

    #[test]
    fn what_cannot_be_seen_goes() {
        for (dirty, expected) in [
            ("a\u{0}b\u{8}c\u{7f}d\u{85}e", "abcde"),
            ("one\r\ntwo\rthree", "one\ntwo\nthree"),
            ("in\u{200b}vi\u{2060}si\u{feff}ble\u{ad}", "invisible"),
            ("safe\u{202e}exe.txt\u{202c}\u{2066}x\u{2069}\u{200f}", "safeexe.txtx"),
            ("tags\u{e0041}\u{e0042}\u{e007f}", "tags"),
            ("bytes😀\u{e0101}\u{e01ef}", "bytes😀"),
            ("p\u{200d}a\u{200c}ss", "pass"),
            ("runs 漢\u{200d}\u{200d}\u{200c}\u{200d}字", "runs 漢\u{200d}字"),
        ] {
            assert_eq!(clean(dirty), expected, "{dirty:?}");
        }
    }

    #[test]
    fn scripts_and_emoji_keep_what_shapes_them() {
        for text in [
            "می\u{200c}خواهم",
            "👩\u{200d}👩\u{200d}👧",
            "❤\u{fe0f}",
            "1\u{fe0f}\u{20e3}",
            "🏳\u{fe0f}\u{200d}🌈",
            "क\u{94d}\u{200d}ष",
        ] {
            assert_eq!(clean(text), text, "{text:?}");
        }
    }

    #[test]
    fn the_length_is_kept_within_characters() {
        assert_eq!(clean_to(" short ", 100), "short");
        let cut = clean_to(&"é".repeat(100), 20);
        assert!(cut.len() <= 20 && cut.ends_with('…'), "{cut}");
    }

    #[test]
    fn values_are_cleaned_and_names_are_judged() {
        let mut value = serde_json::json!({"a": ["x\u{200b}", {"b": "\u{1b}[1mbold"}], "n": 1});
        assert!(clean_json(&mut value));
        assert_eq!(value, serde_json::json!({"a": ["x", {"b": "bold"}], "n": 1}));
        assert!(!clean_json(&mut serde_json::json!({"fine": [{"hid\u{200b}den": "fine"}]})));
    }
}
