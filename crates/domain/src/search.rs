//! Search queries: words are ANDed, `"phrases"` kept, operators narrow; unknown operators are words.

use crate::{Author, Timestamp};

/// What a `has:` operator asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Has {
    /// A message with a code block.
    Code,
    Artifact,
    /// An attached file.
    File,
}

/// A parsed search.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SearchQuery {
    /// Words and phrases that must all stand in one message or in the title; lower case.
    pub words: Vec<String>,
    /// Words that must stand in the title; lower case.
    pub title: Vec<String>,
    /// Parts of the model's id; lower case.
    pub model: Vec<String>,
    /// Changed at or after.
    pub after: Option<Timestamp>,
    /// Changed before.
    pub before: Option<Timestamp>,
    /// What it must hold.
    pub has: Vec<Has>,
    /// Whose message it must be.
    pub from: Option<Author>,
}

impl SearchQuery {
    /// Reads a query. Every text is a query: what is no operator is a word.
    pub fn parse(text: &str) -> Self {
        let mut query = Self::default();
        for term in terms(text) {
            query.add(&term);
        }
        query
    }

    /// Whether it asks for nothing.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    fn add(&mut self, term: &Term) {
        let value = term.value.to_lowercase();
        if value.is_empty() {
            return;
        }
        match term.operator.as_deref() {
            None => self.words.push(value),
            Some("title") => self.title.push(value),
            Some("model") => self.model.push(value),
            Some(name @ ("after" | "before")) => match day(&term.value) {
                Some(time) if name == "after" => self.after = Some(time),
                Some(time) => self.before = Some(time),
                None => self.words.push(format!("{name}:{value}")),
            },
            Some("from") => match value.as_str() {
                "me" | "user" => self.from = Some(Author::User),
                "model" | "assistant" => self.from = Some(Author::Assistant),
                _ => self.words.push(format!("from:{value}")),
            },
            Some("has") => match value.as_str() {
                "code" => self.has.push(Has::Code),
                "artifact" => self.has.push(Has::Artifact),
                "file" => self.has.push(Has::File),
                _ => self.words.push(format!("has:{value}")),
            },
            Some(other) => self.words.push(format!("{other}:{value}")),
        }
    }
}

struct Term {
    operator: Option<String>,
    value: String,
}

fn terms(text: &str) -> Vec<Term> {
    let mut terms = Vec::new();
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        let (operator, after) = operator(rest);
        let (value, tail) = value(after);
        terms.push(Term { operator, value });
        rest = tail.trim_start();
    }
    terms
}

fn operator(text: &str) -> (Option<String>, &str) {
    let name_end = text.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(text.len());
    match text[name_end..].strip_prefix(':') {
        Some(after) if name_end > 0 && !after.is_empty() && !after.starts_with(char::is_whitespace) => {
            (Some(text[..name_end].to_ascii_lowercase()), after)
        }
        _ => (None, text),
    }
}

fn value(text: &str) -> (String, &str) {
    if let Some(quoted) = text.strip_prefix('"')
        && let Some(end) = quoted.find('"')
    {
        return (quoted[..end].to_owned(), &quoted[end + 1..]);
    }
    let end = text.find(char::is_whitespace).unwrap_or(text.len());
    (text[..end].trim_matches('"').to_owned(), &text[end..])
}

fn day(text: &str) -> Option<Timestamp> {
    text.parse().ok().or_else(|| format!("{text}T00:00:00Z").parse().ok())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn operators_words_and_phrases() {
        let query = SearchQuery::parse(
            r#"pool "exact Phrase" title:"p95 x" model:opus after:2026-01-02 foo:bar has:code http://x"#,
        );
        assert_eq!(query.words, ["pool", "exact phrase", "foo:bar", "http://x"]);
        assert_eq!(query.title, ["p95 x"]);
        assert_eq!(query.model, ["opus"]);
        assert_eq!(query.after.unwrap().to_string(), "2026-01-02T00:00:00Z");
        assert_eq!(query.has, [Has::Code]);
        assert_eq!(SearchQuery::parse("before:soon").words, ["before:soon"]);
        assert_eq!(SearchQuery::parse("from:me").from, Some(Author::User));
        assert_eq!(SearchQuery::parse("from:ada").words, ["from:ada"]);
        assert!(SearchQuery::parse("  \"\" ").is_empty());
    }

    proptest! {
        #[test]
        fn every_text_is_a_query(text in ".*") {
            SearchQuery::parse(&text);
        }
    }
}
