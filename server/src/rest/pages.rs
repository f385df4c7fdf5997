//! Pages of lists that ports give whole, since they are short.

use vertice_domain::{Page, PageRequest, Result};

/// A page of items that are told apart by a key, which is the cursor: what comes or goes meanwhile moves nothing.
pub(super) fn by_key<T>(items: Vec<T>, page: &PageRequest, key: impl Fn(&T) -> String) -> Result<Page<T>> {
    let first = match &page.cursor {
        None => 0,
        Some(last) => {
            1 + items.iter().position(|item| key(item) == *last).ok_or_else(PageRequest::bad_cursor)?
        }
    };
    let (items, is_more) = cut(items, first, page);
    let next_cursor = items.last().filter(|_| is_more).map(key);
    Ok(Page { items, next_cursor })
}

/// A page of items without a key: the cursor counts them.
pub(super) fn by_place<T>(items: Vec<T>, page: &PageRequest) -> Result<Page<T>> {
    let first = match page.cursor.as_deref() {
        None => 0,
        Some(cursor) => {
            cursor.parse().ok().filter(|first| *first < items.len()).ok_or_else(PageRequest::bad_cursor)?
        }
    };
    let (items, is_more) = cut(items, first, page);
    let next_cursor = is_more.then(|| (first + items.len()).to_string());
    Ok(Page { items, next_cursor })
}

/// The items of a page that begins at `first`, and whether there are more.
fn cut<T>(items: Vec<T>, first: usize, page: &PageRequest) -> (Vec<T>, bool) {
    let limit = page.limit() as usize;
    let is_more = items.len() > first + limit;
    (items.into_iter().skip(first).take(limit).collect(), is_more)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(limit: u32, cursor: Option<&str>) -> PageRequest {
        PageRequest::new(Some(limit), cursor.map(str::to_owned)).unwrap()
    }

    fn items() -> Vec<String> {
        ["a", "b", "c"].map(str::to_owned).to_vec()
    }

    #[test]
    fn every_item_is_on_one_page() {
        let keyed = |cursor: Option<&str>| by_key(items(), &page(2, cursor), String::clone).unwrap();
        let counted = |cursor: Option<&str>| by_place(items(), &page(2, cursor)).unwrap();
        for (first, second) in [(keyed(None), keyed(Some("b"))), (counted(None), counted(Some("2")))] {
            assert_eq!((first.items.concat().as_str(), second.items.concat().as_str()), ("ab", "c"));
            assert!(first.next_cursor.is_some() && second.next_cursor.is_none());
        }
        assert_eq!(keyed(None).next_cursor.as_deref(), Some("b"));
        assert_eq!(counted(None).next_cursor.as_deref(), Some("2"));
        assert_eq!(by_place(items(), &page(3, None)).unwrap().next_cursor, None);
        assert_eq!(by_place(Vec::<u8>::new(), &page(2, None)).unwrap().next_cursor, None);
    }

    #[test]
    fn foreign_cursors_are_refused() {
        for cursor in ["nope", "3", "-1", ""] {
            assert_eq!(by_place(items(), &page(2, Some(cursor))).unwrap_err(), PageRequest::bad_cursor());
            let refused = by_key(items(), &page(2, Some(cursor)), String::clone).unwrap_err();
            assert_eq!(refused, PageRequest::bad_cursor());
        }
    }
}
