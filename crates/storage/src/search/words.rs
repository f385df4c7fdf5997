//! Texts as the search compares them: words without case and accents, separated by blanks. They are made here and not in SQL, so that
//! both databases find the same in every script.

use unicode_normalization::UnicodeNormalization as _;

/// As much of a text is found by its words.
const MAX_BYTES: usize = 256 * 1024;
/// Longer runs of letters are several words.
const MAX_WORD_CHARS: usize = 64;

/// The words of a text. Scripts that put no blanks between words become pairs of letters that overlap, and the last letter of a run
/// by itself, so that a single letter is found wherever it stands.
pub(crate) fn words(text: &str) -> String {
    let text = &text[..text.floor_char_boundary(MAX_BYTES)];
    let mut out = String::with_capacity(text.len());
    for run in runs(text) {
        match run {
            Run::Word(word) => push(&mut out, &word),
            Run::Letters(letters) => {
                letters.windows(2).for_each(|pair| push(&mut out, &String::from_iter(pair)));
                letters.last().into_iter().for_each(|last| push(&mut out, &last.to_string()));
            }
        }
    }
    out
}

fn push(out: &mut String, word: &str) {
    if !out.is_empty() {
        out.push(' ');
    }
    out.push_str(word);
}

/// A piece of a text between what separates words.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Run {
    Word(String),
    /// Of a script without blanks.
    Letters(Vec<char>),
}

pub(super) fn runs(text: &str) -> Vec<Run> {
    let mut runs = Vec::new();
    let mut open: Option<Run> = None;
    for c in text.nfc().flat_map(folded) {
        let kind = kind(c);
        match (&mut open, kind) {
            (Some(Run::Word(word)), Kind::Word) if word.chars().count() < MAX_WORD_CHARS => word.push(c),
            (Some(Run::Word(word)), Kind::Mark) => word.push(c),
            (Some(Run::Letters(letters)), Kind::Letter | Kind::Mark) => letters.push(c),
            _ => {
                runs.extend(open.take());
                open = match kind {
                    Kind::Word => Some(Run::Word(c.to_string())),
                    Kind::Letter => Some(Run::Letters(vec![c])),
                    Kind::Sign => {
                        runs.push(Run::Word(c.to_string()));
                        None
                    }
                    Kind::Mark | Kind::Gap => None,
                };
            }
        }
    }
    runs.extend(open);
    runs
}

/// A character in lower case, in its compatible form, with one form of sigma, without accents.
pub(super) fn folded(c: char) -> impl Iterator<Item = char> {
    c.to_lowercase()
        .nfkd()
        .filter(|c| !is_accent(*c))
        .nfc()
        .flat_map(char::to_lowercase)
        .map(|c| if c == 'ς' { 'σ' } else { c })
}

/// Marks that stand on letters of several scripts. Those of one script are part of its words.
const fn is_accent(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36F}' | '\u{1AB0}'..='\u{1AFF}' | '\u{1DC0}'..='\u{1DFF}' | '\u{20D0}'..='\u{20FF}')
}

#[derive(Clone, Copy)]
enum Kind {
    Word,
    Letter,
    /// Goes on with what stands before it.
    Mark,
    /// A word by itself: an emoji, an arrow.
    Sign,
    Gap,
}

fn kind(c: char) -> Kind {
    match c {
        _ if c.is_ascii() => {
            if c.is_ascii_alphanumeric() {
                Kind::Word
            } else {
                Kind::Gap
            }
        }
        // Thai, Lao, Burmese, Khmer; kana, Han and their like, Hangul.
        '\u{E00}'..='\u{EFF}'
        | '\u{1000}'..='\u{109F}'
        | '\u{1780}'..='\u{17FF}'
        | '\u{3005}'..='\u{3007}'
        | '\u{3031}'..='\u{3035}'
        | '\u{3040}'..='\u{30FA}'
        | '\u{30FC}'..='\u{318F}'
        | '\u{31A0}'..='\u{31FF}'
        | '\u{3400}'..='\u{4DBF}'
        | '\u{4E00}'..='\u{9FFF}'
        | '\u{AC00}'..='\u{D7AF}'
        | '\u{F900}'..='\u{FAFF}'
        | '\u{20000}'..='\u{3FFFF}' => Kind::Letter,
        _ if c.is_alphanumeric() => Kind::Word,
        _ if unicode_normalization::char::is_combining_mark(c) => Kind::Mark,
        // Blanks, general and CJK punctuation, halves of what is no character, variants of emoji.
        _ if c.is_whitespace() || c.is_control() => Kind::Gap,
        '\u{80}'..='\u{BF}'
        | '\u{2000}'..='\u{206F}'
        | '\u{3000}'..='\u{303F}'
        | '\u{30FB}'
        | '\u{E000}'..='\u{F8FF}'
        | '\u{FE00}'..='\u{FE6F}'
        | '\u{FF00}'..='\u{FFEF}'
        | '\u{1F3FB}'..='\u{1F3FF}'
        | '\u{E0000}'..='\u{10FFFF}' => Kind::Gap,
        _ => Kind::Sign,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn case_accents_and_punctuation_say_nothing() {
        assert_eq!(words("Uma AÇÃO, İstanbul; ΣΊΣΥΦΟΣ"), "uma acao istanbul σισυφοσ");
        assert_eq!(words("foo-bar(c++) https://x.y/z?1"), "foo bar c https x y z 1");
        assert_eq!(words("ﬁne ＡＢ１ 🎉done"), "fine ab1 🎉 done");
        assert_eq!(words("\0a\u{E000}b"), "a b");
    }

    #[test]
    fn scripts_without_blanks_become_pairs() {
        assert_eq!(words("我们走ok。園"), "我们 们走 走 ok 園");
        assert_eq!(words("がき"), "がき き");
        assert_eq!(words("한국어"), "한국 국어 어");
        assert_eq!(words("กินข้าว").split(' ').count(), "กินข้าว".chars().count());
    }

    #[test]
    fn long_texts_and_words_are_bounded() {
        assert!(words(&"é".repeat(MAX_BYTES)).len() <= MAX_BYTES + MAX_BYTES / MAX_WORD_CHARS);
        assert_eq!(words(&"a".repeat(200)).split(' ').map(str::len).collect::<Vec<_>>(), [64, 64, 64, 8]);
    }

    proptest! {
        #[test]
        fn words_are_made_of_words(text in "\\PC{0,200}") {
            let once = words(&text);
            prop_assert!(!once.contains("  ") && once.trim() == once);
            prop_assert!(!once.contains(['"', '\'', '\\', '\0', '*', ':', '&', '|', '(', ')', '<', '>', '!']));
        }
    }
}
