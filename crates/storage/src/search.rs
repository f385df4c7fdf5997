//! The search by words: how texts are cut into them, how a search is asked for, what is shown of a match, and rows whose words the
//! versions before have made.

mod asked;
mod renew;
mod snippet;
mod words;

pub(crate) use self::{
    asked::{Asked, check},
    renew::renew,
    snippet::snippet,
    words::words,
};

/// Which rules made a row's words; to be raised with every change of [`words`], so that all rows are written anew.
pub(crate) const FORM: i64 = 1;

/// The words of an artifact's title and path.
pub(crate) fn names(title: &str, path: &str) -> String {
    words(&format!("{title}\n{path}"))
}
