//! What is being looked for in the composer: `/` at the beginning of a message looks for a prompt, `@` at the beginning of a
//! word for a resource. Pure.

use std::ops::Range;

/// What is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sought {
    Prompt,
    Resource,
}

/// The sign and what follows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Trigger {
    pub(super) sought: Sought,
    /// Where it stands, in bytes.
    pub(super) place: Range<usize>,
    /// What follows, in lower case.
    pub(super) query: String,
}

impl Trigger {
    /// What is looked for in `text` with the caret at `caret`.
    pub(super) fn at(text: &str, caret: usize) -> Option<Self> {
        let before = text.get(..caret)?;
        let start = before
            .rfind(char::is_whitespace)
            .map_or(0, |at| at + before[at..].chars().next().map_or(1, char::len_utf8));
        let word = &before[start..];
        let sought = match word.chars().next()? {
            '/' if start == 0 => Sought::Prompt,
            '@' => Sought::Resource,
            _ => return None,
        };
        Some(Self { sought, place: start..caret, query: word[1..].to_lowercase() })
    }
}

/// How well one that is called so fits what is looked for: the smaller, the better; none: not at all.
pub(super) fn fits(query: &str, names: &[&str]) -> Option<usize> {
    let found = names.iter().enumerate().filter_map(|(at, name)| {
        let name = name.to_lowercase();
        let place = name.find(query)?;
        Some(if place == 0 { at } else { names.len() + at })
    });
    found.min()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Option<(Sought, String)> {
        Trigger::at(text, text.len()).map(|found| (found.sought, found.query))
    }

    #[test]
    fn a_sign_at_its_place_looks_for_something() {
        assert_eq!(at("/Sum"), Some((Sought::Prompt, "sum".into())));
        assert_eq!(at("/"), Some((Sought::Prompt, String::new())));
        assert_eq!(at("See @no"), Some((Sought::Resource, "no".into())));
        assert_eq!(at("é\u{3000}@x"), Some((Sought::Resource, "x".into())));
        for text in ["", "and/or", " /sum", "/sum up", "a@b.example", "@a b"] {
            assert_eq!(at(text), None, "{text}");
        }
        assert_eq!(Trigger::at("@ab c", 3).map(|found| found.place), Some(0..3));
    }

    #[test]
    fn what_begins_with_it_comes_first() {
        assert_eq!([fits("no", &["Notes", "a"]), fits("no", &["My notes", "a"])], [Some(0), Some(2)]);
        assert_eq!(fits("x", &["Notes"]), None);
        assert_eq!(fits("", &["Notes"]), Some(0));
    }
}
