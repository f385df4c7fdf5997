//! Texts as the search compares them: words without case and accents, separated by blanks. They are made here and not in SQL, so that
//! both databases find the same in every script.

use unicode_normalization::{IsNormalized, UnicodeNormalization as _, is_nfc_quick};

/// As much of a text is found by its words, and as many words; a vector of PostgreSQL's takes no more than a megabyte.
const MAX_BYTES: usize = 256 * 1024;
const MAX_WORDS: usize = 50_000;
/// Longer runs of letters are several words.
const MAX_WORD_BYTES: usize = 128;
/// Longer runs of scripts without blanks are several.
const MAX_LETTERS: usize = 1_000;

/// The words of a text. Scripts that put no blanks between words become pairs of letters that overlap, and the last letter of a run
/// by itself, so that a single letter is found wherever it stands.
pub(crate) fn words(text: &str) -> String {
    let text = &text[..text.floor_char_boundary(MAX_BYTES)];
    let mut out = Words { text: String::with_capacity(text.len()), count: 0 };
    for run in Runs::of(text) {
        match run {
            Run::Word(word) => out.push(&word),
            Run::Letters(letters) => {
                letters.windows(2).for_each(|pair| out.push(&String::from_iter(pair)));
                letters.last().into_iter().for_each(|last| out.push(last.encode_utf8(&mut [0; 4])));
            }
        }
        if out.is_full() {
            break;
        }
    }
    out.text
}

/// Words so far.
struct Words {
    text: String,
    count: usize,
}

impl Words {
    fn is_full(&self) -> bool {
        self.count >= MAX_WORDS || self.text.len() >= MAX_BYTES
    }

    fn push(&mut self, word: &str) {
        if self.is_full() {
            return;
        }
        if self.count > 0 {
            self.text.push(' ');
        }
        self.text.push_str(word);
        self.count += 1;
    }
}

/// A piece of a text between what separates words.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Run {
    Word(String),
    /// Of a script without blanks.
    Letters(Vec<char>),
}

/// The runs of a text, one after the other.
pub(super) struct Runs<'a> {
    chars: Box<dyn Iterator<Item = char> + 'a>,
    /// What begins, or is by itself, after the run that was given last.
    next: Option<Run>,
}

impl<'a> Runs<'a> {
    pub(super) fn of(text: &'a str) -> Self {
        // Nearly every text is composed already.
        let composed = is_nfc_quick(text.chars()) == IsNormalized::Yes;
        let chars: Box<dyn Iterator<Item = char>> = match composed {
            true => Box::new(text.chars().flat_map(folded)),
            false => Box::new(text.nfc().flat_map(folded)),
        };
        Self { chars, next: None }
    }
}

impl Iterator for Runs<'_> {
    type Item = Run;

    fn next(&mut self) -> Option<Run> {
        let mut open = self.next.take();
        loop {
            let Some(c) = self.chars.next() else { return open };
            let kind = kind(c);
            match (&mut open, kind) {
                (Some(Run::Word(word)), Kind::Word | Kind::Mark) if word.len() < MAX_WORD_BYTES => {
                    word.push(c);
                }
                (Some(Run::Letters(letters)), Kind::Letter | Kind::Mark) if letters.len() < MAX_LETTERS => {
                    letters.push(c);
                }
                _ => {
                    let begun = match kind {
                        Kind::Word | Kind::Sign => Some(Run::Word(c.to_string())),
                        Kind::Letter => Some(Run::Letters(vec![c])),
                        Kind::Mark | Kind::Gap => None,
                    };
                    if open.is_some() {
                        self.next = begun;
                        return open;
                    }
                    open = begun;
                }
            }
            if matches!(kind, Kind::Sign) {
                return open;
            }
        }
    }
}

/// A character in lower case, in its compatible form, with one form of sigma, without accents.
pub(super) fn folded(c: char) -> Folded {
    if c.is_ascii() {
        return Folded::One(Some(c.to_ascii_lowercase()));
    }
    let folded: Vec<char> = c
        .to_lowercase()
        .nfkd()
        .filter(|c| !is_accent(*c))
        .nfc()
        .flat_map(char::to_lowercase)
        .map(|c| if c == 'ς' { 'σ' } else { c })
        .collect();
    match folded[..] {
        [one] => Folded::One(Some(one)),
        _ => Folded::Many(folded.into_iter()),
    }
}

/// What a character becomes: nearly always one.
pub(super) enum Folded {
    One(Option<char>),
    Many(std::vec::IntoIter<char>),
}

impl Iterator for Folded {
    type Item = char;

    fn next(&mut self) -> Option<char> {
        match self {
            Self::One(one) => one.take(),
            Self::Many(more) => more.next(),
        }
    }
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
        // The last two become many: fifteen letters, six pairs.
        for letters in ["é", "a ", "a\u{5b0}", "\u{FDFA} ", "\u{3316}"] {
            let made = words(&letters.repeat(MAX_BYTES));
            assert!(
                made.len() <= MAX_BYTES + 2 * MAX_WORD_BYTES && made.split(' ').count() <= MAX_WORDS,
                "{letters}"
            );
            assert!(made.split(' ').all(|word| word.len() <= MAX_WORD_BYTES + 4), "{letters}");
        }
        assert_eq!(words(&"a".repeat(300)).split(' ').map(str::len).collect::<Vec<_>>(), [128, 128, 44]);
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
