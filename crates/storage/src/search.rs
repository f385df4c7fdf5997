//! The search by words: how texts are cut into them, how a search is asked for, what is shown of a match, and rows whose words the
//! versions before have made.

mod asked;
mod renew;
mod snippet;
mod words;

pub(crate) use self::{
    asked::{Asked, check},
    renew::renew,
    snippet::{MAX_SHOWN, snippet},
    words::words,
};

/// That a row's words are made, by the rules of [`words`]. Whoever changes these has a migration set it to 0 in all rows, which are then
/// written anew.
pub(crate) const FORM: i64 = 1;

/// The words of an artifact's title and path.
pub(crate) fn names(title: &str, path: &str) -> String {
    words(&format!("{title}\n{path}"))
}
