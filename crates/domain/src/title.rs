//! Automatic titles: what the sidebar calls a conversation that nobody has named.

use crate::{
    conversation::MAX_TITLE_CHARS,
    part::{self, Part, PartKind},
};

/// The longest automatic title, in characters.
const MAX_CHARS: usize = 60;

/// What an unnamed, still empty conversation is called.
pub const UNTITLED: &str = "New chat";

/// A title from the first message: its first line with words in it, without Markdown marks, cut at a word.
pub fn from_message(text: &str) -> String {
    let line = text
        .lines()
        .map(|line| line.trim_matches(|c: char| c.is_whitespace() || "#>*_`~-=|".contains(c)))
        .find(|line| line.chars().any(char::is_alphanumeric));
    let Some(line) = line else { return UNTITLED.to_owned() };
    let clean: String = line.chars().filter(|c| !c.is_control() && !"`*_".contains(*c)).collect();
    let words = clean.split_whitespace().collect::<Vec<_>>().join(" ");
    shorten(&words)
}

/// A title from the first message's text and the number of its pictures, which stand in for words where there are none.
pub fn from_first(text: &str, images: usize) -> String {
    match (text.trim().is_empty(), images) {
        (true, 1) => "An image".to_owned(),
        (true, 2..) => format!("{images} images"),
        _ => from_message(text),
    }
}

/// A title from the parts of the first message: where there are no words and no pictures, the name of its first file.
pub fn from_parts(parts: &[Part]) -> String {
    let text = part::joined_text(parts);
    let images = parts.iter().filter(|part| matches!(part.kind, PartKind::Image { .. })).count();
    let name = parts.iter().find_map(|part| match &part.kind {
        PartKind::File(file) => Some(file.name.as_str()),
        _ => None,
    });
    match name {
        Some(name) if images == 0 && text.trim().is_empty() => from_message(name),
        _ => from_first(&text, images),
    }
}

/// A title from what a model calls the conversation; none: it says nothing that could be one. What it writes is not trusted:
/// one line of visible characters stays.
pub fn from_model(said: &str) -> Option<String> {
    // Marks that turn the direction of what follows would reach beyond the title.
    let is_mark =
        |c: char| matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let visible: String = said.chars().filter(|c| !is_mark(*c)).collect();
    let title = from_message(&visible);
    let quotes = ['"', '\'', '“', '”', '„', '‘', '’', '«', '»', '「', '」', '.', '。', ' '];
    let bare = title.trim_matches(quotes);
    (!bare.is_empty() && bare != UNTITLED).then(|| bare.to_owned())
}

/// What a copy of a conversation is called: `Title (2)`, the copy of that one `Title (3)`.
pub fn of_copy(title: &str) -> String {
    let numbered = title.strip_suffix(')').and_then(|title| title.rsplit_once(" ("));
    let next = numbered.and_then(|(stem, number)| Some((stem, number.parse::<u32>().ok()?.checked_add(1)?)));
    let (stem, number) = next.unwrap_or((title, 2));
    let number = format!(" ({number})");
    let stem: String = stem.chars().take(MAX_TITLE_CHARS - number.len()).collect();
    stem + &number
}

fn shorten(text: &str) -> String {
    if text.chars().count() <= MAX_CHARS {
        return text.to_owned();
    }
    let cut: String = text.chars().take(MAX_CHARS).collect();
    let at_word = cut.rfind(' ').filter(|at| *at > MAX_CHARS / 2).unwrap_or(cut.len());
    format!("{}…", cut[..at_word].trim_end_matches([',', '.', ';', ':', ' ']))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn titles_read_like_titles() {
        assert_eq!(from_message("## Why is `p95` up?\n\nDetails"), "Why is p95 up?");
        assert_eq!(from_message("```\n"), UNTITLED);
        assert_eq!((from_first("", 1).as_str(), from_first(" ", 3).as_str()), ("An image", "3 images"));
        assert_eq!(from_first("Which one?", 3), "Which one?");
        let long = from_message(
            "Explain how a turn survives a restart of the server while two tabs are watching it",
        );
        assert_eq!(long, "Explain how a turn survives a restart of the server while…");
    }

    #[test]
    fn copies_are_counted() {
        let copies = [
            ("A", "A (2)"),
            ("A (2)", "A (3)"),
            ("f(x)", "f(x) (2)"),
            ("", " (2)"),
            ("A (4294967295)", "A (4294967295) (2)"),
        ];
        for (title, copy) in copies {
            assert_eq!(of_copy(title), copy);
        }
        assert_eq!(of_copy(&"x".repeat(MAX_TITLE_CHARS)).len(), MAX_TITLE_CHARS);
    }

    #[test]
    fn what_a_model_says_is_cut_to_a_title() {
        let titles = [
            ("Rayleigh scattering explained", Some("Rayleigh scattering explained")),
            ("\"Why the sky is blue.\"\n\nI chose this because", Some("Why the sky is blue")),
            ("**Título: “O céu azul”**", Some("Título: “O céu azul")),
            ("\u{202e}abc\u{0007}", Some("abc")),
            ("「空の色」", Some("空の色")),
            (" \n", None),
            ("...", None),
        ];
        for (said, title) in titles {
            assert_eq!(from_model(said).as_deref(), title, "{said:?}");
        }
    }

    proptest! {
        #[test]
        fn never_empty_nor_long(text in "\\PC{0,300}") {
            let title = from_message(&text);
            prop_assert!(!title.trim().is_empty() && title.chars().count() <= MAX_CHARS + 1);
        }
    }
}
