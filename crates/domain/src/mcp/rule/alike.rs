//! Texts that differ in their letters and could still be taken for the same.

use super::fit::Fit;

/// It stands for every run of letters beyond ASCII, however they are composed.
const LETTERS: char = '\u{fffd}';

/// A text without what may be written in several ways: upper and lower case, blanks, the composition of letters, what cannot be
/// seen, and what a shell takes away or splits at.
pub(super) fn blurred(text: &str) -> String {
    let mut seen = String::new();
    for c in text.chars().flat_map(char::to_lowercase) {
        let c = match c {
            '\\' | '\'' | '"' => continue,
            c if is_hidden(c) => continue,
            ';' | '|' | '&' | '<' | '>' | '(' | ')' | '!' => ' ',
            c if c.is_whitespace() => ' ',
            // Lower case already, and yet upper case makes an S of it.
            'ſ' => 's',
            c if is_mark(c) => {
                seen.pop();
                LETTERS
            }
            c if !c.is_ascii() => LETTERS,
            c => c,
        };
        let repeats = (c == ' ' && seen.is_empty()) || (matches!(c, ' ' | LETTERS) && seen.ends_with(c));
        if !repeats {
            seen.push(c);
        }
    }
    seen
}

/// Of two texts that are not the same.
pub(super) fn alike(one: &str, other: &str) -> Fit {
    if blurred(one).trim_end() == blurred(other).trim_end() { Fit::Unclear } else { Fit::Not }
}

/// Whether it changes the letter before it.
pub(super) const fn is_mark(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}' | '\u{1ab0}'..='\u{1aff}' | '\u{1dc0}'..='\u{1dff}'
        | '\u{20d0}'..='\u{20ff}' | '\u{3099}'..='\u{309a}' | '\u{fe20}'..='\u{fe2f}')
}

/// Whether it takes no room, so that some file systems leave it out of names.
const fn is_hidden(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{34f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}')
}
