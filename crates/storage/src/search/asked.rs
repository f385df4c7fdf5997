//! What is looked for, in the words of each database.

use vertice_domain::{Error, search::SearchQuery};

use super::words::{Run, Runs};
use crate::{database::Backend, fault::Fault};

/// The most words, phrases and operators of one search.
const MAX_TERMS: usize = 32;
/// The longest word or phrase of a search, in bytes.
const MAX_TERM_BYTES: usize = 1_000;

/// Words that stand one after the other; the last one may be the beginning of one.
#[derive(Debug, PartialEq, Eq)]
struct Phrase {
    words: Vec<String>,
    is_open: bool,
}

/// Phrases that must all be there.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Asked(Vec<Phrase>);

impl Asked {
    /// None: nothing in them can be found.
    pub(crate) fn new(terms: &[String]) -> Option<Self> {
        let phrases: Vec<Phrase> = terms.iter().flat_map(|term| phrases(term)).collect();
        (!phrases.is_empty()).then_some(Self(phrases))
    }

    /// The same for the database that is asked.
    pub(crate) fn text(&self, backend: Backend) -> String {
        let phrases = self.0.iter();
        match backend {
            Backend::Sqlite => phrases.map(Phrase::fts5).collect::<Vec<_>>().join(" AND "),
            Backend::Postgres => phrases.map(Phrase::tsquery).collect::<Vec<_>>().join(" & "),
        }
    }
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

/// A term is one phrase; where its script changes, several. The beginning of a word is enough where the whole term is one word of at
/// least two letters.
fn phrases(term: &str) -> Vec<Phrase> {
    let is_open = term.chars().count() > 1 && term.chars().all(char::is_alphanumeric);
    let mut phrases: Vec<Phrase> = Vec::new();
    let mut in_words = false;
    for run in Runs::of(term) {
        match run {
            Run::Word(word) if in_words => {
                phrases.iter_mut().last().into_iter().for_each(|last| last.words.push(word.clone()));
            }
            Run::Word(word) => {
                phrases.push(Phrase { words: vec![word], is_open });
                in_words = true;
            }
            Run::Letters(letters) => {
                phrases.push(match letters.as_slice() {
                    [one] => Phrase { words: vec![one.to_string()], is_open: true },
                    more => {
                        let words = more.windows(2).map(String::from_iter).collect();
                        Phrase { words, is_open: false }
                    }
                });
                in_words = false;
            }
        }
    }
    phrases
}

impl Phrase {
    fn fts5(&self) -> String {
        let open = if self.is_open { "*" } else { "" };
        format!("\"{}\"{open}", self.words.join(" "))
    }

    fn tsquery(&self) -> String {
        let words: Vec<String> = self.words.iter().map(|word| format!("'{word}'")).collect();
        let open = if self.is_open { ":*" } else { "" };
        format!("({}{open})", words.join(" <-> "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(text: &str) -> Option<(String, String)> {
        let asked = Asked::new(&SearchQuery::parse(text).words)?;
        Some((asked.text(Backend::Sqlite), asked.text(Backend::Postgres)))
    }

    #[test]
    fn words_may_go_on_and_phrases_may_not() {
        let (sqlite, postgres) = asked("Pool \"exact phrase\" foo-bar c 我们走 园").unwrap();
        assert_eq!(
            sqlite,
            "\"pool\"* AND \"exact phrase\" AND \"foo bar\" AND \"c\" AND \"我们 们走\" AND \"园\"*"
        );
        assert_eq!(
            postgres,
            "('pool':*) & ('exact' <-> 'phrase') & ('foo' <-> 'bar') & ('c') & ('我们' <-> '们走') & ('园':*)"
        );
    }

    #[test]
    fn what_holds_no_words_finds_nothing() {
        assert_eq!(asked("% ? \"--\" '';"), None);
        assert_eq!(asked("' OR 1").unwrap().0, "\"or\"* AND \"1\"");
    }

    #[test]
    fn oversized_searches_are_refused() {
        assert!(check(&SearchQuery::parse(&"a ".repeat(32))).is_ok());
        assert!(check(&SearchQuery::parse(&"a ".repeat(33))).is_err());
        assert!(check(&SearchQuery::parse(&"a".repeat(1_001))).is_err());
    }
}
