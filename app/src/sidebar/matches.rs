//! Where the words of a search stand in a text. Pure.

/// A piece of a text, and whether it was searched for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Piece {
    pub(super) text: String,
    pub(super) marked: bool,
}

/// The words of a query that can stand in a text: without quotes and operators (`before:2026-01-01`).
fn words(query: &str) -> Vec<Vec<char>> {
    const OPERATORS: [&str; 5] = ["after", "before", "model", "title", "has"];
    query
        .split_whitespace()
        .filter_map(|word| match word.split_once(':') {
            Some(("title", value)) => Some(value),
            Some((operator, _)) if OPERATORS.contains(&operator) => None,
            _ => Some(word),
        })
        .map(|word| word.trim_matches('"').chars().map(fold).collect::<Vec<char>>())
        .filter(|word| !word.is_empty())
        .collect()
}

/// A letter without its case, one for one, so that places in the folded text are places in the text.
fn fold(letter: char) -> char {
    let mut lower = letter.to_lowercase();
    match (lower.next(), lower.next()) {
        (Some(only), None) => only,
        _ => letter,
    }
}

/// Cuts `text` where words of `query` begin and end.
pub(super) fn pieces(text: &str, query: &str) -> Vec<Piece> {
    let words = words(query);
    let letters: Vec<char> = text.chars().collect();
    let folded: Vec<char> = letters.iter().copied().map(fold).collect();
    let mut marks = vec![false; letters.len()];
    for word in &words {
        for (start, window) in folded.windows(word.len()).enumerate() {
            if window == word.as_slice() {
                marks[start..start + word.len()].fill(true);
            }
        }
    }
    let mut pieces: Vec<Piece> = Vec::new();
    for (letter, marked) in letters.into_iter().zip(marks) {
        match pieces.last_mut() {
            Some(piece) if piece.marked == marked => piece.text.push(letter),
            _ => pieces.push(Piece { text: letter.to_string(), marked }),
        }
    }
    pieces
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn marked(text: &str, query: &str) -> String {
        pieces(text, query)
            .into_iter()
            .map(|piece| if piece.marked { format!("[{}]", piece.text) } else { piece.text })
            .collect()
    }

    #[test]
    fn words_are_marked_in_any_case() {
        assert_eq!(marked("Rust and rustc", "rust"), "[Rust] and [rust]c");
        assert_eq!(marked("the pool size", "\"pool size\""), "the [pool] [size]");
        assert_eq!(marked("Größe", "GRÖSSE größe"), "[Größe]");
        assert_eq!(marked("a model of it", "model:gpt before:2026-01-01"), "a model of it");
        assert_eq!(marked("Tokio notes", "title:tokio"), "[Tokio] notes");
    }

    proptest! {
        #[test]
        fn nothing_is_lost(text in "\\PC{0,60}", query in "\\PC{0,20}") {
            let joined: String = pieces(&text, &query).into_iter().map(|piece| piece.text).collect();
            prop_assert_eq!(joined, text);
        }
    }
}
