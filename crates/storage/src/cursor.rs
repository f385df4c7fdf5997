//! Opaque cursors: the sort key of a page's last item, in base64url. A cursor of another list, or a forged one, is
//! refused; it can never reach beyond its list, because every query names the owner anyway.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use vertice_domain::{Page, PageRequest};

use crate::fault::Fault;

/// Which list a cursor belongs to, and by how many numbers that list is sorted before the id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum List {
    /// Pinned, changed at.
    Conversations,
    /// Made at.
    Messages,
    /// Made at.
    Tokens,
    /// Made at.
    Members,
    /// Begun at.
    Turns,
    /// Made at.
    Artifacts,
    /// The version's number.
    Versions,
}

impl List {
    const fn letter(self) -> &'static str {
        match self {
            Self::Conversations => "c",
            Self::Messages => "m",
            Self::Tokens => "t",
            Self::Members => "u",
            Self::Turns => "r",
            Self::Artifacts => "a",
            Self::Versions => "v",
        }
    }

    const fn numbers(self) -> usize {
        match self {
            Self::Conversations => 2,
            Self::Messages
            | Self::Tokens
            | Self::Members
            | Self::Turns
            | Self::Artifacts
            | Self::Versions => 1,
        }
    }
}

/// A place in a list: the numbers it is sorted by, then the id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Key {
    /// The numbers.
    pub numbers: Vec<i64>,
    /// The id, hyphenated; empty before the first or after the last of all ids.
    pub id: String,
}

/// The opaque form of a place in a list.
pub(crate) fn encode(list: List, key: &Key) -> String {
    let numbers: String = key.numbers.iter().map(|number| format!("{number}.")).collect();
    URL_SAFE_NO_PAD.encode(format!("{}.{numbers}{}", list.letter(), key.id))
}

/// The place where a page starts; without a cursor `start`.
pub(crate) fn decode(list: List, page: &PageRequest, start: Key) -> Result<Key, Fault> {
    match &page.cursor {
        None => Ok(start),
        Some(cursor) => parse(list, cursor).ok_or_else(|| Fault::Refused(PageRequest::bad_cursor())),
    }
}

fn parse(list: List, cursor: &str) -> Option<Key> {
    let text = String::from_utf8(URL_SAFE_NO_PAD.decode(cursor).ok()?).ok()?;
    let mut parts = text.split('.');
    if parts.next()? != list.letter() {
        return None;
    }
    let numbers = (0..list.numbers()).map(|_| parts.next()?.parse().ok()).collect::<Option<Vec<i64>>>()?;
    let id = parts.next()?.to_owned();
    let whole = parts.next().is_none() && id.parse::<vertice_domain::MessageId>().is_ok();
    whole.then_some(Key { numbers, id })
}

/// How many rows to ask for: one more than wanted, which tells whether there is another page.
pub(crate) fn rows_wanted(page: &PageRequest) -> i64 {
    i64::from(page.limit()) + 1
}

/// Makes a page of rows that were asked for with [`rows_wanted`].
pub(crate) fn page<T>(
    list: List,
    request: &PageRequest,
    mut items: Vec<T>,
    key: impl FnOnce(&T) -> Key,
) -> Page<T> {
    let limit = request.limit() as usize;
    let more = items.len() > limit;
    items.truncate(limit);
    let next_cursor = items.last().filter(|_| more).map(|last| encode(list, &key(last)));
    Page { items, next_cursor }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ID: &str = "0190a1b2-0000-7000-8000-000000000001";

    proptest! {
        #[test]
        fn a_place_reads_back(numbers in prop::collection::vec(any::<i64>(), 2)) {
            let key = Key { numbers, id: ID.to_owned() };
            let cursor = encode(List::Conversations, &key);
            prop_assert_eq!(parse(List::Conversations, &cursor), Some(key));
            prop_assert_eq!(parse(List::Messages, &cursor), None);
        }

        #[test]
        fn no_text_breaks_it(text in ".*", inner in ".*") {
            parse(List::Tokens, &text);
            parse(List::Tokens, &URL_SAFE_NO_PAD.encode(format!("t.{inner}")));
        }
    }

    #[test]
    fn forged_cursors_are_refused() {
        for forged in ["", "x", "dC4x", &URL_SAFE_NO_PAD.encode(format!("t.1.{ID}.more"))] {
            assert_eq!(parse(List::Tokens, forged), None, "{forged}");
        }
    }
}
