//! Automatic titles: what the sidebar calls a conversation that nobody has named.

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

    proptest! {
        #[test]
        fn never_empty_nor_long(text in "\\PC{0,300}") {
            let title = from_message(&text);
            prop_assert!(!title.trim().is_empty() && title.chars().count() <= MAX_CHARS + 1);
        }
    }
}
