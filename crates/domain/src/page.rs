//! Pages of lists, as every list of the API gives them.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{Error, Result};

/// Which page of a list is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageRequest {
    limit: u32,
    /// Where the page starts: the opaque `next_cursor` of the page before.
    pub cursor: Option<String>,
}

impl PageRequest {
    /// The most items a page can hold.
    pub const MAX: u32 = 100;
    /// Items on a page when the caller does not say.
    pub const DEFAULT: u32 = 50;

    /// A page of `limit` items (1 to 100) after `cursor`.
    pub fn new(limit: Option<u32>, cursor: Option<String>) -> Result<Self> {
        let limit = limit.unwrap_or(Self::DEFAULT);
        if !(1..=Self::MAX).contains(&limit) {
            return Err(Error::invalid_field("limit", "must be between 1 and 100"));
        }
        Ok(Self { limit, cursor })
    }

    /// Items wanted, 1 to 100.
    pub fn limit(&self) -> u32 {
        self.limit
    }

    /// What a store answers to a cursor that it did not give.
    pub fn bad_cursor() -> Error {
        Error::invalid_field("cursor", "is not a cursor of this list; start again without it")
    }
}

impl Default for PageRequest {
    fn default() -> Self {
        Self { limit: Self::DEFAULT, cursor: None }
    }
}

/// One page of a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Page<T> {
    /// The items, in the list's order.
    pub items: Vec<T>,
    /// Where the next page starts; none: this was the last.
    pub next_cursor: Option<String>,
}

impl<T> Page<T> {
    /// The same page with other items.
    pub fn map<U>(self, f: impl FnMut(T) -> U) -> Page<U> {
        Page { items: self.items.into_iter().map(f).collect(), next_cursor: self.next_cursor }
    }
}
