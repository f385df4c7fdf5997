//! What is shown of a match.

use super::words::folded;

/// How many characters of a text are looked through for the place that is shown: a page of results is drawn on a thread that
/// everybody shares.
pub(crate) const MAX_SHOWN: usize = 20_000;
/// Characters of a snippet before and after the beginning of the match.
const BEFORE: usize = 60;
const AFTER: usize = 100;

/// About 160 characters around the first match of any of the words; from the beginning if none matches.
pub(crate) fn snippet(content: &str, words: &[String]) -> String {
    let text = plain(content);
    let chars: Vec<char> = text.chars().collect();
    let start = first_match(&chars, words).unwrap_or(0);
    let from = start.saturating_sub(BEFORE);
    let to = chars.len().min(start + AFTER);
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

/// At which character the first match begins: where a word does, if anywhere.
fn first_match(chars: &[char], words: &[String]) -> Option<usize> {
    let mut text = String::new();
    let mut origin = Vec::new();
    for (index, c) in chars.iter().enumerate() {
        text.extend(folded(*c));
        origin.resize(text.len(), index);
    }
    let begins = |at: usize| !text[..at].chars().next_back().is_some_and(char::is_alphanumeric);
    let place = |word: &String| {
        let word: String = word.chars().flat_map(folded).collect();
        let mut places = text.match_indices(&word).map(|(at, _)| at);
        let first = places.next()?;
        Some(std::iter::once(first).chain(places).find(|at| begins(*at)).unwrap_or(first))
    };
    words
        .iter()
        .filter(|word| !word.is_empty())
        .filter_map(place)
        .min()
        .and_then(|at| origin.get(at).copied())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_snippet_shows_the_match() {
        let text = format!("{} the **İSTANBUL** `pool`\n\nis {}", "before ".repeat(40), "after ".repeat(40));
        let shown = snippet(&text, &["istanbul".into(), "pool".into()]);
        assert!(shown.starts_with('…') && shown.ends_with('…') && shown.contains("İSTANBUL pool is after"));
        assert_eq!(snippet("short\ntext", &["none".into()]), "short text");
        let late = format!("carpool {} a pool", "x ".repeat(100));
        assert!(snippet(&late, &["pool".into()]).ends_with("a pool"));
        let accents = format!("{} Ação", "x ".repeat(100));
        assert!(snippet(&accents, &["acao".into()]).ends_with("Ação"));
    }

    proptest! {
        #[test]
        fn a_snippet_is_short_and_never_breaks(text in "\\PC{0,600}", word in "\\PC{1,5}") {
            prop_assert!(snippet(&text, &[word.to_lowercase()]).chars().count() <= BEFORE + AFTER + 2);
        }
    }
}
