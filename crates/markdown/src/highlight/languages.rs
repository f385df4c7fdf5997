//! What is known of a language, and finding one. Words are one text a language, with blanks between: it is the smallest
//! form in WASM.

mod table;

use table::LANGUAGES;

/// What is special about a language.
#[derive(Clone, Copy)]
pub(super) struct Flags(u16);

impl Flags {
    /// Keywords in any case.
    pub(super) const ANY_CASE: u16 = 1;
    /// `'a` and raw strings, as in Rust.
    pub(super) const LIFETIMES: u16 = 2;
    /// `@name`.
    pub(super) const AT: u16 = 4;
    /// `#name`.
    pub(super) const HASH: u16 = 8;
    /// `$name` and `${name}`.
    pub(super) const DOLLAR: u16 = 16;
    /// `<name`.
    pub(super) const TAGS: u16 = 32;
    /// No tag directly behind a name: `Vec<T>`.
    pub(super) const JSX: u16 = 64;
    /// Names may hold `-`.
    pub(super) const DASHES: u16 = 128;
    /// `name:` and `name =` are keys.
    pub(super) const KEYS: u16 = 256;
    /// A comment only behind white space.
    pub(super) const SPACED_COMMENT: u16 = 512;
    /// Strings span lines.
    pub(super) const LONG_STRINGS: u16 = 1024;
    /// A backslash in a string is itself.
    pub(super) const NO_ESCAPES: u16 = 2048;
    /// Read by [`super::lines`].
    pub(super) const LINES: u16 = 4096;
    /// Capitals mean nothing.
    pub(super) const TAGS_ONLY: u16 = 8192;

    pub(super) fn has(self, flag: u16) -> bool {
        self.0 & flag != 0
    }
}

/// One row of the table.
pub(super) struct Language {
    /// The name, then its aliases.
    pub(super) names: &'static [&'static str],
    keywords: &'static str,
    types: &'static str,
    /// Start of a comment to the end of the line.
    pub(super) comments: &'static [&'static str],
    /// Start and end of block comments.
    pub(super) blocks: &'static [(&'static str, &'static str)],
    /// String delimiters, longer ones first.
    pub(super) quotes: &'static [&'static str],
    pub(super) flags: Flags,
}

impl Language {
    pub(super) fn is_keyword(&self, word: &str) -> bool {
        contains(self.keywords, word, self.flags)
    }

    pub(super) fn is_type(&self, word: &str) -> bool {
        contains(self.types, word, self.flags)
    }
}

fn contains(words: &str, word: &str, flags: Flags) -> bool {
    let any_case = flags.has(Flags::ANY_CASE);
    // No keyword of the table is longer.
    word.len() <= 20
        && words
            .split(' ')
            .any(|w| w.len() == word.len() && (w == word || any_case && w.eq_ignore_ascii_case(word)))
}

/// The language of a name or alias, in any case.
pub(super) fn find(name: &str) -> Option<&'static Language> {
    LANGUAGES.iter().find(|language| language.names.iter().any(|n| n.eq_ignore_ascii_case(name)))
}
