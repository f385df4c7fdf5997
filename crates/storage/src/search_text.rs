//! What the search compares: folded texts, `LIKE` patterns, and the snippet around a match. Folding happens here and
//! not in SQL, so that both databases find the same in every script.

use vertice_domain::{Error, search::SearchQuery};

use crate::fault::Fault;

/// The most words, phrases and operators of one search.
const MAX_TERMS: usize = 32;
/// The longest word or phrase of a search, in bytes. SQLite takes patterns of up to 50,000 bytes.
const MAX_TERM_BYTES: usize = 1_000;
/// Characters of a snippet before and after the beginning of the match.
const SNIPPET_BEFORE: usize = 60;
const SNIPPET_AFTER: usize = 100;

/// Takes NUL characters out: PostgreSQL cannot store them, and nobody can see them.
pub(crate) fn clean(text: &str) -> String {
    text.replace('\0', "")
}

/// The text in lower case, character by character, with one form of sigma, so that it does not matter what follows.
pub(crate) fn fold(text: &str) -> String {
    text.chars().flat_map(fold_char).collect()
}

fn fold_char(c: char) -> impl Iterator<Item = char> {
    c.to_lowercase().filter(|c| *c != '\0').map(|c| if c == 'ς' { 'σ' } else { c })
}

/// Whether a line of the Markdown text opens a fenced code block.
pub(crate) fn has_code(content: &str) -> bool {
    content.lines().any(|line| {
        let text = line.trim_start_matches([' ', '>', '\t']);
        text.starts_with("```") || text.starts_with("~~~")
    })
}

/// The `LIKE` pattern (escape character `\`) for texts that hold `word`.
pub(crate) fn pattern(word: &str) -> String {
    let mut pattern = String::with_capacity(word.len() + 2);
    pattern.push('%');
    for c in fold(word).chars() {
        if matches!(c, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern.push('%');
    pattern
}

/// Refuses searches that are too large to be run.
pub(crate) fn check(query: &SearchQuery) -> Result<(), Fault> {
    let terms = || query.words.iter().chain(&query.title).chain(&query.model);
    let message = if terms().count() > MAX_TERMS {
        format!("must hold at most {MAX_TERMS} words")
    } else if terms().any(|term| term.len() > MAX_TERM_BYTES) {
        format!("must not hold words or phrases of more than {MAX_TERM_BYTES} bytes")
    } else {
        return Ok(());
    };
    Err(Fault::Refused(Error::invalid_field("q", message)))
}

/// About 160 characters around the first match of any of the words; from the beginning if none matches.
pub(crate) fn snippet(content: &str, words: &[String]) -> String {
    let text = plain(content);
    let chars: Vec<char> = text.chars().collect();
    let start = first_match(&chars, words).unwrap_or(0);
    let from = start.saturating_sub(SNIPPET_BEFORE);
    let to = chars.len().min(start + SNIPPET_AFTER);
    let cut: String = chars[from..to].iter().collect();
    let before = if from > 0 { "…" } else { "" };
    let after = if to < chars.len() { "…" } else { "" };
    format!("{before}{}{after}", cut.trim())
}

/// Markdown on one line, without its most frequent marks.
fn plain(content: &str) -> String {
    let unmarked = content.replace("**", "").replace("```", " ").replace('`', "");
    unmarked.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// At which character the first match begins.
fn first_match(chars: &[char], words: &[String]) -> Option<usize> {
    let mut folded = String::new();
    let mut origin = Vec::new();
    for (index, c) in chars.iter().enumerate() {
        folded.extend(fold_char(*c));
        origin.resize(folded.len(), index);
    }
    words.iter().filter_map(|word| folded.find(&fold(word))).min().and_then(|byte| origin.get(byte).copied())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn patterns_are_literal() {
        assert_eq!(pattern(r"50%_a\B"), r"%50\%\_a\\b%");
        assert_eq!(fold("AÇÃO ΟΔΟΣ\0"), "ação οδοσ");
    }

    #[test]
    fn code_is_a_fence_at_the_start_of_a_line() {
        assert!(has_code("Look:\n\n  ```rust\nfn main() {}\n```"));
        assert!(has_code("> ~~~\n> x"));
        assert!(!has_code("in a line ``` it is none"));
    }

    #[test]
    fn a_snippet_shows_the_match() {
        let text = format!("{} the **İSTANBUL** `pool`\n\nis {}", "before ".repeat(40), "after ".repeat(40));
        let shown = snippet(&text, &["istanbul".into(), "pool".into()]);
        assert!(shown.starts_with('…') && shown.ends_with('…') && shown.contains("İSTANBUL pool is after"));
        assert_eq!(snippet("short\ntext", &["none".into()]), "short text");
    }

    #[test]
    fn oversized_searches_are_refused() {
        assert!(check(&SearchQuery::parse(&"a ".repeat(32))).is_ok());
        assert!(check(&SearchQuery::parse(&"a ".repeat(33))).is_err());
        assert!(check(&SearchQuery::parse(&"a".repeat(1_001))).is_err());
    }

    proptest! {
        #[test]
        fn a_snippet_is_short_and_never_breaks(text in "\\PC{0,600}", word in "\\PC{1,5}") {
            prop_assert!(snippet(&text, &[word.to_lowercase()]).chars().count() <= SNIPPET_BEFORE + SNIPPET_AFTER + 2);
        }

        #[test]
        fn what_a_text_holds_is_found(before in "\\PC{0,90}", word in "[a-zA-ZÀ-ſ]{3,9}", after in "\\PC{0,90}") {
            let text = format!("{before} {word} {after}");
            prop_assert!(fold(&text).contains(&fold(&word.to_lowercase())) || word.contains('ŉ') || word.contains('İ'));
        }
    }
}
